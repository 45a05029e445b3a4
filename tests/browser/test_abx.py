"""The blind test in a browser: X is what was drawn, the count is right, the probability exact, nothing shows early."""

import csv

import numpy as np
import pytest
import rendering
from made_players import NAMES, RATE, TITLE, is_playing, parts
from scipy.stats import binomtest

pytestmark = pytest.mark.system

XS = [0, 1, 1, 0, 1, 0, 0, 0, 1, 1, 1, 0, 1, 0, 0, 1]  # what is drawn: 0 is A, 1 is B
DRAW = f"crypto.getRandomValues = (bytes) => {{ bytes.set({[x + 2 * i for i, x in enumerate(XS)]}); return bytes; }};"


def begin(page):
    part = parts(page)
    part.blind.locator("summary").click()
    begin_again(page, part)
    return part


def begin_again(page, part):
    part.blind.get_by_role("button", name="Start").click()
    page.wait_for_function("button => button.dataset.state == 'playing'", arg=part.play.element_handle())


def answer_all(page, right):
    """Answer the first `right` trials rightly, the others wrongly."""
    for trial, x in enumerate(XS):
        page.keyboard.press("Shift+A" if (x == 0) == (trial < right) else "Shift+B")


def said(part):
    return part.blind.locator("> [role=status]").text_content()


@pytest.mark.parametrize("right", [16, 12, 11, 7, 0])
def test_the_count_and_the_exact_probability_of_guessing(open_page, right):
    page = open_page(script=DRAW)
    part = begin(page)
    answer_all(page, right)
    result, p = said(part), binomtest(right, 16, alternative="greater").pvalue
    assert result.startswith(f"{right} of 16 right.")
    stated = result.split("p = ")[1].split(". ")[0]
    assert float(stated) == float(f"{p:.2g}")
    assert ("does not show" in result) == (p >= 0.05)
    assert not is_playing(part)


def test_twelve_of_sixteen(open_page):
    page = open_page(script=DRAW)
    part = begin(page)
    answer_all(page, 12)
    assert "p = 0.038" in said(part)  # 2517 of 65536 ways


def test_what_is_heard_is_a_b_and_the_x_that_was_drawn(open_page, tracks):
    page = open_page(script=rendering.SCRIPT + DRAW)
    part = parts(page)
    part.blind.locator("summary").click()
    part.blind.get_by_label("B is").select_option("worst model")
    begin_again(page, part)
    times = [0]
    for keys in ("b", "x", "Shift+A", "x"):  # X is A in the first trial, B in the second
        times.append(rendering.until(page, len(times) * 0.4))
        page.keyboard.press(keys)
    heard = rendering.rest(page)
    loop = np.resize(np.stack([tracks[1], tracks[3]], 1), (len(heard), 2))
    for time, expected in zip(times, [0, 1, 0, 0, 1], strict=True):
        piece = slice(round((time + 0.05) * RATE), round((time + 0.35) * RATE))
        place = slice(piece.start - 1323, piece.stop - 1323)  # 0.03 s until the sound begins
        likeness = [np.corrcoef(heard[piece], loop[place, track])[0, 1] for track in (0, 1)]
        assert likeness[expected] > 0.999, time


def test_nothing_tells_before_the_end(open_page):
    page = open_page(script=DRAW)
    part = begin(page)
    seen = []
    for key in ("x", "Shift+A", "x", "Shift+A", "x"):  # right, then wrong
        page.keyboard.press(key)
        seen.append(
            [part.blind.inner_text(), part.tracks.evaluate_all("tracks => tracks.map(({ checked }) => checked)")]
        )
    without_trial = [
        (text.replace(f"Trial {1 + press // 2} of", "Trial of"), tracks)
        for press, (text, tracks) in zip((0, 2, 2, 4, 4), seen, strict=True)
    ]
    assert all(each == without_trial[0] for each in without_trial) and "Trial of 16" in without_trial[0][0]
    assert not part.player.locator(".ug-picture").is_visible() and not part.tracks.nth(0).is_visible()
    page.keyboard.press("1")
    page.keyboard.press("m")
    assert part.match.is_checked() and part.match.is_disabled()
    assert part.loop.is_checked()


def test_answers_are_saved(open_page):
    page = open_page(script=DRAW)
    part = begin(page)
    answer_all(page, 12)
    with page.expect_download() as download:
        part.blind.get_by_role("button", name="Save").click()
    with open(download.value.path(), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert download.value.suggested_filename == "blind-test.csv"
    assert [int(row["trial"]) for row in rows] == list(range(1, 17))
    assert ["AB".index(row["X"]) for row in rows] == XS
    assert [int(row["right"]) for row in rows] == [1] * 12 + [0] * 4
    assert all((row["X"] == row["answer"]) == (row["right"] == "1") for row in rows)
    assert {(row["player"], row["A"], row["B"]) for row in rows} == {(TITLE, "wet", NAMES[2])}
    assert all(0 <= float(row["seconds"]) < 60 for row in rows)


def test_stopped_and_started_anew(open_page):
    page = open_page(script=DRAW)
    part = begin(page)
    page.keyboard.press("Shift+A")
    assert said(part) == "Trial 2 of 16"
    part.blind.get_by_role("button", name="Stop").click()
    assert said(part) == "" and not is_playing(part)
    assert part.tracks.nth(0).is_visible() and part.player.locator(".ug-picture").is_visible()
    assert not part.blind.get_by_role("button", name="Save").is_visible()
    page.keyboard.press("Shift+A")  # means nothing now
    begin_again(page, part)
    assert said(part) == "Trial 1 of 16"
    answer_all(page, 16)
    assert said(part).startswith("16 of 16 right.")
    begin_again(page, part)
    assert said(part) == "Trial 1 of 16"


def test_buttons_answer_as_keys_do(open_page):
    page = open_page(script=DRAW)
    part = begin(page)
    for x in XS:
        part.blind.get_by_label("X", exact=True).check()
        part.blind.get_by_role("button", name=f"X is {'AB'[x]}").click()
    assert said(part).startswith("16 of 16 right.")


def test_x_differs_from_test_to_test(open_page):
    """Drawn by the browser's own source: all of 3 tests alike has a chance of 2 ** -32."""
    page = open_page(
        script="""window.drawn = [];
        const draw = crypto.getRandomValues.bind(crypto);
        crypto.getRandomValues = (bytes) => {
            draw(bytes);
            drawn.push(Array.from(bytes, (byte) => byte & 1));
            return bytes;
        };
    """
    )
    part = begin(page)
    for _ in range(2):
        part.blind.get_by_role("button", name="Stop").click()
        begin_again(page, part)
    drawn = page.evaluate("drawn")
    assert [len(each) for each in drawn] == [16] * 3
    assert len({tuple(each) for each in drawn}) > 1


def test_no_blind_test_without_an_amplifier_and_a_model(open_page):
    assert parts(open_page(), 1).blind.count() == 0
