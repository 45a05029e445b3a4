import html
import io
import json
import re

import numpy as np
import pytest
import soundfile
from made_results import make_results
from PIL import Image

from ultragain.book.kit import players
from ultragain.book.kit.players import Clip, files, pictures
from ultragain.book.kit.players.loudness import loudness

RATE = 44100


def sine(frequency, seconds=2.0, dbfs=0.0, rate=RATE):
    return 10 ** (dbfs / 20) * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)


def settings_of(page):
    return json.loads(html.unescape(re.search('data-player="([^"]*)"', page)[1]))


@pytest.mark.parametrize("rate", [44100, 48000])
def test_loudness_of_the_standard_s_own_tone(rate):
    # BS.1770: 997 Hz at 0 dBFS in one of the front channels reads -3.01 LKFS
    assert loudness(sine(997, 5, rate=rate), rate) == pytest.approx(-3.01, abs=0.01)
    assert loudness(sine(997, 5, -20, rate), rate) == pytest.approx(-23.01, abs=0.01)


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        # EBU Tech 3341, minimum requirements 3 and 4: stereo there, so that here each level is 3.01 dB higher
        ([(-36, 10), (-23, 60), (-36, 10)], -23),
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23),
    ],
)
def test_loudness_of_test_signals_of_the_ebu(levels, expected):
    signal = np.concatenate([sine(1000, seconds, dbfs + 3.01, 48000) for dbfs, seconds in levels])
    assert loudness(signal, 48000) == pytest.approx(expected, abs=0.1)


def test_loudness_of_short_and_silent_signals():
    assert loudness(sine(997, 0.1), RATE) == pytest.approx(-3.01, abs=0.02)
    assert loudness(np.zeros(RATE), RATE) == -np.inf
    assert loudness(sine(997, 2, -80), RATE) == -np.inf


def test_files_are_named_after_their_content_and_written_once(project):
    samples = sine(440, 0.5, -6)
    name = files.write(samples, RATE)
    written = {path: path.stat().st_mtime_ns for path in (project / files.FOLDER).iterdir()}
    assert sorted(path.name for path in written) == [f"{name}{suffix}" for suffix in (".flac", ".js", ".png")]
    assert name == files.write(samples.copy(), RATE)
    assert written == {path: path.stat().st_mtime_ns for path in (project / files.FOLDER).iterdir()}
    assert len({name, files.write(samples * 0.9, RATE), files.write(samples, 48000)}) == 3


def test_a_missing_one_of_the_files_is_written_again(project):
    name = files.write(sine(440, 0.5), RATE)
    script = project / files.FOLDER / f"{name}.js"
    content = script.read_text()
    script.unlink()
    files.write(sine(440, 0.5), RATE)
    assert script.read_text() == content


def test_a_file_holds_the_samples_at_their_own_level(project):
    samples = 0.01 * sine(440, 0.5)  # quiet, and quiet it stays
    path = project / files.FOLDER / files.write(samples, RATE)
    heard, rate = soundfile.read(path.with_suffix(".flac"))
    assert rate == RATE
    np.testing.assert_allclose(heard, samples, atol=1 / 2**15)
    loud, _ = soundfile.read((project / files.FOLDER / files.write(300 * samples, RATE)).with_suffix(".flac"))
    np.testing.assert_allclose(loud, np.clip(300 * samples, -1, 1), atol=1 / 2**15)


def shades(samples):
    """What is drawn, as places in the palette: waveform and spectrogram."""
    image = Image.open(io.BytesIO(pictures.draw(samples, RATE)))
    assert image.size == (900, 176) and image.mode == "P"
    drawn = np.array(image)
    return drawn[: pictures.WAVEFORM], drawn[pictures.WAVEFORM + pictures.SPACE :]


def test_a_picture_shows_where_sound_is():
    silence = np.zeros(RATE)
    waveform, spectrogram = shades(np.concatenate([silence, sine(1000, 1)]))
    height = (waveform == pictures.SHADES).sum(axis=0)
    assert (height[:445] <= 2).all() and (height[455:] == pictures.WAVEFORM).all()
    assert not spectrogram[:, :400].any()
    # the loudest row is the one that the page marks with 1 kHz
    row = spectrogram[:, 500:].astype(int).sum(axis=1).argmax() + pictures.WAVEFORM + pictures.SPACE
    assert 100 * (row + 0.5) / 176 == pytest.approx(dict(pictures.MARKS)["1 kHz"], abs=1)


def test_a_picture_of_silence_is_a_line():
    waveform, spectrogram = shades(np.zeros(RATE))
    assert not spectrogram.any()
    assert ((waveform == pictures.SHADES).sum(axis=0) <= 2).all()


