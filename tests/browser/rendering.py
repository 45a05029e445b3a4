"""What a page would sound like, sample by sample: its audio context renders to memory, and stops where a test says.

So nothing depends on how fast this machine is.
"""

import base64

import numpy as np

RAMP = 0.008 / 4  # time constant of a change of level, as player.js says
LEAD = 0.03  # seconds from a command to its sound

SCRIPT = """
window.AudioContext = class extends OfflineAudioContext {
  constructor({ sampleRate }) {
    super(1, 6 * sampleRate, sampleRate);
    window.rendering = this;
  }
  resume() { return Promise.resolve(); }
  go() {
    if (this.rendered) super.resume();
    else this.rendered = this.startRendering();
  }
  async until(time) {
    const reached = this.suspend(time);
    this.go();
    await reached;
    return this.currentTime;
  }
  async rest() {
    this.go();
    const bytes = new Uint8Array((await this.rendered).getChannelData(0).buffer);
    let text = "";
    for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    return btoa(text);
  }
};
"""


def until(page, seconds):
    """Render up to a time, at the end of a block of 128 samples; returns that time exactly."""
    return page.evaluate("time => rendering.until(time)", seconds)


def rest(page):
    """Render to the end (6 s); all of it as np.ndarray, shape (n_samples,)."""
    return np.frombuffer(base64.b64decode(page.evaluate("rendering.rest()")), np.float32)


def levels(changes, count, rate):
    """A gain that approaches new targets exponentially, shape (count,).

    Parameters
    ----------
    changes : list of (float, float)
        Time in seconds, and target; the first one is where it begins.
    count : int
        Samples.
    rate : int
        In Hz.
    """
    time = np.arange(count) / rate
    level = np.full(count, float(changes[0][1]))
    for at, target in changes[1:]:
        first = np.searchsorted(time, at - 1e-9)
        begin = level[first]
        level[first:] = target + (begin - target) * np.exp(-(time[first:] - at) / RAMP)
    return level
