"""The comparison player in a browser: what is heard, what is seen, and what keys do."""

import numpy as np
import pytest
import rendering
from axe_playwright_python.sync_playwright import Axe
from made_players import AMPLITUDES, NAMES, RATE, SECONDS, TITLE, is_playing, parts, start

from ultragain.book.kit.players.loudness import loudness

pytestmark = pytest.mark.system


def matched(tracks):
    """Gain of each track that makes it as loud as the softest one."""
    lufs = [loudness(samples, RATE) for samples in tracks]
    return [10 ** ((min(lufs) - each) / 20) for each in lufs]


def at_times(samples, begin, count):
    """A track that begins at a time in seconds, with silence before and after it, shape (count,)."""
    played, first = np.zeros(count), round(begin * RATE)
    played[first : first + len(samples)] = samples
    return played


def test_switching_goes_on_at_the_same_sample_without_a_gap(open_page, tracks):
    page = open_page(script=rendering.SCRIPT)
    part = parts(page)
    start(page, part)
    first = rendering.until(page, 0.5)
    part.tracks.nth(1).check()
    second = rendering.until(page, 1.2)
    page.keyboard.press("4")
    heard = rendering.rest(page)

    gain = matched(tracks)
    changes = {
        0: [(0, gain[0]), (first, 0)],
        1: [(0, 0), (first, gain[1]), (second, 0)],
        3: [(0, 0), (second, gain[3])],
    }
    expected = sum(
        rendering.levels(changes[track], len(heard), RATE) * at_times(tracks[track], rendering.LEAD, len(heard))
        for track in changes
    )
    expected *= rendering.levels([(0, 0), (rendering.LEAD, 1)], len(heard), RATE)
    np.testing.assert_allclose(heard, expected, atol=2e-4)
    assert not is_playing(part)  # at its end


def test_matching_makes_equally_loud_and_never_louder(open_page, tracks):
    page = open_page(script=rendering.SCRIPT)
    part = parts(page)
    assert part.match.is_checked()
    part.tracks.nth(1).check()
    start(page, part)
    page.keyboard.press("l")  # goes on while this listens
    off = rendering.until(page, 2)
    page.keyboard.press("m")
    on = rendering.until(page, 4)
    part.match.check()
    part.tracks.nth(3).check()  # the softest
    heard = rendering.rest(page)

    first, second, third = (heard[round((time + 0.1) * RATE) :][: round(1.5 * RATE)] for time in (0.1, off, on))
    # the files' levels as the page shows them
    small = part.player.locator(":scope > .ug-choices small").all_text_contents()
    shown = [float(text.removesuffix(" LUFS").replace("\u2212", "-")) for text in small if text.endswith(" LUFS")]
    assert loudness(second, RATE) == pytest.approx(shown[1], abs=0.3)
    assert loudness(first, RATE) == pytest.approx(min(shown), abs=0.3)
    assert loudness(third, RATE) == pytest.approx(min(shown), abs=0.3)
    assert np.abs(third).max() <= AMPLITUDES[3] + 1e-4
    assert max(matched(tracks)) == 1


def test_a_passage_loops(open_page, tracks):
    page = open_page(script=rendering.SCRIPT)
    part = parts(page)
    part.loop.check()
    part.match.uncheck()
    part.player.get_by_label("Loop from").fill("0.6")
    part.player.get_by_label("Loop to").fill("1.11")
    start(page, part)
    now = rendering.until(page, 3)
    part.loop.uncheck()  # goes on from there to the end
    heard = rendering.rest(page)

    passage, first, change = tracks[0][round(0.6 * RATE) : round(1.11 * RATE)], 1323, round((now + 0.03) * RATE)
    expected = np.zeros(len(heard))
    expected[first:change] = np.resize(passage, change - first)
    place = round(0.6 * RATE) + (change - first) % len(passage)
    expected[change : change + len(tracks[0]) - place] = tracks[0][place:]
    expected *= rendering.levels([(0, 0), (rendering.LEAD, 1)], len(heard), RATE)
    np.testing.assert_allclose(heard, expected, atol=2e-4)
    assert not is_playing(part)


