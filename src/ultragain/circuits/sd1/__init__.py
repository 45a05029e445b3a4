"""The virtual SD-1-style overdrive."""

from ultragain.circuits.circuit import Circuit
from ultragain.circuits.sd1.netlist import TITLE
from ultragain.circuits.sd1.netlist import netlist as build

CIRCUIT = Circuit(
    name="sd1",
    kind="pedal",
    title=TITLE,
    input="input jack",
    output="output jack",
    knob="drive",
    tone_controls=("tone",),
    full_scale_volts=1.0,
    netlist=build,
    story="""\
#### A pedal of diodes

The *virtual SD-1-style overdrive* has $parts parts, all of them solid state. An op-amp amplifies the middle and the
treble most. The diodes in its feedback conduct as soon as its output is large enough, and hold it there: one diode for
one half of the wave, two in a row for the other, so the halves clip at different heights {cite:p}`yeh2007`. It clips in
this one place. A second op-amp is the tone control, which colours what the distortion has made.
""",
    picture="a buffer and an op-amp with three diodes and the drive knob in its feedback at the top; a second op-amp "
    "with the tone knob, the level knob and an output buffer below",
    limits="""\
- Which diodes the SD-1-style overdrive has, and what its drive knob's curve is, are assumptions.
- Its op-amps have the gain and bandwidth of their kind, but never run into the battery's voltage, and its transistors
  are ideal followers.
""",
)
