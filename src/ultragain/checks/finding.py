"""What a check has to say about a file."""

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
    check : str
        Which check found it; empty for a file that passed all of them.
    verdict : str
        `pass`, `warning` or `failure`.
    problem : str
        What is wrong.
    advice : str
        What to do.
    """

    file: str
    check: str = ""
    verdict: str = PASS
    problem: str = ""
    advice: str = ""

    def __str__(self):
        return f"{self.file}: {self.problem}: {self.advice}"


def warning(file, check, problem, advice):
    """Something that may be meant, or that costs accuracy."""
    return Finding(printable(file), check, WARNING, printable(problem), printable(advice))


def failure(file, check, problem, advice):
    """Something that makes models, or their scores, worthless."""
    return Finding(printable(file), check, FAILURE, printable(problem), printable(advice))


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
        told = [finding for finding in group if finding.verdict != PASS]
        rows.append(
            {
                "file": file,
                "verdict": group[0].verdict,
                "check": "; ".join(dict.fromkeys(finding.check for finding in told)),
                "problem": "; ".join(dict.fromkeys(finding.problem for finding in told)),
                "advice": "; ".join(dict.fromkeys(finding.advice for finding in told)),
            }
        )
    return pd.DataFrame(rows, columns=["file", "verdict", "check", "problem", "advice"])
