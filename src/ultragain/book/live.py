"""Chapter *Play it*: the best published models, live in the reader's browser."""

from IPython.display import HTML

from ultragain.book.kit import glue
from ultragain.book.kit.live import LiveModel, live, unconditioned
from ultragain.book.kit.players import files
from ultragain.book.kit.tables import scrolling
from ultragain.export.find import Finished
from ultragain.export.prepare import network_of
from ultragain.files import project_root
from ultragain.models.catalog import FAMILIES
from ultragain.models.keras_file import weights_of
from ultragain.recording.load import load_riffs
from ultragain.training import runs
from ultragain.words import listed, two_digits

KNOB = "wavenet-gain"  # the family whose weights a page can compute at every position
MIDDLE = 5.0  # of the knob, where a model of all of it begins


def open_chapter():
    """What is published of models with memory; the facts for the chapter's prose are published on the way."""
    experiment, _ = glue.open_beside()
    models = chosen(glue.published_with_memory(experiment.device), experiment)
    glue.publish(facts(models))
    return experiment, models


def chosen(grids, experiment):
    """The best model of each family at each gain, by the mean ESR over the riffs, and the best one of the whole knob.

    Parameters
    ----------
    grids : list of Results
        All published models with memory of a device.
    experiment : Experiment
        The book's, with the gains that are offered.

    Returns
    -------
    list of LiveModel
        The most accurate first at each gain.
    """
    found = {}
    for results in grids:
        family = results.experiment.family
        errors = results.scores.groupby("run")["esr"].mean()
        for run, esr in errors.items():
            gain = results.models["gain"].get(run) if "gain" in results.models else None
            if family == KNOB or gain in experiment.gain_labels:
                place = (family, gain)
                if place not in found or esr < found[place][0]:
                    found[place] = esr, results, run
    order = {gain: number for number, gain in enumerate([None, *reversed(experiment.gain_labels)])}
    ranked = sorted(found.items(), key=lambda each: (order[each[0][1]], each[1][0]))
    return [_model(results, run, esr) for _, (esr, results, run) in ranked]


def _model(results, run, esr):
    family, experiment = FAMILIES[results.experiment.family], results.experiment
    finished = Finished(results.folders[run], results.records[run])
    minutes = results.models.loc[run, "minutes"]
    note = f"Trained for {minutes:g} min; mean ESR over the riffs {two_digits(esr)} ({results.source})."
    if family.name == KNOB:
        weights = weights_of((finished.folder / runs.MODEL).read_bytes())
        network = unconditioned(network_of(finished, experiment, MIDDLE), weights)
        return LiveModel(run, f"{family.noun}: turn it", note, network, film=weights)
    gain = results.models.loc[run, "gain"]
    label = f"gain {gain} ({experiment.device.gains[gain]:g}), {family.noun}"
    return LiveModel(run, label, note, network_of(finished, experiment))


def facts(models):
    """Which models are offered, in a sentence."""
    if not models:
        return {"live_models": "No model with memory is published for this device yet, so there is nothing to play."}
    rates = sorted({model.network.sample_rate for model in models})
    count = "is 1 model" if len(models) == 1 else f"are {len(models)} models"
    return {"live_models": f"There {count} to choose from, at {listed(f'{rate:,} Hz' for rate in rates)}."}


def player(experiment, models):
    """The live player: HTML."""
    if not models:
        return scrolling("<p>There is nothing to play yet.</p>", "nothing to play")
    root = project_root()
    riffs = load_riffs(experiment, root, experiment.gain_labels[0])
    names = {f"the riff {riff}": files.write(dry, experiment.sample_rate) for riff, (dry, _) in riffs.items()}
    return HTML(live(models, names))
