"""The first page: what this is, what came out, and one riff to listen to."""

import html

import numpy as np
from IPython.display import HTML

from ultragain.book.kit import glue
from ultragain.book.kit.costs import cost_facts
from ultragain.book.kit.facts import experiment_facts, score_facts
from ultragain.book.kit.players import player
from ultragain.book.results import BLIND, riff_clips
from ultragain.evaluation.statistics import best_median_worst, levels
from ultragain.words import percent


def open_chapter():
    """Results of the book, and this page's facts for its prose."""
    results = glue.open_book()
    glue.publish(experiment_facts(results) | score_facts(results) | cost_facts(results) | listening_facts(results))
    return results


def listening_facts(results):
    """Which riff and gain are played on this page."""
    riff, gain = _heard(results)
    return {"riff": riff, "gain": gain}


def _heard(results):
    """The riff and the gain of this page: the riff that is nearest the median, at the highest gain that has models."""
    trained = set(results.models["gain"])
    off = np.abs(np.log(results.scores.groupby("riff")["esr"].median() / results.models["esr"].median()))
    return off.idxmin(), [gain for gain in results.experiment.rising_gains if gain in trained][-1]


def reached(results):
    """ESR of the best, the median and the worst model at each gain, each with its range over the riffs: cards."""
    cards, by_run = [], results.scores.groupby("run")["esr"]
    spread = {run: f"{100 * esr.min():.1f} to {percent(esr.max())}" for run, esr in by_run}
    for gain in levels(results.models, "gain", results.experiment.gain_labels):
        models = results.models[results.models["gain"] == gain]
        numbers = "".join(
            f"<div><dt>{rank}</dt><dd>{percent(models.loc[run, 'esr'])}</dd><dd>{spread[run]}</dd></div>"
            for rank, run in best_median_worst(models).items()
        )
        knob = results.experiment.device.gains[gain]
        cards.append(f"<li><p>gain {html.escape(gain)} ({knob:g})</p><dl>{numbers}</dl></li>")
    return HTML(f'<ul class="ug-cards">{"".join(cards)}</ul>')


def listen(results):
    """One riff: dry, the device, and by the best, the median and the worst model, to be switched while it plays."""
    riff, gain = _heard(results)
    heading, clips = riff_clips(results, gain, riff)
    return HTML(player(heading.split("\n")[0], clips, results.experiment.sample_rate, blind=BLIND))
