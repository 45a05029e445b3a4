"""Measurements that are kept by the content of what was measured."""

import json

import numpy as np
import pytest
from made_project import SAMPLE_RATE, plucks, write_take

from ultragain.checks.measurements import Measurements, measurements_file
from ultragain.checks.run import check_recordings
from ultragain.recording.layout import Take


def test_a_riff_moved_from_training_to_test_is_asked_for_again(tmp_path):
    """The same three files are compared, on other sides: what was measured of the first division is no answer."""
    noise = 0.1 * np.random.default_rng(7).normal(size=12 * SAMPLE_RATE)
    parts = {"a": noise[: 8 * SAMPLE_RATE], "b": noise[SAMPLE_RATE : 5 * SAMPLE_RATE], "c": noise[8 * SAMPLE_RATE :]}
    for name, part in parts.items():
        write_take(tmp_path, "Test" if name == "c" else "Train", "High", name, part, np.tanh(4 * part))
    path = tmp_path / "measurements.json"

    def overlaps():
        found = [
            finding
            for finding in check_recordings(tmp_path, measurements=Measurements(path))
            if finding.check == "overlap"
        ]
        return [finding.file for finding in found]

    def move(source, target):
        for one, other in zip((source.dry, source.wet), (target.dry, target.wet), strict=True):
            one.rename(other)

    in_training, in_test = (Take(tmp_path, split, "High", "b") for split in ("Train", "Test"))
    assert overlaps() == []
    move(in_training, in_test)
    assert overlaps() == ["Test/High/Dry/d_b.wav"]
    move(in_test, in_training)
    assert overlaps() == []


def test_an_unchanged_folder_is_not_measured_again(project):
    folder = project / "data/recordings/TestAmp/Lead"
    first = Measurements(measurements_file(project, folder))
    findings = check_recordings(folder, measurements=first)
    assert first.made > 0
    again = Measurements(measurements_file(project, folder))
    assert check_recordings(folder, measurements=again) == findings
    assert again.made == 0
    write_take(
        folder, "Test", "High", "one", plucks(0.5, np.random.default_rng(9)), plucks(0.5, np.random.default_rng(9))
    )
    changed = Measurements(measurements_file(project, folder))
    assert check_recordings(folder, measurements=changed) != findings


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 0, "measurements": {}}', '{"version": null}'])
def test_damaged_measurements_are_made_again(project, content):
    folder = project / "data/recordings/TestAmp/Lead"
    path = measurements_file(project, folder)
    path.parent.mkdir(parents=True)
    path.write_text(content)
    measurements = Measurements(path)
    check_recordings(folder, measurements=measurements)
    assert measurements.made > 0 and json.loads(path.read_text())["measurements"]
