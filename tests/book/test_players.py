import re

import numpy as np
import pytest
import soundfile
from made_results import make_results

from ultragain.book.kit import players
from ultragain.book.kit.players import Clip


@pytest.fixture
def results(project):
    # the larger the context the better, on every riff
    return make_results(project, lambda gain, context, units, rate, riff: 1 / context + rate)


def test_a_file_is_named_after_its_content(project):
    samples = 0.5 * np.sin(np.arange(1000) / 7)
    source = players.audio_source(samples, 44100)
    assert source == players.audio_source(samples.copy(), 44100)
    assert source != players.audio_source(samples * 0.9, 44100)
    assert source != players.audio_source(samples, 48000)
    assert re.fullmatch(r"\.\./audio/[0-9a-f]{24}-44100\.flac", source)
    assert len(list((project / players.FOLDER).iterdir())) == 3


def test_a_file_holds_the_samples_at_their_own_level(project):
    samples = 0.01 * np.sin(np.arange(1000) / 7)  # quiet, and quiet it stays
    name = players.audio_source(samples, 44100).rsplit("/", 1)[1]
    heard, rate = soundfile.read(project / players.FOLDER / name)
    assert rate == 44100
    np.testing.assert_allclose(heard, samples, atol=1 / 2**15)


def test_a_player_links_and_has_a_name(project):
    page = players.player(Clip('riff "one", <dry>', np.zeros(100), "5 % & more"), 44100)
    assert "base64" not in page and "data:" not in page
    assert 'preload="none"' in page
    assert 'aria-label="riff &quot;one&quot;, &lt;dry&gt;"' in page
    assert "<small>5 % &amp; more</small>" in page


def test_a_table_has_a_row_for_each_heading_and_leaves_gaps(project):
    clip = Clip("a", np.zeros(100))
    page = players.players_table({"one\n5 s": [clip, None], "two": [clip, clip]}, ["dry", "wet"], "caption", 44100).data
    assert page.count("<audio") == 3 and page.count("<td>") == 4
    assert '<th scope="row">one<small>5 s</small></th>' in page
    assert 'role="region" tabindex="0" aria-label="caption"' in page


def test_recorded_riffs_dry_and_at_every_gain(results):
    rows, columns = players.recorded_clips(results)
    assert columns == ["dry", "wet, gain Low (2)", "wet, gain High (8)"]
    assert list(rows) == ["one\n0.5 s", "two\n0.5 s"]
    dry, low, high = (clip.samples for clip in rows["one\n0.5 s"])
    np.testing.assert_allclose(low, 0.8 * np.tanh(dry), atol=1e-6)
    np.testing.assert_allclose(high, 0.8 * np.tanh(4 * dry), atol=1e-6)
