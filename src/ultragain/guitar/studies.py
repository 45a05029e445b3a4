"""Studies to train on: scores composed from one-bar phrases, the same ones every time.

Every study has every technique: a chromatic run over all strings, a palm-muted bar, a
bar of chords with dead strokes, a lead high up with bends, slides and hammer-ons, and very soft notes
with silence and a natural harmonic; longer ones (faster tempos) add to that. Keys, tempos, tunings,
pickups, tone and the order change from study to study.
"""

import numpy as np

from ultragain.guitar.score import parse

#: (tempo, bars): five to eight bars of 4/4 that last close to 9.8 s.
SPEEDS = ((122, 5), (147, 6), (171, 7), (196, 8))
#: Seconds from the first note of a study to its end.
SECONDS = 10.2
PICKUPS = ("bridge humbucker", "neck humbucker", "bridge single", "middle single", "neck single")
TUNINGS = ("E2 A2 D3 G3 B3 E4", "E2 A2 D3 G3 B3 E4", "D2 A2 D3 G3 B3 E4", "Eb2 Ab2 Db3 Gb3 Bb3 Eb4")
OPEN_CHORDS = ("022100", "x02210", "x32010", "320003", "xx0232", "x02220", "022000", "x24432", "xx0231")
#: The tone knob is open on most guitars, and turned down on some; seven settings, so that each meets every pickup.
TONES = (10, 6, 10, 8, 10, 3, 9)
LOUD = ("mf", "f", "ff", "fff")
ANY = ("pp", "p", "mp", "mf", "f", "ff", "fff")
DEAD = "5:x+4:x+3:x"
PENTATONIC = (0, 3, 5, 7, 10, 12, 15)


def study(number):
    """Compose a study.

    Parameters
    ----------
    number : int
        1, 2, 3, ...: each number is one fixed piece of music.

    Returns
    -------
    str
        A score `SECONDS` long.
    """
    rng = np.random.default_rng([2025, number])
    tempo, bars = SPEEDS[(number - 1) % len(SPEEDS)]
    phrases = [chromatic, muted, chords, lead, whisper]
    phrases += [EXTRAS[i] for i in rng.choice(len(EXTRAS), bars - len(phrases), replace=False)]
    # A random order, so that soft bars come between loud ones.
    order = rng.permutation(len(phrases))
    head = [
        f"tempo {tempo}",
        "time 4/4",
        f"tuning {TUNINGS[(number - 1) // 2 % len(TUNINGS)]}",
        f"pickup {PICKUPS[(number - 1) % len(PICKUPS)]}",
        f"tone {TONES[(number - 1) % len(TONES)]}",
        f"pick {rng.uniform(0.08, 0.22):.2f}",
        f"strum {rng.integers(8, 45)}",
    ]
    music = [f"| open stop {phrases[i](rng)}" for i in order]
    tail = SECONDS - parse("\n".join([*head, *music])).music
    return "\n".join([*head, f"tail {tail:.6f}", *music]) + "\n"


