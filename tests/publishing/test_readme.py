"""The README's first screen: its numbers are those of the published run."""

import re

import pandas as pd
from made_project import REPOSITORY

from ultragain.experiment import load_experiment
from ultragain.models.catalog import FAMILIES
from ultragain.publishing.store import published_folder, published_profile

README = (REPOSITORY / "README.md").read_text()


def published(name="dsl20h_ultragain"):
    """A published experiment, its models and their scores, without replicates."""
    path = REPOSITORY / "experiments" / f"{name}.yaml"
    experiment = load_experiment(path, published_profile(REPOSITORY, path))
    folder = published_folder(REPOSITORY, experiment.device)
    tables = [pd.read_csv(folder / name) for name in ("models.csv", "scores.csv")]
    of_it = {"family": experiment.family, "seed": experiment.training.seed}
    return experiment, *(table[(table[list(of_it)] == pd.Series(of_it)).all(axis=1)] for table in tables)


def test_every_gain_has_its_row():
    experiment, models, scores = published()
    for gain, knob in experiment.device.gains.items():
        ranked = models[models["gain"] == gain].sort_values("esr")
        cells = []
        for place in (0, (len(ranked) - 1) // 2, -1):
            riffs = 100 * scores[scores["run"] == ranked["run"].iloc[place]]["esr"]
            cells.append(f"{riffs.median():.1f} % ({riffs.min():.1f} to {riffs.max():.1f})")
        assert f"| {gain}, knob at {knob:g} | {' | '.join(cells)} |" in README


def test_models_with_memory_have_their_rows():
    (head,) = re.findall(r"^\| gain \| (.+ minutes) \|$", README, re.MULTILINE)
    columns = [cell.rsplit(", ", 1) for cell in head.split(" | ")]
    nouns = {family.noun: family.name for family in FAMILIES.values()}
    experiment, *_ = published()
    table = pd.read_csv(published_folder(REPOSITORY, experiment.device) / "scores.csv")
    of_seed = table[table["seed"] == experiment.training.seed]
    for gain, knob in experiment.device.gains.items():
        cells = []
        for noun, minutes in columns:
            family = of_seed[(of_seed["family"] == nouns[noun]) & (of_seed["gain"] == gain)]
            riffs = 100 * family[family["minutes"] == float(minutes.split()[0])]["esr"]
            cells.append(f"{riffs.median():.2g} % ({riffs.min():.2g} to {riffs.max():.2g})")
        assert f"| {gain}, knob at {knob:g} | {' | '.join(cells)} |" in README


def test_what_it_cost_is_said():
    _, models, _ = published()
    hours, epochs = models["training_seconds"].sum() / 3600, models["epochs_trained"].sum()
    said = re.search(r"(\d+) models, ([\d,]+) epochs, ([\d.]+) hours", README)
    assert said and said.groups() == (f"{len(models)}", f"{epochs:,}", f"{hours:.1f}")


def test_the_pedal_stands_beside_it():
    experiment, models, _ = published("sd1_ds340")
    best, median, worst = (f"{100 * esr:.1f}" for esr in models["esr"].quantile([0, 0.5, 1]))
    what = f"The same grid on a **{experiment.device.description}**, {len(models)} models"
    assert f"{what}: best {best} %, median {median} %, worst {worst} %." in README.replace("\n", " ")


def test_the_figure_is_there():
    (figure,) = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert (REPOSITORY / figure).is_file()
