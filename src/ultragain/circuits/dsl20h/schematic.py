"""Schematic of the virtual DSL-style Ultra Gain preamp."""

from ultragain.circuits.schematic.sheet import HANGING, Sheet

WIDTH, HEIGHT = 25.0, 26.6  # units
PART = 2.0  # length of a part that lies, with its leads
CATHODE = 1.8  # of a part from a cathode down to ground
LOAD = 1.7  # of the resistor at a plate
TRACK = 3.0  # of a potentiometer in the tone stack


def draw(netlist):
    """Draw the virtual DSL-style Ultra Gain preamp, from the input jack to the FX send.

    The capacitances between a triode's electrodes belong to the tube and are not drawn. Small
    circles of one name are connected.

    Parameters
    ----------
    netlist : Netlist
        From `ultragain.circuits.dsl20h.netlist`, with any values.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    UltraGainError
        If a part of the netlist is not in the drawing, or is connected otherwise.
    """
    sheet = Sheet(netlist, WIDTH, HEIGHT)
    _gain_network(sheet, _input(sheet, 22.8))
    _clippers(sheet, 15.4)
    _send(sheet, _tone_stack(sheet, 11.1))
    _supply(sheet, 3.8)
    return sheet.figure()


def _input(sheet, y):
    """From the jack to the plate of the first tube, which is returned."""
    jack, j1, j2, g1 = ((x, y) for x in (1.0, 3.0, 5.0, 7.0))
    sheet.port("in", jack, "left")
    sheet.two_leads("R201", jack, j1)
    sheet.name("j1", j1)
    sheet.two_leads("C201", j1, j2)
    sheet.name("j2", j2)
    sheet.to_ground("R38", j2)
    sheet.two_leads("R31", j2, g1)
    grid, plate = _stage(sheet, "V1A", (8.6, y), "R14", "ht_a", "k1", ("R15", "C16"))
    sheet.wire(g1, grid)
    sheet.name("g1", grid)
    sheet.name("p1", plate, dx=-0.2, dy=0, halign="right")
    return plate


def _gain_network(sheet, plate):
    """From the first plate, through the network around the gain knob, to the second grid."""
    x, y = plate
    start, c1, c2 = (x + 1.4, y), (x + 3.4, y), (x + 5.4, y)
    sheet.wire(plate, start)
    sheet.two_leads("C33", start, c1)
    sheet.name("c1", c1)
    sheet.to_ground("R79", c1)
    sheet.two_leads("C57", c1, c2)
    sheet.name("c2", c2, dy=-0.6)

    corner, gn, above = (c2[0] + 2 * PART, y), (c2[0] + PART, y + 1.6), y + 1.6
    sheet.two_leads("R81", c2, corner)
    sheet.wire(c2, (c2[0], above))
    sheet.two_leads("R80", (c2[0], above), gn)
    sheet.name("gn", gn)
    sheet.two_leads("C58", gn, (corner[0], above))
    sheet.wire((corner[0], above), corner)

    gt, foot = (corner[0] + 0.9, y), (corner[0] + 0.9, y - 3.0)
    sheet.wire(corner, gt)
    sheet.name("gt", gt)
    tip = sheet.potentiometer("VR1", "GAIN", gt, foot)
    sheet.ground(foot)
    w = (gt[0] + 1.8, tip[1])
    sheet.wire(gt, (w[0], y))
    sheet.two_leads("C75", (w[0], y), w)
    sheet.wire(tip, w)
    sheet.name("w", w, dx=-0.4)
    sheet.to_ground("R42", w)
    sheet.wire(w, (w[0] + 1.3, w[1]))
    g2 = (w[0] + 1.3 + PART, w[1])
    sheet.two_leads("R43", (w[0] + 1.3, w[1]), g2)
    sheet.port("g2", g2, "right")


def _clippers(sheet, y):
    """The second, third and fourth tube."""
    grid, plate = _stage(sheet, "V1B", (2.5, y), "R16", "ht_b", "k2", ("R40", "C34"))
    sheet.port("g2", grid, "left")
    sheet.name("p2", plate, dx=-0.2, dy=0, halign="right")
    g3 = _divider(sheet, plate, y, "C36", "c3", "R44", "g3", "R45")
    grid, plate = _stage(sheet, "V2A", (g3[0] + 2.9, y), "R18", "ht_c", "k3", ("R17",))
    sheet.wire(g3, grid)
    sheet.name("p3", plate, dx=-0.2, dy=0, halign="right")
    g4 = _divider(sheet, plate, y, "C29", "c4", "R47", "g4", "R49")
    grid, plate = _stage(sheet, "V2B", (g4[0] + 2.9, y), "R20", "ht_d", "k4", ("R48", "C25"))
    sheet.wire(g4, grid)
    sheet.wire(plate, (plate[0] + 1.8, plate[1]))
    sheet.port("p4", (plate[0] + 1.8, plate[1]), "right")


