"""A Sphinx extension that re-executes the chapters whenever what they read has changed.

Jupyter Book's execution cache knows a notebook by its code cells alone: with new runs and the
same cells it would show the old numbers. Here the cache lives in a folder named after a digest of
everything that chapters read. New runs make a new digest, so an empty cache; and because the
cache's path is part of Sphinx's configuration, every page is read again.
"""

import shutil
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.executors import load_executor
from sphinx_external_toc.parsing import parse_toc_yaml

from ultragain.book.kit import LISTENING
from ultragain.book.kit.glue import chosen_experiment, is_site
from ultragain.files import digest, file_digest
from ultragain.recording.layout import recordings_folder
from ultragain.training.runs import profile_folder

SMALL = {".json", ".csv", ".yaml", ".py"}  # hashed; other files, audio and models, are known by size and time


def results_digest(root):
    """Digest of everything that chapters and run sheets are made from.

    Parameters
    ----------
    root : Path
        The project's folder.

    Returns
    -------
    str
        Hex digest.
    """
    experiment = chosen_experiment(root)
    device = experiment.device
    folders = [
        Path(__file__).parents[2],
        root / "data" / "reference",
        root / "data" / "published",
        recordings_folder(experiment, root),
        *([] if is_site() else [profile_folder(root, device.name, device.version, experiment.profile)]),
    ]
    pages = {name: file_digest(root / name) for name in ("_config.yml", "_toc.yml")}  # in the sheets, too
    state = {str(path): _state(path) for folder in folders for path in sorted(folder.rglob("*")) if _is_read(path)}
    return digest([experiment.model_dump(), is_site(), pages, state])


def _is_read(path):
    return (
        path.is_file()
        and "__pycache__" not in path.parts
        and not any(part.startswith(".partial-") for part in path.parts)
    )


def _state(path):
    if path.suffix in SMALL:
        return file_digest(path)
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def _point_cache_at_results(app, config):
    root = Path(app.srcdir)
    build = root / "_build"
    caches = build / "execution"
    current = caches / results_digest(root)[:16]
    if not current.exists():
        shutil.rmtree(caches, ignore_errors=True)
        for files in (root / LISTENING, build / "html" / "audio", build / "html" / "runs"):  # written anew
            shutil.rmtree(files, ignore_errors=True)
        current.mkdir(parents=True)
        _execute_side_by_side(root, current, config.nb_execution_timeout)
    config.nb_execution_cache_path = str(current)


def _execute_side_by_side(root, folder, timeout):
    """Fill a new cache on all cores: Sphinx executes one chapter after another, and then only those that fail here."""
    cache = get_cache(folder)
    for name in parse_toc_yaml(root / "_toc.yml"):
        if (notebook := root / f"{name}.ipynb").is_file():
            cache.add_nb_to_project(str(notebook))
    load_executor("local-parallel", cache).run_and_cache(timeout=timeout)


def setup(app):
    """Sphinx's entry point."""
    app.connect("config-inited", _point_cache_at_results)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
