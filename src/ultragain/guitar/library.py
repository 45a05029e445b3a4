"""The music: six test riffs, and studies to train on. All of it was written for this project.

The names of the test riffs are the slots that the experiment's write-up gives them; the music in
them is ours and quotes nobody.
"""

import math
from functools import cache

from ultragain.errors import UltraGainError
from ultragain.guitar.score import parse
from ultragain.guitar.studies import SECONDS, study

#: Raised whenever what is rendered changes: a score here, a study, or the strings that play them.
VERSION = 3
MAX_STUDIES = 99

DESCRIPTIONS = {
    "battery": "Fast palm-muted gallops on the low string under stabbed power chords that slide home.",
    "electricEye": "Mid-tempo hard rock: open power chords against single-note answers and a squealed harmonic.",
    "holywar": "Dense thrash: tremolo picking that climbs in semitones between chord hits, then a dive.",
    "ohwell": "Slow bluesy lead on the neck pickup, with bends, slides, vibrato and a lot of air.",
    "sanitarium": "Clean arpeggios that ring into one another and swell from a whisper to harmonics.",
    "shadowlove": "Melodic lead: sung bends, hammer-ons, then octaves that slide and push to the end.",
}

TEST_RIFFS = {
    "battery": """
tempo 196
time 4/4
pickup bridge humbucker
tone 5
pick 0.10
tail 0.6
ff pm
| 6:0/8 6:0/16*2 6:0/8 6:0/16*2 open 6:5+5:7/8> pm 6:0/16*2 open 6:3+5:5/8> pm 6:0/16*2
| 6:0/8 6:0/16*2 6:0/8 6:0/16*2 open 6:6+5:8/8> pm 6:0/16*2 open 6:5+5:7/8> pm 6:0/16*2
| 5:2/8 6:0/16*2 5:3/8 6:0/16*2 5:5/8 6:0/16*2 4:2/8 6:0/16*2
| 6:0/16*4 6:3/16*4 6:5/16*4 open 6:6/16*4
| fff 6:0+5:2+4:2/4 r/8 6:7+5:9+4:9/8 6:6+5:8+4:8/8 r/8 pm ff 6:0/16*4
| open fff 6:5s7+5:7s9/4. ring 6:0+5:2+4:2/8 -/2
""",
    "electricEye": """
tempo 128
time 4/4
pickup bridge humbucker
pick 0.14
tail 0.4
| ff 5:0+4:2+3:2/4 r/8 5:0+4:2+3:2/8^ f pm 5:0/8 5:0/8 open 5:3/8 h5:5/8
| ff 4:0+3:2+2:3/8> r/8 4:0+3:2+2:3/4 mf 4:5/8 4:3/16 p4:0/16 5:3s5/8 5:0/8~
| ff [3x003x]/4 f pm 6:3/8*2 open ff 5:5+4:7/8 5:3+4:5/8 mf 3:2b4/8 3:0/8
| fff 5:0+4:2+3:2/8 r/8 f 3:5/16 h3:7/16 2:5/8 3:7ph/4~ ring fff [x02220]/4
""",
    "holywar": """
tempo 228
time 4/4
pickup bridge humbucker
pick 0.09
tail 0.5
ff
| pm 6:0/16*8 open 6:1/16*4 6:4/16*4
| pm 6:0/16*8 open 6:7/16*4 6:6/16*4
| fff 6:8+5:10/4> ff pm 6:0/16*4 open fff 6:7+5:9/8> r/8 ff pm 6:0/16*4
| open f 4:9/16*4 4:10/16*4 4:12/16*4 4:13/16*4
| 3:9/16*4 3:12/16*4 2:10/16*4 2:13/16*4
| fff 6:5+5:7+4:7/8*2 6:4+5:6+4:6/8*2 pm ff 6:0/16*8
| open fff 6:0+5:2+4:2/2 r/8 6:x+5:x+4:x/16*2 ring 6:12s1+5:14s3/4
""",
    "ohwell": """
tempo 72
time 4/4
pickup neck single
pick 0.20
tail 0.9
| r/8 f 3:7b9/8~ 2:8/8t mf 2:5/8t 3:7/8t mp 3:5/8~ mf 4:7/8~ r/8 r/16 ff 2:8b10/16
| -/8 f 2:8/16 p2:5/16 mf 3:5s7/8~ r/8 p 3:5/8 mp 4:7/8t h4:8/8t p4:5/8t ring ff 1:8b10/8~
""",
    "sanitarium": """
tempo 112
time 4/4
pickup neck humbucker
pick 0.18
strum 60
tail 1.0
ring
| mp 5:0/8 4:7/8 mf 3:5/8 2:6/8 f 1:0/8 2:6/8 mf 3:5/8 4:7/8
| mp 6:1/8 4:3/8 mf 3:2/8 1:0/8 ff 2:1/8 1:0/8 f 3:2/8 mf 2:1/8
| p 5:3/8 4:5/8 mp 3:0/8 2:3/8 f [x35033]/4 mp 4:12nh/8 p 3:12nh/8
""",
    "shadowlove": """
tempo 112
time 4/4
pickup bridge single
pick 0.13
tail 0.8
| f 3:9/8 h3:11/8 2:10/8 2:12b14/4~ -/8 2:12/16 p2:10/16 3:11/8
| mf 1:10/8 h1:12/8 f 1:12s15/8 1:15b17/8~ -/4 1:12/8 mf 2:13/8
| f 5:5+3:7/8 5:5+3:7/8 5:5s8+3:7s10/4 ff 5:10+3:12/8 5:x+3:x/16*2 ring 4:12+2:15/4~
""",
}


@cache  # a sweep or a book asks for the same ones again and again
def training_studies(seconds):
    """Studies to train on, as many as are needed.

    Parameters
    ----------
    seconds : float
        At least this much audio, tails included; a study lasts a little over 10 s.

    Returns
    -------
    dict of str to str
        Score texts named study01, study02, ..., in the order to play them: always the same ones,
        so what a short request returns is where a longer one begins.

    Raises
    ------
    UltraGainError
        If `seconds` is not positive, or more than there are studies for.
    """
    if not (math.isfinite(seconds) and seconds > 0):
        raise UltraGainError(f"training studies for {seconds} seconds: ask for a positive number of seconds")
    if seconds > MAX_STUDIES * SECONDS:
        most = math.floor(MAX_STUDIES * SECONDS)
        raise UltraGainError(f"training studies for {seconds} seconds: there are {most} seconds of them at most")
    chosen, total = {}, 0.0
    for number in range(1, MAX_STUDIES + 1):
        text = study(number)
        chosen[f"study{number:02d}"] = text
        total += parse(text).seconds
        if total >= seconds:
            break
    return chosen
