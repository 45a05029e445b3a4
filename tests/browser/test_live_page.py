"""The live page in a browser: what it plays is what was predicted, and what it says where a browser refuses."""

import base64
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
import soundfile
import web
from made_networks import RATE, decibels, dry, lstm, predicted, wavenet
from made_project import REPOSITORY

from ultragain.book.kit.live import LiveModel, live, unconditioned
from ultragain.book.kit.players import files
from ultragain.formats.nam import as_played
from ultragain.models.catalog import FAMILIES
from ultragain.models.memory.wavenet_gain import at_position

pytestmark = pytest.mark.system

PAGE = """<!DOCTYPE html>
<html lang="en" data-theme="light"><head><meta charset="utf-8"><title>Live</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="../_static/player/player.css">
<script src="../_static/player/sound.js"></script>
<script src="../_static/player/player.js"></script>
<script src="../_static/live/live.js"></script>
</head><body><main><h1>Live</h1>LIVE</main></body></html>"""

RENDER = """async ([name, knob, base64, rate]) => {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const samples = new Float32Array(bytes.buffer);
  const context = new OfflineAudioContext(1, samples.length, rate);
  const buffer = context.createBuffer(1, samples.length, rate);
  buffer.copyToChannel(samples, 0);
  const source = context.createBufferSource();
  source.buffer = buffer;
  const player = await ultragainLive.node(context, "../live", name, knob);
  player.port.postMessage({ level: 1 }); // no fade at the beginning
  source.connect(player).connect(context.destination);
  source.start();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const rendered = new Uint8Array((await context.startRendering()).getChannelData(0).buffer);
  let text = "";
  for (let i = 0; i < rendered.length; i += 32768) text += String.fromCharCode(...rendered.subarray(i, i + 32768));
  return btoa(text);
}"""


@pytest.fixture(scope="session")
def film():
    """Weights of a model of the whole knob, which does much to every channel."""
    rng = np.random.default_rng(4)
    weights = FAMILIES["wavenet-gain"].build({}, rng).get_weights()
    return [(weight + 0.15 * rng.normal(size=weight.shape)).astype(np.float32) for weight in weights]


@pytest.fixture(scope="session")
def site(tmp_path_factory, film):
    """A page on disk with three models."""
    root = tmp_path_factory.mktemp("live")
    (root / "experiments").mkdir()
    (root / "_toc.yml").touch()
    for part in ("book/live", "book/_static"):
        shutil.copytree(REPOSITORY / part, root / part)
    models = [
        LiveModel("wavenet", "WaveNet", "Some note.", wavenet()),
        LiveModel("lstm", "LSTM", "Another note.", lstm(16)),
        LiveModel("knob", "knob", "It has a knob.", unconditioned(wavenet(), film), film),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        content = live(models, {"the riff one": files.write(dry(2.0), RATE)})
    built = root / "_build" / "listening"
    shutil.copytree(root / "book" / "_static", built / "_static")
    (built / "notebooks").mkdir()
    (built / "notebooks" / "page.html").write_text(PAGE.replace("LIVE", content))
    soundfile.write(root / "mine.wav", dry(0.5), RATE)
    with web.served(built) as address:
        yield f"{address}/notebooks/page.html", root


def rendered(page, name, audio, knob=5.0):
    text = base64.b64encode(audio.astype(np.float32).tobytes()).decode()
    return np.frombuffer(base64.b64decode(page.evaluate(RENDER, [name, knob, text, RATE])), np.float32)


@pytest.mark.parametrize("place", ["server", "disk"])
def test_it_plays_what_was_predicted(open_page, site, place):
    address, root = site
    page = open_page(address if place == "server" else (root / "_build/listening/notebooks/page.html").as_uri())
    assert decibels(predicted(wavenet(), dry()), rendered(page, "wavenet", dry())) < -90
    assert decibels(as_played(lstm(16), dry()), rendered(page, "lstm", dry())) < -90


@pytest.mark.parametrize("position", [0.0, 6.5, 10.0])
def test_weights_follow_the_knob(open_page, site, film, position):
    page = open_page(site[0])
    folded = replace(wavenet(), weights=at_position("wavenet-gain", film, position))
    assert decibels(predicted(folded, dry()), rendered(page, "knob", dry(), position)) < -90


def test_a_reader_plays_a_riff_and_turns_the_knob(open_page, site):
    page = open_page(site[0])
    panel = page.locator(".ug-live")
    knob = panel.get_by_label("Gain knob")
    assert knob.is_hidden() and panel.get_by_text("Some note.").is_visible()
    panel.get_by_label("Model").select_option("knob")
    assert knob.is_visible() and panel.get_by_text("It has a knob.").is_visible()
    panel.get_by_role("button", name="Play").click()
    panel.get_by_role("button", name="Stop").wait_for()
    panel.get_by_text(re.compile(r"in .*dB, out .*dB, \d+ % of a core")).wait_for()
    knob.fill("8")
    panel.get_by_label("Bypass").check()
    panel.get_by_label("Input trim").fill("-12")
    panel.get_by_text(re.compile("in \u2212\\d+ dB, out \u2212\\d+ dB")).wait_for()
    panel.get_by_role("button", name="Stop").click()
    panel.get_by_role("button", name="Play").wait_for()


def test_a_file_of_the_readers_own(open_page, site):
    address, root = site
    page = open_page(address)
    panel = page.locator(".ug-live")
    panel.get_by_label("plays").select_option("own")
    panel.get_by_role("button", name="Play").click()
    panel.get_by_text("This cannot be played: choose a file first.").wait_for()
    panel.get_by_label("File", exact=True).set_input_files(root / "_toc.yml")
    panel.get_by_text("the browser cannot read this file").wait_for()
    panel.get_by_label("File", exact=True).set_input_files(root / "mine.wav")
    panel.get_by_role("button", name="Stop").wait_for()
    panel.get_by_role("button", name="Play").wait_for()  # at its end


@pytest.mark.parametrize(
    "script, says",
    [
        (
            "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));",
            "the browser was told not to let this page hear an input",
        ),
        ("", "no input can be heard"),  # there is none
        ("Object.defineProperty(navigator, 'mediaDevices', { value: undefined });", "lets this page hear no input"),
        (
            "AudioContext.prototype.createMediaStreamSource = () => { throw new Error(); };"
            "navigator.mediaDevices.getUserMedia = async () => new MediaStream();",
            f"set the interface to {RATE} Hz, or choose a model at another rate",
        ),
        ("delete BaseAudioContext.prototype.audioWorklet;", "it has no AudioWorklet"),
    ],
    ids=["refused", "none there", "no input", "another rate", "no AudioWorklet"],
)
def test_what_a_browser_refuses_is_said(open_page, site, script, says):
    page = open_page(site[0], script=script)
    panel = page.locator(".ug-live")
    if "audioWorklet" not in script:
        panel.get_by_label("plays").select_option("guitar")
    panel.get_by_role("button", name="Play").click()
    panel.get_by_text(says).wait_for()
    assert panel.get_by_role("button", name="Play").is_visible()
