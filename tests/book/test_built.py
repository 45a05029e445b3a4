"""What a built book has to be: whole."""

import numpy as np
import pytest

from ultragain.book.kit import LISTENING, built
from ultragain.book.kit.players import Clip, files, player
from ultragain.errors import UltraGainError


@pytest.fixture
def book(project):
    """A small built book without a fault, and a player's HTML for it."""
    html = project / LISTENING
    sound = player("riff", [Clip(name, np.sin(np.arange(900) / 9 + place)) for place, name in enumerate("ab")], 44100)
    (html / "chapters").mkdir()
    (html / "index.html").write_text('<meta http-equiv="Refresh" content="0; url=chapters/one.html" />')
    (html / "chapters" / "one.html").write_text(
        '<a href="two%20and%20more.html?v=1#place">2</a> <a href="#own">own</a> <p id="own"></p> <a href="#">top</a>'
        '<img src="data:image/png;base64,xyz"> <a href="https://example.org/no#thing">out</a> <a href="../">folder</a>'
    )
    (html / "chapters" / "two and more.html").write_text(f'<p id="place">{sound}</p><a name="old">')
    (html / "chapters" / "left over.html").write_text('<a href="gone.html">an older build\'s page</a>')
    return html


def add(book, html):
    with open(book / "chapters" / "one.html", "a") as page:
        page.write(html)


def test_what_can_be_reached(book):
    assert {path.name for path in built.reachable(book)} == {"index.html", "one.html", "two and more.html"}


def test_a_whole_book_passes(book):
    add(book, '<a href="two%20and%20more.html#old">anchors of old</a>')
    built.check(book)


@pytest.mark.parametrize(
    ("html", "address"),
    [
        ('<a href="three.html">', "three.html"),
        ('<a href="#no-such-place">', "#no-such-place"),
        ('<a href="two%20and%20more.html#no-such-place">', "two%20and%20more.html#no-such-place"),
        ('<script src="../_static/gone.js"></script>', "../_static/gone.js"),
        ('<audio src="../audio/gone.flac"></audio>', "../audio/gone.flac"),
        ('<svg><use xlink:href="#glyph"/></svg>', "#glyph"),
        ('<a href="../../../_toc.yml">', "../../../_toc.yml"),  # is there, and not in the pages
    ],
)
def test_what_leads_nowhere_is_named(book, html, address):
    add(book, html)
    with pytest.raises(UltraGainError) as raised:
        built.check(book)
    assert f"{raised.value}".startswith(f"chapters/one.html: nothing is at {address}: ")


@pytest.mark.parametrize("suffix", files.SUFFIXES)
def test_missing_audio_is_named(book, suffix):
    lost = [path for path in (book / "audio").iterdir() if path.suffix == suffix]
    lost[0].unlink()
    with pytest.raises(UltraGainError, match=lost[0].name):
        built.check(book)
    lost[1].unlink()
    with pytest.raises(UltraGainError, match=r"\(and [13] more of the kind\)"):  # FLAC: named by the plain player, too
        built.check(book)
