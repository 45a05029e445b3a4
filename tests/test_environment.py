"""What an installation needs: lock file, conda environment, package and citation agree, and nothing needs POSIX."""

import ast
import re
import tomllib

import pytest
import yaml
from made_project import REPOSITORY
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

LOCK = [Requirement(line) for line in (REPOSITORY / "requirements.lock").read_text().splitlines()]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
DIRECT = {
    canonicalize_name(Requirement(line).name) for lines in [PROJECT["dependencies"], *EXTRAS.values()] for line in lines
}
PYTHONS = ["3.11", "3.12", "3.13"]
PLATFORMS = [
    {"sys_platform": "linux", "os_name": "posix"},
    {"sys_platform": "darwin", "os_name": "posix"},
    {"sys_platform": "win32", "os_name": "nt"},
]


def locked(python="3.11", platform=PLATFORMS[0]):
    """What the lock installs on a Python and a platform: a list of (name, version)."""
    there = platform | {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    return [
        (canonicalize_name(line.name), str(line.specifier).removeprefix("=="))
        for line in LOCK
        if line.marker is None or line.marker.evaluate(there)
    ]


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform["sys_platform"])
@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_has_one_version_of_every_package_on_every_python(python, platform):
    versions = locked(python, platform)
    assert all(re.fullmatch(r"[0-9][0-9a-z.+]*", version) for _, version in versions)
    assert len(dict(versions)) == len(versions)
    assert dict(versions).keys() >= DIRECT


def test_the_project_wants_the_pythons_that_the_lock_is_for():
    wanted = SpecifierSet(PROJECT["requires-python"])
    assert [python for python in ("3.10", *PYTHONS, "3.14") if python in wanted] == PYTHONS


def test_conda_users_get_the_locked_versions():
    environment = yaml.safe_load((REPOSITORY / "environment.yml").read_text())
    pip = next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    assert pip[0] == "--constraint requirements.lock"  # so that what these packages need is pinned too
    named = {canonicalize_name(Requirement(line).name): str(Requirement(line).specifier)[2:] for line in pip[1:]}
    versions = dict(locked())
    assert named == {name: versions[name] for name in DIRECT}
    assert f"python{PROJECT['requires-python']}" in environment["dependencies"]


def test_the_citation_names_this_version():
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text())
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= citation.keys()  # what the format demands
    assert citation["version"] == PROJECT["version"]
    assert citation["license"] in PROJECT["license"]
    assert citation["authors"] == PROJECT["authors"]


# Windows

POSIX_MODULES = {"crypt", "fcntl", "grp", "nis", "posix", "pty", "pwd", "readline", "resource", "spwd", "syslog"}
POSIX_MODULES |= {"termios", "tty"}
POSIX_NAMES = {
    "os": {"chown", "fork", "forkpty", "geteuid", "getgid", "getloadavg", "getpgid", "getuid", "killpg", "mkfifo"}
    | {"nice", "pread", "pwrite", "sched_getaffinity", "setpgid", "setsid", "statvfs", "uname"},
    "signal": {"SIGALRM", "SIGCHLD", "SIGCONT", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGSTOP", "SIGTSTP"}
    | {"SIGUSR1", "SIGUSR2", "alarm", "pthread_sigmask", "setitimer", "sigwait"},
}


def posix_only(source):
    """Names in Python code that Windows does not have."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.partition(".")[0] in POSIX_MODULES)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = {alias.name for alias in node.names} & POSIX_NAMES.get(node.module, set())
            yield from [node.module] if node.module in POSIX_MODULES else (f"{node.module}.{name}" for name in names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.attr in POSIX_NAMES.get(node.value.id, ()):
                yield f"{node.value.id}.{node.attr}"


def test_the_package_names_nothing_that_windows_does_not_have():
    assert list(posix_only("import fcntl\nfrom pwd import getpwnam\nfrom os import fork")) == [
        "fcntl",
        "pwd",
        "os.fork",
    ]
    assert list(posix_only("import os, signal\nos.killpg(1, signal.SIGKILL)")) == ["os.killpg", "signal.SIGKILL"]
    modules = sorted((REPOSITORY / "src").rglob("*.py"))
    assert {path.name: found for path in modules if (found := list(posix_only(path.read_text())))} == {}
