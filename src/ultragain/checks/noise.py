"""Checks of noise, in recordings that have hardly a rest: hum, hiss, and what comes out when nothing goes in."""

import numpy as np
from scipy import fft, ndimage, signal

from ultragain.checks.finding import warning
from ultragain.checks.measurements import decibels

MAINS_HERTZ = (50, 60)
HARMONICS = 6
LOW_RATE = 1050  # Hz: all that hum is looked for in
LINE_RATE = 50  # Hz, around each line
PIECE_SECONDS = 8.0  # over which the mains keeps its phase
EVENNESS_SECONDS = 0.25
# A line's power over the variance of its estimate. Clean recordings stay below 25 unless there is a hum in
# them, though one too weak to matter; at 40 dB below the music a hum exceeds it in 16 of 20 riffs.
LINE_IS_CERTAIN = 25.0
HISS_BAND_HERTZ = (12_000, 18_000)  # above what a guitar's pickups pass
AUDIBLE_HERTZ = 20_000
QUIET_QUANTILE = 0.15  # of the frames: those between the noises of pick and fingers
REST_FRAME = 1024  # samples
REST_DB = -55.0  # below the dry signal's loudest frame: a rest
LEAST_REST_FRAMES = 24  # below this the coherence between noises is not small
# Against the music: an amplifier makes a hum 45 dB below it audible in every rest. Hiss is less easily distinguished
# from the music; that of real guitars is 60 dB and more below it.
HUM_DB, HISS_DB = -45.0, -35.0
REST_NOISE_DB = -15.0  # of the wet file's energy 3 %, which no model can get right


def hum(samples, sample_rate):
    """Mains hum that goes through a whole recording.

    A hum has one frequency and one level from beginning to end, and music has not. So each line of
    the mains is shifted to 0 Hz and averaged; moments with little music around the line weigh more.

    Parameters
    ----------
    samples : np.ndarray, shape (n_samples,)
    sample_rate : int
        In Hz.

    Returns
    -------
    int, float
        The mains frequency in Hz, and the hum's RMS in full scale: 0 where there is none for certain.
    """
    if len(samples) < 1.5 * sample_rate:
        return MAINS_HERTZ[0], 0.0
    low = signal.resample_poly(samples, LOW_RATE, sample_rate)
    hertz = np.outer(MAINS_HERTZ, 1 + np.arange(HARMONICS))
    certainty, power = (of.reshape(hertz.shape) for of in _lines(low, hertz.ravel()))
    certain = certainty > LINE_IS_CERTAIN
    # The fundamental is below the guitar's lowest note; an overtone alone may be one of its notes.
    is_hum = certain[:, 0] | (certain.sum(axis=1) >= 2)
    powers = np.where(is_hum, np.sum(power * certain, axis=1), 0)
    loudest = int(np.argmax(powers))
    return MAINS_HERTZ[loudest], float(np.sqrt(powers[loudest]))