def test_seeking_and_pausing_keep_the_place(open_page):
    page = open_page(script=rendering.SCRIPT)
    part = parts(page)
    start(page, part)
    rendering.until(page, 0.5)
    page.keyboard.press("ArrowRight")
    rendering.until(page, 1)
    page.keyboard.press(" ")
    # 0.03 s until it began and until the seek was heard, and blocks of 128 samples
    assert float(part.position.input_value()) == pytest.approx(0.47 + 1 + 0.47, abs=0.02)
    heard = rendering.rest(page)
    assert not heard[round(1.1 * RATE) :].any() and heard[:RATE].any()


def test_it_plays_in_real_time_from_a_server(open_page, address):
    plays_in_real_time(open_page(), address.split("/notebooks")[0])


def test_it_plays_in_real_time_from_a_folder(open_page, folder):
    plays_in_real_time(open_page((folder / "notebooks" / "page.html").as_uri()), "file://")


def plays_in_real_time(page, place):
    requested = []
    page.on("request", lambda request: requested.append(request.url))
    part = parts(page)
    start(page, part)
    page.wait_for_function("slider => slider.value > 0.3", arg=part.position.element_handle())
    part.tracks.nth(2).check()
    assert is_playing(part) and part.tracks.nth(2).is_checked()
    assert sum(url.endswith(".js") for url in requested) == len(NAMES)
    assert all(url.startswith(place) for url in requested)


def test_no_audio_is_loaded_before_play(open_page, browser, address):
    requested = []
    with browser.new_context() as context:
        page = context.new_page()
        page.on("request", lambda request: requested.append(request.url))
        page.goto(address, wait_until="networkidle")
        assert not [url for url in requested if "/audio/" in url and not url.endswith(".png")]
        assert all(url.startswith(address.split("/notebooks")[0]) or url.startswith("data:") for url in requested)
        assert len(page.content()) < 50_000


def test_only_one_player_plays(open_page):
    page = open_page()
    first, second = parts(page, 0), parts(page, 1)
    start(page, first)
    start(page, second)
    assert not is_playing(first) and is_playing(second)
    start(page, first)  # loads anew
    assert is_playing(first) and not is_playing(second)


def test_a_player_stopped_while_it_loads_stays_stopped(open_page):
    page = open_page()
    first, second = parts(page, 0), parts(page, 1)
    page.evaluate("for (const button of document.querySelectorAll('.ug-play')) button.click()")
    page.wait_for_function("button => button.dataset.state == 'playing'", arg=second.play.element_handle())
    page.wait_for_timeout(300)
    assert not is_playing(first) and first.status.text_content() == ""


def test_keys(open_page):
    page = open_page()
    part = parts(page)
    for key in "13 lm":
        page.keyboard.press(key)  # the focus is elsewhere
    page.locator("#notes").press_sequentially("2 lm")
    assert page.locator("#notes").input_value() == "2 lm"
    assert part.tracks.nth(0).is_checked() and not part.loop.is_checked() and not is_playing(part)

    part.player.locator(".ug-keys").first.click()
    page.keyboard.press("3")
    assert part.tracks.nth(2).is_checked()
    page.keyboard.press("ArrowRight")
    assert float(part.position.input_value()) == 1
    page.keyboard.press("ArrowLeft")
    assert float(part.position.input_value()) == 0
    page.keyboard.press("l")
    page.keyboard.press("M")
    assert part.loop.is_checked() and not part.match.is_checked()
    page.keyboard.press("Control+l")
    assert part.loop.is_checked()
    page.keyboard.press(" ")
    page.wait_for_function("button => button.dataset.state == 'playing'", arg=part.play.element_handle())
    page.keyboard.press(" ")
    assert not is_playing(part)

    # elements keep the keys that they need
    part.player.get_by_label("Loop from").focus()
    page.keyboard.press("ArrowRight")
    assert float(part.player.get_by_label("Loop from").input_value()) == pytest.approx(0.03)
    part.tracks.nth(2).focus()
    page.keyboard.press("ArrowRight")
    assert part.tracks.nth(3).is_checked() and float(part.position.input_value()) < 0.5
    part.loop.focus()
    page.keyboard.press(" ")
    assert not part.loop.is_checked() and not is_playing(part)


