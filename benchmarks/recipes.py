"""Compare recipes of a family with memory by the validation audio.

`python benchmarks/recipes.py --help` says more.
"""

import json
from dataclasses import replace
from functools import partial

import click
import numpy as np
import pandas as pd
from timing import machine

from ultragain.engine.constants import SOURCE
from ultragain.engine.registers import processor_name
from ultragain.evaluation.scoring import score_riffs
from ultragain.experiment import load_experiment
from ultragain.files import digest, project_root, whole_file, write_json
from ultragain.models.keras_file import weights_of
from ultragain.models.memory import stateful, wavenet
from ultragain.models.memory.audio import cut
from ultragain.models.memory.learner import MemoryLearner
from ultragain.models.untrained import make_untrained
from ultragain.recording.load import load_recordings
from ultragain.training.live import Bars
from ultragain.training.runs import describe_run
from ultragain.training.train import train_model

RECIPES = {each.FAMILY.name: each.RECIPE for each in (stateful, wavenet)}
TABLE = "data/reference/recipes.csv"
AS_IT_STANDS = "as it stands"
VARIED = ("level", "rate", "rise")  # numbers of a recipe that do not change how long a step takes


class Variant(click.ParamType):
    """A number of the recipe and its value, for example rate=0.006."""

    name = "variant"

    def convert(self, value, param, ctx):
        """The changed number by its name."""
        name, _, number = value.partition("=")
        try:
            return {VARIED[VARIED.index(name)]: float(number)}
        except ValueError:
            self.fail(f"{value}: needs one of {', '.join(VARIED)} and a number, as in rate=0.006", param, ctx)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("variants", type=Variant(), nargs=-1)
@click.option(
    "--experiment", default="experiments/dsl20h_wavenet.yaml", show_default=True, help="Below the project's folder."
)
@click.option("--gain", default="High", show_default=True)
@click.option("--minutes", type=float, default=2.0, show_default=True)
@click.option("--seed", "seeds", type=int, multiple=True, default=(25, 26, 27), show_default=True)
@click.option("--write", is_flag=True, help=f"Replace the family's rows in {TABLE}.")
def main(variants, experiment, gain, minutes, seeds, write):
    """Train a model with memory by its recipe, and by each of VARIANTS, with several seeds, and compare the errors.

    The baseline is the recipe as it stands. What decides is the ESR of the validation audio; that of the test riffs
    stands beside it. Every training has the steps that the budget allows on this machine: give it one with nothing
    else to do. What is trained is kept in data/runs/recipes, so that a second call goes on, or only prints.

    \b
    python benchmarks/recipes.py rate=0.0025 rate=0.006 level=1 --write
    """
    print(machine())
    root = project_root()
    settings = load_experiment(root / experiment)
    rows = []
    for variant in ({}, *variants):
        for seed in seeds:
            rows.append(_trained(root, settings.with_seed(seed), gain, minutes, variant))
    table = pd.DataFrame(rows)
    groups = table.groupby("recipe", sort=False)
    shown = (100 * groups[["val_esr", "esr_mean"]].agg(["min", "median", "max"])).round(3)
    base = np.log(table.loc[table["recipe"] == AS_IT_STANDS, "val_esr"]).mean()
    shown["val_esr to baseline"] = groups["val_esr"].agg(lambda esr: np.exp(np.log(esr).mean() - base)).round(3)
    print(f"ESR in %, {len(seeds)} seeds, gain {gain}, {minutes:g} minutes")
    print(shown.to_string())
    if write:
        path = root / TABLE
        kept = pd.read_csv(path) if path.is_file() else pd.DataFrame(columns=["family"])
        with whole_file(path) as temporary:
            pd.concat([kept[kept["family"] != settings.family], table]).to_csv(temporary, index=False)


def _trained(root, settings, gain, minutes, variant):
    """What came of one training; kept in a file of its own."""
    recordings = load_recordings(settings, root, gain)
    grid = {dimension.name: settings.values(dimension.name)[0] for dimension in settings.dimensions}
    run = describe_run(settings, grid | {"gain": gain, "minutes": minutes}, recordings.identity)
    name = "-".join([run.id, *(f"{key}{value:g}" for key, value in variant.items())])
    folder = root / "data" / "runs" / "recipes" / name
    numbers = [getattr(RECIPES[run.family.name], name) for name in VARIED]  # of the recipe as it stands
    result = folder / f"{SOURCE}-{digest(numbers)[:8]}.json"
    if result.is_file():
        return json.loads(result.read_text())
    recipe = replace(RECIPES[run.family.name], **variant)
    family = replace(run.family, learns=partial(MemoryLearner, recipe), cut=partial(cut, recipe))
    rng = np.random.default_rng(settings.training.seed)
    training, validation, _ = family.cut(recordings.train, recordings.validation, run.parameters, rng)
    untrained = folder / "untrained.keras"
    make_untrained({untrained: run.parameters})
    weights = weights_of(untrained.read_bytes())
    print(name)
    trained = train_model(family, run.parameters, weights, training, validation, rng, [Bars()], folder)
    scores, _ = score_riffs(family, trained.weights, recordings.riffs, run.parameters)
    row = {
        "family": family.name,
        "gain": gain,
        "minutes": minutes,
        "recipe": ", ".join(f"{key} {value:g}" for key, value in variant.items()) or AS_IT_STANDS,
        "seed": settings.training.seed,
        "steps": trained.steps,
        "val_esr": float(trained.history["val_esr"].min()),
        "esr_mean": float(scores["esr"].mean()),
        "esr_worst": float(scores["esr"].max()),
        "processor": processor_name(),
        "engine": SOURCE,
    }
    write_json(result, row)
    return row


if __name__ == "__main__":
    main()
