import base64
import html
import io
import json
import re

import numpy as np
import soundfile

from ultragain.apps import listening
from ultragain.apps.listening import Player
from ultragain.book.kit.players import Clip

RATE = 44100


def noise(seed, seconds=0.5):
    return np.random.default_rng(seed).uniform(-0.5, 0.5, round(seconds * RATE))


def offered(player):
    """Settings of the book's player in the frame, and the frame's document."""
    document = html.unescape(re.search(r'srcdoc="([^"]*)"', player._frame.value)[1])
    return json.loads(html.unescape(re.findall(r'data-player="([^"]*)"', document)[-1])), document


def sounds(player):
    """Samples by name of what the page holds."""
    found = {}
    for child in player._sounds.children:
        name, content = re.fullmatch(r'<i data-ug-sound="(.*)" data-ug-flac="(.*)"></i>', child.value).groups()
        found[name], rate = soundfile.read(io.BytesIO(base64.b64decode(content)))
        assert rate == RATE
    return found


def test_every_track_has_its_sound_in_the_page_and_its_picture_in_the_frame():
    player, clips = Player(), [Clip("dry", noise(1)), Clip("wet", 3 * noise(2), "ESR 5 %")]
    player.offer('riff "one"', clips, RATE)
    settings, document = offered(player)
    assert 'title="Player: riff &quot;one&quot;"' in player._frame.value
    assert [(track["label"], track["note"]) for track in settings["tracks"]] == [("dry", ""), ("wet", "ESR 5 %")]
    pictures = json.loads(re.search(r"const pictures = (.*);\n", document)[1])
    for track, clip in zip(settings["tracks"], clips, strict=True):
        name = track["source"].split("/")[-1]
        np.testing.assert_allclose(sounds(player)[name], np.clip(clip.samples, -1, 1), atol=2**-15)
        assert base64.b64decode(pictures[name]).startswith(b"\x89PNG")


def test_a_sound_is_sent_once_and_the_latest_are_kept(monkeypatch):
    monkeypatch.setattr(listening, "KEPT", 3)
    player, dry = Player(), Clip("dry", noise(0))
    player.offer("riff", [dry, Clip("wet", noise(1))], RATE)
    first = player._sounds.children
    player.offer("riff", [dry, Clip("wet", noise(2))], RATE)
    assert {child.value for child in first} < {child.value for child in player._sounds.children}
    assert set(first) < set(player._sounds.children)  # the same widgets: nothing of them is sent again
    player.offer("riff", [dry, Clip("wet", noise(3))], RATE)
    assert first[0] in player._sounds.children and first[1] not in player._sounds.children
    player.offer("riff", [Clip(f"{seed}", noise(seed)) for seed in range(10, 15)], RATE)
    assert len(player._sounds.children) == 5  # never fewer than it plays
