"""The committed comparison with SPICE belongs to the code, is complete and keeps what is asked; and how it is shown."""

import math
from pathlib import Path

import pandas as pd
import pytest

from ultragain.circuits import agreement, catalog, spice

ROOT = Path(__file__).parents[2]
SETTINGS = [(circuit, knob) for circuit in catalog.CIRCUITS for knob in (2, 5, 8)]
SIGNALS = ["220 Hz pluck", "power chord", "220.5 Hz sine", "1244.5 Hz sine"]
# ESR in dB of another implementation of the same equations, without any of the solver's shortcuts
# (Newton's method to 1e-9 V, from the sample before), against itself at 32x, on the same signals in
# the same way, at 1x, 2x, 4x, 8x and 16x.
WITHOUT_SHORTCUTS = {
    (2, "220 Hz pluck"): [-53.5, -68.0, -80.5, -93.0, -106.9],
    (5, "220 Hz pluck"): [-44.0, -61.0, -72.0, -85.0, -98.8],
    (8, "220 Hz pluck"): [-34.8, -51.1, -64.0, -77.0, -90.6],
    (2, "power chord"): [-56.1, -69.3, -80.9, -92.8, -107.3],
    (5, "power chord"): [-53.7, -67.3, -80.8, -92.6, -106.8],
    (8, "power chord"): [-48.7, -64.3, -77.3, -88.3, -103.1],
    (2, "1244.5 Hz sine"): [-18.0, -31.7, -43.9, -60.5, -75.8],
    (5, "1244.5 Hz sine"): [-15.2, -24.3, -37.1, -49.8, -66.1],
    (8, "1244.5 Hz sine"): [-14.6, -23.5, -33.9, -49.8, -62.8],
}


@pytest.fixture(scope="module")
def committed():
    return agreement.measurements(ROOT)


def test_it_was_measured_on_the_circuits_as_they_are(committed):
    stale = agreement.stale(committed)
    assert not stale, f"{agreement.FILE} is stale for {'; '.join(stale)}. Renew it: {agreement.RENEW}"


def test_it_is_complete(committed):
    spiced = committed[committed["reference"].isin(["neospice", "ngspice"])]
    key = ["circuit", "knob", "reference", "quantity", "signal", "oversampling"]
    found = set(spiced[key].fillna(0).itertuples(index=False, name=None))
    wanted = {
        (*setting, engine, *row)
        for setting in SETTINGS
        for engine in ("neospice", "ngspice")
        for row in [
            *[("ESR", signal, oversampling) for signal in SIGNALS for oversampling in (8, 64)],
            ("direct voltage", "silence", 0),
            ("gain to 10 kHz", "30 quiet tones", 8),
            ("gain to 16 kHz", "30 quiet tones", 8),
        ]
    }
    assert found == wanted
    assert len(spiced) == len(wanted)
    assert committed["value"].notna().all()
    steps = spiced[spiced["quantity"] == "ESR"].groupby("oversampling")["reference_longest_step"].unique()
    assert list(steps[8]) == ["1/352800 s"] and list(steps[64]) == ["1/1411200 s"]


@pytest.mark.parametrize(
    "quantity, signal, oversampling, at_most",
    [
        ("ESR", "220 Hz pluck", 8, -75),
        ("ESR", "power chord", 8, -70),
        ("ESR", "220 Hz pluck", 64, -75),
        ("ESR", "power chord", 64, -75),
        ("ESR", "220.5 Hz sine", 64, -75),
        ("direct voltage", "silence", 0, 1.0),
        ("gain to 10 kHz", "30 quiet tones", 8, 0.1),
        ("gain to 16 kHz", "30 quiet tones", 8, 0.2),
    ],
)
def test_each_bound_is_met(committed, quantity, signal, oversampling, at_most):
    judged = agreement.judged(committed)
    rows = judged[
        (judged["quantity"] == quantity)
        & (judged["signal"] == signal)
        & (judged["oversampling"].fillna(0) == oversampling)
    ]
    assert len(rows) == len(SETTINGS) * len(spice.ENGINES)
    assert (rows["at_most"] == at_most).all()
    missed = rows[rows["value"] >= at_most]
    assert missed.empty, missed[["circuit", "knob", "reference", "value"]].to_string()


def test_shortcuts_cost_no_accuracy(committed):
    itself = committed[(committed["circuit"] == "dsl20h") & (committed["reference_longest_step"] == "1/1411200 s")]
    itself = itself[itself["reference"] == "UltraGain"].set_index(["knob", "signal", "oversampling"])["value"]
    for (knob, signal), expected in WITHOUT_SHORTCUTS.items():
        for oversampling, value in zip((1, 2, 4, 8, 16), expected, strict=True):
            assert itself[knob, signal, oversampling] < value + 0.2


