"""Every page of the built book, on a phone and on a desk, in both themes."""

import page_faults
import pytest

pytestmark = pytest.mark.pages


@pytest.mark.parametrize("width", [390, 1280])
def test_a_page_is_without_fault(book, address, contexts, name, width):
    page = contexts(width).new_page()
    found = page_faults.listen(page, address)
    page.goto(f"{address}/{name}")
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # what the book follows until a reader chooses
        page.wait_for_function("theme => document.documentElement.dataset.theme === theme", arg=theme)
        found += [f"{theme}: {fault}" for fault in page_faults.layout(page)]
        found += [
            f"{theme}: {fault}" for fault in page_faults.accessibility(page, *(["color-contrast"] * (theme == "dark")))
        ]
    found += page_faults.images(page) + page_faults.size(page)
    page.close()
    assert not found, "\n".join(found)
