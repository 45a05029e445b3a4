"""Time the virtual guitar.

`python benchmarks/guitar.py --help` says more.
"""

import click
import numpy as np
import pandas as pd
from timing import machine, speeds
from tqdm import tqdm

from ultragain.guitar.library import TEST_RIFFS, training_studies
from ultragain.guitar.score import parse
from ultragain.guitar.strings import render

RATE = 44_100
STUDY_SECONDS = 30


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--repeats", type=click.IntRange(min=1), default=5, show_default=True, help="Measurements of each row.")
def main(repeats):
    """Print how many seconds of dry guitar one core renders in a second: 1 is real time.

    The six test riffs and the first training studies at 44.1 kHz. Times are processor times (`busy`:
    processors busy on average), the median, slowest and fastest of the repeats, after a run that
    compiles; reading the score is counted.

    \b
    python benchmarks/guitar.py
    """
    print(machine())
    scores = TEST_RIFFS | training_studies(STUDY_SECONDS)
    render(next(iter(scores.values())), RATE, np.random.default_rng(25))
    rows = {}
    for name, score in tqdm(scores.items()):
        rows[name] = speeds(lambda: render(score, RATE, np.random.default_rng(25)), parse(score).seconds, repeats)
    frame = pd.DataFrame.from_dict(rows, orient="index")
    print(frame.round(2).to_string())
    print(f"all: {frame['audio s'].sum() / (frame['audio s'] / frame['s/s']).sum():.1f} times real time")


if __name__ == "__main__":
    main()