def _stage(sheet, tube, center, load, supply, cathode_node, cathode_parts):
    """A triode between its supply and ground; returns the points of its grid and plate."""
    plate, grid, cathode = sheet.triode(tube, center)
    x, y = plate
    sheet.two_leads(load, (x, y + LOAD), plate)
    sheet.port(supply, (x, y + LOAD), "top")
    sheet.name(cathode_node, cathode, dx=-0.2, dy=-0.1, halign="right")
    for i, part in enumerate(cathode_parts):
        top = (cathode[0] + 1.8 * i, cathode[1])
        if i:
            sheet.wire(cathode, top)
        sheet.to_ground(part, top, CATHODE)
    return grid, plate


def _divider(sheet, plate, y, coupling, between, upper, grid, lower):
    """From a plate to the next grid, whose point is returned."""
    x, top = plate
    a, b, c = ((x + dx, top) for dx in (1.4, 1.4 + PART, 1.4 + 2 * PART))
    sheet.wire(plate, a)
    sheet.two_leads(coupling, a, b)
    sheet.name(between, b)
    sheet.two_leads(upper, b, c)
    end = (c[0], y)
    sheet.wire(c, end)
    sheet.name(grid, end, dx=0.4)
    sheet.to_ground(lower, end)
    return end


def _tone_stack(sheet, y):
    """From the last plate to the treble knob's wiper, which is returned."""
    left, caps, pots = 2.0, 3.8, 8.8
    tt, tb, bm, foot = ((pots, y - i * TRACK) for i in range(4))
    sl = (left, tb[1])
    sheet.port("p4", (1.1, y), "left")
    sheet.wire((1.1, y), (caps, y))
    sheet.two_leads("C60", (caps, y), (caps + PART, y))
    sheet.wire((caps + PART, y), tt)
    sheet.name("tt", tt)
    sheet.two_leads("R84", (left, y), sl)
    sheet.name("sl", sl, dx=-0.2, dy=-0.1, halign="right")
    treble = sheet.potentiometer("VR5", "TREBLE", tt, tb)

    sheet.wire(sl, (caps, tb[1]))
    sheet.two_leads("C77", (caps, tb[1]), (caps + PART, tb[1]))
    sheet.wire((caps + PART, tb[1]), tb)
    sheet.name("tb", tb, dx=0.25, dy=-0.1, halign="left")
    # the bass track's own bottom is up here: more resistance between tb and bm is more bass
    bass = sheet.potentiometer("VR7", "BASS", bm, tb)
    sheet.wire(bass, (bass[0], bm[1]), bm)
    sheet.name("bm", bm, dx=-0.25, dy=-0.1, halign="right")

    middle = sheet.potentiometer("VR6", "MIDDLE", bm, foot, wiper="left")
    sheet.ground(foot)
    sheet.wire(sl, (left, middle[1]), (caps, middle[1]))
    sheet.two_leads("C78", (caps, middle[1]), (caps + PART, middle[1]))
    sheet.wire((caps + PART, middle[1]), middle)
    sheet.name("mw", middle, dx=-0.5)
    return treble


def _send(sheet, treble):
    """From the treble knob's wiper to the FX send."""
    tw, foot = (13.0, treble[1]), (13.0, treble[1] - 2.0)
    sheet.wire(treble, tw)
    sheet.name("tw", treble, dx=0.6)
    vw = sheet.potentiometer("VR4", "VOLUME", tw, foot)
    sheet.ground(foot)
    sheet.name("vw", vw, dx=0.2)
    y = vw[1]
    fd = (vw[0] + 2.3, y)
    sheet.two_leads("RFX1", vw, fd)
    sheet.name("fd", fd)
    sheet.to_ground("RFX2", fd)
    sheet.wire(fd, (fd[0] + 0.9, y))
    fo = sheet.buffer("EFX", (fd[0] + 0.9, y))
    sheet.name("fo", fo, dx=0.4)
    send = (fo[0] + 2.6, y)
    sheet.two_leads("RFX3", (fo[0] + 0.6, y), send)
    sheet.wire(fo, (fo[0] + 0.6, y))
    sheet.to_ground("RLOAD", send)
    sheet.wire(send, (send[0] + 0.8, y))
    sheet.port("send", (send[0] + 0.8, y), "right")


def _supply(sheet, y):
    """The high tension and its ladder of filters."""
    ht_a, ht, ht_d, ht_c, ht_b = ((12.3 + 2.6 * i, y) for i in range(5))
    sheet.source("HT", ht, HANGING)
    sheet.name("ht", ht)
    sheet.two_leads("R25", ht, ht_a)
    sheet.two_leads("R9", ht, ht_d)
    sheet.two_leads("R24", ht_d, ht_c)
    sheet.two_leads("R10", ht_c, ht_b)
    for capacitor, node, point in (
        ("C9", "ht_a", ht_a),
        ("C13", "ht_d", ht_d),
        ("C7", "ht_c", ht_c),
        ("C12", "ht_b", ht_b),
    ):
        sheet.to_ground(capacitor, point)
        sheet.wire(point, (point[0], y + 0.5))
        sheet.port(node, (point[0], y + 0.5), "top")
