"""A Sphinx extension that leaves out of every page what the book does not use, and what is wrong for screen readers."""

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


def setup(app):
    """Sphinx's entry point."""
    app.connect("html-page-context", _leave_out_thebe, priority=900)  # after whoever adds them
    app.connect("html-page-context", _leave_out_roles)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
