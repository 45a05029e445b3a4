"""What every chapter begins with."""

from types import SimpleNamespace

import pytest
from made_project import REPOSITORY

from ultragain.book.kit import glue
from ultragain.errors import UltraGainError
from ultragain.experiment import load_experiment


def test_recordings_that_are_not_made_are_one_line(project, monkeypatch):
    """As in a fresh clone: the published runs are there, and the virtual device has played nothing."""
    published = SimpleNamespace(experiment=load_experiment(REPOSITORY / glue.EXPERIMENT))
    monkeypatch.setattr(glue, "published_run", lambda path, root: published)
    with pytest.raises(UltraGainError, match=f"not made yet: run `make site EXPERIMENT={glue.EXPERIMENT}`"):
        glue.open_book()
    (project / "data" / "recordings" / "virtual_dsl20h" / "UltraGain").mkdir(parents=True)
    assert glue.open_book() is published
