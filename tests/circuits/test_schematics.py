from dataclasses import fields, replace
from itertools import combinations
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.path import Path

from ultragain.circuits.catalog import CIRCUITS
from ultragain.circuits.netlist import Netlist
from ultragain.circuits.parts import Capacitor, Diode, Resistor, VoltageSource
from ultragain.circuits.schematic.sheet import value_text
from ultragain.circuits.schematic.wiring import Wiring
from ultragain.errors import UltraGainError

PHONE = 360  # pixels


@pytest.fixture(params=CIRCUITS, scope="module")
def circuit(request):
    """How it is drawn, its netlist, its figure."""
    record = CIRCUITS[request.param]
    netlist = record.netlist(5)
    return record.draw, netlist, record.draw(netlist)


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def numbered(part, number):
    """The part with a value that no other part has, and how a schematic writes it."""
    for attribute, unit, form in (
        ("ohms", 1, "{}"),
        ("farads", 1e-9, "{}n"),
        ("volts", 1, "{} V"),
        ("gain", 1, "\u00d7{}"),
    ):
        if hasattr(part, attribute):
            return replace(part, **{attribute: number * unit}), form.format(number)
    return part, None


def test_every_part_is_there_once_with_the_netlists_value(circuit):
    draw, netlist, _ = circuit
    parts, values = zip(*(numbered(part, 101 + i) for i, part in enumerate(netlist.parts)), strict=True)
    figure = draw(Netlist(netlist.title, netlist.input, netlist.output, parts))
    figure.draw_without_rendering()
    where = {}
    for text in figure.axes[0].texts:
        where.setdefault(text.get_text(), []).append(text.get_window_extent())
    for part, value in zip(parts, values, strict=True):
        assert len(where[part.name]) == 1
        if value:
            assert len(where[value]) == 1
            (name,), (number,) = where[part.name], where[value]
            apart = (
                np.subtract((name.x0 + name.x1, name.y0 + name.y1), (number.x0 + number.x1, number.y0 + number.y1)) / 2
            )
            assert np.hypot(*apart) < 3 * name.height, f"{value} stands far from {part.name}"


def test_a_part_that_is_not_drawn_is_an_error(circuit):
    draw, netlist, _ = circuit
    more = (*netlist.parts, Resistor("R999", netlist.input, "0", 1e6))
    with pytest.raises(UltraGainError, match="not drawn: R999"):
        draw(SimpleNamespace(title="test", parts=more))


def test_a_part_that_the_netlist_has_not_is_an_error(circuit):
    draw, netlist, _ = circuit
    for part in netlist.parts:
        fewer = tuple(other for other in netlist.parts if other is not part)
        with pytest.raises(UltraGainError, match=f"no part {part.name} is left"):
            draw(SimpleNamespace(title="test", parts=fewer))


def test_every_connection_is_the_netlists(circuit):
    # any lead of any part, soldered elsewhere in the netlist, makes the drawing wrong
    draw, netlist, _ = circuit
    leads = 0
    for i, part in enumerate(netlist.parts):
        for field in fields(part):
            if field.name != "name" and isinstance(getattr(part, field.name), str):
                leads += 1
                moved = list(netlist.parts)
                moved[i] = replace(part, **{field.name: "elsewhere"})
                with pytest.raises(UltraGainError, match="is drawn on|in pieces"):
                    draw(SimpleNamespace(title="test", parts=moved))
    assert leads >= 2 * len(netlist.parts) - sum(isinstance(part, VoltageSource) for part in netlist.parts)


def test_diodes_in_series_are_all_drawn():
    pedal = CIRCUITS["sd1"]
    two = pedal.netlist(5).parts
    three = [replace(part, in_series=3) if part.name == "D2_D3" else part for part in two]
    before, after = (pedal.draw(SimpleNamespace(title="test", parts=parts)) for parts in (two, three))
    assert len(after.axes[0].patches) == len(before.axes[0].patches) + 1


