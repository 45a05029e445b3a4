"""Errors for people to read."""

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config


@pytest.fixture
def shell(monkeypatch):
    monkeypatch.setattr("sys.displayhook", None)  # a shell changes it; put back at the end
    return InteractiveShell(config=Config(HistoryManager={"enabled": False}))


@pytest.mark.parametrize("name", ["UltraGainError", "SilentTargetError"])
def test_a_notebook_shows_one_line(shell, capsys, name):
    cell = (
        f"from ultragain.errors import {name}\ntry: 1 / 0\nexcept Exception as error: raise {name}('a: b') from error"
    )
    assert not shell.run_cell(cell).success
    assert capsys.readouterr().out.strip() == "Error: a: b"
