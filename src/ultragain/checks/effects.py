"""Time effects in the wet signal: an echo or reverb that was left on."""

import numpy as np
from scipy import fft, ndimage

from ultragain.checks.chorus import moving_copy
from ultragain.checks.finding import warning
from ultragain.checks.latency import HIGH_HERTZ, LOW_HERTZ
from ultragain.checks.measurements import by_gain
from ultragain.checks.rough_model import WHITE_HERTZ, smooth_power

OVER_CHANCE = 2.0
# A copy that moves: how much more than before the latency, and which share. In the median of all takes of a gain 1.3
# and 0.05 at most, in one good take 1.8 and 0.36; a chorus as loud as the playing 1.6 and 0.31 at least in a median.
MOVING, MOVING_OF_MANY = (1.6, 0.42), (1.4, 0.2)
SHORTEST_SECONDS = 4.0  # of a take: in a shorter one, chance is as large as a reverb
FRAME = 1024  # samples of the low rate, 70 ms
AROUND = (3, 5)  # frames and lines over which a spectrum is levelled
DEEPEST = 1e-3  # of the loudest: what is quieter is not raised further
FLOOR = 1e-5  # of the mean power, once levelled
# Of lags after the latency. A loudspeaker with a loose spring rings for 10 to 30 ms.
EDGES_SECONDS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5)
DIRECT_SECONDS = 2e-3, 4e-3  # before and after the latency: what the device answers at once
# Over 219 good takes, and those with sag, a compressor or a loudspeaker, no lag stands out by more than 1.8 over those
# before the latency. An echo 20 dB below the playing does so by 2.2 and more in most takes; where it is fainter, most
# takes of a gain have the same lag.
PEAK, FAINT_PEAK, SAME_SECONDS = 2.2, 1.35, 1e-3
LEAST = 1e-3  # of the energy, 30 dB down: what a lag has that matters
# A reverb answers at all lags. Its share: 0.14 at most in one good take, and 0.02 at most in the median of all takes
# of a gain; a reverb 15 dB below the playing makes that median 0.025 and more, one 10 dB below it 0.1.
REVERB_EDGES_SECONDS = 0.05, 0.4
REVERB_OF_ONE, REVERB_OF_MANY, MANY = 0.16, 0.022, 4


