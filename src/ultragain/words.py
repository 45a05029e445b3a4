"""Numbers and lists in words, for messages and for the book: the one place where each is worded."""

import numpy as np


def model_name(row):
    """A model in words."""
    return f"gain {row['gain']}, context {row['context']}, {row['units']} units, learning rate {row['learning_rate']:g}"


def percent(ratio):
    """An ESR in percent, with a decimal where it says something."""
    if not np.isfinite(ratio):
        return "not a number"
    return f"{100 * ratio:.1f} %" if ratio < 10 else f"{100 * ratio:,.0f} %"


def duration(seconds):
    """A time for people."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def volts(value):
    """A voltage with two digits: 85 mV, 1.6 V, 180 V."""
    if not value:
        return "0 V"
    rounded = float(f"{value:.2g}")
    return f"{1000 * rounded:g} mV" if abs(rounded) < 1 else f"{rounded:g} V"


def listed(words):
    """Words as a list in a sentence."""
    *most, last = [f"{word}" for word in words] or [""]
    return f"{', '.join(most)} and {last}" if most else last


def are(count):
    return "is" if count == 1 else "are"
