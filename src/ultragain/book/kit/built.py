"""The built book: the pages that a reader can reach, and whether everything is there that they link to and play.

Sphinx checks the references of its own sources, and its builder linkcheck other people's pages. Neither sees the HTML
that chapters make, nor what a player loads.
"""

import json
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ultragain.book.kit.players import files
from ultragain.errors import UltraGainError

FIRST = "index.html"


class Page(HTMLParser):
    """What a page links to, shows and plays (`addresses`), and the places in it that links can name (`places`)."""

    def __init__(self, path):
        super().__init__()
        self.addresses, self.places = [], {"", "top"}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        found = {name: value or "" for name, value in attrs}
        self.places |= {found[name] for name in ("id", "name") if name in found}
        self.addresses += [found[name] for name in ("href", "src", "xlink:href") if name in found]
        if found.get("http-equiv", "").lower() == "refresh":
            self.addresses.append(found["content"].partition("url=")[2])
        if "data-player" in found:
            tracks = json.loads(found["data-player"])["tracks"]
            self.addresses += [track["source"] + suffix for track in tracks for suffix in files.SUFFIXES]


def reachable(folder):
    """The pages that can be reached from the first one.

    Parameters
    ----------
    folder : Path
        Of the built HTML.

    Returns
    -------
    dict of Path to Page
    """
    folder = Path(folder).resolve()
    pages, waiting = {}, [folder / FIRST]
    while waiting:
        path = waiting.pop()
        if path not in pages:
            pages[path] = Page(path)
            files_there = [file for _, file, _ in _targets(path, pages[path]) if file.is_file()]
            waiting += [file for file in files_there if file.suffix == ".html" and file.is_relative_to(folder)]
    return pages


def check(folder):
    """Refuse a built book in which a link leads nowhere, or a file is missing that a page shows or plays.

    Parameters
    ----------
    folder : Path
        Of the built HTML.

    Raises
    ------
    UltraGainError
        With the first fault, and how many more there are.
    """
    folder = Path(folder).resolve()
    pages, faults = reachable(folder), []
    for path, page in pages.items():
        for address, file, place in _targets(path, page):
            lost = not file.is_relative_to(folder) or not file.exists()
            if lost or (file in pages and place not in pages[file].places):
                faults.append(f"{path.relative_to(folder)}: nothing is at {address}")
    if faults:
        more = f" (and {len(faults) - 1} more of the kind)" if len(faults) > 1 else ""
        raise UltraGainError(
            f"{faults[0]}{more}: mend the link; for audio or a file of a run, remove _build and build the book again"
        )


def _targets(path, page):
    """What a page's addresses mean: each address, the file and the place in it; those on the net are left out."""
    for address in page.addresses:
        parts = urlsplit(address)
        if not parts.scheme and not parts.netloc:
            file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            yield address, file, unquote(parts.fragment)