def late_answers(predicted, wet, rate):
    """What the wet signal answers long after the dry one.

    The prediction and the wet signal are levelled over time and frequency, so that a quiet tail weighs as much as a
    loud chord, and correlated. Music repeats itself, but forwards as well as backwards: what correlates with earlier
    playing more than with later playing comes from a device that remembers.

    Parameters
    ----------
    predicted, wet : np.ndarray, shape (n_low,)
        From `rough_model`.
    rate : float
        Of both, in Hz.

    Returns
    -------
    dict
        edges, of the lags in seconds; shares, of the energy that is answered at once, for each pair of edges; peaks,
        for each: seconds, height over the highest before the latency, share of the energy that is answered at once;
        moving, from `chorus.moving_copy`.
        None for takes too short to tell.
    """
    n = len(wet)
    reach = min(round(EDGES_SECONDS[-1] * rate), n // 2)
    if n < SHORTEST_SECONDS * rate:
        return None
    of_predicted, of_wet = _frames(predicted), _frames(wet)
    level = _level(of_wet)
    late = (of_wet - of_predicted) / level
    parts = np.stack([_together(each, n) for each in (of_predicted / _level(of_predicted), of_wet / level, late)])
    size = fft.next_fast_len(n + reach, real=True)
    hertz = fft.rfftfreq(size, 1 / rate)
    in_band = (hertz >= LOW_HERTZ) & (hertz <= min(HIGH_HERTZ, 0.45 * rate))
    first, whole, late = fft.rfft(parts, size)
    width = max(1, round(WHITE_HERTZ * size / rate))
    first_power, whole_power = (smooth_power(spectrum, width, FLOOR) for spectrum in (first, whole))
    weight = np.conj(first) * in_band / np.sqrt(first_power * whole_power)
    of_whole, of_late = np.square(fft.irfft(np.stack([weight * whole, weight * late]), size))
    before, after = (round(seconds * rate) for seconds in DIRECT_SECONDS)
    # what is left of the music's own periods after levelling: all energies are counted that many times
    own = np.square(fft.irfft(np.conj(first) * first * in_band / first_power, size))
    repeated = (own[:reach].sum() + own[-reach:].sum()) / (own[:after].sum() + own[-before:].sum() + 1e-30)
    direct = float(of_whole[:after].sum() + of_whole[-before:].sum()) or 1.0
    found = {"edges": [], "shares": [], "peaks": [], "moving": moving_copy(*parts, rate)}
    for early_edge, late_edge in zip(EDGES_SECONDS[:-1], EDGES_SECONDS[1:], strict=True):
        i, j = round(early_edge * rate), min(round(late_edge * rate), reach)
        if j - i < before:
            break
        answered, chance = of_late[i:j], of_late[-j + 1 : -i + 1]
        top = int(np.argmax(answered))
        found["edges"].append([early_edge, late_edge])
        found["shares"].append(float((answered.sum() - chance.sum()) / (repeated * direct)))
        height = float(np.sqrt(answered[top] / (chance.max() + 1e-30)))
        found["peaks"].append([round((i + top) / rate, 4), height, float(answered[top] / direct)])
    return found


def _frames(samples):
    """Spectra of half-overlapping frames, shape (n_frames, FRAME // 2 + 1)."""
    padded = np.pad(samples, (FRAME // 2, FRAME))
    window = np.hanning(FRAME + 1)[:-1].astype(np.float32)
    return fft.rfft(np.lib.stride_tricks.sliding_window_view(padded, FRAME)[:: FRAME // 2] * window)


def _together(frames, n):
    """The samples of frames, shape (n,)."""
    pieces = fft.irfft(frames, FRAME)
    half = FRAME // 2
    total = np.zeros((len(pieces) + 1, half), np.float32)
    total[:-1] += pieces[:, :half]
    total[1:] += pieces[:, half:]
    return total.ravel()[half : half + n]


def _level(frames):
    level = ndimage.uniform_filter(np.abs(frames), AROUND)
    return level + DEEPEST * level.max() + 1e-30


def check_effects(takes, requirements, measurements):
    """Wet energy that comes later than any amplifier's memory: an echo or a reverb."""
    for group in by_gain(takes).values():
        measured = [take for take in group if take.of_pair and take.of_pair["late"]]
        pooled = (
            measured if len(measured) >= MANY else [take for take in takes if take.of_pair and take.of_pair["late"]]
        )
        usual = float(np.median([_reverb(take) for take in pooled])) if pooled else 0.0
        moves = len(pooled) >= MANY and _is_above(
            np.median([take.of_pair["late"]["moving"] for take in pooled], axis=0), MOVING_OF_MANY
        )
        are_many = len(pooled) >= MANY and usual > REVERB_OF_MANY
        common = _common_peak(measured)
        for take in measured:
            longest = max(requirements.contexts, default=0) / take.of_dry["rate"]
            late = take.of_pair["late"]
            peaks = [peak for peak in late["peaks"] if peak[0] > longest and peak[2] > LEAST]
            echo = max(peaks, key=lambda peak: peak[1], default=[0, 0, 0])
            is_common = common is not None and any(_is_at(peak, common) for peak in peaks)
            if echo[1] > PEAK or is_common:
                seconds = echo[0] if echo[1] > PEAK else common
                cause = f"an echo after {1000 * seconds:.0f} ms"
            elif _reverb(take) > (REVERB_OF_MANY if are_many else REVERB_OF_ONE):
                cause = "a reverb"
            elif _is_above(late["moving"], MOVING_OF_MANY if moves else MOVING):
                yield warning(
                    take.wet_file,
                    "holds a copy of itself whose delay moves to and fro, as from a chorus or flanger",
                    "switch modulation effects off, and record it again: no model here can follow them",
                )
                continue
            else:
                continue
            shares = [share for (edge, _), share in zip(late["edges"], late["shares"], strict=True) if edge > longest]
            share = max(sum(shares), echo[2], 0.01)
            known = f"; models here have a context of {1000 * longest:.1f} ms" if requirements.contexts else ""
            yield warning(
                take.wet_file,
                f"about {100 * share / (1 + share):.0f} % of its energy comes {1000 * EDGES_SECONDS[0]:.0f} ms "
                f"and more after the playing, from {cause}{known}",
                "switch echo, delay and reverb off, in the amplifier, the effects loop and the computer, and record "
                "it again",
            )


def _is_above(moving, least):
    return moving[0] > least[0] and moving[1] > least[1]


def _reverb(take):
    """Share of the energy that comes later than a loudspeaker's, and soon enough to be measured well."""
    first, last = REVERB_EDGES_SECONDS
    late = take.of_pair["late"]
    edges = zip(late["edges"], late["shares"], strict=True)
    found = sum(share for (start, stop), share in edges if start >= first and stop <= last)
    chance = max(0.0, -min(late["shares"]))  # no energy is negative
    return found if found > OVER_CHANCE * chance else 0.0


def _common_peak(takes):
    """A lag in seconds at which most takes of different playing have a peak, None without one."""
    takes = list({take.of_dry["content"]: take for take in takes}.values())
    peaks = [peak for take in takes for peak in take.of_pair["late"]["peaks"] if _is_at(peak, peak[0])]
    if len(takes) < MANY or not peaks:
        return None
    votes = [
        sum(any(_is_at(peak, at) for peak in take.of_pair["late"]["peaks"]) for take in takes) for at, _, _ in peaks
    ]
    top = int(np.argmax(votes))
    return peaks[top][0] if votes[top] >= max(3, len(takes) / 2) else None


def _is_at(peak, seconds):
    return peak[1] > FAINT_PEAK and peak[2] > LEAST and abs(peak[0] - seconds) < SAME_SECONDS