@pytest.mark.parametrize("name", CIRCUITS)
def test_knobs_have_their_names(name):
    record = CIRCUITS[name]
    knobs = {control for control, default in record.controls.items() if not isinstance(default, bool | str)}
    assert {knob.upper() for knob in knobs} <= set(texts(record.draw(record.netlist(2))))


def test_nodes_are_named_as_in_the_netlist(circuit):
    _, netlist, figure = circuit
    unnamed = {node for node in netlist.nodes() if not node.endswith("_pole")} - set(texts(figure))
    assert not unnamed


def test_type_is_large_enough_for_a_phone(circuit):
    figure = circuit[2]
    pixels_per_point = PHONE / (72 * figure.get_figwidth())
    assert min(text.get_fontsize() for text in figure.axes[0].texts) * pixels_per_point >= 6


def test_nothing_is_written_over_anything(circuit):
    figure = circuit[2]
    figure.draw_without_rendering()
    axes = figure.axes[0]
    boxes = [(text.get_text(), text.get_window_extent().padded(-2)) for text in axes.texts]
    for (one, box), (other, its_box) in combinations(boxes, 2):
        assert not box.overlaps(its_box), f"{one} over {other}"
    page = figure.bbox
    lines = [line.get_transform().transform(line.get_xydata()) for line in axes.lines]
    shapes = [patch.get_transform().transform_path(patch.get_path()) for patch in axes.patches]
    for text, box in boxes:
        assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1, (
            f"{text} leaves the page"
        )
        for points in lines:
            for start, end in zip(points, points[1:], strict=False):
                if np.isfinite([start, end]).all():
                    assert not Path([start, end]).intersects_bbox(box, filled=False), f"a line through {text}"
        assert not any(shape.intersects_bbox(box, filled=False) for shape in shapes), f"a symbol over {text}"


def test_no_figure_stays_open(circuit):
    draw, netlist, _ = circuit
    draw(netlist)
    assert not plt.get_fignums()  # a notebook would show it twice


def test_the_page_is_white_and_the_lines_are_straight(circuit):
    figure = circuit[2]
    assert figure.get_facecolor() == (1, 1, 1, 1)
    for line in figure.axes[0].lines:
        points = line.get_xydata()
        if len(points) == 2:
            assert np.isclose(np.diff(points, axis=0), 0, atol=1e-6).any(), "a wire runs askew"


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (Resistor("R", "a", "b", 4.7e3), "4.7k"),
        (Resistor("R", "a", "b", 470), "470"),
        (Resistor("R", "a", "b", 1e6), "1M"),
        (Resistor("R", "a", "b", 0.5), "500m"),
        (Capacitor("C", "a", "b", 22e-9), "22n"),
        (Capacitor("C", "a", "b", 470 * 1e-12), "470p"),
        (Capacitor("C", "a", "b", 4.7 * 1e-6), "4.7\u00b5"),
        (Capacitor("C", "a", "b", 1 * 1e-9), "1n"),
        (VoltageSource("V", "a", 320.0), "320 V"),
        (Diode("D", "a", "b", None), ""),
    ],
)
def test_values_are_written_as_schematics_do(part, text):
    assert value_text(part) == text


def test_wires_that_cross_are_not_connected_and_wires_that_end_on_one_are():
    wiring = Wiring()
    wiring.wire((0, 0), (4, 0))
    wiring.wire((1, -1), (1, 1))  # crosses
    wiring.wire((3, 0), (3, 1))  # ends on the first
    wiring.end((2, 0))  # a part's lead
    net = wiring.nets()
    assert net((0, 0)) == net((4, 0)) == net((3, 1)) == net((2, 0))
    assert net((1, -1)) == net((1, 1)) != net((0, 0))
    assert wiring.joints() == [(2, 0), (3, 0)]


def test_a_corner_and_two_leads_in_a_row_are_no_joints():
    wiring = Wiring()
    wiring.wire((0, 0), (1, 0))
    wiring.wire((1, 0), (1, 1))
    wiring.end((1, 1))
    assert wiring.joints() == []
    assert wiring.nets()((5, 5)) is None
