"""The trainings of a capture, the file of the best model so far, and a page with a picture that shows how it goes."""

import html
import io
import time
from datetime import UTC, datetime

import pandas as pd

from ultragain.errors import UltraGainError
from ultragain.files import whole_file
from ultragain.formats.catalog import FORMATS
from ultragain.formats.network import About, Network
from ultragain.models.keras_file import weights_of
from ultragain.models.memory.learner import CHECKS
from ultragain.style import CYCLE, MARKERS, panels
from ultragain.training import runs
from ultragain.training.checkpoint import look
from ultragain.words import two_digits

PAGE = "index.html"
REFRESH = 3  # s, after which a browser loads the page again while trainings run


class SoFar:
    """What a capture has come to so far: a file for each gain, and the page. `look` brings them up to date.

    Parameters
    ----------
    experiment : Experiment
    root : Path
        The project's folder.
    folder : Path
        Where the files go.
    chosen : str
        Name of their format.

    Attributes
    ----------
    best : dict of str to dict
        By gain: file, esr (mean over the test riffs; None while it is not scored), val_esr and minutes of the best
        model so far.
    """

    def __init__(self, experiment, root, folder, chosen):
        self.experiment, self.root, self.folder = experiment, root, folder
        self.format, self.best = FORMATS[chosen], {}
        self._curves, self._started, self._drawn = {}, time.monotonic(), None

    def look(self, plan, is_over=False):
        """See how far the runs of a plan are, write what is better than before, and draw the page if that changed."""
        for run in [*plan.to_do, *plan.done]:
            folder = run.folder(self.root)
            if (folder / runs.RECORD).is_file():
                self._finished(run, folder)
            elif course := look(run.unfinished(self.root)):
                self._note(run, [row["val_esr"] for row in course.history])
                row = course.history[course.best_epoch - 1]
                self._offer(run, course.best_weights, row["val_esr"], None, datetime.now(UTC).isoformat())
        state = (is_over, {id: len(errors) for id, (_, _, errors) in self._curves.items()}, str(self.best))
        if state != self._drawn:
            self._drawn = state
            self._draw(is_over)

    def _finished(self, run, folder):
        history, scores = pd.read_csv(folder / runs.HISTORY), pd.read_csv(folder / runs.METRICS, dtype={"riff": str})
        self._note(run, history["val_esr"].tolist())
        known = self.best.get(run.parameters["gain"])
        if known and known["run"] == run.id and known["esr"] is not None:
            return
        esr = dict(zip(scores["riff"], scores["esr"].astype(float), strict=True))
        weights = weights_of((folder / runs.MODEL).read_bytes())
        finished = datetime.fromtimestamp((folder / runs.RECORD).stat().st_mtime, UTC).isoformat()
        self._offer(run, weights, history["val_esr"].min(), esr, finished)

    def _note(self, run, errors):
        self._curves[run.id] = (run.parameters["gain"], run.parameters["minutes"], errors)

    def _offer(self, run, weights, val_esr, esr, when):
        """Write the file of a model if it is better than the one there, by the validation audio; or if now scored."""
        gain, known = run.parameters["gain"], self.best.get(run.parameters["gain"])
        is_scored_now = known and known["run"] == run.id and esr is not None
        if known and not is_scored_now and not val_esr < known["val_esr"]:
            return
        device = self.experiment.device
        path = self.folder / f"{device.name}-{device.version}-{gain}{self.format.suffix}"
        about = About(
            name=f"{device.description}, {gain}",
            device=device.description,
            settings={"gain": gain, **run.parameters},
            esr=esr or {"validation": float(val_esr)},
            trained=when,
            run=run.id,
        )
        content = self.format.content(Network(run.family.network, weights, run.parameters["sample_rate"], about))
        with whole_file(path) as temporary:
            temporary.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.best[gain] = {
            "run": run.id,
            "file": path,
            "esr": about.mean_esr if esr else None,
            "val_esr": float(val_esr),
            "minutes": run.parameters["minutes"],
        }

    def _draw(self, is_over):
        rows = "".join(
            f"<tr><td>{html.escape(gain)}</td><td>{two_digits(best['val_esr'])}</td>"
            f"<td>{two_digits(best['esr']) if best['esr'] is not None else ''}</td>"
            f"<td>{html.escape(best['file'].name)}</td></tr>"
            for gain, best in self.best.items()
        )
        title = html.escape(self.experiment.device.description)
        state = "All trainings are over." if is_over else "Trainings go on; this page follows them."
        refresh = "" if is_over else f'<meta http-equiv="refresh" content="{REFRESH}">'
        page = (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8">{refresh}<title>{title}</title>'
            "<style>body{font:16px system-ui;max-width:50rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:"
            "#fff}td,th{text-align:left;padding:.2rem 1rem .2rem 0}svg{max-width:100%;height:auto}</style></head>"
            f"<body><h1>{title}</h1><p>{state}</p>{self._picture()}"
            "<table><tr><th>gain</th><th>validation ESR</th><th>ESR of the test riffs</th><th>file of the best so far"
            f"</th></tr>{rows}</table></body></html>\n"
        )
        with whole_file(self.folder / PAGE) as temporary:
            temporary.write_text(page, encoding="utf-8")

    def _picture(self):
        """ESR over minutes of training, a line for each training, as SVG."""
        gains = list(dict.fromkeys(gain for gain, _, _ in self._curves.values()))
        with panels(1, 1, 3.0) as (figure, axes):
            axis = axes[0, 0]
            for gain, minutes, errors in self._curves.values():
                number = gains.index(gain)
                spent = [minutes * (place + 1) / CHECKS for place in range(len(errors))]
                style = {"color": CYCLE[number % len(CYCLE)], "marker": MARKERS[number % len(MARKERS)]}
                axis.plot(spent, [100 * error for error in errors], markersize=3, **style)
            for number, gain in enumerate(gains):
                axis.plot([], [], color=CYCLE[number % len(CYCLE)], marker=MARKERS[number % len(MARKERS)], label=gain)
            axis.set(yscale="log", xlabel="minutes of training", ylabel="validation ESR (%)")
            if gains:
                axis.legend()
            content = io.BytesIO()
            figure.savefig(content, format="svg")
        text = content.getvalue().decode()
        return text[text.index("<svg") :]


def scored(so_far, gains):
    """A row for each gain: what its best model reached, as text; gains without one say so."""
    for gain in gains:
        if not (best := so_far.best.get(gain)):
            yield f"{gain}: no model"
            continue
        told = f"mean ESR {two_digits(best['esr'])}" if best["esr"] is not None else "not scored yet"
        yield f"{gain}: {told}, validation {two_digits(best['val_esr'])}, {best['minutes']:g} min: {best['file']}"


def require_room(folder):
    """A folder to write to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UltraGainError(f"{folder}: cannot be written ({error.strerror})") from error
