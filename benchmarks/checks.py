"""Show what the checks of recordings say of good ones, and of planted faults.

`python benchmarks/checks.py --help` says more.
"""

import sys
import tempfile
import time
from pathlib import Path

import click
import pandas as pd

from ultragain.checks.finding import PASS
from ultragain.checks.measurements import Measurements
from ultragain.checks.run import check_recordings
from ultragain.files import project_root
from ultragain.recording.virtual import OVERSAMPLING

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import planted
import planted_faults
import planted_levels
import planted_levels_faults
import planted_time
import planted_time_faults

GOOD = [*planted.GOOD, *planted_levels.GOOD, *planted_time.GOOD]
FAULTS = [*planted_faults.FAULTS, *planted_levels_faults.FAULTS, *planted_time_faults.FAULTS]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--oversampling",
    type=click.IntRange(1, 16),
    default=OVERSAMPLING,
    show_default=True,
    help="Of the simulated devices.",
)
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Time the checks of these recordings instead.",
)
def main(oversampling, folder):
    """Check every good variation in tests/planted*.py and every planted fault, and print a table of each.

    A variation must give no finding at all; a fault must be found by its own check in its own file.
    Other findings of a fault are printed as well: a take that was clipped differs from its replicate.

    \b
    python benchmarks/checks.py
    python benchmarks/checks.py --folder data/recordings/virtual_dsl20h/UltraGain
    """
    if folder:
        timing(folder)
        return
    measurements = Measurements()
    good, faults = (pd.DataFrame([row(case, oversampling, measurements) for case in cases]) for cases in (GOOD, FAULTS))
    good["false alarms"] = [
        ", ".join(sorted({finding.check for finding in found})) or "none" for found in good.pop("found")
    ]
    found = faults.pop("found")
    faults["check"] = [case.expected for case in FAULTS]
    faults["found"] = [
        next((f.verdict for f in each if f.check == case.expected and case.where in f.file), "MISSED")
        for case, each in zip(FAULTS, found, strict=True)
    ]
    faults["also"] = [
        ", ".join(sorted({f.check for f in each} - {case.expected})) for case, each in zip(FAULTS, found, strict=True)
    ]
    print(good.to_markdown(index=False), end="\n\n")
    print(faults.to_markdown(index=False), end="\n\n")
    alarms, missed = (good["false alarms"] != "none").sum(), (faults["found"] == "MISSED").sum()
    print(f"{len(good)} good variations, {alarms} with a false alarm; {len(faults)} planted faults, {missed} missed")
    sys.exit(int(alarms + missed > 0))


def row(case, oversampling, measurements):
    """A case's name, takes and findings."""
    with tempfile.TemporaryDirectory() as folder:
        case.write(Path(folder), oversampling)
        findings = check_recordings(folder, case.requirements, measurements)
        takes = len(list(Path(folder).rglob("Dry/*.wav")))
    return {
        "recordings": case.name,
        "takes": takes,
        "found": [finding for finding in findings if finding.verdict != PASS],
    }


def timing(folder):
    """How long one folder takes, the first time and again."""
    with tempfile.TemporaryDirectory() as kept:
        for what in ("first", "again"):
            measurements = Measurements(Path(kept) / "measurements.json")
            wall, processor = time.perf_counter(), time.process_time()
            findings = check_recordings(project_root() / folder, measurements=measurements)
            print(
                f"{what}: {time.perf_counter() - wall:.2f} s, {time.process_time() - processor:.2f} processor s; "
                f"{len({finding.file for finding in findings})} files, {measurements.made} measurements"
            )


if __name__ == "__main__":
    main()
