"""The virtual DSL-style Ultra Gain preamp."""

from ultragain.circuits.circuit import Circuit
from ultragain.circuits.devices import TUBES
from ultragain.circuits.dsl20h.netlist import TITLE
from ultragain.circuits.dsl20h.netlist import netlist as build

CIRCUIT = Circuit(
    name="dsl20h",
    kind="preamp",
    title=TITLE,
    input="input jack",
    output="effects send",
    knob="gain",
    tone_controls=("treble", "middle", "bass"),
    full_scale_volts=8.0,  # hard playing reaches 6.9 V at the send
    netlist=build,
    story="""\
#### A preamp of triodes

The *virtual DSL-style Ultra Gain preamp* has $triodes triodes in a row, $parts parts in all. The first tube
amplifies cleanly, the gain knob follows, the second and the cold-biased third one clip, and the fourth drives the tone
controls from its plate: they colour what the distortion has made. A network around the gain knob lets the treble past
it, so at low gain the sound is thin and bright, and at high gain everything clips.
""",
    picture="input and first triode at the top, then the gain knob and its network; below them three more triodes; at "
    "the bottom the tone controls, the volume knob, the effects send and the power supply",
    limits="""\
- No maker's schematic of the amplifier behind the virtual DSL-style preamp is public. The circuit is put together from
  published transcriptions of its relatives, and several values (the supply voltage, the curves of the potentiometers,
  everything about the effects loop) are assumptions.
- It has one kind of tube in all sockets, new and matched. Real tubes differ, and a different tube is a different sound.
- It has no power amplifier, transformer or loudspeaker: the effects send is the end of the line, as in the write-up.
""",
    choices={"tube": tuple(TUBES)},
)
