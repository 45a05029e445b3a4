"""What the checks found in the book's recordings, and their limits, for the chapter's prose."""

from ultragain.book.recording_check import figures, timing_figures
from ultragain.checks import device, latency, levels, noise
from ultragain.checks.finding import FAILURE, PASS, WARNING, as_table
from ultragain.words import listed

TURNED_DOWN = 0.8  # the level of a second recording where there is no other gain


def shown_facts(experiment):
    """What the figures show: with one riff, or one gain, some take another recording for comparison.

    Parameters
    ----------
    experiment : Experiment

    Returns
    -------
    dict of str to str
    """
    return {
        "riff": experiment.test_riffs[0],
        "gain": experiment.rising_gains[-1],
        "stranger": "another riff" if len(experiment.test_riffs) > 1 else "a training take",
        "moved_knob": "at two gains"
        if len(experiment.rising_gains) > 1
        else f"as recorded and at {100 * TURNED_DOWN:g} % of that level",
    }


def findings_facts(findings):
    """The verdicts on the book's recordings, counted.

    Parameters
    ----------
    findings : list of Finding

    Returns
    -------
    dict of str to str
    """
    verdicts = as_table(findings)["verdict"]
    counts = {verdict: int((verdicts == verdict).sum()) for verdict in (PASS, WARNING, FAILURE)}
    worse = listed(f"{counts[verdict]} got a {verdict}" for verdict in (WARNING, FAILURE) if counts[verdict])
    if not worse:
        return {"check_verdict": f"All {len(verdicts)} files passed every check."}
    return {"check_verdict": f"Of {len(verdicts)} files {counts[PASS]} passed every check; {worse}."}


def limit_facts(experiment):
    """The checks' limits, and how large the planted faults are.

    Parameters
    ----------
    experiment : Experiment

    Returns
    -------
    dict of str to str
    """
    shortest = min(experiment.grid.contexts)
    return {
        "full_scale_run": f"{levels.FULL_SCALE_RUN}",
        "flat_tops": f"{levels.FEW_FLAT_TOPS}",
        "quiet": f"{levels.QUIET_DBFS:g} dBFS",
        "gap": f"{1000 * levels.LONG_GAP_SECONDS:g} ms",
        "offset": f"{100 * levels.OFFSET:g} %",
        "same_level": f"{levels.SAME_LEVEL_DB:g} dB",
        "off_level": f"{levels.OFF_DB:g} dB",
        "hum": f"{-noise.HUM_DB:g} dB",
        "hiss": f"{-noise.HISS_DB:g} dB",
        "rests": f"{-noise.REST_NOISE_DB:g} dB",
        "early": f"{1000 * latency.EARLY_SECONDS:g} ms",
        "late": f"{1000 * latency.LATE_SECONDS:g} ms",
        "certain": f"{latency.CONFIDENT:g}",
        "reach": f"{shortest} samples, {1000 * shortest / experiment.sample_rate:.1f} ms",
        "replicate_esr": f"{100 * device.NOISY_REPLICATE:g} %",
        "other_device_esr": f"{100 * device.OTHER_DEVICE:g} %",
        "planted_hum": f"{-figures.HUM_DB} dB",
        "planted_hiss": f"{-figures.HISS_DB} dB",
        "planted_late": f"{1000 * timing_figures.LATE_SECONDS:g} ms",
        "planted_clock": f"{timing_figures.CLOCK_MILLIONTHS}",
    }
