"""Numbers and computed sentences for the chapters' prose.

Each function returns a dict of str to str for `ultragain.book.kit.glue.say`. A sentence that
could turn out either way is worded here from the numbers, so that no page can claim what its runs
do not show.
"""


from ultragain.evaluation.statistics import ORIGINAL_RIFF, PUBLISHED, extremes, levels, like_for_like, spread
from ultragain.models.windowing import count_windows
from ultragain.words import are, duration, listed, model_name, percent

NOUNS = {
    "gain": "gain {}",
    "context": "a context of {} samples",
    "units": "{} units",
    "learning_rate": "a learning rate of {}",
}
UNLIKE = "the riffs are other music, and device and training are not the same"
NAM_BANDS = (0.01, 0.035, 0.1, 0.3)  # where the trainer of Neural Amp Modeler draws its lines


def experiment_facts(results):
    """The experiment's settings, and how much of it there is."""
    e, sizes, grid = results.experiment, results.experiment.sizes, results.experiment.grid
    missing = results.expected - len(results.models)
    return {
        "source": results.source,
        "device": e.device.description,
        "profile": e.profile,
        "models": f"{len(results.models)}",
        "expected": f"{results.expected}",
        "missing": f"{missing} of the grid's {results.expected} models {are(missing)} not trained yet, so everything here covers "
        f"{len(results.models)}."
        if missing
        else f"All {results.expected} models of the grid are trained.",
        "gains": listed(f"{label} (knob at {knob:g})" for label, knob in e.device.gains.items()),
        "contexts": listed(grid.contexts),
        "contexts_ms": listed(f"{1000 * c / e.sample_rate:.1f}" for c in grid.contexts),
        "longest_ms": f"{1000 * max(grid.contexts) / e.sample_rate:.1f} ms",
        "units": listed(grid.units),
        "rates": listed(f"{rate:g}" for rate in grid.learning_rates),
        "rate_khz": f"{e.sample_rate / 1000:g} kHz",
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
        else "the same for every model: the passage of median energy, neither the silence nor the climax.",
        "caution": caution(e),
    }


def caution(experiment):
    """What a reduced profile leaves out, in a sentence."""
    changed = experiment.profiles[experiment.profile].model_dump(exclude_none=True)
    if not changed:
        return f"Profile {experiment.profile} uses the experiment's own sizes."
    words = {
        "train_seconds": "{:g} s of simulated training audio",
        "training_windows": "{:,} training windows",
        "epochs": "{} epochs",
        "scored_seconds": "{} s scored of each riff",
    }
    sizes = [
        words[name].format(value) for name, value in changed.items() if experiment.is_virtual or name != "train_seconds"
    ]
    return (
        f"Profile {experiment.profile} is a shortened experiment ({'; '.join(sizes)}): its numbers show what this little "
        "training reaches, not what the models could reach."
    )


def window_facts(results):
    """How many windows the models learn from, and how much audio they hear in them."""
    e = results.experiment
    counts = {gain: _counts(e, recorded) for gain, recorded in results.recordings.items()}
    least = min(counts.values(), key=lambda count: count.training)
    heard = [1000 * (least.training + least.validation) * context / e.sample_rate / 1000 for context in e.grid.contexts]
    has_folder = any(recorded.validation for recorded in results.recordings.values())
    return {
        "training_windows": f"{least.training:,}",
        "validation_windows": f"{least.validation:,}",
        "asked_windows": f"{e.sizes.training_windows:,}",
        "heard_seconds": listed(f"{seconds:.3g}" for seconds in heard),
        "recorded_seconds": f"{sum(len(dry) for dry, _ in next(iter(results.recordings.values())).train) / e.sample_rate:.0f} s",
        "uneven": ""
        if len(set(counts.values())) == 1
        else "The gains are not alike in this: the counts here are those of the gain "
        "with the least audio, and models of the others learn from more, so gains are not compared on equal counts.",
        "short_notice": f"In this build the {least.notice}."
        if least.notice
        else "In this build the recordings are long enough for all of them.",
        "validation_place": "on recordings of their own"
        if has_folder
        else "on windows from between the training windows",
        "validation_origin": "a Val folder of the recordings"
        if has_folder
        else f"the same recordings: {100 * e.training.validation_share:g} % of all windows drawn",
    }


def _counts(experiment, recorded):
    return count_windows(
        [len(dry) for dry, _ in recorded.train],
        [len(dry) for dry, _ in recorded.validation],
        experiment.grid.contexts,
        experiment.sizes.training_windows,
        experiment.training.validation_share,
    )


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
    best, worst = (models.loc[label] for label in extremes(models))
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
    facts |= {f"below_{100 * band:g}".replace(".", "_"): f"{int((models['esr'] < band).sum())}" for band in NAM_BANDS}
    return facts | {f"{factor}_sentence": factor_sentence(models, factor, gains) for factor in NOUNS}


def factor_sentence(models, factor, gain_labels):
    """What the two ends of a setting's range do to the ESR, everything else equal."""
    values = levels(models, factor, gain_labels)
    first, second = values[0], values[-1]
    pairs = like_for_like(models, factor, first, second) if first != second else None
    if not (pairs and pairs.n):
        return f"There are no two models here that differ in the {factor.replace('_', ' ')} alone, so nothing can be said about it."
    names = [NOUNS[factor].format(value if isinstance(value, str) else f"{value:g}") for value in (second, first)]
    change = 100 * (pairs.ratio - 1)
    direction = (
        f"{abs(change):.0f} % {'lower' if change < 0 else 'higher'}"
        if abs(change) >= 0.5
        else "the same to within half a percent"
    )
    return (
        f"With {names[0]} the ESR is lower in {pairs.second_better} of {pairs.n} pairs of models that otherwise have the same "
        f"settings, compared with {names[1]}; in the median pair it is {direction}."
    )


def published_facts(results, comparison, published):
    """The published experiments and ours, both scored one sample late."""
    table = spread(comparison, "source")
    amp, pedal, _ = PUBLISHED.values()
    ours = f"ours, riff {ORIGINAL_RIFF}" if f"ours, riff {ORIGINAL_RIFF}" in table.index else "ours, all riffs"
    facts = {
        "unlike": UNLIKE
        if results.experiment.is_virtual
        else "the two are only comparable where device, riff and training are the same",
        "our_name": ours.removeprefix("ours, "),
        "published_epochs": f"{published['epochs_max'].max()}",
        "published_windows": f"{round(published['train_windows'].median(), -3):,.0f}",
    }
    for name, source in (("amp", amp), ("pedal", pedal), ("our", ours)):
        row = table.loc[source]
        facts[f"{name}_range"] = f"{percent(row['best'])} to {percent(row['worst'])}"
        facts[f"{name}_median"] = percent(row["median"])
        facts[f"{name}_n"] = f"{int(row['n'])}"
    return facts


def model_facts(results):
    """Weights of the models."""
    counts = {units: weight_count(units) for units in results.experiment.grid.units}
    return {"weights": listed(f"{count:,} with {units} units" for units, count in counts.items())}


def weight_count(units):
    """Trainable weights of one LSTM on a single channel and the Dense unit after it."""
    return 4 * units * (1 + units + 1) + units + 1
