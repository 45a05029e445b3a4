"""The audio interface: what there is, and playing while recording (full duplex).

PortAudio does the work, through sounddevice; nothing here is imported by commands that neither
play nor record.
"""

import atexit
import contextlib
import threading
import time
from dataclasses import dataclass

import numpy as np

from ultragain.errors import UltraGainError
from ultragain.rig.devices import choose, listed

# An interface that moves no samples for so long has been unplugged, or its server has died.
_STALLED_SECONDS = 5.0


@dataclass(frozen=True)
class Recorded:
    """What came back while something was played.

    Attributes
    ----------
    samples : np.ndarray, shape (n_samples, n_inputs)
    losses : list of (int, str)
        Sample and kind of every buffer that the interface reported lost.
    """

    samples: np.ndarray
    losses: list


def _sounddevice():
    try:
        import sounddevice
    except OSError as error:  # the package is there, the library is not
        raise UltraGainError(
            "PortAudio is missing, which plays and records: install it (Debian, Ubuntu: apt install libportaudio2; "
            "Fedora: dnf install portaudio; macOS and Windows: pip install --force-reinstall sounddevice)"
        ) from error
    return sounddevice


def versions():
    """Versions of sounddevice and PortAudio, dict of str to str."""
    sounddevice = _sounddevice()
    return {"sounddevice": sounddevice.__version__, "portaudio": sounddevice.get_portaudio_version()[1]}


def audio_devices():
    """All devices that can play or record.

    Returns
    -------
    list of AudioDevice

    Raises
    ------
    UltraGainError
        If PortAudio is missing.
    """
    sounddevice = _sounddevice()
    return listed(sounddevice.query_devices(), sounddevice.query_hostapis())


class Interface:
    """An audio interface, ready to play and record at once.

    Parameters
    ----------
    name : str or None
        Of the interface, as in `devices.choose`. Not needed where only one device both plays and records.
    sample_rate : int
        In Hz.
    output : int
        Channel that plays, counted from 1.
    input_device, output_device : str, optional
        Names of what records and what plays, where they differ from `name`.

    Attributes
    ----------
    recorder, player : AudioDevice
        Some systems list an interface's two directions as two devices.

    Raises
    ------
    UltraGainError
        If there is no such interface, several answer to the name, or it does not run at the rate.
    """

    def __init__(self, name, sample_rate, output=1, input_device=None, output_device=None):
        self.sample_rate, self.output = sample_rate, output
        self.recorder, self.player = choose(audio_devices(), name, input_device, output_device)
        if output > self.player.outputs:
            raise UltraGainError(f"{self.player}: has no output {output}, only {self.player.outputs}")
        sounddevice = _sounddevice()
        checks = (
            (self.recorder, sounddevice.check_input_settings, self.recorder.inputs),
            (self.player, sounddevice.check_output_settings, output),
        )
        for device, check, channels in checks:
            try:
                check(device.number, channels, samplerate=sample_rate)
            except sounddevice.PortAudioError as error:
                raise UltraGainError(
                    f"{device}: cannot be used at {sample_rate} Hz ({_reason(error)}): set this rate in its own "
                    "settings, and close other programs that use it"
                ) from error

    def __str__(self):
        return f"{self.recorder}" if self.recorder is self.player else f"{self.recorder} and {self.player}"

    @property
    def description(self):
        """JSON-able: names, channels and rate."""
        return {
            "recorder": str(self.recorder),
            "player": str(self.player),
            "inputs": self.recorder.inputs,
            "output": self.output,
            "sample_rate": self.sample_rate,
        }

    def play_and_record(self, played, progress=None):
        """Play a signal and record all inputs at the same time.

        Parameters
        ----------
        played : np.ndarray, shape (n_samples,)
            Linear amplitude, 1.0 = full scale.
        progress : callable, optional
            Called some ten times a second with the samples done so far and the peak of each input
            since the last call, np.ndarray of shape (n_inputs,).

        Returns
        -------
        Recorded

        Raises
        ------
        UltraGainError
            If the interface cannot be opened, or stops moving samples.
        """
        sounddevice = _sounddevice()
        out = np.zeros((len(played), self.output), np.float32)
        out[:, -1] = played
        samples = np.zeros((len(played), self.recorder.inputs), np.float32)
        losses, ended, done = [], threading.Event(), 0

        def callback(incoming, outgoing, frames, _, status):
            nonlocal done
            if status:
                losses.append((done, str(status)))
            count = min(frames, len(out) - done)
            outgoing[:count] = out[done : done + count]
            outgoing[count:] = 0
            samples[done : done + count] = incoming[:count]
            done += count
            if done == len(out):
                raise sounddevice.CallbackStop

        try:
            stream = sounddevice.Stream(
                samplerate=self.sample_rate,
                device=(self.recorder.number, self.player.number),
                channels=(samples.shape[1], out.shape[1]),
                dtype="float32",
                latency="high",  # how late the music comes back does not matter, gaps do
                callback=callback,
                finished_callback=ended.set,
            )
            stream.start()
        except sounddevice.PortAudioError as error:
            raise UltraGainError(f"{self}: cannot play and record ({_reason(error)})") from error
        try:
            self._watch(stream, ended, lambda: done, samples, progress)
        finally:
            _close(stream)
        return Recorded(samples.astype(np.float64), losses)

    @contextlib.contextmanager
    def open(self, callback, block):
        """Have a function make what is played from what is heard, for as long as the context lasts.

        Parameters
        ----------
        callback : callable
            As sounddevice's of a Stream: (incoming, outgoing, frames, time, status), the first two of shape (frames,
            channels): all inputs of the recorder, and outputs up to the one that plays.
        block : int
            Samples of each call.

        Yields
        ------
        sounddevice.Stream

        Raises
        ------
        UltraGainError
            If the interface cannot be opened.
        """
        sounddevice = _sounddevice()
        try:
            stream = sounddevice.Stream(
                samplerate=self.sample_rate,
                blocksize=block,
                device=(self.recorder.number, self.player.number),
                channels=(self.recorder.inputs, self.output),
                dtype="float32",
                latency="low",
                callback=callback,
            )
            stream.start()
        except sounddevice.PortAudioError as error:
            raise UltraGainError(f"{self}: cannot play and record ({_reason(error)})") from error
        try:
            yield stream
        finally:
            _close(stream)

    def _watch(self, stream, ended, position, samples, progress):
        """Wait until everything is recorded, reporting progress."""
        reported, moved = 0, time.monotonic()
        while not ended.wait(0.1):
            now = position()
            if now > reported:
                moved = time.monotonic()
                if progress:
                    progress(now, np.abs(samples[reported:now]).max(axis=0))
                reported = now
            elif not stream.active or time.monotonic() - moved > _STALLED_SECONDS:
                break
        if position() < len(samples):
            raise UltraGainError(f"{self}: stopped in the middle of a take: is it connected, and its driver running?")


def _close(stream):
    """Close a stream, without waiting for ever, as PortAudio does once its server has died."""

    def close():
        stream.abort()
        stream.close()

    closing = threading.Thread(target=close, daemon=True)
    closing.start()
    closing.join(_STALLED_SECONDS)
    if closing.is_alive():
        atexit.unregister(_sounddevice()._exit_handler)  # it would wait, too


def _reason(error):
    """PortAudio's own words, on one line."""
    return " ".join(str(error.args[0]).split())
