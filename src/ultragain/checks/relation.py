"""How loud a device answers: measured in each take, and compared between the takes of a gain.

A take that was normalised on export differs from the others of its gain in level alone, and its playing differs, too:
its own level says nothing. So it is predicted, in two ways, what the other takes' device would answer to this dry
file: sample by sample, and from level and spectrum. A take whose level differs from both predictions, and alike, was
turned up or down. Each of the two is off by 1 dB at times; both at once hardly ever.
"""

import numpy as np
from scipy import ndimage, signal

RATE = 11_025  # Hz, at most: what is compared
LOUD_DB = 25.0  # below a take's loudest moment: what is played softer is left out
# A small model of any distorting device: the dry signal, its lows, and what hard and soft limits make of it, at
# a few delays.
DRIVES, BASS_HERTZ, TREBLE_HERTZ = (8, 64), 150, 500
DELAYS = range(-4, 9, 2)  # samples at RATE
ROWS = 3000
FRAME, HOP = 1024, 512  # samples at RATE
EDGES = 80, 160, 320, 640, 1280, 2560, 5120  # Hz, of the bands in a frame's spectrum
FLOOR_DB = -30.0  # of a band, below its frame
MOST_FRAMES, LEAST_FRAMES = 150, 12
RIDGE_OF_WAVES, RIDGE = 1e-3, 1e-2
FAMILIAR = 0.95  # a frame is compared if it is no more unusual than this share of the other takes'
ROUNDS = 4
AGREE_DB = 1.0  # takes of one level, as far as the predictions go
FEWEST = 3  # takes that can be compared


