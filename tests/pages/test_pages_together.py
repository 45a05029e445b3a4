"""The built book as a whole: links, search, and tables and players at their place, from a server and from disk."""

import page_faults
import pytest
from made_players import is_playing, parts, start

from ultragain.book.kit.built import FIRST, check

pytestmark = pytest.mark.pages

RESULTS, SETUP = "notebooks/results.html", "notebooks/recording_setup.html"
XS = [0, 1, 1, 0, 1, 0, 0, 0, 1, 1, 1, 0, 1, 0, 0, 1]  # what the blind test draws: 0 is A, 1 is B
DRAW = f"crypto.getRandomValues = (bytes) => {{ bytes.set({XS}); return bytes; }};"


@pytest.fixture(params=["from a server", "from a folder"])
def place(request, book, address):
    """Where the book is: on a web server, or on disk without a network."""
    return address if request.param == "from a server" else f"file://{book}"


@pytest.fixture
def opened(browser):
    """Open a page of the book in a window of its own; a test fails if the page complained meanwhile."""
    heard, contexts = [], []

    def open_page(place, name, script="", **options):
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}, **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(20_000)
        page.add_init_script(script)
        heard.append(page_faults.listen(page, place))
        page.goto(f"{place}/{name}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not sum(heard, [])


def test_all_that_pages_link_to_and_play_is_there(book):
    check(book)


def test_the_book_opens_at_its_first_page(opened, place):
    page = opened(place, FIRST)
    page.wait_for_url("**/notebooks/introduction.html")
    assert page.locator("h1").first.text_content().startswith("UltraGain")


def test_search_finds_a_page_by_a_word(opened, place):
    page = opened(place, "notebooks/introduction.html")
    page.locator("button.search-button-field").click()
    page.keyboard.type("netlist")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=netlist")
    page.get_by_role("main").get_by_role("link", name="The circuits").first.click()
    page.wait_for_url("**/notebooks/circuits.html*")
    assert "netlist" in page.get_by_role("main").text_content()


def test_players_play_switch_and_loop_at_their_place(opened, place):
    page = opened(place, SETUP)
    part = parts(page)
    part.loop.check()
    part.player.get_by_label("Loop from").fill("1")
    part.player.get_by_label("Loop to").fill("1.4")
    start(page, part)
    for track in range(1, part.tracks.count()):
        part.tracks.nth(track).check()
        at = [float(part.position.input_value()) for _ in range(20) if page.wait_for_timeout(25) is None]
        assert is_playing(part) and min(at) >= 0.98 and max(at) <= 1.42 and max(at) - min(at) > 0.1
    part.play.click()
    assert not is_playing(part)


def test_the_first_player_of_each_gain_plays_on_the_results(opened, place):
    page = opened(place, RESULTS)
    numbers = page.evaluate(
        "[...document.querySelectorAll('.ug-player')].flatMap((p, i) => p.closest('[open]') ? [i] : [])"
    )
    assert len(numbers) == 3
    for number in numbers:
        part = parts(page, number)
        part.loop.check()  # at profile smoke there is but a tenth of a second
        start(page, part)
    assert [is_playing(parts(page, number)) for number in numbers] == [False, False, True]


def test_the_blind_test_counts(opened, address):
    page = opened(address, RESULTS, script=DRAW)
    part = parts(page)
    part.blind.locator("summary").click()
    part.blind.get_by_role("button", name="Start").click()
    page.wait_for_function("button => button.dataset.state == 'playing'", arg=part.play.element_handle())
    for trial, x in enumerate(XS):
        page.keyboard.press("Shift+A" if (x == 0) == (trial < 12) else "Shift+B")
    said = part.blind.locator("> [role=status]").text_content()
    assert said.startswith("12 of 16 right.") and "p = 0.038" in said  # 2517 of 65536 ways


def cells(page, heading):
    """The texts below a heading of the page's first table that sorts, of the rows that are shown."""
    table = page.locator(".ug-sortable table").first
    column = table.locator("thead th").all_text_contents().index(heading)
    return table.locator(f"tbody tr:not([hidden]) td:nth-child({column + 1})").all_text_contents()


@pytest.mark.parametrize("way", ["click", "keyboard"])
def test_the_table_of_models_sorts_and_is_searched(opened, place, way):
    page = opened(place, RESULTS)
    heading = page.locator(".ug-sortable").first.get_by_role("columnheader", name="training s")
    button = heading.get_by_role("button")
    press = button.click if way == "click" else lambda: button.press("Enter")
    unsorted = [float(text) for text in cells(page, "training s")]
    for order in ("ascending", "descending"):
        press()
        assert heading.get_attribute("aria-sort") == order
        assert [float(text) for text in cells(page, "training s")] == sorted(unsorted, reverse=order == "descending")

    gains = cells(page, "gain")
    count = gains.count(gains[0])
    page.locator(".ug-search input").first.fill(gains[0].lower())
    assert cells(page, "gain") == [gains[0]] * count
    assert page.locator(".ug-search [role=status]").first.text_content() == f"{count} of {len(gains)} rows"


def test_a_theme_is_chosen_and_kept(opened, address):
    page = opened(address, RESULTS, color_scheme="light")
    seen = {}
    for _ in range(3):
        page.locator("button.theme-switch-button").last.click()
        mode, theme, color = page.evaluate(
            "[document.documentElement.dataset.mode, document.documentElement.dataset.theme,"
            " getComputedStyle(document.body).backgroundColor]"
        )
        seen[mode] = (theme, color)
        page.reload()
        assert page.evaluate("document.documentElement.dataset.theme") == theme
    assert {mode: theme for mode, (theme, _) in seen.items()} == {"light": "light", "dark": "dark", "auto": "light"}
    assert seen["light"] == seen["auto"] and seen["light"][1] != seen["dark"][1]


@pytest.mark.parametrize("example", ["introduction", "recording_check", "results", "model_definition"])
def test_the_keyboard_reaches_every_control_in_order(opened, address, example):
    page = opened(address, f"notebooks/{example}.html")
    assert not page_faults.keyboard(page)
