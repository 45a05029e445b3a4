import ipywidgets as widgets
import numpy as np
import pytest
from made_project import REPOSITORY
from own_files import file, upload

from ultragain.apps import explore_amp
from ultragain.apps.explore_amp import SAMPLE_RATE, AmpExplorer
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
    yield AmpExplorer()
    explore_amp.dry_riff.cache_clear()


def everything(panel):
    return panel.picture.value, panel.player._frame.value, panel.wet.tobytes()


def test_it_begins_with_the_preamp_at_its_defaults(panel):
    assert panel.netlist() == dsl20h.netlist(5)
    expected = solver.amplify(dsl20h.netlist(5), panel.dry, SAMPLE_RATE, 4) / 8
    np.testing.assert_array_equal(panel.wet, expected)
    assert [clip.label for clip in panel.player.clips] == ["dry", "wet"]
    assert panel.player.clips[0].samples is panel.dry and panel.player.clips[1].samples is panel.wet
    assert 'alt="battery, preamp from 0.140 to 0.160 s' in panel.picture.value
    assert "gain 5, treble 5, middle 5, bass 5, volume 10, tone shift off" in panel.picture.value
    assert "Preview at 4x" in panel.status.value and "recordings use 8x" in panel.status.value
    assert 0 < panel.seconds < 60


def test_every_circuit_can_be_chosen_and_every_control_turned(panel, monkeypatch):
    monkeypatch.setattr(panel, "draw", lambda: None)
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
    assert "0 dBFS is 1 V" in panel.status.value


@pytest.mark.parametrize(("peak", "said"), [(0.5, "-6.0 dBFS, 0 dBFS is 8 V."), (2, "6.0 dBFS, 0 dBFS is 8 V: beyond")])
def test_the_level_and_clipping_are_said(panel, monkeypatch, peak, said):
    monkeypatch.setattr(explore_amp.solver, "amplify", lambda netlist, dry, *_: 8 * peak * dry / np.abs(dry).max())
    panel.controls["dsl20h"]["gain"].value = 9
    assert f"Wet peaks at {said}" in panel.status.value


def test_an_own_file_plays_its_passage_of_middle_level(panel):
    passages = [level * np.ones(round(0.3 * SAMPLE_RATE)) for level in (0.01, 0.8, 0.1)]
    upload(panel.own, "mine.wav", file(np.concatenate(passages)))
    np.testing.assert_allclose(panel.dry, passages[2], atol=2**-23)
    assert 'alt="your own: mine.wav, preamp' in panel.picture.value
    panel.riff.value = "ohwell"
    assert not np.array_equal(panel.dry, passages[2])
    panel.riff.value = panel.riff.options[-1][1]
    np.testing.assert_allclose(panel.dry, passages[2], atol=2**-23)


def test_another_part_changes_the_picture_alone(panel):
    picture, played = panel.picture.value, panel.player._frame.value
    panel.zoom.moment.value = 0.2
    moved = panel.picture.value
    panel.zoom.length.value = 5
    assert len({picture, moved, panel.picture.value}) == 3
    assert panel.player._frame.value == played


def test_a_failure_is_said_and_leaves_what_was_there(panel, monkeypatch):
    def fail(*_):
        raise UltraGainError("no solution <found>")

    before = everything(panel)
    monkeypatch.setattr(explore_amp.solver, "amplify", fail)
    panel.controls["dsl20h"]["gain"].value = 9
    assert ">no solution &lt;found&gt;</p>" in panel.status.value
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
