"""Players: HTML that names audio files and pictures, and the files themselves.

A player's HTML holds a list of plain audio elements and, as JSON, what `book/_static/player.js` needs to make a
comparison player of it: signals of equal length, switched while they play, at the same loudness, with a blind test.
Without the script, as in JupyterLab, the plain elements remain. A page loads audio only when somebody presses play.
"""

import html
import json
from dataclasses import dataclass

import numpy as np
from IPython.display import HTML

from ultragain.book.kit.players import files, pictures
from ultragain.book.kit.players.loudness import loudness

SOURCE = "../audio"  # from a page in a folder of the built HTML, such as notebooks/
MOST = 32  # channels that every browser can hold in one piece of audio


@dataclass(frozen=True)
class Clip:
    """Something to listen to.

    Attributes
    ----------
    label : str
        A few words that tell it from the other signals of its player, e.g. "dry".
    samples : np.ndarray, shape (n_samples,)
        Linear amplitude, 1.0 = full scale; beyond it the file clips.
    note : str
        A few words more, e.g. its ESR.
    """

    label: str
    samples: np.ndarray
    note: str = ""


def player(title, clips, sample_rate, blind=()):
    """HTML of one player; its audio files and pictures are written on the way, if they are not there yet.

    Parameters
    ----------
    title : str
        What a screen reader calls the player, e.g. "battery, gain High".
    clips : list of Clip
        What it switches between: 1 to 32 signals of equal length.
    sample_rate : int
        In Hz.
    blind : sequence of int
        Places in `clips` of what the blind test is about: the amplifier, then the models to choose from.
        Without two of them there is no blind test.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If the clips are of unequal length, or none or more than 32.
    """
    return markup(title, clips, [files.write(clip.samples, sample_rate) for clip in clips], sample_rate, blind)


def markup(title, clips, names, sample_rate, blind=()):
    """What `player` returns, for files that are there or will be; `names` are what `files.write` calls them."""
    lengths = {len(clip.samples) for clip in clips}
    if len(lengths) != 1 or len(clips) > MOST:
        raise ValueError(f"{title}: a player takes 1 to {MOST} signals of equal length, not {len(clips)} of {lengths}")
    settings = {
        "title": title,
        "rate": sample_rate,
        "seconds": round(lengths.pop() / sample_rate, 4),
        "tracks": [_track(clip, name, sample_rate) for clip, name in zip(clips, names, strict=True)],
        "blind": list(blind) if len(blind) > 1 else [],
        "marks": pictures.MARKS,
    }
    title, content = html.escape(title), html.escape(json.dumps(settings, separators=(",", ":"), allow_nan=False))
    plain = "".join(_plain(html.escape(clip.label), clip.note, name) for clip, name in zip(clips, names, strict=True))
    return f'<div class="ug-player" role="group" aria-label="{title}" data-player="{content}"><ul>{plain}</ul></div>'


def _plain(label, note, name):
    """What there is without the script."""
    audio = f'<audio controls preload="none" src="{SOURCE}/{name}.flac" aria-label="{label}"></audio>'
    return f"<li>{label} <small>{html.escape(note)}</small>{audio}</li>"


def _track(clip, name, sample_rate):
    level = loudness(np.clip(clip.samples, -1, 1), sample_rate)
    return {
        "label": clip.label,
        "note": clip.note,
        "source": f"{SOURCE}/{name}",
        "lufs": round(level, 2) if np.isfinite(level) else None,
    }


def stack(rows, caption, sample_rate, blind=()):
    """Players one below the other, the first one open, the others behind their titles.

    Parameters
    ----------
    rows : dict of str to list of Clip
        Clips of each player, by its title. A title may have a second line after a newline.
    caption : str
    sample_rate : int
        In Hz.
    blind : sequence of int
        As `player` takes it; the same for every player.

    Returns
    -------
    IPython.display.HTML
    """
    parts = [f'<p class="ug-caption">{html.escape(caption)}</p>']
    for place, (title, clips) in enumerate(rows.items()):
        name, *more = title.split("\n", 1)
        below = f" <small>{html.escape(more[0])}</small>" if more else ""
        parts.append(
            f'<details class="ug-fold"{"" if place else " open"}><summary>{html.escape(name)}{below}</summary>'
            f"{player(name, clips, sample_rate, blind)}</details>"
        )
    return HTML("\n".join(parts))


def recorded_clips(results):
    """The recorded riffs: each dry, and wet at every gain, as long as the shortest of these takes.

    Parameters
    ----------
    results : Results

    Returns
    -------
    dict of str to list of Clip
        As `stack` takes it.
    """
    gains = results.experiment.device.gains
    rows = {}
    for riff in results.experiment.test_riffs:
        takes = {gain: results.recordings[gain].riffs[riff] for gain in gains}
        length = min(len(wet) for _, wet in takes.values())
        dry = next(iter(takes.values()))[0]
        rows[f"{riff}\n{length / results.experiment.sample_rate:.1f} s"] = [
            Clip("dry", dry[:length]),
            *(Clip(f"wet, gain {gain} ({gains[gain]:g})", wet[:length]) for gain, (_, wet) in takes.items()),
        ]
    return rows
