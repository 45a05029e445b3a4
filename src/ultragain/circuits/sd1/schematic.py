"""Schematic of the virtual SD-1-style overdrive."""

from ultragain.circuits.schematic.sheet import Sheet

WIDTH, HEIGHT = 23.2, 17.6  # units
PART = 2.0  # length of a part that lies, with its leads


def draw(netlist):
    """Draw the virtual SD-1-style overdrive, from the input jack to the output jack.

    The poles of the op-amps belong to them and are not drawn. Small circles of one name are
    connected.

    Parameters
    ----------
    netlist : Netlist
        From `ultragain.circuits.sd1.netlist`, with any values.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    UltraGainError
        If a part of the netlist is not in the drawing, or is connected otherwise.
    """
    sheet = Sheet(netlist, WIDTH, HEIGHT)
    clip = _clipper(sheet, _input(sheet, 16.2))
    _low_pass(sheet, clip)
    _output(sheet, _tone(sheet, 6.4))
    return sheet.figure()


def _input(sheet, y):
    """From the jack through the first buffer to the op-amp's + input, which is returned."""
    jack, b1, follower = (1.0, y), (3.0, y), (4.4, y)
    sheet.port("in", jack, "left")
    sheet.two_leads("C1", jack, b1)
    sheet.name("b1", b1, dx=0.2)
    sheet.to_ground("R3", b1)
    sheet.wire(b1, follower)
    e1 = sheet.buffer("Q1", follower)
    c2 = (e1[0] + 0.4, y)
    sheet.wire(e1, c2)
    sheet.name("e1", c2, dx=-0.05)
    plus = (c2[0] + PART, y)
    sheet.two_leads("C2", c2, plus)
    sheet.name("plus", plus, dx=0.5)
    sheet.to_ground("R5", plus)
    sheet.wire(plus, (plus[0] + 3.0, y))
    return plus[0] + 3.0, y


def _clipper(sheet, plus):
    """The first op-amp with the diodes in its feedback; returns its output."""
    minus, output = sheet.op_amp("IC1A", plus)
    left, right = minus[0] - 0.7, minus[0] + 4.6
    one, two, drive = (minus[1] - depth for depth in (1.9, 3.3, 5.0))
    sheet.wire(minus, (left, minus[1]), (left, drive))
    sheet.name("minus", (left, one + 0.6), dx=-0.2, dy=-0.1, halign="right")
    clip = (right, output[1])
    sheet.wire(output, clip, (right, drive))
    sheet.name("clip", clip, dx=-0.7)
    sheet.two_leads("D1", (left, one), (right, one))
    sheet.two_leads("D2_D3", (right, two), (left, two))

    dr, end = (left + PART, drive), (right - 0.5, drive)
    sheet.two_leads("R6", (left, drive), dr)
    sheet.name("dr", dr, dx=0.1)
    tip = sheet.potentiometer("VR1", "DRIVE", dr, end, wiper="above")
    sheet.wire(end, (right, drive))
    sheet.wire(tip, (right, tip[1]))

    leg = (left - 2.6, two)
    sheet.wire((left, two), leg)
    sheet.two_leads("R7", leg, (leg[0], two - 2.0))
    sheet.name("leg", (leg[0], two - 2.0), dx=-0.2, dy=-0.1, halign="right")
    sheet.to_ground("C4", (leg[0], two - 2.0), 1.6)
    return clip


def _low_pass(sheet, clip):
    """From the clipper's output to the tone control's input."""
    x, y = clip
    tp, r9 = (x + 2.6, y), (x + 4.6, y)
    sheet.wire(clip, (x + 0.6, y))
    sheet.two_leads("R8", (x + 0.6, y), tp)
    sheet.to_ground("C5", tp)
    sheet.wire(tp, r9)
    sheet.to_ground("R9", r9)
    sheet.wire(r9, (r9[0] + 1.2, y))
    sheet.port("tp", (r9[0] + 1.2, y), "right")


def _tone(sheet, y):
    """The second op-amp with the tone control at its inputs; returns its output."""
    tp, bottom = (5.1, y), (5.1, y - 3.4)
    sheet.port("tp", (4.1, y), "left")
    sheet.wire((4.1, y), tp)
    # the track's own top is the - input's end, which stands below
    tip = sheet.potentiometer("VR2", "TONE", bottom, tp, wiper="left")
    tz = (tip[0] - 0.6 - PART, tip[1])
    sheet.name("tw", tip, dx=-0.2)
    sheet.wire(tip, (tip[0] - 0.6, tip[1]))
    sheet.two_leads("C6", (tip[0] - 0.6, tip[1]), tz)
    sheet.name("tz", tz, dx=-0.2)
    sheet.to_ground("R11", tz)

    plus = (tp[0] + 2.8, y)
    sheet.wire(tp, plus)
    minus, output = sheet.op_amp("IC1B", plus)
    left, right = minus[0] - 0.6, minus[0] + 3.0
    upper, lower = bottom[1], bottom[1] - 1.9
    sheet.wire(minus, (left, minus[1]), (left, lower))
    sheet.wire(bottom, (left, upper))
    sheet.name("tn", bottom, dx=0.7)
    tone = (right, output[1])
    sheet.wire(output, tone, (right, lower))
    sheet.two_leads("R10", (right, upper), (left, upper))
    sheet.two_leads("C7", (right, lower), (left, lower))
    sheet.name("tone", tone)
    return tone


def _output(sheet, tone):
    """From the tone control to the output jack."""
    x, y = tone
    l1, l2, foot = (x + 2.6, y), (x + 6.2, y), (x + 6.2, y - 2.4)
    sheet.wire(tone, (x + 0.6, y))
    sheet.two_leads("C8", (x + 0.6, y), l1)
    sheet.name("l1", l1)
    sheet.two_leads("R12", l1, (l1[0] + PART, y))
    sheet.wire((l1[0] + PART, y), l2)
    sheet.name("l2", l2)
    tip = sheet.potentiometer("VR3", "LEVEL", l2, foot)
    sheet.ground(foot)
    sheet.wire(tip, (tip[0] + 0.5, tip[1]))
    sheet.name("lw", tip, dx=0.2)
    out = sheet.buffer("Q2", (tip[0] + 0.5, tip[1]))
    load = (out[0] + 0.7, out[1])
    sheet.wire(out, (load[0] + 0.9, out[1]))
    sheet.to_ground("RLOAD", load)
    sheet.port("out", (load[0] + 0.9, out[1]), "right")
