import io

import ipywidgets as widgets
import numpy as np
import pytest
import soundfile
from made_project import REPOSITORY

from ultragain import audio
from ultragain.apps import explore_amp
from ultragain.apps.explore_amp import LISTENING_DBFS, SAMPLE_RATE, AmpExplorer
from ultragain.circuits import solver
from ultragain.circuits.catalog import CIRCUITS
from ultragain.circuits.dsl20h import netlist as dsl20h
from ultragain.circuits.sd1 import netlist as sd1
from ultragain.errors import UltraGainError

#: Another value than the one that each kind of widget has.
OTHER = {
    widgets.Checkbox: lambda widget: not widget.value,
    widgets.Dropdown: lambda widget: next(option for option in widget.options if option != widget.value),
    widgets.FloatSlider: lambda widget: 1 if widget.value != 1 else 2,
}


@pytest.fixture
def panel(monkeypatch):
    monkeypatch.setattr(explore_amp, "SECONDS", 0.3)  # of the riff: these tests are about wiring
    explore_amp.dry_riff.cache_clear()
    made = AmpExplorer()
    made.moment.value = 0.1
    yield made
    explore_amp.dry_riff.cache_clear()


def heard(player):
    samples, rate = soundfile.read(io.BytesIO(player.value))
    assert rate == SAMPLE_RATE
    return samples


def everything(panel):
    return panel.picture.value, panel.wet_player.value, panel.wet.tobytes()


def test_it_begins_with_the_preamp_at_its_defaults(panel):
    assert panel.netlist() == dsl20h.netlist(5)
    expected = solver.amplify(dsl20h.netlist(5), panel.dry, SAMPLE_RATE, 4) / 8
    np.testing.assert_array_equal(panel.wet, expected)
    np.testing.assert_allclose(heard(panel.wet_player), np.clip(expected, -1, 1), atol=2**-15)
    np.testing.assert_allclose(heard(panel.dry_player), panel.dry, atol=2**-15)
    assert bytes(panel.picture.value).startswith(b"\x89PNG")
    assert "Preview at 4x" in panel.status.value and "recordings use 8x" in panel.status.value
    assert 0 < panel.seconds < 60


def test_every_circuit_can_be_chosen_and_every_control_turned(panel):
    assert [name for _, name in panel.device.options] == list(CIRCUITS)
    for name, circuit in CIRCUITS.items():
        panel.device.value = name
        netlist = panel.netlist()
        for control, widget in panel.controls[name].items():
            if isinstance(widget, widgets.Dropdown):
                assert set(widget.options) == set(circuit.choices[control])
            widget.value = OTHER[type(widget)](widget)
            assert panel.netlist() != netlist
            netlist = panel.netlist()
        assert set(panel.controls[name]) == set(circuit.controls)


@pytest.mark.parametrize(
    ("name", "value", "netlist"),
    [
        ("gain", 8.5, dsl20h.netlist(8.5)),
        ("treble", 0, dsl20h.netlist(5, treble=0)),
        ("tone_shift", True, dsl20h.netlist(5, tone_shift=True)),
        ("tube", "EHX-1", dsl20h.netlist(5, tube="EHX-1")),
    ],
)
def test_a_turned_knob_changes_sound_and_picture(panel, name, value, netlist):
    before = everything(panel)
    panel.controls["dsl20h"][name].value = value
    assert panel.netlist() == netlist
    assert all(new != old for new, old in zip(everything(panel), before, strict=True))


def test_another_riff_and_another_device(panel):
    dry = panel.dry
    panel.riff.value = "sanitarium"
    assert not np.array_equal(panel.dry, dry)
    before = everything(panel)
    panel.device.value = "sd1"
    assert panel.netlist() == sd1.netlist(5)
    assert all(new != old for new, old in zip(everything(panel), before, strict=True))
    assert panel._knobs.children == tuple(panel.controls["sd1"].values())
    assert panel.wet_label.value == "wet, 0 dBFS is 1 V"


def test_levelling_is_said_and_touches_the_wet_player_alone(panel):
    picture, dry, wet = panel.picture.value, panel.dry_player.value, panel.wet.copy()
    panel.controls["dsl20h"]["volume"].value = 4
    quiet = heard(panel.wet_player)
    panel.levelled.value = True
    assert "for listening" in panel.wet_label.value
    assert audio.rms_dbfs(heard(panel.wet_player)) == pytest.approx(LISTENING_DBFS, abs=0.5)
    panel.levelled.value = False
    assert panel.wet_label.value == "wet, 0 dBFS is 8 V"
    np.testing.assert_array_equal(heard(panel.wet_player), quiet)
    panel.controls["dsl20h"]["volume"].value = 10
    np.testing.assert_array_equal(panel.wet, wet)
    assert (panel.picture.value, panel.dry_player.value) == (picture, dry)


def test_silence_is_not_levelled(panel):
    panel.levelled.value = True
    panel.controls["dsl20h"]["volume"].value = 0
    assert panel.wet_label.value == "wet, 0 dBFS is 8 V"


def test_clipping_is_said(panel):
    panel.wet = 3 * panel.wet / np.abs(panel.wet).max()
    panel.offer()
    assert "clipped" in panel.wet_label.value
    assert np.abs(heard(panel.wet_player)).max() <= 1


def test_another_moment_changes_the_picture_alone(panel):
    picture, played = panel.picture.value, panel.wet_player.value
    panel.moment.value = 0.2
    assert panel.picture.value != picture
    assert panel.wet_player.value == played


def test_a_failure_is_said_and_leaves_what_was_there(panel, monkeypatch):
    def fail(*_):
        raise UltraGainError("no solution <found>")

    before = everything(panel)
    monkeypatch.setattr(explore_amp.solver, "amplify", fail)
    panel.controls["dsl20h"]["gain"].value = 9
    assert panel.status.value == "no solution &lt;found&gt;"
    assert everything(panel) == before


@pytest.mark.system
def test_the_notebook_runs_without_recordings_or_runs(tmp_path):
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(REPOSITORY / "notebooks" / "explore_amp.ipynb", as_version=4)
    assert not any("def " in cell.source for cell in notebook.cells if cell.cell_type == "code")
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    (output,) = notebook.cells[-1].outputs
    assert "application/vnd.jupyter.widget-view+json" in output.data
