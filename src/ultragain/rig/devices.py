"""The audio devices that there are, and which of them are meant by a name or a number."""

import re
import unicodedata
from dataclasses import dataclass

from ultragain.errors import UltraGainError

# Windows reaches one interface through several systems. Where a name fits in more than one, the first
# of these is taken: the maker's driver, then those that leave the samples alone, last those that mix
# and resample.
_WINDOWS = ("ASIO", "Windows WASAPI", "Windows WDM-KS", "Windows DirectSound", "MME")
# Inputs that give back what is played: they are meant only where they are named.
_COPIES = ("loopback", "monitor of")
_OPTIONS = {"inputs": "--input-device", "outputs": "--output-device"}
# Windows calls a device `Line In (Scarlett 2i2 USB)`: the interface is in the last brackets.
_LAST_BRACKETS = re.compile(r"\(((?:[^()]|\([^()]*\)?)*)\)?$")


@dataclass(frozen=True)
class AudioDevice:
    """One entry of PortAudio's list.

    Attributes
    ----------
    number : int
    name, host : str
        Of the device, and of the system it is reached through: ALSA, JACK, ASIO, Core Audio, ...
    inputs, outputs : int
        Channels.
    rate : float
        Its usual sample rate, Hz.
    """

    number: int
    name: str
    host: str
    inputs: int
    outputs: int
    rate: float

    def __str__(self):
        return f"{self.name} ({self.host})"


def listed(entries, hosts):
    """PortAudio's list of devices.

    Parameters
    ----------
    entries, hosts : sequence of dict
        What `sounddevice.query_devices` and `sounddevice.query_hostapis` return.

    Returns
    -------
    list of AudioDevice
        Names are on one line. MME, which cuts them off at 31 characters, has them whole where another
        system knows the rest.
    """
    # The names of some Bluetooth devices have line breaks.
    names = [(" ".join(entry["name"].split()), hosts[entry["hostapi"]]["name"]) for entry in entries]
    devices = []
    for number, (entry, (name, host)) in enumerate(zip(entries, names, strict=True)):
        if host == "MME":
            longer = {other for other, system in names if system != "MME" and other.startswith(name)}
            shortest = min(longer, key=len, default=name)  # others may have the same name and `[Loopback]`
            name = shortest if all(other.startswith(shortest) for other in longer) else name
        channels = entry["max_input_channels"], entry["max_output_channels"]
        devices.append(AudioDevice(number, name, host, *channels, entry["default_samplerate"]))
    return devices


def choose(known, interface=None, input_device=None, output_device=None):
    """The device that records and the one that plays.

    A name is a number from the list, or a part of a device's name in small or capital letters,
    optionally with its system: ``Scarlett``, ``Scarlett ALSA``. What is not named has to belong to what
    is: one device that does both, or two of the same interface.

    Parameters
    ----------
    known : list of AudioDevice
    interface : str or None
        Names both directions, where the next two do not.
    input_device, output_device : str or None

    Returns
    -------
    recorder, player : AudioDevice
        The same one where it does both.

    Raises
    ------
    UltraGainError
        If there are no such devices, several answer to the names, or they cannot be opened together.
    """
    asked, able, found = _named(known, interface, {"inputs": input_device, "outputs": output_device})
    pairs = [
        (recorder, player)
        for recorder in found["inputs"]
        for player in found["outputs"]
        if _can_be_opened(recorder, player)
    ]
    fitting = (
        [pair for pair in pairs if _are_one(*pair)]
        # Windows counts equal interfaces, `2- Scarlett 2i2 USB`; it may count the two directions apart.
        or [pair for pair in pairs if _are_one(*pair, is_counted=False)]
        or (pairs if all(asked.values()) else [])
    )
    if not fitting:
        raise _nothing_fits(asked, able, found)
    rank = min(_rank(recorder) for recorder, _ in fitting)
    fitting = [pair for pair in fitting if _rank(pair[0]) == rank]
    if len(fitting) > 1:
        raise _several_fit(fitting)
    return fitting[0]


def _named(known, interface, given):
    """For each direction what is asked for, the devices that are able to, and those of them that are named."""
    asked = {direction: given[direction] or interface for direction in given}
    able = {direction: [device for device in known if getattr(device, direction)] for direction in asked}
    if not any(asked.values()):
        both = [device for device in _answering(None, able["inputs"]) if device.outputs]
        able = dict.fromkeys(able, both) if both else able
    is_one_name = not any(given.values())
    found = {
        direction: [
            device
            for device in _answering(asked[direction], known if is_one_name else able[direction])
            if device in able[direction]
        ]
        for direction in able
    }
    if is_one_name and any(found.values()):
        # It may be that of one direction only: what belongs to it is then looked for.
        asked = {direction: asked[direction] if found[direction] else None for direction in found}
        found = {direction: found[direction] or _answering(None, able[direction]) for direction in found}
    for direction in found:
        if not found[direction] and not (asked[direction] and able[direction]):
            raise UltraGainError(
                f"no audio device has {direction}: is the interface connected and its driver (or JACK) running?"
            )
        if not found[direction]:
            option = _OPTIONS[direction] if given[direction] else "--interface"
            raise UltraGainError(
                f"no audio device with {direction} is called {asked[direction]}; there are {_text(able[direction])}: "
                f"choose by number, as in {option} {able[direction][0].number}"
            )
    return asked, able, found


