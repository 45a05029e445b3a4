import numpy as np
import pytest
from scipy import signal

from ultragain.guitar import waveguide

RATE = 44_100


def constant(n, delay, gain, pole=0.0, stiffness=0.0):
    return np.tile([delay, delay, gain, gain, pole, stiffness], (n // waveguide.HOP + 2, 1)).astype(float)


def spectrum(x, frequencies):
    phases = np.exp(-2j * np.pi * np.outer(frequencies, np.arange(len(x))) / RATE)
    return np.abs(phases @ x)


@pytest.mark.parametrize(("frequency", "t60", "t60_high"), [(82.4, 8.0, 1.5), (82.4, 0.4, 0.05), (659.3, 3.0, 1.0)])
def test_loop_filter_has_both_decay_times(frequency, t60, t60_high):
    gain, pole = waveguide.loop_filter(frequency, t60, t60_high, RATE)
    _, response = signal.freqz([gain * (1 - pole)], [1, -pole], [frequency, waveguide.HIGH], fs=RATE)
    # A period T passes the filter once, and 60 dB are to take t60 / T passes.
    wanted = -60 / (frequency * np.array([t60, t60_high]))
    assert 20 * np.log10(np.abs(response)) == pytest.approx(wanted, rel=1e-6)
    assert gain < 1


def test_delays_of_the_loop_filters_are_their_phase_delays():
    w = np.array([0.01, 0.1, 0.5])
    _, loss = signal.freqz([0.3], [1, -0.7], w)
    assert waveguide.loss_delay(0.7, w) == pytest.approx(-np.angle(loss) / w)
    _, one = signal.freqz([-0.5, 1], [1, -0.5], w)
    assert waveguide.stiffness_delay(-0.5, w) == pytest.approx(-waveguide.STAGES * np.angle(one) / w)


def test_a_lossless_string_repeats_with_its_delay():
    pluck = np.zeros(1000)
    pluck[3] = 1.0
    wave = waveguide.vibrate(pluck, constant(1000, 100.0 - waveguide.STAGES, 0.5), 0.0)
    # Unit delays of the all-passes (coefficient 0) are part of the round trip.
    expected = np.zeros(1000)
    expected[3::100] = 0.5 ** np.arange(10)
    assert wave == pytest.approx(expected, abs=1e-12)


def test_a_string_decays_as_long_as_asked():
    frequency, t60 = 220.0, 1.5
    gain, pole = waveguide.loop_filter(frequency, t60, 0.5, RATE)
    w = 2 * np.pi * frequency / RATE
    delay = RATE / frequency - waveguide.loss_delay(pole, w) - waveguide.STAGES
    pluck = np.zeros(2 * RATE)
    pluck[0] = 1.0
    wave = waveguide.vibrate(pluck, constant(len(pluck), delay, gain, pole), 0.0)
    window = np.hanning(RATE // 5)
    early, late = (spectrum(wave[i : i + len(window)] * window, [frequency])[0] for i in (RATE // 2, 3 * RATE // 2))
    assert 60 / (20 * np.log10(early / late)) == pytest.approx(t60, rel=0.02)


def test_stiffness_stretches_the_partials():
    frequency, curl = 82.407, 1e-4
    period = RATE / frequency
    a = waveguide.stiffness_coefficient(period, curl)
    w = 2 * np.pi * frequency / RATE
    pluck = np.zeros(RATE)
    pluck[0] = 1.0
    delay = period - waveguide.stiffness_delay(a, w)
    wave = waveguide.vibrate(pluck, constant(RATE, delay, 0.9999, 0.0, a), 0.0) * np.hanning(RATE)
    bins, hz = np.abs(np.fft.rfft(wave, 1 << 21)), np.fft.rfftfreq(1 << 21, 1 / RATE)
    first, tenth = (
        hz[np.argmax(np.where((hz > low) & (hz < high), bins, 0))]
        for low, high in ((80, 85), (10 * frequency - 8, 10 * frequency + 25))
    )
    # Fletcher's stiff string, relative to its own fundamental.
    stretch = np.sqrt((1 + 100 * curl) / (1 + curl))
    assert first == pytest.approx(frequency, abs=0.03)
    assert tenth / first / 10 - 1 == pytest.approx(stretch - 1, rel=0.15)
    assert waveguide.stiffness_coefficient(period, 0.0) == pytest.approx(0.0, abs=1e-9)


def test_picking_position_silences_its_harmonics():
    # A wave that needs 2 ms to the bridge and back cannot hold 500 Hz and its multiples.
    burst, release = waveguide.pluck_burst(1.0, 0.002, 8000.0, 0.0, RATE, np.random.default_rng(0))
    assert not burst[:release].any()
    nulls, between = spectrum(burst, [500, 1000, 1500]), spectrum(burst, [750, 1250, 1750])
    assert np.all(20 * np.log10(nulls / between) < -40)


@pytest.mark.parametrize("partial", [2, 3, 5])
def test_a_touched_string_keeps_the_multiples_of_a_partial(partial):
    # A single click on a string of 210.5 samples: the partials of the string are k * RATE / 210.5.
    period = 210.5
    struck = waveguide.touched(np.ones(1), period, partial, np.random.default_rng(0))
    kept = spectrum(struck, RATE / period * np.arange(1, 11))
    multiple = np.arange(1, 11) % partial == 0
    assert kept[multiple] == pytest.approx(np.ones(multiple.sum()), abs=0.06)
    assert np.all(kept[~multiple] < 0.08)


def test_a_pick_scrapes_before_it_lets_go():
    loud = [waveguide.pluck_burst(v, 0.002, 8000.0, 0.1, RATE, np.random.default_rng(0))[0] for v in (0.5, 1.0)]
    assert loud[1] == pytest.approx(2 * loud[0])
    assert loud[0][:200].any()
