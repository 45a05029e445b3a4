import pytest
from jupyter_cache import get_cache
from nbformat import write
from nbformat.v4 import new_code_cell, new_notebook

from ultragain.book.kit.execution import execute_waiting


@pytest.fixture
def execute(tmp_path, monkeypatch):
    """Write notebooks of one cell each, execute them in one kernel, and return the cache."""
    monkeypatch.setattr("os.cpu_count", lambda: 1)

    def executed(**sources):
        cache = get_cache(tmp_path / "cache")
        for name, source in sources.items():
            (tmp_path / name).mkdir()
            notebook = new_notebook(cells=[new_code_cell(source)])
            notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
            write(notebook, tmp_path / name / "chapter.ipynb")
            cache.add_nb_to_project(str(tmp_path / name / "chapter.ipynb"))
        execute_waiting(cache, timeout=60)
        return cache

    return executed


def output(cache, path):
    """What a notebook printed, as Sphinx finds it."""
    found = cache.get_cache_bundle(cache.match_cache_file(str(path)).pk).nb
    return "".join(output["text"] for output in found.cells[0].outputs)


def test_chapters_share_a_kernel_and_no_names(execute, tmp_path):
    told = "import os, sys; print(os.getpid(), os.getcwd(), 'left' in globals(), 'colorsys' in sys.modules)"
    cache = execute(one=f"{told}\nimport colorsys; left = 1", two=told)
    one, two = (output(cache, tmp_path / name / "chapter.ipynb").split() for name in ("one", "two"))
    assert one[0] == two[0]  # the process
    assert one[1:] == [str(tmp_path / "one"), "False", "False"]
    assert two[1:] == [str(tmp_path / "two"), "False", "True"]  # what is imported need not be imported again


def test_a_chapter_that_fails_is_left_to_sphinx(execute, tmp_path):
    cache = execute(one="print('seen')", two="1 / 0")
    assert output(cache, tmp_path / "one" / "chapter.ipynb") == "seen\n"
    assert [record.uri for record in cache.list_unexecuted()] == [str(tmp_path / "two" / "chapter.ipynb")]
