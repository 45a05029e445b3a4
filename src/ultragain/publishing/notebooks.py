"""The notebook that papermill ran for a model, as it is published: what it printed and drew, in project paths."""

import base64
import io
import json
from pathlib import Path

from PIL import Image

from ultragain.files import whole_file

WIDGET, PICTURE = "application/vnd.jupyter.widget-view+json", "image/png"
COLORS = 64  # of a picture of lines and letters: nobody sees the difference, and it takes a third of the space


def publish_notebook(source, target, root, pictures=True):
    """Write a run's executed notebook without this machine's paths and progress bars, with small pictures or none.

    A progress bar in a notebook that nobody runs shows the moment at which it was made, and its state is half of
    the file.

    Parameters
    ----------
    source, target : Path
        Executed notebook in its run's folder, and where to write it.
    root : Path
        The project's folder, below which all paths in the notebook are.
    pictures : bool
        Whether its pictures are kept.
    """
    import nbformat  # whose schemas take a second to load: who only reads what is published goes without

    notebook = nbformat.read(source, as_version=4)
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            unwanted = {WIDGET} if pictures else {WIDGET, PICTURE}
            cell.outputs = [output for output in cell.outputs if not unwanted & set(output.get("data", {}))]
            for output in cell.outputs:
                if PICTURE in output.get("data", {}):
                    output.data[PICTURE] = _small(output.data[PICTURE])
    # a sweep gives a run's folder its name once the run is whole
    written_in = notebook.metadata.get("papermill", {}).get("parameters", {}).get("folder")
    text = json.dumps(notebook)
    for path, shown in ((written_in, source.parent.relative_to(root).as_posix()), (f"{Path(root)}/", "")):
        if path:
            text = text.replace(_in_json(path), _in_json(shown))
    with whole_file(target) as temporary:
        nbformat.write(nbformat.from_dict(json.loads(text)), temporary)


def _small(picture):
    """A PNG in base64 with few colours."""
    written = io.BytesIO()
    with Image.open(io.BytesIO(base64.b64decode(picture))) as image:
        # of Pillow's methods the one that keeps transparency
        image.convert("RGBA").quantize(COLORS, Image.Quantize.FASTOCTREE).save(written, "PNG", optimize=True)
    return base64.b64encode(written.getvalue()).decode()


def _in_json(text):
    return json.dumps(text)[1:-1]
