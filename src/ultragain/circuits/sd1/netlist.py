"""An SD-1-style overdrive pedal: an op-amp with diodes in its feedback, and a tone control.

The solid-state device of the write-up's first experiment. The first op-amp amplifies what lies
above 720 Hz most and clips softly: one diode in one direction, two in the other, so the two half
waves clip at different heights and even harmonics appear. The second is the tone control.

Every part names its source and how sure its value is:

[L]  LiveSPICE, ``Tests/Examples/Boss Super Overdrive SD-1.schx``, which cites gmarts.org
[A]  ACME.jl, ``examples/superover.jl``: a kit built as a clone of the pedal
[H]  hobby-hour.com, "Boss SD-1 Super Overdrive", for the op-amp's type

A  two independent transcriptions agree   B  one transcription, or two against one
C  one source against another             D  our own assumption

The pedal runs from one battery, with its signals riding on half of it; here they ride on ground.
"""

from ultragain.circuits.devices import D_1N4148, RC4558
from ultragain.circuits.netlist import Netlist
from ultragain.circuits.parts import Buffer, Capacitor, Diode, OpAmp, Potentiometer, Resistor, audio_taper, knob

TITLE = "virtual SD-1-style overdrive"

k, M = 1e3, 1e6
u, n = 1e-6, 1e-9


def netlist(drive, tone=5, level=5):
    """Build the pedal with its knobs set.

    Parameters
    ----------
    drive, tone, level : float
        Knobs, 0 to 10. A knob's hands point to 9:00, 12:00 and 3:00 at 2, 5 and 8.

    Returns
    -------
    Netlist
        From node ``in`` (volts at the input jack) to node ``out`` (volts at the output jack).

    Raises
    ------
    UltraGainError
        If a knob is not within 0 to 10.
    """
    drive_wiper = audio_taper(knob("drive", drive))  # D: [L] has it linear
    tone_wiper = knob("tone", tone)
    level_wiper = knob("level", level)

    buffer = [
        Capacitor("C1", "in", "b1", 47 * n),  # B [A]
        Resistor("R3", "b1", "0", 470 * k),  # B [A]
        Buffer("Q1", "b1", "e1"),  # D: an ideal emitter follower
        Capacitor("C2", "e1", "plus", 18 * n),  # A [L, A]
        Resistor("R5", "plus", "0", 100 * k),  # A [L, A]
    ]

    clipper = [
        OpAmp("IC1A", "plus", "minus", "clip", RC4558),  # type B [H]; its numbers D
        Resistor("R6", "minus", "dr", 33 * k),  # A [L, A]
        Potentiometer("VR1", "dr", "clip", "clip", 1 * M, 1 - drive_wiper),  # A [L, A]
        # A 47 pF capacitor across the feedback stands in [L] and not in [A]: left out, C.
        Diode("D1", "minus", "clip", D_1N4148),  # topology A [L, A], type D
        Diode("D2_D3", "clip", "minus", D_1N4148, in_series=2),
        Resistor("R7", "minus", "leg", 4.7 * k),  # A [L, A]
        Capacitor("C4", "leg", "0", 47 * n),  # A [L, A]
    ]

    tone_control = [
        Resistor("R8", "clip", "tp", 10 * k),  # A [L, A]
        Capacitor("C5", "tp", "0", 18 * n),  # A [L, A]
        Resistor("R9", "tp", "0", 10 * k),  # C [L]; none in [A]
        OpAmp("IC1B", "tp", "tn", "tone", RC4558),
        Resistor("R10", "tone", "tn", 10 * k),  # A [L, A]
        Capacitor("C7", "tone", "tn", 10 * n),  # A [L, A]
        Potentiometer("VR2", "tn", "tw", "tp", 20 * k, tone_wiper),  # B [A]; 22k in [L]
        Capacitor("C6", "tw", "tz", 27 * n),  # A [L, A]
        Resistor("R11", "tz", "0", 470),  # A [L, A]
    ]

    output = [
        Capacitor("C8", "tone", "l1", 1 * u),  # A [L, A]
        Resistor("R12", "l1", "l2", 4.7 * k),  # A [L, A]
        Potentiometer("VR3", "l2", "lw", "0", 10 * k, level_wiper),  # A [L, A], taper D
        Buffer("Q2", "lw", "out"),  # D: an ideal emitter follower
        Resistor("RLOAD", "out", "0", 100 * k),  # D: what the pedal plays into
    ]

    title = f"{TITLE}, drive {drive:g}, tone {tone:g}, level {level:g}"
    return Netlist(title, "in", "out", buffer + clipper + tone_control + output)
