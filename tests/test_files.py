import json

import pytest

from ultragain.errors import UltraGainError
from ultragain.files import digest, project_root, whole_file, write_json


def test_root_is_found_from_notebooks(project):
    assert project_root(project / "notebooks") == project


def test_outside_a_project_is_an_error(tmp_path):
    with pytest.raises(UltraGainError, match="not inside an UltraGain checkout"):
        project_root(tmp_path)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "table.json"
    write_json(path, {"old": 1})
    with pytest.raises(RuntimeError), whole_file(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert json.loads(path.read_text()) == {"old": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_digest_does_not_depend_on_the_order_of_keys():
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest({"a": 1, "b": 2}) != digest({"a": 1, "b": 3})