def test_the_error_falls_with_the_step(committed):
    itself = committed[committed["reference"] == "UltraGain"]
    assert len(itself) == len(SETTINGS) * 3 * 5 * 2
    for _, rows in itself.groupby(["circuit", "knob", "signal", "reference_longest_step"]):
        assert rows.sort_values("oversampling")["value"].is_monotonic_decreasing


def test_a_changed_circuit_or_solver_is_stale(committed, monkeypatch):
    assert agreement.stale(committed[committed["circuit"] != "sd1"]) == [
        "pedal, drive 2",
        "pedal, drive 5",
        "pedal, drive 8",
    ]
    other = committed.assign(identity=committed["identity"].where(committed["knob"] != 5, "another"))
    assert {"preamp, gain 5", "pedal, drive 5"} <= set(agreement.stale(other))
    assert not [setting for setting in agreement.stale(other) if not setting.endswith(" 5")]
    gone = committed.assign(circuit=committed["circuit"].replace("sd1", "sd2"))
    assert "sd2, knob 2" in agreement.stale(gone)
    monkeypatch.setattr(catalog, "VERSION", catalog.VERSION + 1)
    assert len(agreement.stale(committed)) == len(SETTINGS)


def test_an_identity_knows_the_parts():
    first, again, other = (catalog.build("dsl20h", 5, {"treble": treble}) for treble in (5, 5, 6))
    assert agreement.identity(first) == agreement.identity(again) != agreement.identity(other)


def test_an_identity_is_the_same_on_every_machine():
    exact, last_digit_off = (catalog.build("dsl20h", gain, {}) for gain in (5, math.nextafter(5, 6)))
    assert repr(exact) != repr(last_digit_off)
    assert agreement.identity(exact) == agreement.identity(last_digit_off)


def made(rows):
    columns = [
        "circuit",
        "knob",
        "quantity",
        "signal",
        "oversampling",
        "reference",
        "reference_longest_step",
        "value",
        "unit",
    ]
    return pd.DataFrame(rows, columns=columns)


def test_table_against_spice():
    measured = made(
        [
            ("sd1", 8, "ESR", "power chord", 8, "ngspice", "1/352800 s", -81.26, "dB"),
            ("sd1", 8, "ESR", "power chord", 64, "ngspice", "1/1411200 s", -99.0, "dB"),
            ("dsl20h", 2, "ESR", "power chord", 8, "ngspice", "1/352800 s", -70.0, "dB"),
            ("sd1", 8, "ESR", "power chord", 8, "UltraGain", "1/2822400 s", -60.0, "dB"),
            ("sd1", 8, "direct voltage", "silence", None, "ngspice", None, 0.001, "mV"),
        ]
    )
    shown = agreement.against_spice(measured, 8)
    assert shown.to_dict("index") == {
        "pedal, drive 8": {"power chord, ngspice": "-81.3"},
        "preamp, gain 2": {"power chord, ngspice": "-70.0"},
    }
    assert list(shown.index) == ["pedal, drive 8", "preamp, gain 2"]
    assert agreement.at_rest(measured).to_dict("index") == {"pedal, drive 8": {"direct voltage, ngspice, mV": "0.001"}}


def test_table_of_aliasing():
    measured = made(
        [
            ("dsl20h", 5, "ESR", "1244.5 Hz sine", 1, "UltraGain", "1/2822400 s", -14.44, "dB"),
            ("dsl20h", 5, "ESR", "1244.5 Hz sine", 16, "UltraGain", "1/2822400 s", -62.0, "dB"),
            ("dsl20h", 5, "ESR", "1244.5 Hz sine", 1, "UltraGain", "1/1411200 s", -13.0, "dB"),
            ("dsl20h", 5, "ESR", "1244.5 Hz sine", 8, "ngspice", "1/352800 s", -50.0, "dB"),
        ]
    )
    shown = agreement.aliasing(measured).to_dict("index")
    assert shown == {("preamp, gain 5", "1244.5 Hz sine"): {"1x": "-14.4", "16x": "-62.0"}}
    assert agreement.aliasing(measured, 32).to_dict("list") == {"1x": ["-13.0"]}


def test_bounds_apply_to_spice_alone():
    measured = made(
        [
            ("sd1", 8, "ESR", "power chord", 8, "ngspice", "1/352800 s", -81.0, "dB"),
            ("sd1", 8, "ESR", "power chord", 8, "UltraGain", "1/2822400 s", -60.0, "dB"),
            ("sd1", 8, "ESR", "1244.5 Hz sine", 8, "ngspice", "1/352800 s", -50.0, "dB"),
            ("sd1", 8, "direct voltage", "silence", None, "ngspice", None, 0.001, "mV"),
        ]
    )
    assert agreement.judged(measured)[["quantity", "at_most"]].to_numpy().tolist() == [
        ["ESR", -70.0],
        ["direct voltage", 1.0],
    ]
