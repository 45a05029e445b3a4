"""Checks of how much there is: enough to train on, and every test riff at every gain."""

from ultragain.checks.finding import failure, warning
from ultragain.errors import UltraGainError
from ultragain.models.windowing import count_windows
from ultragain.recording.layout import TEST, TRAIN, VAL

ANY_NUMBER = 10**9  # of windows, where none was asked for


def check_enough_audio(takes, requirements, measurements):
    """Gains with less training audio than the windows ask for."""
    for gain in requirements.gains:
        train, validation = (
            [
                take.of_dry["samples"]
                for take in takes
                if (take.split, take.gain) == (split, gain) and take.of_dry and take.of_dry.get("samples")
            ]
            for split in (TRAIN, VAL)
        )
        place, asked = f"{TRAIN}/{gain}", requirements.training_windows
        if not train:
            yield failure(place, "holds no recordings", "put Dry/d_<name>.wav and Wet/w_<name>.wav there")
            continue
        try:
            counts = count_windows(
                train, validation, requirements.contexts, asked or ANY_NUMBER, requirements.validation_share
            )
        except UltraGainError as error:
            yield failure(place, f"{error}".partition(";")[0], "record more")
            continue
        if asked and counts.training < asked:
            yield warning(
                place,
                f"makes {counts.training:,} windows, {asked:,} were asked for",
                "record more; until then, every context trains on what there is",
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
