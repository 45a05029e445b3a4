"""What the browser tests share: Debian's Chromium, and a page with two players of made-up signals."""

import shutil
from pathlib import Path

import numpy as np
import pydata_sphinx_theme
import pytest
import sphinx_book_theme
import web
from made_players import AMPLITUDES, NAMES, RATE, SECONDS, TITLE

from ultragain.book.kit import players
from ultragain.book.kit.players import Clip

REPOSITORY = Path(__file__).parents[2]

PAGE = """<!DOCTYPE html>
<html lang="en" data-theme="light"><head><meta charset="utf-8"><title>Players</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="../_static/styles/pydata-sphinx-theme.css">
<link rel="stylesheet" href="../_static/styles/sphinx-book-theme.css">
<link rel="stylesheet" href="../_static/ultragain.css">
<link rel="stylesheet" href="../_static/player/player.css">
<script src="../_static/player/sound.js"></script>
<script src="../_static/player/player.js"></script>
<script src="../_static/player/blindtest.js"></script>
</head><body><main class="bd-content"><article class="bd-article bd-article-container">
<h1>Players</h1><label>Notes <input id="notes"></label>
<div class="cell_output docutils container"><div class="output text_html">PLAYERS</div></div>
</article></main></body></html>"""


@pytest.fixture(scope="module")  # while it is open, no other test of this process can run an event loop
def browser():
    with web.chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def tracks():
    """Noise, another for each track and at another level: no two moments of it are alike."""
    random = np.random.default_rng(14)
    smooth = [np.convolve(random.normal(size=RATE * SECONDS), np.hanning(9), "same") for _ in NAMES]
    return [amplitude * noise / np.abs(noise).max() for amplitude, noise in zip(AMPLITUDES, smooth, strict=True)]


@pytest.fixture(scope="session")
def folder(tmp_path_factory, tracks):
    """The page on disk, beside its files as in the built book."""
    root = tmp_path_factory.mktemp("site")
    (root / "experiments").mkdir()
    (root / "_toc.yml").touch()
    clips = [Clip(name, samples, "5 %") for name, samples in zip(NAMES, tracks, strict=True)]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        content = players.stack({f"{TITLE}\n3 s": clips}, "A caption", RATE, blind=[1, 2, 3]).data
        content += players.player("second", clips[:2], RATE)
    built = root / "_build" / "listening"
    shutil.copytree(REPOSITORY / "book" / "_static", built / "_static")
    for theme in (pydata_sphinx_theme, sphinx_book_theme):
        place = Path(theme.__file__).parent
        shutil.copytree(
            place / "theme" / place.name / "static" / "styles", built / "_static/styles", dirs_exist_ok=True
        )
    (built / "notebooks").mkdir()
    (built / "notebooks" / "page.html").write_text(PAGE.replace("PLAYERS", content))
    return built


@pytest.fixture(scope="session")
def address(folder):
    """URL of the page, from a web server of this machine."""

    with web.served(folder) as address:
        yield f"{address}/notebooks/page.html"


@pytest.fixture
def open_page(browser, address):
    """Open the page, with a script that runs before the page's own; a test fails if the page complained meanwhile."""
    complaints, contexts = [], []

    def opened(url=address, script="", width=1280, **options):
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}, **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(20_000)
        page.on(
            "console",
            lambda message: (
                complaints.append(f"{message.text}: {message.location}") if message.type == "error" else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.add_init_script(script)
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not complaints
