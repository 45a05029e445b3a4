"""A Sphinx extension that re-executes the chapters whenever what they read has changed.

Jupyter Book's execution cache knows a notebook by its code cells alone: with new runs and the same cells it would show
the old numbers. Here the cache lives in a folder named after a digest of all data that chapters read. New runs make a
new digest, so an empty cache; and because the cache's path is part of Sphinx's configuration, every page is read again.

In that folder stands which code each chapter was made with. Where that has changed, the chapter alone is executed and
read again.
"""

import json
import shutil
from pathlib import Path

from jupyter_cache import get_cache
from sphinx_external_toc.parsing import parse_toc_yaml

from ultragain.book.kit import LISTENING
from ultragain.book.kit.execution import execute_waiting
from ultragain.book.kit.glue import chosen_experiment, is_site
from ultragain.book.kit.sources import modules_digest, notebook_digest
from ultragain.files import digest, file_digest, write_json
from ultragain.recording.layout import recordings_folder
from ultragain.training.runs import profile_folder

SMALL = {".json", ".csv", ".yaml"}  # hashed; other files, audio and models, are known by size and time
#: What no page is without: extensions, and the players, whose files are written once.
EVERYWHERE = [f"ultragain.book.kit.{name}" for name in ("freshness", "pages", "players")]
SHEETS = "ultragain.book.run_sheets"
SCRIPTS = ("book/_static/live/processor.js", "book/live/package-lock.json")  # what `kit.live` makes a player of
MADE_WITH = "made_with.json"


def results_digest(root):
    """Digest of what all chapters and run sheets are made from: data, and the code that all of them share.

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
        root / "data" / "reference",
        root / "data" / "published",
        recordings_folder(experiment, root),
        *([] if is_site() else [profile_folder(root, device.name, device.version, experiment.profile)]),
    ]
    names = ("_config.yml", "_toc.yml", *SCRIPTS)  # the first two are in the sheets, too
    pages = {name: file_digest(root / name) for name in names if (root / name).is_file()}
    state = {str(path): _state(path) for folder in folders for path in sorted(folder.rglob("*")) if _is_read(path)}
    return digest([experiment.model_dump(), is_site(), pages, state, modules_digest(EVERYWHERE)])


def _is_read(path):
    return path.is_file() and not any(part.startswith(".partial-") for part in path.parts)


def _state(path):
    if path.suffix in SMALL:
        return file_digest(path)
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def _bring_up_to_date(app, config):
    """Choose the folder of the cache, and execute what it does not hold or what was made with other code.

    Sphinx by itself would execute one chapter after another, each in a new kernel.
    """
    root = Path(app.srcdir)
    build = root / "_build"
    caches = build / "execution"
    current = caches / results_digest(root)[:16]
    if not current.exists():
        shutil.rmtree(caches, ignore_errors=True)
        for files in (root / LISTENING, build / "html" / "audio", build / "html" / "live"):  # written anew
            shutil.rmtree(files, ignore_errors=True)
        current.mkdir(parents=True)
    config.nb_execution_cache_path = str(current)
    notebooks = {name: path for name in parse_toc_yaml(root / "_toc.yml") if (path := root / f"{name}.ipynb").is_file()}
    made_with = {name: notebook_digest(path) for name, path in notebooks.items()} | {SHEETS: modules_digest([SHEETS])}
    record = current / MADE_WITH
    before = json.loads(record.read_text()) if record.is_file() else {}
    changed = {name for name in made_with if before.get(name) != made_with[name]}
    if SHEETS in changed:
        shutil.rmtree(build / "html" / "runs", ignore_errors=True)
    _execute(get_cache(current), notebooks, changed, config.nb_execution_timeout)
    app.connect("env-get-outdated", lambda *_: changed & notebooks.keys())
    app.connect("build-finished", lambda _, exception: None if exception else write_json(record, made_with))


def _execute(cache, notebooks, changed, timeout):
    for name, path in notebooks.items():
        cache.add_nb_to_project(str(path))
        if name in changed and (held := cache.get_cached_project_nb(str(path))):
            cache.remove_cache(held.pk)
    execute_waiting(cache, timeout)


def setup(app):
    """Sphinx's entry point."""
    app.connect("config-inited", _bring_up_to_date)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
