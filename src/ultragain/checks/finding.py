"""What a check finds about a file."""

from dataclasses import dataclass

import pandas as pd

from ultragain.files import printable

PASS, WARNING, FAILURE = VERDICTS = ("pass", "warning", "failure")  # from good to bad


@dataclass(frozen=True)
class Finding:
    """One row of the checks' table.

    Attributes
    ----------
    file : str
        Below the recordings folder, as it can be printed; a folder where the finding is about all files in it.
    verdict : str
        `pass`, `warning` or `failure`.
    problem : str
        What is wrong.
    advice : str
        What to do.
    check : str
        Name of the check that found it, from the catalog; empty for a file that passed all of them.
    """

    file: str
    verdict: str = PASS
    problem: str = ""
    advice: str = ""
    check: str = ""

    def __str__(self):
        return f"{self.file}: {self.problem}: {self.advice}"


def warning(file, problem, advice):
    """Something that may be intended, or that costs accuracy."""
    return Finding(printable(file), WARNING, printable(problem), printable(advice))


def failure(file, problem, advice):
    """Something that makes models, or their scores, worthless."""
    return Finding(printable(file), FAILURE, printable(problem), printable(advice))


def worst(findings):
    """The worst verdict of several findings; `pass` if there are none."""
    return max((finding.verdict for finding in findings), key=VERDICTS.index, default=PASS)


def as_table(findings):
    """Findings as a table with one row a file.

    Parameters
    ----------
    findings : list of Finding

    Returns
    -------
    pd.DataFrame
        file, verdict, check, problem, advice; several findings of a file are joined, the worst first.
    """
    by_file = {}
    for finding in findings:
        by_file.setdefault(finding.file, []).append(finding)
    rows = []
    for file, group in by_file.items():
        group = sorted(group, key=lambda finding: -VERDICTS.index(finding.verdict))
        problems = [finding for finding in group if finding.verdict != PASS]
        joined = {
            column: "; ".join(dict.fromkeys(getattr(finding, column) for finding in problems))
            for column in ("check", "problem", "advice")
        }
        rows.append({"file": file, "verdict": group[0].verdict, **joined})
    return pd.DataFrame(rows, columns=["file", "verdict", "check", "problem", "advice"])
