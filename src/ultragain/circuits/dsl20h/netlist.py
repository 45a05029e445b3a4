"""The virtual DSL-style Ultra Gain preamp, from the input jack to the FX send.

Four triodes in cascade: V1A runs clean, the gain potentiometer follows it, V1B and V2A (biased
cold) clip, and V2B drives the tone stack straight from its plate, without a cathode follower.

No maker's schematic of this very amplifier is public. The circuit is put together from what is
published of its relatives, and every part below names its source and how sure its value is:

[L]  LiveSPICE, ``Tests/Examples/Marshall JCM2000 DSL Preamp.schx`` (DSL50/100), by agas, 2020,
     https://github.com/dsharlet/LiveSPICE/pull/108
[X]  Amplex-MK presets, ``Officer JCO2000 DSL100 ChB OD1.txt`` and ``OD2.txt`` (DSL100),
     https://github.com/MARKTHERENCE/Amplex-MK-Presets
[M]  Parts list of the DSL15 main board, DSL15-60-02 issue 4, transcribed in the source of an
     open plug-in ("MARSTEN DSL15"). The part numbers below are this list's where it has one.

A  two independent transcriptions agree   B  one transcription, or two against one
C  one source against another             D  our own assumption

The triodes are fits of Dempwolf and Zoelzer (DAFx-11, 2011), grid current included.
"""

from ultragain.circuits.devices import TUBES
from ultragain.circuits.netlist import Netlist
from ultragain.circuits.parts import (
    Buffer,
    Capacitor,
    Potentiometer,
    Resistor,
    Triode,
    VoltageSource,
    audio_taper,
    knob,
)
from ultragain.errors import UltraGainError
from ultragain.words import on_off

TITLE = "virtual DSL-style Ultra Gain preamp"

k, M = 1e3, 1e6
u, n, p = 1e-6, 1e-9, 1e-12


