"""The glossary: every term of it is linked from the text."""

import re

from made_project import REPOSITORY


def test_every_term_is_linked_from_a_page():
    listed = re.findall(r"^(\S.*)\n {4}", (REPOSITORY / "book" / "glossary.md").read_text(), re.M)
    pages = [*REPOSITORY.glob("notebooks/*.ipynb"), *REPOSITORY.glob("book/*.md")]
    roles = re.findall(r"\{term\}`(?:[^`<]*<)?([^`>]+)>?`", "".join(page.read_text() for page in pages))
    assert len(listed) > 20
    assert {term.lower() for term in listed} == {term.lower() for term in roles}
