"""Numbers and computed sentences that several chapters quote.

Each function returns a dict of str to str for `ultragain.book.kit.glue.publish`. A sentence that
could turn out either way is worded here from the numbers, so that no page can claim what its runs
do not show.
"""

from ultragain.book.kit import glue
from ultragain.evaluation.results import WINDOWS
from ultragain.evaluation.statistics import (
    ORIGINAL_RIFF,
    ORIGINALS,
    beside_originals,
    best_median_worst,
    levels,
    like_for_like,
    spread,
)
from ultragain.grid import DIMENSIONS, FACTORS, GRID, model_name
from ultragain.model_settings import SIZE_PHRASES
from ultragain.models.catalog import FAMILIES
from ultragain.models.windowing import WindowCounts
from ultragain.words import are, duration, hertz, listed, percent

#: Where the trainer of Neural Amp Modeler draws its lines: great, not bad, might sound ok, probably not great.
NAM_BANDS = (0.01, 0.035, 0.1, 0.3)


def experiment_facts(results):
    """The experiment's settings, and how much of it there is."""
    e, sizes, grid = results.experiment, results.experiment.sizes, results.experiment.grid
    return {
        "source": results.source,
        "device": e.device.description,
        "family": FAMILIES[e.family].noun,
        "profile": e.profile,
        "models": f"{len(results.models)}",
        "expected": f"{results.expected}",
        "trained": missing_sentence(results) or f"All {results.expected} models of the grid are trained.",
        "missing": missing_sentence(results),
        "gains": listed(f"{label} (knob at {knob:g})" for label, knob in e.device.gains.items()),
        **{each.key: listed(map(each.text, e.values(each.name))) for each in GRID if each.key},
        "contexts_ms": listed(f"{1000 * c / e.sample_rate:.1f}" for c in grid.contexts),
        "longest_ms": f"{1000 * max(grid.contexts) / e.sample_rate:.1f} ms",
        "rate_khz": hertz(e.sample_rate),
        "batch": f"{e.training.batch_size}",
        "patience": f"{e.training.patience}",
        "seed": f"{e.training.seed}",
        "epochs": f"{sizes.epochs}",
        "riffs": listed(e.test_riffs),
        "n_riffs": f"{len(e.test_riffs)}",
        "scored": "each riff as a whole"
        if sizes.scored_seconds == "whole"
        else f"{sizes.scored_seconds:g} s of each riff",
        "scored_rule": "from its beginning to its end."
        if sizes.scored_seconds == "whole"
        else "the same for every model: the passage of median energy, neither the quietest nor the loudest.",
        "caution": caution(e),
    }


def missing_sentence(results):
    """How many models of the grid are not trained; empty if all are."""
    missing = results.expected - len(results.models)
    told = (
        f"{missing} of the grid's {results.expected} models {are(missing)} not trained yet, so everything here covers "
    )
    return f"{told}{len(results.models)}." if missing else ""


def caution(experiment):
    """What a reduced profile leaves out, in a sentence."""
    changed = experiment.profiles[experiment.profile].model_dump(exclude_none=True)
    if not changed:
        return f"Profile {experiment.profile} uses the experiment's own sizes."
    sizes = [
        phrase.format(changed[name])
        for name, phrase in SIZE_PHRASES.items()
        if name in changed and (experiment.is_virtual or name != "train_seconds")
    ]
    return (
        f"Profile {experiment.profile} is a shortened experiment ({'; '.join(sizes)}): its numbers show what this "
        "little training reaches, not what the models could reach."
    )


def window_facts(results):
    """How many windows the models learn from."""
    e, counts = results.experiment, results.models[list(WINDOWS)].drop_duplicates()
    training, validation, asked = counts.sort_values("training_windows").iloc[0]
    with_folder = results.recordings.validated_gains()
    without = [gain for gain in e.gain_labels if gain not in with_folder]
    share = f"the same recordings: {100 * e.training.validation_share:g} % of all windows drawn"
    return {
        "training_windows": f"{training:,}",
        "validation_windows": f"{validation:,}",
        "asked_windows": f"{asked:,}",
        "uneven": ""
        if len(counts) == 1
        else "The gains are not alike in this: the counts here are those of the gain with the least audio, and models "
        "of the others learn from more, so gains are not compared on equal counts.",
        "short_notice": f"In this build the {WindowCounts(training, validation, asked).notice}."
        if training < asked
        else "In this build the recordings are long enough for all of them.",
        "validation_place": _by_gain(
            {"on recordings of their own": with_folder, "on windows from between the training windows": without}
        ),
        "validation_origin": _by_gain({"a Val folder of the recordings": with_folder, share: without}),
    }


def _by_gain(phrases):
    """A phrase, or if it is not the same at every gain, each with the gains it is true for: phrase to labels."""
    phrases = {phrase: gains for phrase, gains in phrases.items() if gains}
    if len(phrases) == 1:
        return next(iter(phrases))
    return listed(f"{phrase} (gain {listed(gains)})" for phrase, gains in phrases.items())


