"""Find the sizes of a short grid that ranks the models as the published run does.

`python benchmarks/quick.py --help` says more.
"""

import subprocess
import time

import click
import yaml
from timing import machine

from ultragain.evaluation.effects.order import rank_agreement
from ultragain.evaluation.results import load_results
from ultragain.experiment import load_experiment
from ultragain.files import project_root
from ultragain.publishing.store import load_published, published_profile

PROFILE = "w{training_windows}e{epochs}s{scored_seconds}"


class Candidate(click.ParamType):
    """WINDOWSxEPOCHSxTRAINxSCORED, for example 24000x23x60x1."""

    name = "sizes"

    def convert(self, value, param, ctx):
        """Sizes as in an experiment file's profile."""
        try:
            windows, epochs, train, scored = value.split("x")
            return {
                "training_windows": int(windows),
                "epochs": int(epochs),
                "train_seconds": float(train),
                "scored_seconds": scored if scored == "whole" else float(scored),
            }
        except ValueError:
            self.fail(f"{value}: needs four sizes, as in 24000x23x60x1", param, ctx)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("candidates", type=Candidate(), nargs=-1, required=True)
@click.option(
    "--experiment", default="experiments/dsl20h_ultragain.yaml", show_default=True, help="Below the project's folder."
)
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True)
def main(candidates, experiment, workers):
    """Train the grid at the sizes of each of CANDIDATES and compare the order of its models with the published run's.

    A candidate is WINDOWSxEPOCHSxTRAINxSCORED: training windows, epochs, seconds of training audio
    and seconds of each riff that are scored, for example 24000x23x60x1. The baseline is the profile
    `quick` as it stands in the experiment file. A row of the table has Spearman's rank correlation of
    the models' ESR with the published one, the pairs of models in the same order, and the minutes that
    recording, training and scoring took; give it a machine with nothing else to do. What is trained is
    kept in data/runs, so that a second call only prints.
    """
    print(machine())
    root = project_root()
    path = root / experiment
    profile = published_profile(root, path)
    if profile is None:
        raise click.ClickException(f"{experiment}: is not published, so there is no order to compare with")
    published = load_published(load_experiment(path, profile), root)
    content = yaml.safe_load(path.read_text())
    candidates = [content["profiles"]["quick"], *candidates]
    content["profiles"] = {PROFILE.format(**sizes): sizes for sizes in candidates}
    content["default_profile"] = next(iter(content["profiles"]))
    file = path.with_name(f"candidates_{path.name}")  # beside the experiment: its relative paths mean the same
    file.write_text(yaml.safe_dump(content, sort_keys=False))
    try:
        print(f"{'profile':28} {'rho':>6} {'pairs kept':>12} {'minutes':>8}")
        for name in content["profiles"]:
            minutes = train(file, name, workers, root) / 60
            order = rank_agreement(load_results(load_experiment(file, name), root).models, published.models)
            print(f"{name:28} {order.rho:6.3f} {f'{order.kept} of {order.pairs}':>12} {minutes:8.1f}", flush=True)
    finally:
        file.unlink()


def train(file, profile, workers, root):
    """Have the command train what is missing of a profile; the seconds that it took."""
    started = time.perf_counter()
    subprocess.run(
        ["ultragain", "sweep", str(file), "--profile", profile, "--workers", str(workers)], check=True, cwd=root
    )
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
