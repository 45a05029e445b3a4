"""Players: HTML that links to audio files, and the files they link to.

The files are named after their content and stand in `_build/listening/audio`, from where the book's
`html_extra_path` copies them to `audio/` in the built HTML. A page loads a file only when somebody
presses play. Nothing is normalised: a row's players are as loud as the signals are.
"""

import html
from dataclasses import dataclass

import numpy as np
import soundfile
from IPython.display import HTML

from ultragain.audio import samples_digest
from ultragain.files import project_root, whole_file

FOLDER = "_build/listening/audio"
SOURCE = "../audio"  # from a page in notebooks/ of the built HTML


@dataclass(frozen=True)
class Clip:
    """Something to listen to.

    Attributes
    ----------
    label : str
        What a screen reader calls the player, e.g. "battery, dry".
    samples : np.ndarray, shape (n_samples,)
        Linear amplitude, 1.0 = full scale; beyond it the file clips.
    note : str
        A few words below the player.
    """

    label: str
    samples: np.ndarray
    note: str = ""


def audio_source(samples, sample_rate):
    """Write samples as a mono 16-bit FLAC, if that file is not there yet, and say where it will be.

    Parameters
    ----------
    samples : np.ndarray, shape (n_samples,)
    sample_rate : int
        In Hz.

    Returns
    -------
    str
        URL of the file, relative to a chapter's page.
    """
    samples = np.clip(samples, -1, 1)
    name = f"{samples_digest(samples)[:24]}-{sample_rate}.flac"
    path = project_root() / FOLDER / name
    if not path.is_file():
        with whole_file(path) as temporary:
            soundfile.write(temporary, samples, sample_rate, subtype="PCM_16", format="FLAC")
    return f"{SOURCE}/{name}"


def player(clip, sample_rate):
    """HTML of one player; the audio file is written on the way.

    Parameters
    ----------
    clip : Clip
    sample_rate : int
        In Hz.

    Returns
    -------
    str
    """
    source = html.escape(audio_source(clip.samples, sample_rate))
    label = html.escape(clip.label)
    note = f"<small>{html.escape(clip.note)}</small>" if clip.note else ""
    return f'<audio controls preload="none" src="{source}" aria-label="{label}" title="{label}"></audio>{note}'


def players_table(rows, columns, caption, sample_rate):
    """A table of players that scrolls sideways where the page is narrow.

    Parameters
    ----------
    rows : dict of str to list of (Clip or None)
        By the row's heading; None leaves a cell empty. A heading may have a second line after a
        newline.
    columns : list of str
        Headings of the clips' columns.
    caption : str
    sample_rate : int
        In Hz.

    Returns
    -------
    IPython.display.HTML
    """
    head = "".join(f'<th scope="col">{html.escape(column)}</th>' for column in ["riff", *columns])
    body = []
    for heading, clips in rows.items():
        name, *more = heading.split("\n", 1)
        below = f"<small>{html.escape(more[0])}</small>" if more else ""
        cells = "".join(f"<td>{player(clip, sample_rate) if clip else ''}</td>" for clip in clips)
        body.append(f'<tr><th scope="row">{html.escape(name)}{below}</th>{cells}</tr>')
    return scrolling(
        f"<table><caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>",
        caption,
        "players",
    )


def scrolling(content, label, kind="figures"):
    """HTML that scrolls in a box of its own, by finger, wheel or arrow keys, instead of breaking the page.

    Parameters
    ----------
    content : str
        HTML.
    label : str
        What a screen reader calls the box.
    kind : str
        A further class for the style sheet.

    Returns
    -------
    IPython.display.HTML
    """
    return HTML(
        f'<div class="ug-scroll ug-{kind}" role="region" tabindex="0" aria-label="{html.escape(label)}">{content}</div>'
    )


def recorded_clips(results):
    """Rows for the recorded riffs: each dry and wet at every gain.

    Parameters
    ----------
    results : Results

    Returns
    -------
    rows : dict of str to list of Clip
    columns : list of str
    """
    gains = results.experiment.device.gains
    rows = {}
    for riff in results.experiment.test_riffs:
        takes = {gain: results.recordings[gain].riffs[riff] for gain in gains}
        dry = next(iter(takes.values()))[0]
        rows[f"{riff}\n{len(dry) / results.experiment.sample_rate:.1f} s"] = [
            Clip(f"{riff}, dry", dry),
            *(Clip(f"{riff}, wet at gain {gain}", wet) for gain, (_, wet) in takes.items()),
        ]
    return rows, ["dry", *(f"wet, gain {gain} ({knob:g})" for gain, knob in gains.items())]
