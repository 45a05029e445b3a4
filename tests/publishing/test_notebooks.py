import base64
import io
import json
import shutil

import nbformat
import numpy as np
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

from ultragain.publishing.notebooks import PICTURE, WIDGET, publish_notebook
from ultragain.publishing.restore import restore
from ultragain.publishing.store import publish, published_folder
from ultragain.training import runs

RED_AND_CLEAR = np.uint8([[[255, 0, 0, 255], [0, 0, 0, 0]]])


def png(pixels):
    """A picture as notebooks hold it."""
    written = io.BytesIO()
    Image.fromarray(pixels, "RGBA").save(written, "PNG")
    return base64.b64encode(written.getvalue()).decode()


def executed(root, final):
    """A notebook as papermill leaves it, written in a folder that had another name then."""
    partial = f"{runs.partial_folder(final)}"
    cell = new_code_cell(
        f'experiment = "{root}/experiments/test.yaml"\nfolder = "{partial}"',
        outputs=[
            new_output("display_data", {WIDGET: {"model_id": "1"}, "text/plain": "  0%|"}),
            new_output("stream", name="stdout", text=f"saved in {partial}\n"),
            new_output("display_data", {PICTURE: png(np.tile(RED_AND_CLEAR, (8, 8, 1)))}),
        ],
    )
    notebook = new_notebook(cells=[cell])
    notebook.metadata["widgets"] = {"state": {"1": {}}}
    notebook.metadata["papermill"] = {"parameters": {"folder": partial}, "output_path": f"{partial}/training.ipynb"}
    return notebook


def test_paths_are_the_projects_and_progress_bars_are_gone(tmp_path):
    final = tmp_path / "data" / "runs" / "amp" / "1" / "full" / "High-c44"
    final.mkdir(parents=True)
    nbformat.write(executed(tmp_path, final), final / runs.NOTEBOOK)
    publish_notebook(final / runs.NOTEBOOK, tmp_path / "published.ipynb", tmp_path)
    published = nbformat.read(tmp_path / "published.ipynb", as_version=4)
    assert published.cells[0].source == 'experiment = "experiments/test.yaml"\nfolder = "data/runs/amp/1/full/High-c44"'
    said, drawn = published.cells[0].outputs
    assert said.text == "saved in data/runs/amp/1/full/High-c44\n"
    picture = Image.open(io.BytesIO(base64.b64decode(drawn.data[PICTURE])))
    assert picture.size == (16, 8) and picture.mode == "P"
    np.testing.assert_array_equal(np.array(picture.convert("RGBA"))[:1, :2], RED_AND_CLEAR)
    assert "widgets" not in published.metadata
    assert f"{tmp_path}" not in json.dumps(published) and ".partial" not in json.dumps(published)


def test_a_run_keeps_its_notebook_when_it_is_published_and_restored(project, done, path):
    (run, *_), experiment = done
    folder = run.folder(project)
    nbformat.write(executed(project, folder), folder / runs.NOTEBOOK)
    publish(experiment, path, project)
    published = published_folder(project, experiment.device) / "runs" / run.id / runs.NOTEBOOK
    shutil.rmtree(project / "data" / "runs")
    restore([run], experiment, project, workers=1)
    assert (folder / runs.NOTEBOOK).read_bytes() == published.read_bytes()
