"""Is a recording good? Checks of files, of takes, and of a whole folder."""

from ultragain.checks.finding import FAILURE, PASS, WARNING, Finding, as_table, worst
from ultragain.checks.run import check_experiment, check_recordings, memory_file, require_good

__all__ = [
    "FAILURE",
    "PASS",
    "WARNING",
    "Finding",
    "as_table",
    "check_experiment",
    "check_recordings",
    "memory_file",
    "require_good",
    "worst",
]