def _answering(name, devices):
    """The devices that answer to a name or a number; all where there is none."""
    name = _plain(name or "")
    if name.isdecimal():
        return [device for device in devices if device.number == int(name)]
    hidden = [copy for copy in _COPIES if copy not in name]
    devices = [device for device in devices if not any(copy in _plain(device.name) for copy in hidden)]
    words = [word for part in name.split() if (word := part.strip("(),"))]
    if not words:
        return devices
    return [device for device in devices if name in _spellings(device)] or [
        device for device in devices if all(word in _plain(str(device)) for word in words)
    ]


def _spellings(device):
    """A device's whole name, as people copy it from our messages, from sounddevice's list, or without the brackets."""
    label = _LAST_BRACKETS.sub("", device.name).strip()
    copied = (f"{device.number}: {device}", str(device), f"{device.name}, {device.host}", device.name, label)
    return set(map(_plain, copied))


def _plain(text):
    """A name for comparing: no capital letters, one form of each accented letter, single blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _can_be_opened(recorder, player):
    """Whether PortAudio opens two devices together: in one system, with ASIO in one driver."""
    return recorder is player or recorder.host == player.host != "ASIO"


def _are_one(recorder, player, is_counted=True):
    """Whether two entries are one interface; MME may have cut one of the names off."""
    if recorder is player:
        return True
    if recorder.outputs or player.inputs:
        return False
    pieces = []
    for device in (recorder, player):
        brackets = _LAST_BRACKETS.search(device.name)
        hardware = _plain(brackets[1] if brackets else device.name)
        pieces.append(hardware if is_counted else re.sub(r"^\d+- ", "", hardware))
    (one, is_one_cut), (other, is_other_cut) = zip(pieces, map(_is_cut, (recorder, player)), strict=True)
    return one == other or (is_one_cut and one and other.startswith(one)) or (is_other_cut and one.startswith(other))


def _is_cut(device):
    return device.name.count("(") > device.name.count(")")


def _rank(device):
    """The lower, the better the system that a device is reached through."""
    return _WINDOWS.index(device.host) if device.host in _WINDOWS else 0


def _several_fit(pairs):
    """What to say where several pairs could be meant."""
    recorders, players = (list(dict.fromkeys(side)) for side in zip(*pairs, strict=True))
    (recorder, player), kinds = pairs[0], ""
    choice = f"--input-device {recorder.number} --output-device {player.number}"
    if len(pairs) == len(recorders) == len(players):  # one number tells all
        choice = f"--interface {recorder.number}"
        names = _text(dict.fromkeys(device for pair in pairs for device in pair))
    elif len(players) == 1:
        kinds, names = " with inputs", _text(recorders)
    elif len(recorders) == 1:
        kinds, names = " with outputs", _text(players)
    else:
        names = f"inputs {_text(recorders)}; outputs {_text(players)}"
    return UltraGainError(f"several audio devices{kinds} could be meant: {names}: choose by number, as in {choice}")


def _nothing_fits(asked, able, found):
    """What to say where no device that records goes with one that plays."""
    if all(asked.values()):
        return _not_together(able, found["inputs"], found["outputs"])
    if not any(asked.values()):
        recorder, player = found["inputs"][0], found["outputs"][0]
        return UltraGainError(
            f"no audio device both plays and records: inputs {_text(able['inputs'])}; outputs "
            f"{_text(able['outputs'])}: choose two, as in --input-device {recorder.number} "
            f"--output-device {player.number}"
        )
    named, other = ("inputs", "outputs") if asked["inputs"] else ("outputs", "inputs")
    hosts = {device.host for device in found[named]} - {"ASIO"}
    rest = [device for device in able[other] if device.host in hosts]
    advice = (
        f"there are {_text(rest)}: choose by number, as in {_OPTIONS[named]} {found[named][0].number} "
        f"{_OPTIONS[other]} {rest[0].number}"
        if rest
        else "choose another device"
    )
    return UltraGainError(f"{_text(found[named])}: has no {other}, and no device with {other} belongs to it: {advice}")


def _not_together(able, recorders, players):
    """What to say where PortAudio cannot open together what was named."""
    # The same devices in a system that has both.
    together = [
        (recorder, player)
        for recorder in able["inputs"]
        for player in able["outputs"]
        if _can_be_opened(recorder, player)
        and recorder.name in {device.name for device in recorders}
        and player.name in {device.name for device in players}
    ]
    example = min(together, key=lambda pair: _rank(pair[0]), default=None)
    if example:
        advice = f", as in --input-device {example[0].number} --output-device {example[1].number}"
    else:
        advice = ": `ultragain devices` lists them"
    if any(recorder.host == player.host for recorder in recorders for player in players):
        advice = (
            "an ASIO driver plays and records alone: choose one for both, or two devices of another system" + advice
        )
    else:
        advice = "one records and one plays, in different sound systems: choose two of the same system" + advice
    return UltraGainError(f"{_text(recorders)} and {_text(players)}: cannot be opened together: {advice}")


def _text(devices):
    return "; ".join(f"{device.number}: {device}" for device in devices)
