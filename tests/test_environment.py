"""The lock file, the conda environment and the package name the same versions."""

import re
import tomllib

import yaml
from conftest import REPOSITORY

LOCK = dict(line.split("==") for line in (REPOSITORY / "requirements.lock").read_text().split())


def name_of(requirement):
    return re.match(r"[A-Za-z0-9_.-]+", requirement)[0].lower()


def test_every_line_of_the_lock_is_one_version():
    assert all(re.fullmatch(r"[0-9][0-9a-z.+]*", version) for version in LOCK.values())


def test_conda_users_get_the_locked_versions():
    environment = yaml.safe_load((REPOSITORY / "environment.yml").read_text())
    pip = next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    assert pip[0] == "--constraint requirements.lock"  # so that what these packages need is pinned too
    named = {name_of(line): line.split("==")[1] for line in pip[1:]}
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    direct = {name_of(line) for lines in [project["dependencies"], *extras] for line in lines}
    assert named == {name: LOCK[name] for name in direct}
    assert "python=3.11" in environment["dependencies"]