def sweep_facts(results):
    """How long the trainings took and where they ended."""
    models = results.models
    budget = results.experiment.sizes.epochs
    at_limit = int((models["epochs_trained"] >= budget).sum())
    last_best = int((models["best_epoch"] == models["epochs_trained"]).sum())
    return {
        "training_total": duration(models["training_seconds"].sum()),
        "scoring_total": duration(models["scoring_seconds"].sum()),
        "training_median": duration(models["training_seconds"].median()),
        "training_longest": duration(models["training_seconds"].max()),
        "at_limit": f"{at_limit} of {len(models)}",
        "last_best": f"{last_best} of {len(models)}",
        "still_falling": "Those trainings were cut off while the model was still getting better."
        if last_best
        else "No training had its best epoch at the end.",
    }


def score_facts(results):
    """Best, worst, spread; how models differ by each setting; validation and one-sample-late scores."""
    models, scores, gains = results.models, results.scores, results.experiment.gain_labels
    ranks = best_median_worst(models)
    best, worst = models.loc[ranks["best"]], models.loc[ranks["worst"]]
    by_gain = spread(models, "gain").reindex(levels(models, "gain", gains))
    by_riff = spread(scores, "riff")
    late = scores["esr_one_late"] - scores["esr"]
    optimistic = int((models["esr"] > models["val_esr"]).sum())
    facts = {
        "best_esr": percent(best["esr"]),
        "best_model": model_name(best),
        "worst_esr": percent(worst["esr"]),
        "worst_model": model_name(worst),
        "median_esr": percent(models["esr"].median()),
        "gain_medians": listed(f"{gain}: {percent(median)}" for gain, median in by_gain["median"].items()),
        "gain_bests": listed(f"{gain}: {percent(value)}" for gain, value in by_gain["best"].items()),
        "easiest_riff": by_riff["median"].idxmin(),
        "easiest_riff_esr": percent(by_riff["median"].min()),
        "hardest_riff": by_riff["median"].idxmax(),
        "hardest_riff_esr": percent(by_riff["median"].max()),
        "one_late_points": f"{100 * late.median():.1f} percentage points",
        "one_late_worse": f"{int((late > 0).sum())} of {len(late)}",
        "optimistic": f"{optimistic} of {len(models)}",
        "median_validation": percent(models["val_esr"].median()),
    }
    great, not_bad, *_, poor = (f"{100 * band:g} %" for band in NAM_BANDS)
    facts |= {
        "nam_great": great,
        "nam_not_bad": not_bad,
        "nam_poor": poor,
        "below_nam": listed(
            f"{below or 'none'} {are(below)} below {100 * band:g} %"
            for band in NAM_BANDS
            for below in [int((models["esr"] < band).sum())]
        ),
    }
    return facts | {f"{factor}_sentence": factor_sentence(models, factor, gains) for factor in FACTORS}


def factor_sentence(models, factor, gain_labels):
    """What the two ends of a setting's range do to the ESR, everything else equal."""
    dimension, values = DIMENSIONS[factor], levels(models, factor, gain_labels)
    first, second = values[0], values[-1]
    pairs = like_for_like(models, factor, first, second) if first != second else None
    if not (pairs and pairs.n):
        return (
            f"There are no two models here that differ in the {dimension.noun} alone, so its effect cannot be measured."
        )
    names = [dimension.phrase.format(dimension.text(value)) for value in (second, first)]
    change = 100 * (pairs.ratio - 1)
    direction = (
        f"{abs(change):.0f} % {'lower' if change < 0 else 'higher'}"
        if abs(change) >= 0.5
        else "the same to within half a percent"
    )
    return (
        f"With {names[0]} the ESR is lower in {pairs.second_better} of {pairs.n} pairs of models that otherwise have "
        f"the same settings, compared with {names[1]}; in the median pair it is {direction}."
    )


def unlike(experiment):
    """In what original and own results differ, in a clause."""
    if experiment.is_virtual:
        return "the riffs are other music, and device and training are not the same"
    return "the two are only comparable where device, riff and training are the same"


def original_facts(results):
    """The original experiments on real devices and ours, both scored one sample late."""
    theirs = glue.originals()
    comparison = beside_originals(results.scores, theirs)
    table = spread(comparison, "source")
    amp, pedal, _ = ORIGINALS.values()
    ours = f"ours, riff {ORIGINAL_RIFF}" if f"ours, riff {ORIGINAL_RIFF}" in table.index else "ours, all riffs"
    facts = {
        "unlike": unlike(results.experiment),
        "our_name": ours.removeprefix("ours, "),
        "original_epochs": f"{theirs['epochs_max'].max()}",
        "original_windows": f"{round(theirs['train_windows'].median(), -3):,.0f}",
    }
    for name, source in (("amp", amp), ("pedal", pedal), ("our", ours)):
        row = table.loc[source]
        facts[f"{name}_range"] = f"{percent(row['best'])} to {percent(row['worst'])}"
        facts[f"{name}_median"] = percent(row["median"])
        facts[f"{name}_n"] = f"{int(row['n'])}"
    return facts
