"""What the checks said of the book's recordings, and the limits they go by, for notebooks/recording_check.ipynb."""

from ultragain.book.check_figures import CLOCK_MILLIONTHS, HISS_DB, HUM_DB, LATE_SECONDS
from ultragain.checks import FAILURE, PASS, WARNING, as_table, clipping, sets
from ultragain.checks import latency as of_latency
from ultragain.checks import takes as limits
from ultragain.words import listed


def facts(findings, experiment):
    """What the checks said of the book's recordings, and the limits they go by, for the prose."""
    table = as_table(findings)
    counts = {verdict: int((table["verdict"] == verdict).sum()) for verdict in (PASS, WARNING, FAILURE)}
    told = [f"{counts[verdict]} got a {verdict}" for verdict in (WARNING, FAILURE) if counts[verdict]]
    rate, shortest = experiment.sample_rate, min(experiment.grid.contexts)
    return {
        "check_verdict": f"Of {len(table)} files {counts[PASS]} passed every check; {listed(told)}."
        if told
        else f"All {len(table)} files passed every check.",
        "full_scale_run": f"{clipping.FULL_SCALE_RUN}",
        "flat_tops": f"{limits.FEW_FLAT_TOPS}",
        "quiet": f"{limits.QUIET_DBFS:g} dBFS",
        "gap": f"{1000 * limits.LONG_GAP_SECONDS:g} ms",
        "offset": f"{100 * limits.OFFSET:g} %",
        "hum": f"{-limits.HUM_DB:g} dB",
        "hiss": f"{-limits.HISS_DB:g} dB",
        "rests": f"{-limits.REST_NOISE_DB:g} dB",
        "early": f"{1000 * of_latency.EARLY_SECONDS:g} ms",
        "late": f"{1000 * of_latency.LATE_SECONDS:g} ms",
        "reach": f"{shortest} samples, {1000 * shortest / rate:.1f} ms",
        "replicate_esr": f"{100 * sets.NOISY_REPLICATE:g} %",
        "other_device_esr": f"{100 * sets.OTHER_DEVICE:g} %",
        "same_level": f"{sets.SAME_LEVEL_DB:g} dB",
        "certain": f"{of_latency.CONFIDENT:g}",
        "planted_hum": f"{-HUM_DB} dB",
        "planted_hiss": f"{-HISS_DB} dB",
        "planted_late": f"{1000 * LATE_SECONDS:g} ms",
        "planted_clock": f"{CLOCK_MILLIONTHS}",
    }


def table(findings):
    """The checks' table for a page: file, verdict, what is wrong, what to do."""
    shown = as_table(findings).rename(columns={"problem": "what is wrong", "advice": "what to do"})
    return shown[["file", "verdict", "what is wrong", "what to do"]]
