"""A Sphinx extension for all pages: what they leave out, and the files that were made for them."""

import shutil
from pathlib import Path

from ultragain.book.kit import LISTENING

ROLES = (' role="list"', ' role="doc-biblioentry"')  # of docutils's references: deprecated, and without list items


def _leave_out_thebe(app, pagename, templatename, context, doctree):
    """Drop Thebe, which runs cells on somebody's server.

    jupyter-book puts it on every page, twice: the second time is an error in the browser's console.
    """
    for kind in ("script_files", "css_files"):
        context[kind] = [file for file in context[kind] if "thebe" not in f"{file.filename} {file.attributes}".lower()]


def _leave_out_roles(app, pagename, templatename, context, doctree):
    if 'class="citation-list"' in context.get("body", ""):
        for role in ROLES:
            context["body"] = context["body"].replace(role, "")


def _copy_files(app, exception):
    """Copy what was written for the pages, unless it is there."""
    source = Path(app.srcdir) / LISTENING
    for path in source.rglob("*") if exception is None and app.builder.format == "html" else ():
        target = Path(app.outdir) / path.relative_to(source)
        if path.is_file() and not (target.is_file() and target.stat().st_mtime >= path.stat().st_mtime):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)


def setup(app):
    """Sphinx's entry point."""
    app.connect("html-page-context", _leave_out_thebe, priority=900)  # after whoever adds them
    app.connect("html-page-context", _leave_out_roles)
    app.connect("build-finished", _copy_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
