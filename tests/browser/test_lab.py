"""The exploring notebooks in JupyterLab, in a browser: each is opened and run, and every widget in it moved."""

import shutil
from types import SimpleNamespace
from urllib.parse import urlsplit

import numpy as np
import pytest
import soundfile
import yaml
from axe_playwright_python.sync_playwright import Axe
from finished_run import finish
from made_lab import jupyterlab
from made_project import REPOSITORY, SETTINGS, plucks, write_recordings
from playwright.sync_api import TimeoutError

from ultragain.experiment import load_experiment
from ultragain.grid import FACTORS, GRID

pytestmark = pytest.mark.system

MOST_MS = 180_000  # to wait for something, on a machine with other work
AGAIN_MS = 30_000  # after which a widget is moved once more
LARGEST = 1_000_000  # bytes of a message from the kernel
#: Each has another value in every dimension of the grid than some other one.
COMBINATIONS = [("Low", 8, 4, 0.01), ("Low", 16, 6, 0.001), ("High", 8, 6, 0.01), ("High", 16, 4, 0.001)]


@pytest.fixture(scope="module")
def explored(tmp_path_factory, one_thread):
    """A project with four trained models and the exploring notebooks."""
    root = tmp_path_factory.mktemp("explored")
    (root / "experiments").mkdir()
    (root / "notebooks").mkdir()
    (root / "_toc.yml").touch()
    settings = SETTINGS | {"grid": SETTINGS["grid"] | {"units": [4, 6]}}
    settings |= {"sizes": SETTINGS["sizes"] | {"epochs": 1}}
    (root / "experiments" / "test.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
    write_recordings(root / settings["device"]["recordings"], {"Low": 1, "High": 4}, settings["test_riffs"])
    experiment = load_experiment(root / "experiments" / "test.yaml")
    for combination in COMBINATIONS:
        finish(experiment, dict(zip(FACTORS, combination, strict=True)), root)
    for name in ("explore", "explore_amp"):
        shutil.copy(REPOSITORY / "notebooks" / f"{name}.ipynb", root / "notebooks")
    return root


@pytest.fixture(scope="module")
def lab(explored, tmp_path_factory):
    environment = {"ULTRAGAIN_EXPERIMENT": "experiments/test.yaml", "ULTRAGAIN_PROFILE": "", "ULTRAGAIN_RECORDINGS": ""}
    with jupyterlab(explored, tmp_path_factory.mktemp("lab"), environment) as (url, token):
        yield SimpleNamespace(url=url, token=token)


@pytest.fixture
def run_notebook(browser, lab):
    """Open a notebook and run all of its cells; the test fails if anything complained by its end."""
    complaints, hosts, sizes, contexts = [], set(), [], []

    def received(message):
        content = message if isinstance(message, bytes) else message.encode()
        sizes.append(len(content))
        if b'"msg_type": "error"' in content:  # of a cell, or of what answers to a widget
            complaints.append(content[:2000])

    def run(name):
        contexts.append(browser.new_context(viewport={"width": 1400, "height": 1000}))
        page = contexts[-1].new_page()
        page.set_default_timeout(MOST_MS)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(f"{error}"))
        page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
        page.on("websocket", lambda socket: socket.on("framereceived", received))
        page.goto(f"{lab.url}lab/workspaces/{name}/tree/notebooks/{name}.ipynb?token={lab.token}")
        # before that, JupyterLab would ask for a kernel
        page.wait_for_function("() => window.jupyterapp?.shell.currentWidget?.sessionContext?.isReady")
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        figure(page).wait_for()
        return page

    yield run
    for context in contexts:
        (page,) = context.pages
        assert page.locator("[data-mime-type*='jupyter.error'], [data-mime-type*='jupyter.stderr']").count() == 0
        context.close()
    assert not complaints
    assert hosts <= {"127.0.0.1", None}  # None: what the page itself holds, as data
    assert max(sizes) < LARGEST


def figure(page):
    return page.locator("img.ug-figure")


def changed(page, move, *arguments, says=""):
    """Move a widget, and wait for another picture with another text; the text.

    Moved once more where nothing comes of it: JupyterLab may take the focus, or lose a message to the kernel.
    """
    before = [figure(page).get_attribute(name) for name in ("src", "alt")]
    for wait in (AGAIN_MS, MOST_MS):
        move(*arguments)
        try:
            page.wait_for_function(
                """([src, alt, says]) => {
                  const now = document.querySelector("img.ug-figure");
                  return now.src !== src && now.alt !== alt && now.alt.includes(says);
                }""",
                arg=[*before, says],
                timeout=wait,
            )
            break
        except TimeoutError:
            if wait == MOST_MS:
                raise
    return figure(page).get_attribute("alt")


