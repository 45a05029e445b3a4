"""Numbers and lists in words, for messages and for the book: the one place where each is worded."""

import numpy as np


def percent(ratio):
    """An ESR in percent, with a decimal where that means something."""
    if not np.isfinite(ratio):
        return "not a number"
    return f"{100 * ratio:.1f} %" if ratio < 10 else f"{100 * ratio:,.0f} %"


def two_digits(ratio):
    """A small ESR in percent, with two digits: 0.35 %, 1.2 %, 16 %."""
    return f"{float(f'{100 * ratio:.2g}'):g} %" if np.isfinite(ratio) else "not a number"


def duration(seconds):
    """A time as people write it: 45 s, 12 min, 3 h 20 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def volts(value):
    """A voltage with two digits: 85 mV, 1.6 V, 180 V."""
    if not value:
        return "0 V"
    rounded = float(f"{value:.2g}")
    return f"{1000 * rounded:g} mV" if abs(rounded) < 1 else f"{rounded:g} V"


def three_digits(value):
    """A number with three digits, and no fewer than those before the point: 0.0851, 40.0, 1234."""
    return f"{value:#.3g}".rstrip(".") if abs(value) < 999.5 else f"{value:.0f}"


def listed(words):
    """Words as a list in a sentence."""
    *most, last = [f"{word}" for word in words] or [""]
    return f"{', '.join(most)} and {last}" if most else last


def are(count):
    return "is" if count == 1 else "are"


def times(count):
    """How often: once, 3 times."""
    return "once" if count == 1 else f"{count} times"


def on_off(value):
    """A switch's position."""
    return "on" if value else "off"


def setting(value):
    """What a control is set to: a switch, a number or a name."""
    if isinstance(value, bool):
        return on_off(value)
    return f"{value:g}" if isinstance(value, float) else f"{value}"


def hertz(value):
    """A frequency or a rate: 50 Hz, 44.1 kHz."""
    return f"{value / 1000:g} kHz" if value >= 1000 else f"{value:g} Hz"
