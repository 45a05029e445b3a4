"""The checks themselves: a page without a fault passes, and each planted fault is found and named."""

import page_faults
import pytest
import web

from ultragain.book.kit.built import check
from ultragain.errors import UltraGainError

pytestmark = pytest.mark.pages

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"></head>
<body><main><h1>A page</h1><p>Words.</p><a href="#">A link</a> <button>A button</button>PLANTED</main></body></html>"""
WIDE = "a_long_line_that_nobody_breaks_" * 20
PLANTED = [
    ('<div style="width: 2000px">wide</div>', "the page is 2008 px wide"),
    (f'<p style="overflow: hidden">{WIDE}</p>', "is cut"),
    (f'<pre style="overflow: auto">{WIDE}</pre>', "scrolls, but not by keyboard"),
    (f'<pre tabindex="0" style="overflow: auto">{WIDE}</pre>', "scrolls, and nothing says so"),
    ('<img src="data:,">', "no text stands for the image"),
    ('<img alt="gone" src="gone.png">', "gone.png does not show"),
    ('<img alt="gone" src="gone.png">', "console: Failed to load resource"),
    ('<img alt="theirs" src="http://elsewhere.test/a.png">', "asks for http://elsewhere.test/a.png"),
    ("<script>throw new Error('planted')</script>", "error: planted"),
    ('<p style="color: #bbb">pale</p>', "axe, color-contrast"),
    ("<button></button>", "axe, button-name"),
    (f"<!--{'x' * 2_000_000}-->", "2.00 MB are loaded"),
    ('<button style="outline: none">dark</button>', "nothing shows that button dark has the focus"),
    ('<button tabindex="5">first</button>', "the keyboard goes another way"),
    ('<button style="position: fixed; left: -999px">aside</button>', "aside has the focus and is not in sight"),
    ('<button onfocus="this.blur()">shy</button><button>last</button>', "of 4 controls are not reached"),
]


@pytest.fixture
def found(tmp_path, contexts):
    """What the checks say of a page with something planted in it."""

    def look(planted):
        (tmp_path / "index.html").write_text(PAGE.replace("PLANTED", planted))
        with web.served(tmp_path) as address:
            page = contexts(390).new_page()
            heard = page_faults.listen(page, address)
            page.goto(f"{address}/index.html", wait_until="networkidle")
            seen = (
                page_faults.layout(page)
                + page_faults.images(page)
                + page_faults.size(page)
                + page_faults.accessibility(page)
            )
            seen += page_faults.keyboard(page)
            page.close()
        return heard + seen

    return look


def test_a_page_without_fault_passes(found):
    shadow = "radial-gradient(black, transparent)"
    good = f'<pre tabindex="0" style="overflow: auto; background: {shadow}">{WIDE}</pre><img alt="dots" src="PIXEL">'
    pixel = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
    assert found(good.replace("PIXEL", pixel)) == []


@pytest.mark.parametrize(("planted", "words"), PLANTED, ids=[words for _, words in PLANTED])
def test_a_planted_fault_is_named(found, planted, words):
    assert any(words in fault for fault in found(planted))


def test_missing_audio_and_a_dead_link_are_named(tmp_path):
    for planted in ('<audio src="gone.flac"></audio>', '<a href="gone.html">a link</a>'):
        (tmp_path / "index.html").write_text(PAGE.replace("PLANTED", planted))
        with pytest.raises(UltraGainError, match="index.html: nothing is at gone"):
            check(tmp_path)
