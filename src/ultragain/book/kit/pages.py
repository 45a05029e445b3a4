"""A Sphinx extension that leaves out of every page what the book does not use."""


def _leave_out_thebe(app, pagename, templatename, context, doctree):
    """Drop Thebe, which runs cells on somebody's server.

    jupyter-book puts it on every page, twice: the second time is an error in the browser's console.
    """
    for kind in ("script_files", "css_files"):
        context[kind] = [file for file in context[kind] if "thebe" not in f"{file.filename} {file.attributes}".lower()]


def setup(app):
    """Sphinx's entry point."""
    app.connect("html-page-context", _leave_out_thebe, priority=900)  # after whoever adds them
    return {"parallel_read_safe": True, "parallel_write_safe": True}