def _lines(low, hertz):
    """How certain each line is, and its mean square, shape (n_lines,) each."""
    hop = LOW_RATE // LINE_RATE
    frames = np.lib.stride_tricks.sliding_window_view(low, 2 * hop)[::hop]
    turning = np.exp(-2j * np.pi / LOW_RATE * np.outer(np.arange(2 * hop), hertz))
    taper = np.hanning(2 * hop + 1)[:-1] / hop
    around = (frames * taper) @ turning * np.exp(-2j * np.pi / LOW_RATE * np.outer(np.arange(len(frames)) * hop, hertz))
    certainties, powers = [], []
    for piece in np.array_split(around, max(1, len(around) // round(PIECE_SECONDS * LINE_RATE))):
        weight = 1 / (ndimage.uniform_filter1d(np.abs(piece) ** 2, round(EVENNESS_SECONDS * LINE_RATE), axis=0) + 1e-14)
        line = np.sum(weight * piece, axis=0) / weight.sum(axis=0)
        variance = np.sum((weight * np.abs(piece - line)) ** 2, axis=0) / weight.sum(axis=0) ** 2
        # 1.3: neighbouring samples are not independent
        certainties.append(np.abs(line) ** 2 / (1.3 * variance + 1e-20))
        powers.append(2 * np.abs(line) ** 2)
    return np.mean(certainties, axis=0), np.mean(powers, axis=0)


def hiss(samples, sample_rate):
    """Level of a dry signal's hiss, from the band above the guitar's.

    Parameters
    ----------
    samples : np.ndarray, shape (n_samples,)
    sample_rate : int
        In Hz.

    Returns
    -------
    float
        RMS of white noise up to 20 kHz that has this level in the band, in full scale; 0 if the
        sample rate does not reach the band.
    """
    low, high = HISS_BAND_HERTZ
    if sample_rate < 2.2 * high or len(samples) < REST_FRAME:
        return 0.0
    filtered = signal.sosfilt(signal.butter(6, (low, high), "bandpass", fs=sample_rate, output="sos"), samples)
    frames = filtered[: len(filtered) // REST_FRAME * REST_FRAME].reshape(-1, REST_FRAME)
    power = np.quantile(np.mean(np.square(frames), axis=1), QUIET_QUANTILE)
    return float(np.sqrt(power * AUDIBLE_HERTZ / (high - low)))


def noise_in_rests(dry, wet):
    """What the wet file holds in the rests of the dry one and does not come from it.

    An amplifier with much gain makes the end of a note, and the dry file's own hiss, loud enough to
    be heard; both can be learnt. So only the part that is not coherent with the dry signal counts.

    Parameters
    ----------
    dry, wet : np.ndarray, shape (n_samples,)

    Returns
    -------
    float or None
        RMS in full scale; None where there are not enough rests.
    """
    count = len(dry) // REST_FRAME
    shape = count, REST_FRAME
    dry, wet = (np.reshape(part[: count * REST_FRAME], shape) for part in (dry, wet))
    levels = np.sqrt(np.mean(np.square(dry), axis=1))
    rest = levels <= levels.max(initial=0) * 10 ** (REST_DB / 20)
    if rest.sum() < LEAST_REST_FRAMES:
        return None
    taper = np.hanning(REST_FRAME)
    x, y = (fft.rfft(part[rest] * taper, axis=1) for part in (dry, wet))
    cross = np.abs(np.mean(np.conj(x) * y, axis=0)) ** 2
    powers = np.mean(np.abs(x) ** 2, axis=0), np.mean(np.abs(y) ** 2, axis=0)
    incoherent = powers[1] - np.divide(cross, powers[0], out=np.zeros_like(cross), where=powers[0] > 0)
    return float(np.sqrt(2 * np.maximum(incoherent, 0).sum() / (REST_FRAME * np.square(taper).sum())))


def check_hum(take, requirements):
    """Mains hum that goes through a whole file."""
    for file, of in take.files:
        if not of.get("peak"):
            continue
        mains, rms = of["hum"]
        if rms > 0 and decibels(rms / of["rms"]) > HUM_DB:
            yield warning(
                file,
                f"hums at {mains} Hz, {-decibels(rms / of['rms']):.0f} dB below the music",
                "other socket, other cable, further from transformers; turn the guitar",
            )


def check_noise(take, requirements):
    """Hiss in the dry file, and in the wet one what its dry file does not explain."""
    of = take.of_dry
    if of and of.get("peak") and of["hiss"] > 0 and decibels(of["hiss"] / of["rms"]) > HISS_DB:
        yield warning(
            take.dry_file,
            f"its hiss is only {-decibels(of['hiss'] / of['rms']):.0f} dB below the music",
            "more input gain and less afterwards; a better cable",
        )
    if take.of_pair and take.of_pair["rest_noise"] is not None:
        below = decibels(take.of_pair["rest_noise"] / take.of_wet["rms"])
        if below > REST_NOISE_DB:
            yield warning(
                take.wet_file,
                f"its noise in the rests is only {-below:.0f} dB below the music",
                "find the noise: cable, power supply, input gain; models cannot learn it",
            )
