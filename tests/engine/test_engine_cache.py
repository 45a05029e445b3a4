"""Numba keeps machine code on disk. Whatever state that is in, results are those of the source."""

import importlib.util
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import engine_process
import numpy as np
import pytest
from numba.core import config

import ultragain

DOUBLED = "from ultragain.compiled import compiled\n\n@compiled\ndef doubled(x):\n    return 2 * x\n"


@pytest.fixture
def load(tmp_path, monkeypatch):
    """A function that loads a compiled function as a new process does; its cache is in the folder `cache`."""
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "cached.py").write_text(DOUBLED)

    def load():
        spec = importlib.util.spec_from_file_location("cached", tmp_path / "cached.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.doubled

    return load


def hits(function):
    return sum(function.stats.cache_hits.values())


def test_a_second_process_loads_what_the_first_one_compiled(load):
    first = load()
    assert first(4) == 8 and hits(first) == 0
    second = load()
    assert second(4) == 8 and hits(second) == 1


@pytest.mark.parametrize("kind", ["nbi", "nbc"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: b"rubbish",
        lambda content: pickle.dumps("0.1") + content,  # another version of Numba wrote it
    ],
    ids=["empty", "cut off", "rubbish", "older"],
)
def test_a_damaged_cache_is_compiled_anew_and_mended(load, tmp_path, kind, damage):
    load()(4)
    (file,) = (tmp_path / "cache").rglob(f"*.{kind}")
    file.write_bytes(damage(file.read_bytes()))
    assert load()(4) == 8
    mended = load()
    assert mended(4) == 8 and hits(mended) == 1


def test_code_of_other_types_is_not_run(load, tmp_path):
    # two processes that compile at once can leave one's code where the index has the other's
    first = load()
    assert (first(4), first(0.25)) == (8, 0.5)
    one, other = sorted((tmp_path / "cache").rglob("*.nbc"))
    shutil.copy(one, other)
    for _ in range(2):
        again = load()
        assert (again(4), again(0.25)) == (8, 0.5)
    mended = load()
    assert (mended(4), mended(0.25)) == (8, 0.5) and hits(mended) == 2


def test_a_damaged_cache_that_cannot_be_written_is_done_without(load, tmp_path):
    load()(4)
    (index,) = (tmp_path / "cache").rglob("*.nbi")
    index.unlink()
    index.mkdir()  # can be neither read nor replaced
    assert load()(4) == 8


def test_a_folder_that_is_lost_before_the_code_is_kept_is_done_without(load, tmp_path):
    function = load()
    shutil.rmtree(tmp_path / "cache")
    (tmp_path / "cache").write_text("in its place")
    assert function(4) == 8


def test_where_no_folder_can_be_written_to_every_process_compiles(load, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path / "file" / "cache"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file" / "cache"))
    (tmp_path / "__pycache__").touch()  # a file
    function = load()
    assert function(4) == 8 and function.stats.cache_path is None


def test_without_its_compiler_numba_leaves_the_engine_importable():
    code = "from ultragain.engine.lstm import stateful, windowed\n"
    code += "from ultragain.engine.registers import reason_against\nprint(reason_against())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "NUMBA_DISABLE_JIT is set\n"), done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the package whose files can be changed, and a function that trains with it in a new process."""
    folder = tmp_path_factory.mktemp("copy")
    package = folder / "ultragain"
    shutil.copytree(Path(ultragain.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    rng = np.random.default_rng(5)
    shapes = (1, 16), (4, 16), (16,), (4, 1), (1,)
    given = {f"weights_{n}": rng.normal(size=shape).astype(np.float32) for n, shape in enumerate(shapes)}
    given |= {name: rng.normal(size=(20, 6)).astype(np.float32) for name in ("x", "wet")}
    given["y"] = given["wet"][:, 0].copy()

    def train(kind):
        return engine_process.run(folder, kind, given, PYTHONPATH=str(folder), NUMBA_CACHE_DIR=str(folder / "cache"))

    return package / "engine", train


@pytest.mark.parametrize(
    ("kind", "file", "change", "result"),
    [("windowed", "gates.py", "LOG2_E = 1.0", "predicted"), ("step", "adam.py", "BETA_1 = 0.5", "learned")],
)
def test_a_change_in_another_file_is_seen(copy, kind, file, change, result):
    engine, train = copy
    before, first = train(kind)
    again, second = train(kind)
    assert [(process["loaded"], process["compiled"]) for process in (first, second)] == [(0, 1), (1, 0)]
    assert all(np.array_equal(before[name], again[name]) for name in before)
    source = (engine / file).read_text()
    try:
        (engine / file).write_text(f"{source}\n\n{change}\n")
        changed, _ = train(kind)
    finally:
        (engine / file).write_text(source)
    assert not np.allclose(changed[result], before[result])