def test_a_picture_suits_light_and_dark():
    image = Image.open(io.BytesIO(pictures.draw(sine(1000), RATE))).convert("RGBA")
    red, green, blue, alpha = np.array(image).reshape(-1, 4).T.astype(float)
    assert (alpha == 0).mean() > 0.3
    seen = alpha > 0
    luminance = (0.21 * red + 0.72 * green + 0.07 * blue)[seen]
    assert 90 < luminance.min() and luminance.max() < 160  # of 255


def test_a_player_names_its_files_and_loudness(project):
    quiet, loud = sine(997, 2, -20), sine(997, 2, -6)
    settings = settings_of(players.player("riff", [Clip("dry", quiet), Clip("wet", loud, "note")], RATE, blind=[0, 1]))
    assert (settings["title"], settings["rate"], settings["seconds"]) == ("riff", RATE, 2)
    assert [track["lufs"] for track in settings["tracks"]] == pytest.approx([-23.01, -9.01], abs=0.02)
    assert [track["note"] for track in settings["tracks"]] == ["", "note"]
    assert settings["blind"] == [0, 1]
    for track in settings["tracks"]:
        folder, name = track["source"].rsplit("/", 1)
        assert folder == "../audio"
        assert {path.suffix for path in (project / files.FOLDER).glob(f"{name}.*")} == {".flac", ".js", ".png"}


def test_a_silent_signal_has_no_loudness(project):
    assert settings_of(players.player("riff", [Clip("rest", np.zeros(RATE))], RATE))["tracks"][0]["lufs"] is None


def test_names_are_escaped(project):
    name = "\"> <script>alert(1)</script> & ' é"
    page = players.stack({f"{name}\n{name}": [Clip(name, sine(440), name)]}, name, RATE).data
    assert "<script" not in page and "& " not in page.replace("&amp; ", "")
    # caption, summary, its second line, name of the group, and in the list: label, note, name of the audio
    assert html.unescape(page).count(name) == 7
    assert settings_of(page)["tracks"][0]["label"] == name


def test_without_a_script_there_are_links_to_the_files(project):
    page = players.player("riff", [Clip("dry", sine(440)), Clip("wet", sine(550))], RATE)
    sources = re.findall(r'<audio controls preload="none" src="\.\./audio/([^"]*)" aria-label="(dry|wet)">', page)
    assert [label for _, label in sources] == ["dry", "wet"]
    assert all((project / files.FOLDER / source).is_file() for source, _ in sources)
    assert len(page) < 3000 and "base64" not in page


@pytest.mark.parametrize("lengths", [[1000, 1001], [], [1000] * 33])
def test_signals_that_one_player_cannot_take(project, lengths):
    with pytest.raises(ValueError, match=r"riff: a player takes 1 to 32 signals of equal length"):
        players.player("riff", [Clip("a", np.zeros(length)) for length in lengths], RATE)


def test_a_stack_opens_its_first_player(project):
    clip = Clip("a", sine(440))
    page = players.stack({"one\n5 s": [clip], "two": [clip, clip]}, "caption", RATE).data
    assert page.count("<details") == 2 and page.count(" open>") == 1
    assert page.index(" open>") < page.index("<summary>one <small>5 s</small></summary>") < page.index(">two</summary>")


def test_a_blind_test_needs_two(project):
    clips = [Clip("wet", sine(440)), Clip("model", sine(550))]
    assert settings_of(players.player("riff", clips, RATE, blind=[0]))["blind"] == []


def test_recorded_riffs_dry_and_at_every_gain(project):
    # the larger the context the better, on every riff
    results = make_results(project, lambda gain, context, units, rate, riff: 1 / context + rate)
    rows = players.recorded_clips(results)
    assert list(rows) == ["one\n0.5 s", "two\n0.5 s"]
    assert [clip.label for clip in rows["one\n0.5 s"]] == ["dry", "wet, gain Low (2)", "wet, gain High (8)"]
    dry, low, high = (clip.samples for clip in rows["one\n0.5 s"])
    np.testing.assert_allclose(low, 0.8 * np.tanh(dry), atol=1e-6)
    np.testing.assert_allclose(high, 0.8 * np.tanh(4 * dry), atol=1e-6)


def test_takes_of_unequal_length_are_cut_to_the_shortest(project, settings):
    take = project / settings["device"]["recordings"] / "Test" / "High"
    for path in (take / "Dry" / "d_one.wav", take / "Wet" / "w_one.wav"):
        samples, rate = soundfile.read(path)
        soundfile.write(path, samples[:-441], rate, subtype="PCM_24")
    results = make_results(project, lambda *_: 0.5)
    clips = players.recorded_clips(results)["one\n0.5 s"]
    assert {len(clip.samples) for clip in clips} == {22050 - 441}
