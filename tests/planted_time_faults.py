"""Faults of time, planted in the recordings of `planted_time`: lost samples, effects, gates, clicks."""

import numpy as np
from planted import RATE, Case, db
from planted_time import amplifier, clean, takes_of
from scipy import ndimage, signal

WET_FILE, DRY_FILE = "Test/High/Wet/w_battery.wav", "Test/High/Dry/d_battery.wav"


def lost(samples, share, count):
    """A buffer that is missing; played twice where the count is negative. The length stays."""
    at = round(share * len(samples))
    return np.resize(np.concatenate([samples[:at], samples[at + count :], samples]), len(samples))


def echo(wet, seconds, decibels, feedback=0.0):
    late, gain, heard = round(seconds * RATE), db(decibels), wet.copy()
    for k in range(1, len(wet) // late + 1):
        heard[k * late :] += gain * feedback ** (k - 1) * wet[: len(wet) - k * late]
    return 0.6 * heard


def reverb(wet, seconds, decibels):
    """Noise that falls by 60 dB in this time, from 20 ms on, with this energy beside the wet signal's."""
    n = round(seconds * RATE)
    response = np.random.default_rng(4).normal(size=n) * 10 ** (-3 * np.arange(n) / n)
    response[: round(0.02 * RATE)] = 0
    room = signal.fftconvolve(wet, response)[: len(wet)]
    return 0.6 * (wet + room / np.std(room) * np.std(wet) * db(decibels))


def chorus(wet, seconds, depth_seconds, hertz):
    """A copy as loud as the wet signal, whose delay swings."""
    n = np.arange(len(wet))
    delay = (seconds + depth_seconds * np.sin(2 * np.pi * hertz * n / RATE)) * RATE
    return 0.6 * (wet + np.interp(n - delay, n, wet, left=0))


def tremolo(wet, depth, hertz):
    """A level that swings, by this share of itself."""
    return wet * (1 - depth / 2 * (1 - np.sin(2 * np.pi * hertz * np.arange(len(wet)) / RATE)))


def gate(dry, decibels, release_seconds):
    """What a gate does that closes so far below the loudest note: 1 or 0, with a ramp."""
    loudness = ndimage.maximum_filter1d(np.abs(dry), round(0.02 * RATE))
    is_open = (loudness > db(decibels) * np.abs(dry).max()).astype(float)
    return np.clip(ndimage.uniform_filter1d(is_open, max(1, round(release_seconds * RATE))), 0, 1)


def clicking(samples, count, decibels=-14, seed=6):
    """Clicks of one to five samples at irregular times."""
    rng, spoilt = np.random.default_rng(seed), samples.copy()
    for at in rng.integers(RATE // 2, len(samples) - RATE // 2, count):
        spoilt[at : at + rng.integers(1, 6)] += db(decibels) * rng.choice([-1, 1])
    return spoilt


def _fault(name, expected, change, where=WET_FILE, says="", device=amplifier, everywhere=False):
    """A fault in one take, or in all."""

    def takes(played):
        made = takes_of(device)(played)
        return {
            key: change(*pair) if everywhere or key == ("Test", "High", "battery") else pair
            for key, pair in made.items()
        }

    return Case(name, takes, expected=expected, where=where, says=says)


def _wet(change):
    return lambda dry, wet: (dry, change(wet))


FAULTS = [
    *(
        _fault(
            f"{abs(count)} samples {'lost' if count > 0 else 'repeated'} at {share:.0%}",
            "lost samples",
            _wet(lambda wet, share=share, count=count: lost(wet, share, count)),
            says=f"{abs(count)} samples are {'lost' if count > 0 else 'repeated'}",
        )
        for count, share in ((64, 0.5), (-64, 0.3), (441, 0.1), (100, 0.7), (-1000, 0.2), (512, 0.9), (4410, 0.4))
    ),
    _fault(
        "256 samples lost on a clean channel",
        "lost samples",
        _wet(lambda wet: lost(wet, 0.6, 256)),
        says="256 samples are lost",
        device=clean,
    ),
    _fault(
        "256 samples lost on the dry side",
        "lost samples",
        lambda dry, wet: (lost(dry, 0.5, 256), wet),
        says="256 samples are repeated or put in",
    ),
    _fault(
        "128 samples lost and made up later",
        "lost samples",
        _wet(lambda wet: lost(lost(wet, 0.3, 128), 0.65, -128)),
        says="at 1.50 s and 128 samples are repeated",
    ),
    _fault(
        "two buffers lost",
        "lost samples",
        _wet(lambda wet: lost(lost(wet, 0.7, 256), 0.3, 256)),
        says="256 samples are lost at 1.5",
    ),
    _fault("64 samples lost, and 3000 late", "lost samples", _wet(lambda wet: lost(np.roll(wet, 3000), 0.5, 64))),
    *(
        _fault(
            f"echo of {1000 * seconds:.0f} ms, {-decibels} dB down, feedback {feedback}",
            "time effects",
            _wet(lambda wet, s=seconds, d=decibels, f=feedback: echo(wet, s, d, f)),
            says=f"an echo after {1000 * seconds:.0f} ms",
        )
        for seconds, decibels, feedback in ((0.05, -12, 0), (0.12, -6, 0), (0.35, -9, 0.35), (0.6, -20, 0))
    ),
    _fault(
        "slap-back of 25 ms on all takes",
        "time effects",
        _wet(lambda wet: echo(wet, 0.025, -14)),
        says="an echo after 25 ms",
        everywhere=True,
    ),
    *(
        _fault(
            f"reverb of {seconds} s, {-decibels} dB down",
            "time effects",
            _wet(lambda wet, s=seconds, d=decibels: reverb(wet, s, d)),
            everywhere=True,
        )
        for seconds, decibels in ((0.4, -10), (1.2, -10), (2.0, -14))
    ),
    *(
        _fault(
            f"chorus of {1000 * seconds:.0f} ms, {hertz} Hz",
            "time effects",
            _wet(lambda wet, s=seconds, d=depth, f=hertz: chorus(wet, s, d, f)),
            says="to and fro",
            everywhere=True,
        )
        for seconds, depth, hertz in ((0.02, 0.002, 0.5), (0.012, 0.002, 1.0))
    ),
    *(
        _fault(
            f"tremolo of {hertz} Hz, {depth:.0%}",
            "tremolo",
            _wet(lambda wet, d=depth, f=hertz: tremolo(wet, d, f)),
            says=f"{hertz} times a second",
            everywhere=everywhere,
        )
        for depth, hertz, everywhere in ((0.9, 6.0, False), (0.5, 4.0, True), (0.7, 8.5, True))
    ),
    *(
        _fault(
            f"gate at {decibels} dB, {1000 * seconds:.0f} ms",
            "gate",
            lambda dry, wet, d=decibels, s=seconds: (dry, wet * gate(dry, d, s)),
            says="where its dry file goes on softly",
        )
        for decibels, seconds in ((-25, 0.001), (-30, 0.005), (-35, 0.02))
    ),
    _fault(
        "gate before both",
        "gate",
        lambda dry, wet: (dry * gate(dry, -30, 0.005), wet * gate(dry, -30, 0.005)),
        "Dry/d_",
        everywhere=True,
    ),
    *(
        _fault(
            f"{count} clicks on dry", "impulses", lambda dry, wet, n=count: (clicking(dry, n), wet), DRY_FILE, "clicks"
        )
        for count in (1, 5, 40)
    ),
    _fault("clicks on wet, clean channel", "impulses", _wet(lambda wet: clicking(wet, 10)), device=clean),
    _fault("clicks on both", "impulses", lambda dry, wet: (clicking(dry, 10), clicking(wet, 10)), DRY_FILE),
]
