"""What models with memory hear: all training audio as one signal, and the pieces that validate.

A training step takes segments of it, each after a run-in without loss. Levels are set so that one recipe does for loud
and soft recordings: dry and wet have the same RMS whatever they were recorded at.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from ultragain.errors import UltraGainError

SILENCE = 1.0  # s, added to the training: a model that never hears any hums when nobody plays
LEAST_VALIDATION = 0.25  # s, of a take
LEAST_LEVEL = 0.01  # RMS of what validates, of the training's: below is the noise of a rest


@dataclass(frozen=True)
class Streams:
    """Training audio.

    Attributes
    ----------
    dry, wet : np.ndarray, shape (n_samples,), float32
        All takes in a row, each after silence that is long enough for a run-in, divided by `levels`.
    places : np.ndarray, shape (n_places, 2), int64
        First sample of each take, and the one after its last. Segments lie inside; a take that is shorter than one
        segment begins in the silence before it.
    levels : tuple of float
        What dry and wet were divided by.
    samples : int
        Of a segment.
    knobs : np.ndarray, shape (n_places,), or None
        A knob's position for each place, as the model hears it; None for models without one.
    """

    dry: np.ndarray
    wet: np.ndarray
    places: np.ndarray
    levels: tuple[float, float]
    samples: int
    knobs: np.ndarray | None = None

    @property
    def arrays(self):
        """All that it is."""
        known = [self.dry, self.wet, self.places, np.array(self.levels)]
        return known if self.knobs is None else [*known, self.knobs]

    def conditions(self, starts):
        """What a model hears besides the audio in segments that begin at `starts`: `knobs`, or nothing; a dict."""
        if self.knobs is None:
            return {}
        return {"knobs": self.knobs[np.searchsorted(self.places[:, 0], starts, "right") - 1]}

    @cached_property
    def _counts(self):
        """Segments of each place in one pass."""
        return np.diff(self.places)[:, 0] // self.samples

    def one_pass(self, seed, number):
        """Where segments begin that do not overlap, in a random order: another cut and order for every number.

        Parameters
        ----------
        seed : int
        number : int
            Of the pass through all training audio.

        Returns
        -------
        np.ndarray of int64
        """
        rng = np.random.default_rng([seed, number])
        starts = []
        for (begin, end), count in zip(self.places, self._counts, strict=True):
            spare = end - begin - count * self.samples
            starts.append(begin + rng.integers(0, spare + 1) + self.samples * np.arange(count))
        return rng.permutation(np.concatenate(starts))

    @cached_property
    def _passes(self):
        """`one_pass`, which need not be made anew for every step."""
        return lru_cache(maxsize=2)(self.one_pass)

    def starts(self, seed, step, batch):
        """Where the segments of one training step begin: passes follow each other without a gap.

        Parameters
        ----------
        seed : int
        step : int
            Counted from 0.
        batch : int
            Segments of a step.

        Returns
        -------
        np.ndarray of int64, shape (batch,)
        """
        first, each = step * batch, int(self._counts.sum())
        passes = range(first // each, (first + batch - 1) // each + 1)
        starts = np.concatenate([self._passes(seed, number) for number in passes])
        return starts[first % each :][:batch]

    def energy(self, starts):
        """Energy of the wet samples of segments, a float."""
        return sum(float(np.sum(self.wet[s : s + self.samples] ** 2, dtype=np.float64)) for s in starts)


@dataclass(frozen=True)
class Pieces:
    """Validation audio, divided by the training's levels.

    Attributes
    ----------
    dry, wet : list of np.ndarray, float32
        Pieces. The dry one is longer where there is a run-in before it.
    level : float
        What the wet ones were divided by.
    knobs : np.ndarray, shape (n_pieces,), or None
        A knob's position for each piece, as in `Streams`.
    """

    dry: list
    wet: list
    level: float
    knobs: np.ndarray | None = None

    @property
    def arrays(self):
        """All that it is."""
        known = [*self.dry, *self.wet, np.array(self.level)]
        return known if self.knobs is None else [*known, self.knobs]

    @property
    def conditions(self):
        """What a model hears besides the audio, see `Streams.conditions`."""
        return {} if self.knobs is None else {"knobs": self.knobs}

    def scores(self, played):
        """Scores of what a model makes of the dry pieces.

        Parameters
        ----------
        played : list of np.ndarray
            As long as the dry pieces.

        Returns
        -------
        dict of str to float
            esr over all pieces at once, infinite where it is no number; mse and mae at the recorded level.
        """
        target = np.concatenate(self.wet).astype(np.float64)
        with np.errstate(over="ignore", invalid="ignore"):  # a training may diverge; its history shows it
            outputs = (part[len(part) - len(wet) :] for part, wet in zip(played, self.wet, strict=True))
            difference = target - np.concatenate(list(outputs))
            esr = float(np.sum(difference**2) / np.sum(target**2))
            return {
                "esr": esr if np.isfinite(esr) else np.inf,
                "mse": float(np.mean(difference**2)) * self.level**2,
                "mae": float(np.mean(np.abs(difference))) * self.level,
            }


@dataclass(frozen=True)
class AudioCounts:
    """Seconds of audio that a model is trained and validated on."""

    key = "audio"  # under which a run's record has them
    notice = ""  # recordings cannot be too short for what was asked: nothing is

    training: float
    validation: float


def cut(recipe, train, validation, parameters, rng):
    """Training and validation audio of a run.

    Parameters
    ----------
    recipe : Recipe
    train, validation : list of (dry, wet)
        Recordings, np.ndarray of shape (n_samples,) each; of models with a knob its position behind them. Where
        `validation` is empty, the end of every training take validates and is not trained on.
    parameters : dict
        validation_share, of each take; sample_rate, in Hz.
    rng : np.random.Generator
        Is not needed: nothing is drawn.

    Returns
    -------
    (Streams, Pieces, AudioCounts)

    Raises
    ------
    UltraGainError
        If the audio is too short, or silent.
    """
    rate = parameters["sample_rate"]
    ends = [_training_end(len(dry), validation, parameters["validation_share"], rate) for dry, *_ in train]
    takes = [(dry[:end], wet[:end], *knob) for (dry, wet, *knob), end in zip(train, ends, strict=True)]
    levels = tuple(_rms([take[side] for take in takes], name) for side, name in enumerate(("dry", "wet")))
    levels = levels[0] / recipe.level, levels[1]
    held = [(0, *take) for take in validation] or [(end, *take) for take, end in zip(train, ends, strict=True)]
    pieces = _pieces(held, levels, recipe.lead, round(recipe.piece * rate))
    counts = AudioCounts(sum(len(dry) for dry, *_ in takes) / rate, sum(map(len, pieces.wet)) / rate)
    return _streams(takes, levels, recipe, round(SILENCE * rate)), pieces, counts


def _training_end(samples, validation, share, rate):
    """How many samples of a take are trained on: all of one too short to be divided."""
    least = round(LEAST_VALIDATION * rate)
    return samples if validation or samples < 2 * least else samples - max(least, round(share * samples))


def _rms(signals, name):
    energy, count = sum(float(np.sum(np.square(each, dtype=np.float64))) for each in signals), sum(map(len, signals))
    if not energy > 0:
        raise UltraGainError(
            f"training audio: its {name} recordings are silent, so there is nothing to learn; `ultragain check` looks "
            "at recordings"
        )
    return float(np.sqrt(energy / count))


def _streams(takes, levels, recipe, silence):
    """Takes and some samples of silence, at every knob, in a row, see `Streams`."""
    parts, places, length = ([], []), [], 0
    rests = [
        ((np.zeros(silence, np.float32),) * 2, knob) for knob in dict.fromkeys(tuple(knob) for _, _, *knob in takes)
    ]
    for pair, _ in (heard := [*(((dry, wet), knob) for dry, wet, *knob in takes), *rests]):
        before = recipe.lead + max(0, recipe.samples - len(pair[0]))
        for part, signal, level in zip(parts, pair, levels, strict=True):
            part += [np.zeros(before, np.float32), (signal / level).astype(np.float32)]
        length += before + len(pair[0])
        places.append((length - max(len(pair[0]), recipe.samples), length))
    knobs = _knobs(knob for _, knob in heard)
    return Streams(*map(np.concatenate, parts), np.array(places, np.int64), levels, recipe.samples, knobs)


def _knobs(knobs):
    """Positions, each alone in a list, as one array; None where the lists are empty."""
    found = [position for knob in knobs for position in knob]
    return np.array(found) if found else None


def _pieces(held, levels, lead, samples):
    """Pieces of recordings (first sample that validates, dry, wet), with a knob behind them or none, see `Pieces`."""
    dries, wets, knobs = [], [], []
    for first, dry, wet, *knob in held:
        for begin in range(first, len(dry), samples):
            knobs.append(knob)
            dries.append((dry[max(0, begin - lead) : begin + samples] / levels[0]).astype(np.float32))
            wets.append((wet[begin : begin + samples] / levels[1]).astype(np.float32))
    if not wets:
        raise UltraGainError(
            f"training audio: no take is {2 * LEAST_VALIDATION} s long, so none can be divided to validate on its end; "
            "record longer ones, or takes for a Val folder"
        )
    if np.sqrt(np.mean(np.square(np.concatenate(wets), dtype=np.float64))) < LEAST_LEVEL:
        raise UltraGainError(
            "validation audio: is silent, or nearly so, and cannot tell models apart; takes that end with silence "
            "validate on it: shorten them, or record takes for a Val folder"
        )
    return Pieces(dries, wets, levels[1], _knobs(knobs))