def netlist(gain, treble=5, middle=5, bass=5, volume=10, tone_shift=False, tube="RSD-1"):
    """Build the preamp with its knobs set.

    Parameters
    ----------
    gain, treble, middle, bass, volume : float
        Knobs, 0 to 10. Gain 2, 5 and 8 put the wiper at 3.2 %, 15 % and 48 % of the track.
    tone_shift : bool
        The switch that takes from bass and lower middle: a larger slope resistor.
    tube : str
        One of `devices.TUBES`, for all four sockets.

    Returns
    -------
    Netlist
        From node ``in`` (volts at the jack) to node ``send`` (volts at the FX send).

    Raises
    ------
    UltraGainError
        If a knob is not within 0 to 10, or there is no such tube.
    """
    if tube not in TUBES:
        raise UltraGainError(f"tube {tube}: unknown; there are {', '.join(TUBES)}")
    model = TUBES[tube]
    # All A ("log") pots: letter [M]; the curve, 15 % at half rotation, is D. It matters: with
    # 10 % the gain-8 output differs by an ESR of 6 %. LiveSPICE's own law has 27 % there.
    gain_wiper = audio_taper(knob("gain", gain))
    bass_wiper = audio_taper(knob("bass", bass))
    volume_wiper = audio_taper(knob("volume", volume))
    treble_wiper = knob("treble", treble)
    middle_wiper = knob("middle", middle)

    supply = [
        VoltageSource("HT", "ht", 320.0),  # D (400 V in [L], a 100 W amplifier)
        Resistor("R25", "ht", "ht_a", 10 * k),  # B [L]
        Capacitor("C9", "ht_a", "0", 10 * u),  # B [L]
        Resistor("R9", "ht", "ht_d", 4.7 * k),  # B [L]
        Capacitor("C13", "ht_d", "0", 10 * u),  # B [L]
        Resistor("R24", "ht_d", "ht_c", 10 * k),  # B [L]
        Capacitor("C7", "ht_c", "0", 10 * u),  # B [L]
        Resistor("R10", "ht_c", "ht_b", 2.7 * k),  # B [L]
        Capacitor("C12", "ht_b", "0", 10 * u),  # B [L]
    ]

    v1a = [
        # R202, 1 Mohm across the jack [M], is left out: an ideal source does not feel it.
        Resistor("R201", "in", "j1", 1 * k),  # B [M]
        Capacitor("C201", "j1", "j2", 47 * n),  # B [M]
        Resistor("R38", "j2", "0", 1 * M),  # A [L, M]
        Resistor("R31", "j2", "g1", 68 * k),  # A [L, X, M]
        Triode("V1A", "p1", "g1", "k1", model),
        Resistor("R14", "ht_a", "p1", 100 * k),  # C [M]; 220 kohm in [L, X]
        Resistor("R15", "k1", "0", 1.8 * k),  # A [L, M]; [X] reads 1 kohm
        Capacitor("C16", "k1", "0", 4.7 * u),  # A [L, X, M]
        Capacitor("C33", "p1", "c1", 22 * n),  # B [X, M]; [L] has the 4.7 nF alone
        Resistor("R79", "c1", "0", 10 * M),  # D where it sits; keeps C33 charged
    ]

    gain_network = [
        Capacitor("C57", "c1", "c2", 4.7 * n),  # A [L, X, M]
        Resistor("R81", "c2", "gt", 470 * k),  # A [L, X, M]
        Resistor("R80", "c2", "gn", 47 * k),  # A [L, M]
        Capacitor("C58", "gn", "gt", 1 * n),  # A [L, M]; [X] simplifies it to 470 pF
        Potentiometer("VR1", "gt", "w", "0", 1 * M, gain_wiper),  # A [L, M]
        Capacitor("C75", "gt", "w", 470 * p),  # A [L, M]; [X] reads 1 nF
        Resistor("R42", "w", "0", 1 * M),  # B [M]
        Resistor("R43", "w", "g2", 1 * k),  # B [M]
    ]

    v1b = [
        Triode("V1B", "p2", "g2", "k2", model),
        Resistor("R16", "ht_b", "p2", 100 * k),  # A [L, X, M]
        Resistor("R40", "k2", "0", 1.8 * k),  # A [L, M]
        Capacitor("C34", "k2", "0", 1 * u),  # A [L, X, M]
        Capacitor("C36", "p2", "c3", 4.7 * n),  # B [L, X]; 47 nF in [M]
        Resistor("R44", "c3", "g3", 470 * k),  # A [L, X, M]
        Resistor("R45", "g3", "0", 470 * k),  # C [L]; 2.2 Mohm in [M]
    ]

    v2a = [
        # No capacitor over the large cathode resistor: biased cold, it clips early on one side.
        Triode("V2A", "p3", "g3", "k3", model),
        Resistor("R18", "ht_c", "p3", 100 * k),  # A [L, X, M]
        Resistor("R17", "k3", "0", 4.7 * k),  # A [L, X, M]
        Capacitor("C29", "p3", "c4", 22 * n),  # A [L, X, M]
        Resistor("R47", "c4", "g4", 470 * k),  # A [L, X, M]
        Resistor("R49", "g4", "0", 470 * k),  # A [L, M]
    ]

    v2b = [
        Triode("V2B", "p4", "g4", "k4", model),
        Resistor("R20", "ht_d", "p4", 100 * k),  # A [L, X, M]
        Resistor("R48", "k4", "0", 2.2 * k),  # A [L, X, M]
        Capacitor("C25", "k4", "0", 1 * n),  # B [M]; none in [L]
    ]

    tone_stack = [
        Capacitor("C60", "p4", "tt", 470 * p),  # B [X, M]; 220 pF in [L]
        Potentiometer("VR5", "tt", "tw", "tb", 200 * k, treble_wiper),  # A [L, X, M], linear
        # R84, 33k, is A [L, X, M] with the switch off. On it is 68k in [X]; [M] has R83, 68k, and
        # C79, 470 pF, on the switch without saying how they are wired: C, and C79 is left out.
        Resistor("R84", "p4", "sl", (68 if tone_shift else 33) * k),
        Capacitor("C77", "sl", "tb", 22 * n),  # A [L, X, M]
        # A rheostat between treble and middle: up is more resistance, more bass.
        Potentiometer("VR7", "bm", "bm", "tb", 1 * M, bass_wiper),  # A [L, X, M]
        Capacitor("C78", "sl", "mw", 22 * n),  # A [L, X, M]
        Potentiometer("VR6", "bm", "mw", "0", 20 * k, middle_wiper),  # A [L, M], linear; 22k [X]
    ]

    send = [
        Potentiometer("VR4", "tw", "vw", "0", 1 * M, volume_wiper),  # A [L, M]
        # Nothing is published about this amplifier's loop: a divider and a buffer that give
        # a send of a few volts at most.
        Resistor("RFX1", "vw", "fd", 470 * k),  # D
        Resistor("RFX2", "fd", "0", 47 * k),  # D
        Buffer("EFX", "fd", "fo"),  # D
        Resistor("RFX3", "fo", "send", 1 * k),  # D
        Resistor("RLOAD", "send", "0", 1 * M),  # D: the recording interface's input
    ]

    title = (
        f"{TITLE}, gain {gain:g}, treble {treble:g}, "
        f"middle {middle:g}, bass {bass:g}, volume {volume:g}, "
        f"tone shift {on_off(tone_shift)}, {tube} tubes"
    )
    parts = supply + v1a + gain_network + v1b + v2a + v2b + tone_stack + send
    return Netlist(title, input="in", output="send", parts=parts)
