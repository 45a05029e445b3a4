"""A Sphinx extension that makes headings of the Markdown that cells show part of the page's contents.

MyST-NB parses what a cell shows inside containers, where docutils allows no sections: such a heading becomes a rubric,
a paragraph in bold that is in no list of contents. Here what a cell shows from a heading on becomes a section.
"""

from docutils import nodes
from sphinx.transforms import SphinxTransform


class OutputSections(SphinxTransform):
    """Turn each heading in a cell's outputs, and what is shown after it, into a section behind the cell.

    The sections stand one level below the one that the cell is in: a heading of its first level is `##`.
    """

    default_priority = 400  # before references to headings are resolved

    def apply(self):
        """Change the document; docutils calls it."""
        for outputs in list(self.document.findall(_is_outputs)):
            headed = [output for output in outputs if next(output.findall(nodes.rubric), None)]
            if headed:
                _split(outputs, headed)


def _is_outputs(node):
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code_output"


def _split(outputs, headed):
    cell = outputs.parent
    last = cell
    for output in outputs[outputs.index(headed[0]) :]:
        outputs.remove(output)
        if output in headed:
            heading = next(output.findall(nodes.rubric))
            heading.parent.remove(heading)
            shown = outputs.copy()
            holder = nodes.container("", shown, classes=cell["classes"], nb_element=cell["nb_element"])
            section = nodes.section("", nodes.title("", "", *heading.children), holder)
            section.update_basic_atts(heading)
            last.parent.insert(last.parent.index(last) + 1, section)
            last = section
        shown += output


def setup(app):
    """Sphinx's entry point."""
    app.add_transform(OutputSections)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
