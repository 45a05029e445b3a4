"""The book's comparison player in JupyterLab.

It stands in a frame of its own, because JupyterLab takes L, M and 1 for commands of its own wherever else they are
pressed. Signals are kept in the page around it: each is sent once, however often the player changes.
"""

import base64
import html
import io
import json
from pathlib import Path

import ipywidgets as widgets
import numpy as np
import soundfile

from ultragain.audio import samples_digest
from ultragain.book.kit import players
from ultragain.book.kit.players import pictures

STATIC = Path(__file__).parents[3] / "book" / "_static" / "player"
KEPT = 16  # signals; one of 30 s takes some 2 MB
#: The frame takes its height from its content, its colours from JupyterLab, and its sound from the page.
FRAME = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Player</title><style>
body {{ margin: 0; font-size: 16px; }} .ug-player.ug-player {{ margin: 0; }}
html[data-theme="dark"] {{ color-scheme: dark; }}
{style}</style><script>
const page = parent.document, root = document.documentElement;
const colours = {{ "text-base": "--jp-content-font-color1", "text-muted": "--jp-content-font-color2",
  border: "--jp-border-color1", background: "--jp-layout-color0", surface: "--jp-layout-color1",
  primary: "--jp-brand-color1" }};
function dress() {{
  const theme = parent.getComputedStyle(page.body);
  root.dataset.theme = page.body.dataset.jpThemeLight === "false" ? "dark" : "light";
  for (const [name, theirs] of Object.entries(colours))
    root.style.setProperty(`--pst-color-${{name}}`, theme.getPropertyValue(theirs));
}}
dress();
new MutationObserver(dress).observe(page.body, {{ attributes: true, attributeFilter: ["data-jp-theme-light"] }});
addEventListener("DOMContentLoaded", () =>
  new ResizeObserver(() => (frameElement.style.height = `${{root.offsetHeight}}px`)).observe(root));
const pictures = {pictures};
window.ultragainHeld = (source, suffix) => {{
  const name = source.split("/").pop();
  if (suffix === ".png") return `data:image/png;base64,${{pictures[name]}}`;
  const sound = page.querySelector(`[data-ug-sound="${{name}}"]`)?.dataset.ugFlac;
  return `data:text/javascript,ultragainAudio("${{name}}","${{sound ?? ""}}")`;
}};
</script>{scripts}</head><body>{player}</body></html>"""


class Player:
    """A comparison player whose signals can be changed; display `box`.

    Attributes
    ----------
    box : ipywidgets.VBox
    clips : list of ultragain.book.kit.players.Clip
        What it plays.
    """

    def __init__(self):
        self.clips = []
        self._kept = {}  # by name: a widget that holds the sound, and the picture
        self._sounds = widgets.Box(layout=widgets.Layout(display="none"))
        self._frame = widgets.HTML(layout=widgets.Layout(max_width="60rem"))
        self.box = widgets.VBox([self._sounds, self._frame])

    def offer(self, title, clips, sample_rate, blind=()):
        """Change what it plays.

        Parameters
        ----------
        title, clips, sample_rate, blind
            As for `ultragain.book.kit.players.player`.
        """
        self.clips = clips
        names = [self._keep(clip.samples, sample_rate) for clip in clips]
        while len(self._kept) > max(KEPT, len(clips)):
            self._kept.pop(next(iter(self._kept)))
        self._sounds.children = [sound for sound, _ in self._kept.values()]
        document = FRAME.format(
            style=(STATIC / "player.css").read_text(),
            pictures=json.dumps({name: self._kept[name][1] for name in names}),
            scripts="".join(
                f"<script>{(STATIC / f'{name}.js').read_text()}</script>" for name in ("sound", "player", "blindtest")
            ),
            player=players.markup(title, clips, names, sample_rate, blind),
        )
        self._frame.value = (
            f'<iframe title="Player: {html.escape(title)}" srcdoc="{html.escape(document)}" '
            'style="display: block; width: 100%; height: 24rem; border: 0"></iframe>'
        )

    def _keep(self, samples, sample_rate):
        """Have a signal's sound in the page, among the latest; its name."""
        samples = np.clip(samples, -1, 1)
        name = f"{samples_digest(samples)[:24]}-{sample_rate}"
        kept = self._kept.pop(name, None)
        self._kept[name] = kept or (
            widgets.HTML(f'<i data-ug-sound="{name}" data-ug-flac="{_base64(_flac(samples, sample_rate))}"></i>'),
            _base64(pictures.draw(samples, sample_rate)),
        )
        return name


def _base64(content):
    return base64.b64encode(content).decode()


def _flac(samples, sample_rate):
    with io.BytesIO() as file:
        soundfile.write(file, samples, sample_rate, subtype="PCM_16", format="FLAC")
        return file.getvalue()
