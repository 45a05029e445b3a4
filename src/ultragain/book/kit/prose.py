"""Numbers in the book's prose: what was set or measured comes from the code, by {glue:text}, and is not typed.

What is checked are digits in the text of the chapters and in their figures' captions. Numbers in words are not: "two
hands" cannot be told from "two models" here.
"""

import json
import re

from sphinx_external_toc.parsing import MalformedError, parse_toc_yaml

from ultragain.errors import UltraGainError

#: Numbers that no run and no setting could change, as the prose has them, and why.
ALLOWED = {
    "perfect copy has 0 %, silence 100 %": "what ESR means",
    "score of 100 % is what silence gets": "what ESR means",
    "touches 0 dBFS": "what full scale means",
    "ratio of 0.8 means that the error has 0.8 times the energy, whether it falls from 10 % to 8 % or from 1 % to "
    "0.8 %": "arithmetic, to explain a ratio",
    "24-bit": "the layout's format of files",
    "[CC BY 4.0]": "a licence's name",
}
#: What is no prose.
NO_PROSE = re.compile(
    r"""
      ^(`{3,})(?!\{).*?^\1            # blocks of code; what a directive holds may be prose
    | ^\ *(?:[`:]{3,}|:[\w-]+:|%).*?$ # directives' first lines and options; comments
    | `+[^`\n]+`+                     # code, and what roles name
    | \$\$.+?\$\$ | \$[^$\n]+\$       # formulas
    | \]\([^)\n]*\) | https?://\S+    # addresses
    | ^(?:\#+\ )?\d+\.[ ]             # numbers of headings and of lists' items
    """,
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)
#: A number; none is what belongs to a name: SD-1, DSL20H, BS.1770.
NUMBER = re.compile(r"(?<![^\W_])(?<![^\W_][-.,])\d[\d.,]*")
AROUND = 25  # characters on each side of a number, for a message


def check(root):
    """Refuse chapters with numbers that are typed.

    Parameters
    ----------
    root : Path
        The project's folder.

    Raises
    ------
    UltraGainError
        With the first of them, and how many more there are.
    """
    try:
        chapters = parse_toc_yaml(root / "_toc.yml")
    except MalformedError:
        return  # jupyter-book says what is wrong with it
    faults = []
    for name in chapters:
        for path in (root / f"{name}.ipynb", root / f"{name}.md"):
            faults += _faults(path, path.relative_to(root)) if path.is_file() else []
    if faults:
        more = f" (and {len(faults) - 1} more of the kind)" if len(faults) > 1 else ""
        raise UltraGainError(
            f"{faults[0]}{more}: have the chapter's code publish it, and write {{glue:text}}; one that nothing can "
            "change is added to ALLOWED in src/ultragain/book/kit/prose.py, with the reason"
        )


def _faults(path, name):
    content = path.read_text(encoding="utf-8")
    try:
        texts = _texts(json.loads(content)) if path.suffix == ".ipynb" else [("", content)]
    except json.JSONDecodeError as error:
        raise UltraGainError(f"{name}: is no notebook ({error}): restore it") from error
    for place, text in texts:
        for number, quoted in typed_numbers(text):
            yield f'{name}{place}: the number {number} is typed, in "{quoted}"'


def _texts(notebook):
    """Each piece of prose in a notebook, and where it is."""
    for place, cell in enumerate(notebook["cells"], start=1):
        if cell["cell_type"] == "markdown":
            yield f", cell {place}", "".join(cell["source"])
        for part in cell["metadata"].get("mystnb", {}).values():
            yield from (
                (f", cell {place}, its figure's {what}", part[what]) for what in ("caption", "alt") if what in part
            )


def typed_numbers(text):
    """The numbers in MyST Markdown that a reader sees and that are not `ALLOWED`.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of (str, str)
        Each number, and it with some of the text around it.
    """
    for phrase in ALLOWED:
        text = text.replace(phrase, "")
    text = NO_PROSE.sub(" ", text)
    return [
        (found[0].rstrip(".,"), " ".join(text[max(0, found.start() - AROUND) : found.end() + AROUND].split()))
        for found in NUMBER.finditer(text)
    ]