def test_everything_is_reached_by_tab(open_page):
    page = open_page()
    part = parts(page)
    part.loop.check()
    part.tracks.nth(0).focus()
    reached = []
    for _ in range(8):
        reached.append(
            page.evaluate(
                "document.activeElement.ariaLabel ?? document.activeElement.labels?.[0]?.textContent.slice(0, 4) ??"
                " document.activeElement.textContent.slice(0, 4)"
            )
        )
        page.keyboard.press("Tab")
    assert reached == ["dry5", "Position", "Play", "Loop", "Leve", "Loop from", "Loop to", "Blin"]


def test_the_picture_follows_the_track_and_takes_clicks_and_drags(open_page):
    page = open_page()
    part = parts(page)
    image = part.player.locator("img")
    before = image.get_attribute("src")
    part.tracks.nth(1).check()
    assert image.get_attribute("src") != before
    assert image.get_attribute("alt") == "Waveform and spectrogram: wet"
    page.wait_for_function("image => image.complete && image.naturalWidth == 900", arg=image.element_handle())

    box = image.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.click(box["x"] + box["width"] / 2, middle)
    assert float(part.position.input_value()) == pytest.approx(SECONDS / 2, abs=0.02)
    page.mouse.move(box["x"] + box["width"] * 2 / 3, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.move(box["x"] + box["width"] / 3, middle)
    page.mouse.up()
    assert part.loop.is_checked()
    ends = [float(part.player.get_by_label(label).input_value()) for label in ("Loop from", "Loop to")]
    assert ends == pytest.approx([1, 2], abs=0.04)


def test_ends_of_a_loop_keep_their_distance(open_page):
    page = open_page()
    part = parts(page)
    part.loop.check()
    begin, end = part.player.get_by_label("Loop from"), part.player.get_by_label("Loop to")
    begin.fill("3")
    assert float(begin.input_value()) == pytest.approx(2.9, abs=0.02) and float(end.input_value()) == 3
    begin.fill("1.5")
    end.fill("0")
    assert float(begin.input_value()) == 1.5 and float(end.input_value()) == pytest.approx(1.6, abs=0.02)


def test_missing_audio_is_said(browser, address):
    with browser.new_context() as context:
        page = context.new_page()
        page.route("**/audio/*.js", lambda route: route.abort())
        page.goto(address)
        part = parts(page)
        part.play.click()
        page.wait_for_function("status => status.textContent.startsWith('This')", arg=part.status.element_handle())
        assert "is missing or damaged" in part.status.text_content() and not is_playing(part)
        page.unroute("**/audio/*.js")
        start(page, part)  # once it is there


def test_a_browser_without_web_audio_is_told(open_page):
    page = open_page(script="delete window.AudioContext")
    part = parts(page)
    part.play.click()
    page.wait_for_function("status => status.textContent.startsWith('This')", arg=part.status.element_handle())
    assert part.status.text_content() == "This cannot be played: this browser has no Web Audio."


def test_without_scripts_there_are_plain_players(open_page):
    page = open_page(java_script_enabled=False)
    assert page.locator(".ug-player audio").count() == len(NAMES) + 2
    assert page.locator(".ug-player li").nth(2).text_content().startswith(NAMES[2])


def test_names_are_text(open_page):
    page = open_page()
    assert page.locator(".ug-player").first.get_attribute("aria-label") == TITLE
    assert page.locator(".ug-player b").count() == 0
    assert NAMES[2] in parts(page).player.text_content()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_accessible_and_within_the_page(open_page, theme, width):
    page = open_page(width=width)
    page.evaluate("theme => (document.documentElement.dataset.theme = theme)", theme)
    part = parts(page)
    part.loop.check()
    part.blind.locator("summary").click()
    for running in (False, True):
        if running:
            part.blind.get_by_role("button", name="Start").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(page).response["violations"]
        assert not [
            (each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("critical", "serious")
        ]
