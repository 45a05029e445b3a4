"""The notebook that papermill ran for a model, as it is published: what it printed and drew, in project paths."""

import json
from pathlib import Path

import nbformat

from ultragain.files import whole_file

WIDGET = "application/vnd.jupyter.widget-view+json"


def publish_notebook(source, target, root):
    """Write a run's executed notebook without this machine's paths and without its progress bars.

    A progress bar in a notebook that nobody runs shows the moment at which it was made, and its state is half of
    the file.

    Parameters
    ----------
    source, target : Path
        Executed notebook in its run's folder, and where to write it.
    root : Path
        The project's folder, below which all paths in the notebook are.
    """
    notebook = nbformat.read(source, as_version=4)
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if WIDGET not in output.get("data", {})]
    # a sweep gives a run's folder its name once the run is whole
    written_in = notebook.metadata.get("papermill", {}).get("parameters", {}).get("folder")
    text = json.dumps(notebook)
    for path, shown in ((written_in, source.parent.relative_to(root).as_posix()), (f"{Path(root)}/", "")):
        if path:
            text = text.replace(_in_json(path), _in_json(shown))
    with whole_file(target) as temporary:
        nbformat.write(nbformat.from_dict(json.loads(text)), temporary)


def _in_json(text):
    return json.dumps(text)[1:-1]