def slide(page, name):
    """Move a slider by a step, away from its end."""
    slider = page.get_by_role("slider", name=name, exact=True)
    at_end = slider.get_attribute("aria-valuenow") == slider.get_attribute("aria-valuemax")
    slider.press("ArrowLeft" if at_end else "ArrowRight")


def drop(page, path):
    """Choose a file with the button for one's own DI."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="your own DI").click()
    chooser.value.set_files(path)


def listen(page):
    """Play and stop the player in its frame."""
    frame = page.frame_locator("iframe[title^=Player]")
    button = frame.locator(".ug-play")
    frame.get_by_label("Loop", exact=True).check()  # or it may be over before anybody looks
    button.click()
    frame.locator(".ug-play[data-state=playing]").wait_for()
    button.click()
    frame.locator(".ug-play[data-state=stopped]").wait_for()
    return frame


def faults(page):
    """Serious faults that axe finds in the notebook's panel."""
    found = Axe().run(page, context=".jp-OutputArea-output > .widget-vbox")
    return [
        (fault["id"], [node["html"][:200] for node in fault["nodes"]])
        for fault in found.response["violations"]
        if fault["impact"] in ("serious", "critical")
    ]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A stereo DI file at 48 kHz, one that is too long, and one that is no audio."""
    folder = tmp_path_factory.mktemp("files")
    dry = plucks(1.0, np.random.default_rng(3))
    soundfile.write(folder / "mine.flac", np.stack([dry, dry], axis=1), 48_000)
    soundfile.write(folder / "long.flac", np.full(31 * 8000, 0.1), 8000)
    (folder / "letter.wav").write_text("Dear amplifier,")
    return folder


def test_explore(run_notebook, files):
    page = run_notebook("explore")
    models = page.get_by_label("models", exact=True)
    assert models.locator("option").count() == len(COMBINATIONS)
    for dimension, values in zip(GRID, zip(*COMBINATIONS, strict=True), strict=True):
        shown = []
        for value in sorted(set(values)):
            page.get_by_label(dimension.noun, exact=True).select_option(dimension.text(value))
            page.locator(".ug-legend").get_by_text(dimension.named(value)).wait_for()
            shown.append(figure(page).get_attribute("src"))
        assert shown[0] != shown[1]
        page.get_by_label(dimension.noun, exact=True).select_option("all")
        page.wait_for_function("([list, count]) => list.options.length === count", arg=[models.element_handle(), 4])

    first = models.locator("option").first.text_content()
    page.get_by_label("sort by").select_option("ESR, worst first")
    page.wait_for_function("([list, text]) => list.options[0].text !== text", arg=[models.element_handle(), first])

    everything = models.locator("option").all_text_contents()
    changed(page, models.select_option, everything, says="gain Low and gain High")
    assert page.locator(".ug-legend tbody tr").count() == 6  # dry, wet, four models
    changed(page, page.get_by_label("riff", exact=True).select_option, "two", says="two from")
    changed(page, slide, page, "length (ms)")
    changed(page, slide, page, "look at (s)")
    frame = listen(page)
    assert frame.get_by_role("radio").count() == 7  # dry, two wet, four predicted
    frame.get_by_text("Blind test").wait_for()

    changed(page, drop, page, files / "mine.flac", says="your own: mine.flac")
    page.get_by_text("mine.flac: 0.9 s, peak").wait_for()
    page.locator(".jp-OutputArea-output .progress").wait_for(state="detached")
    page.frame_locator("iframe[title='Player: your own: mine.flac']").get_by_role("radio").nth(4).wait_for()
    assert listen(page).get_by_role("radio").count() == 5  # dry, four predicted
    before = figure(page).get_attribute("src")
    for name, reason in (("long.flac", "is 31 s long: cut it to 30 s"), ("letter.wav", "is no audio file")):
        drop(page, files / name)
        page.get_by_text(f"{name}: {reason}").wait_for()
    assert figure(page).get_attribute("src") == before
    assert faults(page) == []


def test_explore_amp(run_notebook, files):
    page = run_notebook("explore_amp")
    for name in ("gain", "treble", "middle", "bass", "volume", "look at (s)", "length (ms)"):
        changed(page, slide, page, name)
    changed(page, page.get_by_label("tone shift").check, says="tone shift on")
    changed(page, page.get_by_label("tube").select_option, "EHX-1", says="tube EHX-1")
    changed(page, page.get_by_label("riff").select_option, "ohwell", says="ohwell, preamp")
    changed(page, page.get_by_label("device").select_option, "pedal", says="ohwell, pedal")
    for name in ("drive", "tone", "level"):
        changed(page, slide, page, name)
    changed(page, drop, page, files / "mine.flac", says="mine.flac, pedal")
    page.frame_locator("iframe[title*='mine.flac']").get_by_role("radio").nth(1).wait_for()
    assert listen(page).get_by_role("radio").count() == 2
    drop(page, files / "letter.wav")
    page.get_by_text("letter.wav: is no audio file").wait_for()
    assert faults(page) == []
