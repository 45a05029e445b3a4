"""Which input of an interface receives what: the dry return, the amplifier, or the interface's own loopback."""

from ultragain import audio
from ultragain.rig.calibration import TakeRefused

#: A plain copy of what was played correlates better than this, a wet signal hardly ever.
COPY = 0.9
#: A copy whose correlation is nearer to 1 than this (the rest is 67 dB down) never was a voltage: the
#: high-pass of a converter, at 1 Hz, changes a guitar's low E by more. It is the interface's loopback.
LOOPBACK = 1e-7
#: Quieter wet audio than this, at its peak, is an amplifier that is off: crosstalk of the dry signal.
SILENT_DBFS = -60.0


def _is_loopback(likeness):
    return 1 - likeness < LOOPBACK


def _is_as_good(likeness, best):
    """Whether an input returns what was played nearly as well as the dry return does.

    A clean amplifier is nearly a copy too; the return must be a much better one.
    """
    return 1 - likeness < 1e-3 + 4 * (1 - best)


def find_dry(likeness, chosen, wet_input):
    """The input that returns what was played.

    Parameters
    ----------
    likeness : dict of int to float
        Of each input, counted from 1, that heard the clicks: its correlation with what was played.
    chosen, wet_input : int or None
        The input that a person names for it, and for the amplifier.

    Returns
    -------
    int

    Raises
    ------
    TakeRefused
        If there is none, or it cannot be distinguished from another.
    """
    if chosen is not None and chosen not in likeness:
        raise TakeRefused(f"input {chosen} receives no signal: check the cable from the splitter")
    found = ", ".join(f"{value:.0%} on input {number}" for number, value in likeness.items())
    copies = {number: value for number, value in likeness.items() if value >= COPY and number != wet_input}
    # An interface's loopback is the best copy of all, but what went through a splitter was a voltage.
    returns = {number: value for number, value in copies.items() if not _is_loopback(value)}
    if chosen is not None:
        best = max(returns, key=returns.get, default=chosen)
        if best != chosen and not _is_as_good(likeness[chosen], returns[best]):
            raise TakeRefused(f"input {best} returns what was played, not input {chosen} (likeness {found})")
        return chosen
    if not copies:
        raise TakeRefused(
            f"no input returns what was played (likeness {found}): check the splitter, and that its input does not "
            "clip; --wet-only records without one, --dry-input names the return"
        )
    if not returns:
        return min(copies)
    best = max(returns, key=returns.get)
    rivals = [number for number in returns if number != best and _is_as_good(returns[number], returns[best])]
    if rivals:
        raise TakeRefused(
            f"inputs {best} and {rivals[0]} both return what was played (likeness {found}): is the amplifier in the "
            "path? If it is, name its --wet-input"
        )
    return best


def find_wet(recorded, likeness, dry_input, chosen):
    """The input with the amplifier: the loudest that hears the clicks and does not just return what was played.

    Parameters
    ----------
    recorded : np.ndarray, shape (n_samples, n_inputs)
    likeness : dict of int to float
        As in `find_dry`.
    dry_input : int or None
        The input that returns what was played; None without a splitter.
    chosen : int or None
        The input that a person names for it.

    Returns
    -------
    int

    Raises
    ------
    TakeRefused
        If there is none, or it is silent.
    """
    others = [number for number in range(1, recorded.shape[1] + 1) if number != dry_input]
    if not (chosen in others if chosen else others):
        raise TakeRefused("the wet signal needs an input of its own: check --wet-input and --dry-input")
    # Without a splitter nothing that was a voltage returns; a lone amplifier is not to be compared with itself.
    returns = [value for value in likeness.values() if value >= COPY and not _is_loopback(value)] if dry_input else []
    best = max(returns, default=1.0)
    copies = (
        [] if chosen else [number for number in others if number in likeness and _is_as_good(likeness[number], best)]
    )
    left = [chosen] if chosen else [number for number in others if number not in copies]
    unchanged = f"what was played comes back unchanged on input {' and '.join(map(str, copies))}"
    if not left:
        raise TakeRefused(
            f"no input is left for the wet signal: {unchanged}: is the amplifier in the path? "
            "If it is, name its --wet-input"
        )
    peaks = {number: audio.peak_dbfs(recorded[:, number - 1]) for number in left}
    loudest = max(left, key=lambda number: (number in likeness, peaks[number]))
    if loudest not in likeness or peaks[loudest] < SILENT_DBFS:
        also = f"; {unchanged}" if copies else ""
        raise TakeRefused(
            f"the wet signal is silent (input {loudest}, peak {peaks[loudest]:.0f} dBFS{also}): "
            "check amplifier, cable and input level"
        )
    return loudest
