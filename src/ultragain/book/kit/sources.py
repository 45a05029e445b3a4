"""The modules of this project that code is made of: those that it imports, those that they import, and so on."""

import ast
from functools import cache
from pathlib import Path

import nbformat

from ultragain.files import digest, file_digest

PACKAGE = Path(__file__).parents[2]  # the folder of ultragain


def notebook_digest(path):
    """Digest of all modules of this project that a notebook's cells lead to.

    Parameters
    ----------
    path : Path

    Returns
    -------
    str
        Hex digest; it knows nothing of the cells themselves.
    """
    cells = nbformat.read(path, as_version=4).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    return modules_digest(_imported(code))


def modules_digest(names):
    """Digest of modules and all that they import, at the top or in a function.

    Parameters
    ----------
    names : iterable of str
        E.g. ultragain.book.run_sheets; those of other packages are passed over.

    Returns
    -------
    str
        Hex digest.
    """
    found, waiting = {}, list(names)
    while waiting:
        path = _file(waiting.pop())
        if path and path not in found:
            found[path] = file_digest(path)
            waiting += _imported(path.read_text(encoding="utf-8"))
    return digest({path.relative_to(PACKAGE).as_posix(): content for path, content in found.items()})


@cache  # most chapters lead to the same modules
def _imported(code):
    """Names that may be modules: of `from a import b` both a and a.b; and the packages that hold them."""
    names = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    parts = [name.split(".") for name in names]
    return {".".join(part[:end]) for part in parts for end in range(1, len(part) + 1)}


def _file(name):
    """Where a module of this project is; None if there is no such module."""
    first, *rest = name.split(".")
    place = PACKAGE.joinpath(*rest)
    files = (place.with_suffix(".py"), place / "__init__.py") if rest else (place / "__init__.py",)
    return next((file for file in files if first == PACKAGE.name and file.is_file()), None)
