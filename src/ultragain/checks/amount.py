"""Checks of how much there is: enough to train on, and every test riff at every gain."""

import numpy as np

from ultragain.checks.finding import failure, warning
from ultragain.checks.noise import REST_DB
from ultragain.errors import UltraGainError
from ultragain.models.windowing import count_windows
from ultragain.recording.layout import TEST, TRAIN, VAL

ANY_NUMBER = 10**9  # of windows, where none was asked for
FRAME_SECONDS = 0.05  # of the frames that sound or do not
LEAST_SECONDS = 2.0  # of training audio for a model with a memory, which takes stretches of half a second
MOSTLY_SOUNDING = 0.9  # what rests and endings leave; below it, silence is a cause of its own


def sounding(samples, sample_rate):
    """Share of the time in which a recording sounds.

    Parameters
    ----------
    samples : np.ndarray, shape (n_samples,)
    sample_rate : int
        In Hz.

    Returns
    -------
    float
        Of all frames of 0.05 s, those less than 55 dB below the loudest one.
    """
    size = min(len(samples), round(FRAME_SECONDS * sample_rate))
    power = np.mean(np.square(samples[: len(samples) // size * size].reshape(-1, size)), axis=1, dtype=np.float64)
    return float(np.mean(power > power.max() * 10 ** (REST_DB / 10)))


def check_enough_audio(takes, requirements, measurements):
    """Gains with less training audio than the windows ask for, or than a model with a memory needs."""
    for gain in requirements.gains:
        place, asked = f"{TRAIN}/{gain}", requirements.training_windows
        if not _with_audio(takes, TRAIN, gain):
            yield failure(place, "holds no recordings", "put Dry/d_<name>.wav and Wet/w_<name>.wav there")
            continue
        if not requirements.contexts:
            seconds = sum(take.of_dry["samples"] for take in _with_audio(takes, TRAIN, gain)) / requirements.sample_rate
            if seconds < LEAST_SECONDS:
                yield failure(place, f"holds {seconds:.1f} s of audio; {LEAST_SECONDS:g} s are needed", "record more")
            continue
        try:
            counts = _windows(takes, gain, requirements)
        except UltraGainError as error:
            yield failure(place, f"{error}".partition(";")[0], "record more")
            continue
        if asked and counts.training < asked:
            yield warning(
                place,
                f"makes {counts.training:,} windows, {asked:,} were asked for",
                "record more; until then, every context trains on what there is",
            )


def check_mostly_silent(takes, requirements, measurements):
    """Gains of whose windows so few hold sound that a model learns from less than half of what was asked for."""
    for gain in requirements.gains if requirements.contexts else ():
        train = [take.of_dry for take in _with_audio(takes, TRAIN, gain)]
        sounds = sum(of.get("sounding", 0) * of["samples"] for of in train)
        share = sounds / (sum(of["samples"] for of in train) or 1)
        try:
            counts = _windows(takes, gain, requirements)
        except UltraGainError:
            continue  # not one window: said elsewhere
        asked = requirements.training_windows or counts.training
        if share < MOSTLY_SOUNDING and share * counts.training < asked / 2:
            yield warning(
                f"{TRAIN}/{gain}",
                f"is silent for {100 * (1 - share):.0f} % of the time: of {asked:,} windows about "
                f"{share * counts.training:,.0f} hold sound",
                "cut the silence off, in dry and wet alike, or record more",
            )


def _windows(takes, gain, requirements):
    """Counts of windows at a gain, as a training will make them."""
    train, validation = ([take.of_dry["samples"] for take in _with_audio(takes, split, gain)] for split in (TRAIN, VAL))
    return count_windows(
        train,
        validation,
        requirements.contexts,
        requirements.training_windows or ANY_NUMBER,
        requirements.validation_share,
    )


def _with_audio(takes, split, gain):
    """The takes of one split and gain that have a dry file with samples."""
    return [
        take
        for take in takes
        if (take.split, take.gain) == (split, gain) and take.of_dry and take.of_dry.get("samples")
    ]


def check_validation(takes, requirements, measurements):
    """Gains without validation recordings where others have some."""
    what = "windows" if requirements.contexts else "recordings"
    with_val = [gain for gain in requirements.gains if _with_audio(takes, VAL, gain)]
    for gain in requirements.gains:
        if with_val and gain not in with_val:
            yield warning(
                f"{VAL}/{gain}",
                f"holds no recordings, and {VAL}/{with_val[0]} does: models of {gain} are validated on "
                f"{100 * requirements.validation_share:g} % of the training {what}, the others on recordings of "
                "their own",
                f"their validation scores cannot be compared: record {VAL} takes at every gain, or at none",
            )


def check_test_riffs(takes, requirements, measurements):
    """Riffs that models are to be scored on and that are missing at a gain."""
    recorded = {(take.gain, take.name) for take in takes if take.split == TEST}
    for gain in requirements.gains:
        for riff in requirements.test_riffs or ():
            if (gain, riff) not in recorded:
                yield failure(
                    f"{TEST}/{gain}/Dry/d_{riff}.wav",
                    "is missing",
                    "record it, or take it out of the experiment's test_riffs",
                )
        if not requirements.test_riffs and not any(own == gain for own, _ in recorded):
            yield failure(
                f"{TEST}/{gain}",
                "holds no recordings",
                "models are scored on riffs that they did not train on: record some",
            )