def lowered(samples, sample_rate):
    """Samples at about `RATE`, and that rate."""
    step = max(1, sample_rate // RATE)
    return signal.resample_poly(np.asarray(samples, np.float32), 1, step), sample_rate / step


def rows(x, y, rate):
    """Loud moments of a take, as a linear regression takes them.

    Parameters
    ----------
    x, y : np.ndarray, shape (n_samples,)
        What goes in and what comes out.
    rate : float
        In Hz.

    Returns
    -------
    np.ndarray, shape (n, n_features); np.ndarray, shape (n,)
    """
    treble = signal.sosfilt(signal.butter(1, TREBLE_HERTZ, "highpass", fs=rate, output="sos"), x)
    bass = signal.sosfilt(signal.butter(1, BASS_HERTZ, "lowpass", fs=rate, output="sos"), x)
    made = [x, bass, *(np.tanh(drive * x) for drive in DRIVES), *(np.tanh(2 * drive * treble) for drive in DRIVES)]
    y = signal.sosfilt(signal.butter(1, EDGES[0], "highpass", fs=rate, output="sos"), y)
    loudness = ndimage.uniform_filter1d(np.abs(x), round(0.05 * rate))
    loud = np.flatnonzero(loudness > loudness.max(initial=0) * 10 ** (-LOUD_DB / 20))
    loud = loud[(loud >= DELAYS[-1]) & (loud < len(x) + DELAYS[0])]
    at = loud[np.linspace(0, len(loud) - 1, min(ROWS, len(loud))).astype(int)]
    return np.stack([part[at - delay] for delay in DELAYS for part in made], axis=1).astype(float), y[at].astype(float)


def measure(x, y, rate):
    """What `offsets` needs to know about a take.

    Parameters
    ----------
    x, y : np.ndarray, shape (n_samples,)
        Dry and wet, aligned, as `lowered` returns them.
    rate : float
        In Hz.

    Returns
    -------
    dict or None
        products: mean products of `rows`, the upper triangle of a symmetric matrix; frames: the dry signal's level
        in each band and the wet signal's level, in tenths of a dB. None where too little of it is loud.
    """
    levels = 10 * np.log10(_powers(x, rate) + 1e-12), 10 * np.log10(_powers(y, rate).sum(axis=1, keepdims=True) + 1e-12)
    frames = np.concatenate(levels, axis=1)
    whole = np.max(frames[:, :-1], axis=1)
    frames = frames[whole > whole.max() - LOUD_DB]
    if len(frames) < LEAST_FRAMES:
        return None
    frames = frames[np.linspace(0, len(frames) - 1, min(MOST_FRAMES, len(frames))).astype(int)]
    known, wanted = rows(x, y, rate)
    both = np.column_stack([known, wanted])
    products = np.einsum("ni,nj->ij", both, both) / len(both)  # no `@`: BLAS starts threads, for nothing here
    return {
        "products": [float(f"{product:.5g}") for product in products[np.triu_indices(len(products))]],
        "frames": np.round(10 * frames).astype(int).tolist(),
    }


def _powers(samples, rate):
    """Power in each band, shape (n_frames, n_bands)."""
    samples = np.pad(samples, (0, max(0, FRAME - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP] * np.hanning(FRAME).astype(np.float32)
    hertz, powers = np.fft.rfftfreq(FRAME, 1 / rate), np.abs(np.fft.rfft(frames, axis=1)) ** 2
    bands = zip(EDGES[:-1], EDGES[1:], strict=True)
    return np.stack([powers[:, (hertz >= low) & (hertz < high)].sum(axis=1) for low, high in bands], axis=1)


def spectrum(samples, rate):
    """Mean power in each band, shape (n_bands,)."""
    return _powers(samples, rate).mean(axis=0)


def offsets(measured):
    """How much louder each take is than the others' device would have answered.

    Parameters
    ----------
    measured : list of dict
        From `measure`, for takes of one device at one gain.

    Returns
    -------
    np.ndarray, shape (2, n_takes)
        In dB, by waves and by levels; NaN where a take has nothing in common with the others.
    np.ndarray, shape (n_takes,)
        Share of a take's energy that the waves predict.
    """
    if len(measured) < FEWEST:
        return np.full((2, len(measured)), np.nan), np.zeros(len(measured))
    by_waves, explained = _by_waves(measured)
    return np.stack([by_waves, _by_levels(measured)]), explained


def agreed(decibels):
    """What two predictions have in common: the one nearer to 0, and 0 if they contradict each other or one is NaN.

    Parameters
    ----------
    decibels : np.ndarray, shape (2, ...)

    Returns
    -------
    np.ndarray, shape (...)
    """
    both = np.nan_to_num(decibels)
    return np.where(both[0] * both[1] > 0, np.sign(both[0]) * np.abs(both).min(axis=0), 0)


def _by_waves(measured):
    size = round((np.sqrt(8 * len(measured[0]["products"]) + 1) - 1) / 2)
    products = np.zeros((len(measured), size, size))
    upper = np.triu_indices(size)
    for own, of in zip(products, measured, strict=True):
        own[upper] = of["products"]
        own.T[upper] = of["products"]
    known, wanted, energy = products[:, :-1, :-1], products[:, :-1, -1], products[:, -1, -1]
    others = known.sum(axis=0) - known
    others *= 1 + RIDGE_OF_WAVES * np.eye(size - 1)
    ratios = np.ones(len(measured))
    for _ in range(ROUNDS):
        even = wanted / ratios[:, None]
        weights = np.linalg.solve(others, (even.sum(axis=0) - even)[..., None])[..., 0]
        predicted = np.einsum("ni,nij,nj->n", weights, known, weights)
        shared = np.einsum("ni,ni->n", weights, wanted)
        ratios = np.abs(shared) / np.maximum(predicted, 1e-20) + 1e-9
        ratios /= np.median(ratios)
    explained = shared**2 / np.maximum(predicted * energy, 1e-30)
    return _from_the_usual(20 * np.log10(ratios)), explained


def _by_levels(measured):
    frames = [np.array(of["frames"]) / 10 for of in measured]
    known, wanted = [_terms(each[:, :-1]) for each in frames], [each[:, -1] for each in frames]
    products = np.array([each.T @ each / len(each) for each in known])
    inverse = np.linalg.inv(products.sum(axis=0) - products + RIDGE * np.diag([1e-4, *np.ones(known[0].shape[1] - 1)]))
    familiar = [_familiar(known, i, inverse[i]) for i in range(len(known))]
    own = np.zeros(len(measured))
    for _ in range(ROUNDS):
        shared = np.array([x.T @ (y - off) / len(x) for x, y, off in zip(known, wanted, own, strict=True)])
        weights = np.einsum("nij,nj->ni", inverse, shared.sum(axis=0) - shared)
        left = [
            np.median((y - x @ weight)[which]) if which.sum() >= LEAST_FRAMES else np.nan
            for x, y, weight, which in zip(known, wanted, weights, familiar, strict=True)
        ]
        off = np.array(left) - (np.nanmedian(left) if np.isfinite(left).any() else 0)
        own = np.nan_to_num(off)
    return _from_the_usual(off)


def _terms(bands):
    """What a wet level may depend on: the dry level, its square, its spectrum, and both together."""
    level = 10 * np.log10(np.sum(10 ** (bands / 10), axis=1, keepdims=True))
    spectrum, level = np.maximum(bands - level, FLOOR_DB) / 10, (level - 20) / 10
    return np.concatenate([np.ones_like(level), level, level**2, spectrum, level * spectrum], axis=1)


def _familiar(known, i, inverse):
    """Which frames of one take have their like in the others."""
    unusual = [np.einsum("ni,ij,nj->n", terms, inverse, terms) for terms in known]
    return unusual[i] <= np.quantile(np.concatenate(unusual[:i] + unusual[i + 1 :]), FAMILIAR)


def _from_the_usual(decibels):
    """The same, counted from the level that most takes agree on."""
    here = decibels[np.isfinite(decibels)]
    if not len(here):
        return decibels
    count = np.sum(np.abs(here[:, None] - here) <= AGREE_DB, axis=1)
    return decibels - np.median(here[np.abs(here - here[np.argmax(count)]) <= AGREE_DB])