def chromatic(rng):
    """A run over all six strings, up or down, growing or fading."""
    fret = int(rng.integers(1, 9))
    strings = [6, 5, 4, 3, 2, 1] if rng.random() < 0.5 else [1, 2, 3, 4, 5, 6]
    levels = ["p", "mp", "mf", "f", "ff"]
    if rng.random() < 0.3:
        levels.reverse()
    fingers = [0, 1, 2, 3] if strings[0] == 6 else [3, 2, 1, 0]
    # A bar holds 24 triplet sixteenths, four a string, or 16 straight ones: three a string, then two.
    if rng.random() < 0.5:
        runs = [(s, fret + f) for s in strings for f in fingers]
        length = "/16t"
    else:
        runs = [(s, fret + f) for i, s in enumerate(strings) for f in fingers[: 3 if i < 4 else 2]]
        length = "/16"
    words = []
    for i, (string, place) in enumerate(runs):
        if i % 4 == 0:
            words.append(levels[min(i // 4, 4)])
        words.append(f"{string}:{place}{length}")
    return " ".join(words)


def muted(rng):
    """Palm-muted gallops and eighths on the open low string and its neighbour, with chords let through."""
    words = [str(rng.choice(LOUD)), "pm", "6:0/8", "6:0/16*2"]
    for _ in range(3):
        string = int(rng.choice([6, 6, 5]))
        root = int(rng.choice([0, 0, 0, 1, 3, 5]))
        fret = int(rng.choice([1, 2, 3, 5, 6, 7, 8]))
        words.append(
            str(
                rng.choice(
                    [
                        f"{string}:{root}/8 {string}:{root}/16*2",
                        f"{string}:{root}/16*2 {string}:{root}/8",
                        f"{string}:{root}/16*4",
                        f"{string}:{root}/8*2",
                        f"open {string}:{fret}+{string - 1}:{fret + 2}/8> pm {string}:{root}/16*2",
                        f"open {string}:{fret}s{fret + 2}/8 pm {string}:{root}/16*2",
                        f"open {string - 1}:{fret}ph/8~ pm {string}:{root}/16*2",
                    ]
                )
            )
        )
    return " ".join(words)


def chords(rng):
    """Power chords, open and barre chords: full force and restrained, cut short, held, slid; dead strokes."""
    words = []
    for level in rng.permutation([rng.choice(["mp", "mf", "f", "ff"]), "fff"]):
        shape = _shape(rng)
        fret = int(rng.integers(1, 8))
        power = f"6:{fret}s{fret + 2}+5:{fret + 2}s{fret + 4}"
        words.append(
            str(
                rng.choice(
                    [
                        f"{level} {shape}/4 r/8 {DEAD}/16 {shape}/16^",
                        f"{level} {shape}/4. {DEAD}/16*2",
                        f"{level} {shape}/8 {shape}/8 {DEAD}/8 {shape}/8>",
                        f"{level} {shape}/8. {DEAD}/16 {power}/4>",
                        f"{level} {power}/8 {DEAD}/8 {shape}/4",
                    ]
                )
            )
        )
    return " ".join(words)


def _shape(rng):
    fret = int(rng.integers(1, 8))
    kind = rng.choice(["power", "open", "barre"], p=[0.4, 0.35, 0.25])
    if kind == "open":
        return f"[{rng.choice(OPEN_CHORDS)}]"
    if kind == "power":
        string = int(rng.choice([6, 5]))
        return f"{string}:{fret}+{string - 1}:{fret + 2}+{string - 2}:{fret + 2}"
    forms = [(0, 2, 2, 1, 0, 0), (0, 2, 2, 0, 0, 0), (None, 0, 2, 2, 2, 0), (None, 0, 2, 2, 1, 0)]
    form = forms[int(rng.integers(len(forms)))]
    return "[" + ",".join("x" if f is None else str(fret + f) for f in form) + "]"


def lead(rng):
    """High up: pentatonic eighths and sixteenths on three strings, bends, vibrato, hammer-ons, slides."""
    fret = int(rng.integers(9, 17))
    words = [str(rng.choice(["mf", "f", "ff"]))]
    always = [
        ["2:{c}b{d}/4~", "1:{b}b{d}/8 1:{a}/8", "3:{c}b{d}/8 2:{a}/8~"],
        ["1:{a}s{b}/8 2:{b}/8", "2:{c}s{a}/4~", "3:{a}s{c}/8. 2:{a}/16", "2:{e}/16 h2:{a}/16 2:{a}s{e}/8"],
        ["1:{a}/8 h1:{b}/8", "1:{b}/16 p1:{a}/16 2:{b}/16 2:{a}/16", "1:{b}/16 p1:{a}/16 h1:{b}/8~"],
    ]
    cells = [str(rng.choice(kind)) for kind in always]
    sometimes = ["1:{b}/16*4", "2:{b}/8t 1:{a}/8t 1:{b}/8t", "3:{c}ph/4~", "2:{a}ph/8 2:{b}ph/8~"]
    cells.append(str(rng.choice(sometimes)))
    for i in rng.permutation(len(cells)):
        words.append(cells[i].format(a=fret, b=fret + 3, c=fret + 2, d=fret + 4, e=fret - 2))
    return " ".join(words)


def whisper(rng):
    """Single notes barely touched, a silence, a natural harmonic, a last louder note that is let go."""
    a, b = (int(x) for x in rng.integers(2, 8, 2))
    string = int(rng.integers(1, 6))
    node = int(rng.choice([12, 12, 7, 7, 5, 19, 4, 9]))
    rings = f"{string}:{node}nh"
    return str(
        rng.choice(
            [
                f"ppp {string}:{a}/8 pp {string + 1}:{b}/8 r/4 p {rings}/4 r/4",
                f"pp {string + 1}:{a}/4 r/4 ppp {string}:{b}/8 r/8 f {string + 1}:{node}nh/8 r/8",
                f"r/8 pp {string}:{a}/8 ppp {string + 1}:{a}/4~ r/4 mf {rings}/8 r/8",
                f"pp [{rng.choice(OPEN_CHORDS)}]/4 r/4 p {string}:{b}/8 h{string}:{b + 2}/8 r/8 mp {rings}/8",
                f"p {string}:{b}s{b + 2}/8~ r/8 mf {rings}+{string + 1}:{node}nh/4 r/4 ppp {string}:{a}/4",
            ]
        )
    )


def arpeggio(rng):
    """A chord picked string by string and left to ring."""
    chord = str(rng.choice(OPEN_CHORDS))
    places = [(6 - i, fret) for i, fret in enumerate(chord) if fret != "x"]
    words = ["ring"]
    for i in range(8):
        string, fret = places[(i if i < 5 else 8 - i) % len(places)]
        words.append(f"{rng.choice(['p', 'mp', 'mf', 'f']) if i % 2 == 0 else ''} {string}:{fret}/8")
    return " ".join(words)


def tremolo(rng):
    """One string picked as fast as a hand goes, climbing."""
    string, fret = int(rng.integers(1, 7)), int(rng.integers(2, 12))
    level = str(rng.choice(["mp", "f", "ff"]))
    return f"{level} " + " ".join(f"{string}:{fret + int(step)}/16*4" for step in np.cumsum(rng.integers(0, 4, 4)))


def octaves(rng):
    """Two strings an octave apart, with dead strokes between."""
    string, words = int(rng.choice([6, 5])), [str(rng.choice(["mf", "f", "ff"]))]
    for fret in rng.integers(2, 12, 4):
        octave = f"{string}:{fret}+{string - 2}:{fret + 2}"
        words.append(f"{octave}/8 {octave}/16 {string}:x+{string - 2}:x/16")
    return " ".join(words)


def scratch(rng):
    """Sixteenths of a small high chord among dead strokes."""
    fret, words = int(rng.integers(3, 10)), [str(rng.choice(["mp", "mf", "f"]))]
    for sounding in rng.random(16) < 0.4:
        words.append(f"3:{fret}+2:{fret}+1:{fret}/16" if sounding else "3:x+2:x+1:x/16")
    return " ".join(words)


def riff(rng):
    """Single notes of a pentatonic on the low strings, each as loud as it happens to be."""
    words = []
    for step in rng.integers(0, len(PENTATONIC), 8):
        fret = PENTATONIC[step]
        words.append(f"{rng.choice(ANY[2:])} {6 - fret // 5}:{fret % 5}/8")
    return " ".join(words)


EXTRAS = (arpeggio, tremolo, octaves, scratch, riff)
