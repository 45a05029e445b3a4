"""The built book that the tests of its pages look at: _build/html, or the folder that ULTRAGAIN_PAGES names."""

import os
from pathlib import Path

import pytest
import web

from ultragain.book.kit.built import FIRST, reachable

BOOK = Path(os.environ.get("ULTRAGAIN_PAGES") or Path(__file__).parents[2] / "_build" / "html").resolve()
NAMES = sorted(f"{path.relative_to(BOOK)}" for path in reachable(BOOK)) if (BOOK / FIRST).is_file() else []


def pytest_generate_tests(metafunc):
    """A test that takes a `name` looks at every page; of the run sheets, all alike, at the longest and the shortest."""
    if "name" in metafunc.fixturenames:
        sheets = sorted(
            (name for name in NAMES if name.startswith("runs/")), key=lambda name: (BOOK / name).stat().st_size
        )
        names = [name for name in NAMES if name != FIRST and (name not in sheets[1:-1])]
        metafunc.parametrize("name", names or ["no page"])


@pytest.fixture(scope="session")
def book():
    """Folder of the built book."""
    if not NAMES:
        pytest.fail(f"{BOOK}: no book is built there: make book PROFILE=smoke BOOK_FLAGS=--strict", pytrace=False)
    return BOOK


@pytest.fixture(scope="session")
def address(book):
    """Where a web server of this machine shows the book."""
    with web.served(book) as address:
        yield address


@pytest.fixture(scope="module")  # while it is open, no other test of this process can run an event loop
def browser():
    with web.chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def contexts(browser):
    """A context of the browser for each width, made once."""
    made = {}

    def context(width):
        if width not in made:
            size = {"width": width, "height": 900}
            made[width] = browser.new_context(viewport=size, color_scheme="light", reduced_motion="reduce")
            made[width].set_default_timeout(20_000)
        return made[width]

    return context
