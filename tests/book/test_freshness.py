from types import SimpleNamespace

import pytest
from nbformat import write
from nbformat.v4 import new_code_cell, new_notebook

from ultragain.book.kit import freshness, sources


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of three modules: `one` needs `shared`, `two` nothing."""
    folder = tmp_path / "src" / "ultragain"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "shared.py").touch()
    (folder / "one.py").write_text("def late():\n    from ultragain import shared\n    return shared\n")
    (folder / "two.py").write_text("import os.path\n")
    monkeypatch.setattr(sources, "PACKAGE", folder)
    return folder


@pytest.fixture
def build(package, tmp_path, monkeypatch):
    """Bring a book of two chapters up to date; returns the chapters that Sphinx is to read again."""
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    monkeypatch.setattr(freshness, "results_digest", lambda root: "the same data")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: one\nchapters:\n- file: two\n")
    for name in ("one", "two"):
        notebook = new_notebook(cells=[new_code_cell(f"if False:\n    import ultragain.{name}")])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        write(notebook, tmp_path / f"{name}.ipynb")

    def built(exception=None):
        handlers = {}
        config = SimpleNamespace(nb_execution_timeout=60)
        freshness._bring_up_to_date(SimpleNamespace(srcdir=tmp_path, connect=handlers.__setitem__), config)
        handlers["build-finished"](None, exception)
        return set(handlers["env-get-outdated"](None, None, None, None, None))

    return built


def executions(root):
    return {path: path.stat().st_mtime_ns for path in root.glob("_build/execution/*/executed/*/base.ipynb")}


def test_a_module_is_followed_into_functions_and_through_others(package):
    before = {name: sources.modules_digest([f"ultragain.{name}"]) for name in ("one", "two")}
    (package / "shared.py").write_text("CHANGED = True\n")
    after = {name: sources.modules_digest([f"ultragain.{name}"]) for name in ("one", "two")}
    assert after["one"] != before["one"] and after["two"] == before["two"]


def test_only_the_chapter_is_executed_whose_code_has_changed(build, package, tmp_path):
    assert build() == {"one", "two"}
    first = executions(tmp_path)
    assert len(first) == 2
    assert build() == set() and executions(tmp_path) == first

    (package / "shared.py").write_text("CHANGED = True\n")
    sheets = tmp_path / "_build" / "html" / "runs"
    sheets.mkdir(parents=True)
    assert build(exception=OSError()) == {"one"}
    second = executions(tmp_path)
    assert len(first.items() & second.items()) == 1 and len(second) == 2
    assert sheets.is_dir()  # they are made with neither module
    assert build() == {"one"}  # the page was not read again: the build failed
    assert build() == set()
