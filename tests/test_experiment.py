import ast
import json
import re

import pytest
import yaml
from made_project import REPOSITORY

from ultragain.errors import UltraGainError
from ultragain.experiment import describe_keys, load_experiment
from ultragain.fields import name_problem
from ultragain.grid import DIMENSIONS, FACTORS, model_name
from ultragain.models.catalog import FAMILIES

WRITE_UP = REPOSITORY / "experiments" / "dsl20h_ultragain.yaml"


def test_the_experiment_file_holds_the_write_ups_settings():
    experiment = load_experiment(WRITE_UP, "full")
    assert experiment.device.gains == {"Low": 2, "Mid": 5, "High": 8}
    assert experiment.device.controls == {"treble": 5, "middle": 5, "bass": 5, "volume": 10}
    assert experiment.sample_rate == 44100
    assert experiment.grid.model_dump(exclude_none=True) == {
        "contexts": [44, 66, 88],
        "units": [64, 96],
        "learning_rates": [0.01, 0.0001],
    }
    training = experiment.training
    assert (training.batch_size, training.patience, training.shuffle, training.seed) == (64, 15, True, 25)
    family = FAMILIES[experiment.family]
    assert (family.name, family.optimizer, family.loss) == ("lstm-windowed", "Adam", "ESR")
    assert (experiment.sizes.training_windows, experiment.sizes.epochs) == (75000, 200)
    assert experiment.test_riffs == ["battery", "electricEye", "holywar", "ohwell", "sanitarium", "shadowlove"]
    rig = experiment.real_rig
    assert (rig["dry_input_gain_db"], rig["wet_input_gain_db"], rig["volume"], rig["tone_shift"]) == (20, 15, 10, False)


def test_quick_is_the_default_and_overrides_only_sizes():
    default, quick, full = (
        load_experiment(WRITE_UP),
        load_experiment(WRITE_UP, "quick"),
        load_experiment(WRITE_UP, "full"),
    )
    assert default == quick
    assert quick.model_dump(exclude={"sizes", "profile"}) == full.model_dump(exclude={"sizes", "profile"})
    assert quick.sizes.epochs < full.sizes.epochs


def test_where_runs_are_trained_is_no_part_of_an_experiments_content(tmp_path, settings):
    file = tmp_path / "test.yaml"
    file.write_text(yaml.safe_dump(settings))
    plain = load_experiment(file)
    file.write_text(yaml.safe_dump(settings | {"cluster": {"slurm": {"queue": "long"}, "ssh": {"hosts": ["a", "b"]}}}))
    elsewhere = load_experiment(file)
    assert (plain.cluster.slurm.queue, elsewhere.cluster.slurm.queue) == (None, "long")
    assert plain.model_dump() == elsewhere.model_dump()


def test_keys_that_several_sections_share_are_explained_once():
    rows = [(key.strip(), meaning) for key, meaning in describe_keys()]
    assert ("sge:", "The same keys as slurm.") in rows
    assert [key for key, _ in rows].count("walltime") == 1
    assert all(meaning for _, meaning in rows)


def nest(settings, path, value):
    for key in path[:-1]:
        settings = settings[key]
    if value is KeyError:
        del settings[path[-1]]
    else:
        settings[path[-1]] = value


@pytest.mark.parametrize(
    "path, value, message",
    [
        (["grid", "context"], [44], "unknown key grid.context; allowed here: contexts, units, learning_rates"),
        (
            ["profiles", "tiny", "units"],
            3,
            "unknown key profiles.tiny.units; allowed here: train_seconds, training_windows",
        ),
        (["grid", "contexts"], ["a"], r"grid.contexts\[0\]: must be a valid integer, got 'a'"),
        (["grid", "contexts"], [0], r"grid.contexts\[0\]: must be greater than 0"),
        (["grid", "contexts"], [44, 44], "grid.contexts: names a value twice"),
        (["grid"], KeyError, "key grid is missing"),
        (["training", "optimizer"], "sgd", "unknown key training.optimizer; allowed here: batch_size, patience"),
        (["family"], "transformer", "family: must be one of lstm-windowed.*, got 'transformer'"),
        (["grid", "units"], KeyError, "key grid.units is missing"),
        (["profiles", "tiny", "epochs"], 0, "profiles.tiny.epochs: must be greater than 0"),
        (["training", "seed"], True, "training.seed: must be a valid integer"),
        (["training", "validation_share"], 1.0, "training.validation_share: must be less than 1"),
        (["sizes", "scored_seconds"], "all", "sizes.scored_seconds: must be a number of seconds above 0, or whole"),
        (["device", "gains"], {"Low": 12}, "device.gains.Low: must be less than or equal to 10"),
        (["device", "circuit"], "dsl20h", "device: needs exactly one of circuit, capture and recordings"),
        (["device", "circuit"], "dsl40", "device.circuit: must be one of dsl20h, sd1"),
        (["device", "recordings"], "../elsewhere", "device.recordings: must be a folder inside the project"),
        (["device", "recordings"], "C:/elsewhere", "device.recordings: must be a folder inside the project"),
        (["device", "recordings"], r"data\MyAmp", "device.recordings: must have / between its folders"),
        (["device", "gains"], {"Low": True}, "device.gains.Low: must be a number, got True"),
        (["device", "controls"], {"treble": float("nan")}, "device.controls.treble: must be a number, got nan"),
        (["device", "controls"], {"treble": [5]}, "device.controls.treble: must be a number, true or false, or a name"),
        (["real_rig"], {"eq": [5]}, "real_rig.eq: must be text, a number, true or false, or the numbers of all gains"),
        (["device", "name"], "../elsewhere", "device.name: may not hold /"),
        (["device", "name"], None, "device.name: is empty .*quotation marks"),
        (["test_riffs"], [".."], r"test_riffs\[0\]: may not begin with"),
        (["default_profile"], "fast", "default_profile fast: unknown; allowed: tiny, longer"),
        (["profile"], "tiny", "profile: is chosen with --profile"),
        (["cluster"], {"lsf": {}}, "unknown key cluster.lsf; allowed here: slurm, sge, pbs, ssh"),
        (
            ["cluster"],
            {"slurm": {"cores": 4}},
            "unknown key cluster.slurm.cores; allowed here: queue, account, walltime",
        ),
        (["cluster"], {"slurm": {"queue": "long; rm"}}, "cluster.slurm.queue: must be one word of letters"),
        (
            ["cluster"],
            {"slurm": {"walltime": 36000}},
            'cluster.slurm.walltime: must be hours, minutes and seconds in quotation marks: "10:00:00"',
        ),
        (["cluster"], {"pbs": {"memory": "4"}}, "cluster.pbs.memory: must be a number and its unit, e.g. 4GB, got '4'"),
        (["cluster"], {"sge": {"directives": ["-l a\n#$ -l b"]}}, r"cluster.sge.directives\[0\]: must be one line"),
        (["cluster"], {"ssh": {"hosts": ["-oProxyCommand=x"]}}, r"cluster.ssh.hosts\[0\]: must be one word"),
    ],
)
def test_a_bad_setting_is_one_line_that_names_it(tmp_path, settings, path, value, message):
    nest(settings, path, value)
    file = tmp_path / "bad.yaml"
    file.write_text(yaml.safe_dump(settings, sort_keys=False))
    with pytest.raises(UltraGainError, match=f"bad.yaml: {message}") as error:
        load_experiment(file)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "content, message",
    [
        (b"title: a\ntitle: b", "line 2: key title occurs twice"),
        (b"? [a, b]\n: c", "line 1: a key must be a word on one line, not a list"),
        (b"device:\n  ? {a: b}\n  : c", "line 2: a key must be a word on one line, not a list"),
        (b"? |\n  a\n  b\n: c", "line 1: a key must be a word on one line"),
        (b"a: " + b"9" * 5000, "not valid YAML: Exceeds the limit"),
        (b"device:\n  gains: {null: 5}", 'line 2: null is no name for YAML: put it in quotation marks, "null"'),
        (b"a:\n  ~: 5", "line 2: ~ is no name for YAML: put it in quotation marks"),
        ("o\u0308: 1\n\u00f6: 2".encode(), "line 2: key \u00f6 occurs twice"),
        (b"a: \x00", "not valid YAML"),
        (b"[" * 3000, "not valid YAML"),
        (b"", "holds no settings"),
        (b"a: [1", "not valid YAML in line"),
        (b"\xff\xfe\x00", "cannot be read: it is not UTF-8; save it as that"),
        (b"!!python/object/apply:os.getcwd []", "not valid YAML"),
    ],
)
def test_unreadable_files_are_one_line(tmp_path, content, message):
    file = tmp_path / "bad.yaml"
    file.write_bytes(content)
    with pytest.raises(UltraGainError, match=message) as error:
        load_experiment(file)
    assert "\n" not in str(error.value)


NAMES = [
    "8",
    "1.50",
    "Off",
    "no",
    "yes",
    "5150",
    "0x10",
    "1_000",
    "010",
    "1e3",
    "true",
    "2024-01-01",
    "H\u00f6he 2",
    "=",
]


def test_names_are_read_as_they_are_written(tmp_path, settings):
    """YAML 1.1 reads most of these as numbers, switches or dates; quoted or not, they are the same names."""
    file = tmp_path / "test.yaml"
    for quoted in ("{}", "'{}'"):
        names = [quoted.format(name) for name in NAMES]
        kept = yaml.safe_dump({key: settings[key] for key in ("sample_rate", "grid", "training", "sizes")})
        file.write_text(
            f"{kept}title: {names[5]}\ntest_riffs: [{', '.join(names)}]\ndefault_profile: {names[0]}\n"
            f"profiles: {{{names[0]}: {{}}}}\nreal_rig: {{eq: {{{names[3]}: 5}}, since: 2024-01-01, at: 12:30}}\n"
            f"device: {{name: {names[5]}, version: {names[1]}, description: {names[2]}, recordings: data/x,\n"
            f"  gains: {{{', '.join(f'{name}: {i % 10}' for i, name in enumerate(names))}}}}}\n",
            encoding="utf-8",
        )
        found = load_experiment(file)
        assert found.gain_labels == found.test_riffs == NAMES
        device = found.device
        assert (device.name, device.version, device.description, found.title) == ("5150", "1.50", "Off", "5150")
        assert found.profile == "8" and list(found.profiles) == ["8"]
        assert found.real_rig == {"eq": {"no": 5}, "since": "2024-01-01", "at": "12:30"}


def test_one_name_in_two_forms_is_one_name(tmp_path, settings):
    """An umlaut may be one sign, or a letter and the sign for its dots."""
    settings["device"] |= {"name": "Verst\u00e4rker", "gains": {"Ho\u0308he": 5}}
    settings["test_riffs"] = ["Ru\u0308ckkopplung"]
    file = tmp_path / "test.yaml"
    file.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    found = load_experiment(file)
    assert found.device.name == "Verst\u00e4rker" and found.gain_labels == ["H\u00f6he"]
    assert found.test_riffs == ["R\u00fcckkopplung"]


@pytest.mark.parametrize(
    "name, problem",
    [
        ("Low", ""),
        ("Sehr laut", ""),
        ("Lautst\u00e4rke (8) #2, 'hot' & [wet] 100%", ""),
        ("\u30b2\u30a4\u30f3", ""),
        ("a" * 100, ""),
        ("a" * 101, "longer than 100 bytes"),
        ("\u00f6" * 51, "longer than 100 bytes"),
        ("", "must not be empty"),
        ("a:b", "may not hold :"),
        ("a\tb", r"may not hold U\+0009"),
        ("a\u00a0b", r"may not hold U\+00A0"),
        ("a\u200bb", r"may not hold U\+200B"),
        ("caf\udce9", r"may not hold U\+DCE9"),
        (".hidden", "may not begin with"),
        ("-8", "may not begin with"),
        ("_8", "may not begin with"),
        ("8 ", "nor end with"),
        ("8.", "nor end with"),
        ("aux.wav", "Windows keeps"),
        ("com1", "Windows keeps"),
    ],
)
def test_names_are_possible_on_every_system(name, problem):
    found = name_problem(name)
    assert bool(found) == bool(problem) and re.search(problem, found)


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(UltraGainError, match="none.yaml: cannot be read"):
        load_experiment(tmp_path / "none.yaml")


def test_an_unknown_profile_names_the_known_ones():
    with pytest.raises(UltraGainError, match="--profile huge: unknown; allowed: full, quick, smoke"):
        load_experiment(WRITE_UP, "huge")


def test_numbers_may_be_written_in_exponents(tmp_path, settings):
    settings["grid"]["learning_rates"] = ["1e-4"]  # what YAML makes of an unquoted 1e-4
    file = tmp_path / "test.yaml"
    file.write_text(yaml.safe_dump(settings, sort_keys=False))
    assert load_experiment(file).grid.learning_rates == [1e-4]


def test_own_recordings_are_not_called_virtual(tmp_path):
    experiment = load_experiment(WRITE_UP).with_recordings(tmp_path / "MyAmp" / "Lead")
    assert not experiment.is_virtual
    assert (experiment.device.name, experiment.device.version) == ("MyAmp", "Lead")
    assert "virtual" not in experiment.device.description
    assert experiment.real_rig == {}


@pytest.mark.parametrize(
    "place, description", [("TestAmp/Lead", "tanh of the dry signal"), ("Other/Lead", "recordings Other/Lead")]
)
def test_a_description_holds_only_for_the_device_it_describes(project, place, description):
    experiment = load_experiment("experiments/test.yaml").with_recordings(project / place)
    assert experiment.device.description == description


def test_a_folder_that_is_a_link_keeps_its_own_names(project):
    """The link may be what gives recordings elsewhere the names that the experiment describes."""
    (project / "disk").mkdir()
    (project / "data/recordings/TestAmp/Lead").rename(project / "disk" / "2024-05")
    (project / "TestAmp").mkdir()
    (project / "TestAmp" / "Lead").symlink_to(project / "disk" / "2024-05")
    device = load_experiment("experiments/test.yaml").with_recordings("TestAmp/Lead").device
    assert (device.name, device.version, device.description) == ("TestAmp", "Lead", "tanh of the dry signal")
    assert device.recordings == str(project / "TestAmp" / "Lead")


def test_a_folder_that_cannot_name_a_device_is_named_as_it_was_given(project):
    with pytest.raises(UltraGainError, match=r"^--recordings C:\\MyAmp\\Lead: version: may not hold :"):
        load_experiment("experiments/test.yaml").with_recordings("C:\\MyAmp\\Lead")


def test_the_grid_is_every_combination_and_the_gain_changes_slowest(tmp_path, settings):
    file = tmp_path / "test.yaml"
    file.write_text(yaml.safe_dump(settings, sort_keys=False))
    found = [tuple(combination.values()) for combination in load_experiment(file).combinations()]
    assert found[:4] == [("Low", 8, 4, 0.01), ("Low", 8, 4, 0.001), ("Low", 16, 4, 0.01), ("Low", 16, 4, 0.001)]
    assert [gain for gain, *_ in found] == ["Low"] * 4 + ["High"] * 4


def test_the_training_notebook_takes_every_dimension_of_the_grid():
    """papermill warns of a parameter that the notebook does not name, and goes on without it."""
    cells = json.loads((REPOSITORY / "notebooks" / "training.ipynb").read_text())["cells"]
    (cell,) = (cell for cell in cells if "parameters" in cell["metadata"].get("tags", []))
    named = {node.targets[0].id for node in ast.parse("".join(cell["source"])).body}
    assert set(DIMENSIONS) <= named


def test_a_model_in_words():
    combination = {"gain": "High", "context": 88, "units": 96, "learning_rate": 1e-4}
    assert model_name(combination) == "gain High, context 88, 96 units, learning rate 0.0001"
    assert model_name(combination, without=["gain"]) == "context 88, 96 units, learning rate 0.0001"


@pytest.fixture
def load(tmp_path):
    def load(settings, profile=None):
        file = tmp_path / "test.yaml"
        file.write_text(yaml.safe_dump(settings, sort_keys=False))
        return load_experiment(file, profile)

    return load


def test_a_family_says_what_its_grid_varies(load, settings, budgeted):
    windowed, other = load(settings), load(budgeted)
    assert tuple(each.name for each in windowed.dimensions) == FACTORS and windowed.is_windowed
    assert other.combinations() == [
        {"gain": gain, "minutes": minutes} for gain in ("Low", "High") for minutes in (2.0, 0.5)
    ]
    assert not other.is_windowed
    assert (windowed.longest_unpredicted, other.longest_unpredicted) == (15, 0)


def test_a_profile_overrides_the_sizes_of_its_family(load, budgeted):
    assert load(budgeted).sizes.steps_per_minute is None
    assert load(budgeted, "short").sizes.steps_per_minute == 30


@pytest.mark.parametrize(
    "path, value, message",
    [
        (["grid", "minutes"], KeyError, "key grid.minutes is missing: family budgeted needs it"),
        (["grid", "minutes"], [0], r"grid.minutes\[0\]: must be greater than 0"),
        (["grid", "contexts"], [8], "key grid.contexts is none of family budgeted's; allowed here: minutes"),
        (["training", "threads"], KeyError, "key training.threads is missing: family budgeted needs it"),
        (
            ["training", "patience"],
            3,
            "key training.patience is none of family budgeted's; allowed here: threads, seed",
        ),
        (["sizes", "epochs"], 3, "key sizes.epochs is none of family budgeted's; allowed here: train_seconds, steps_"),
        (["profiles", "tiny"], {"epochs": 3}, "key profiles.tiny.epochs is none of family budgeted's"),
    ],
)
def test_a_key_of_another_family_is_one_line_that_names_it(load, budgeted, path, value, message):
    nest(budgeted, path, value)
    with pytest.raises(UltraGainError, match=f"test.yaml: {message}") as error:
        load(budgeted)
    assert "\n" not in str(error.value)


def test_a_windowed_model_has_no_budget(load, settings):
    settings["grid"]["minutes"] = [2]
    with pytest.raises(UltraGainError, match="key grid.minutes is none of family lstm-windowed's; allowed here: cont"):
        load(settings)


def test_keys_say_whose_they_are(budgeted):
    meanings = {key.strip(): meaning for key, meaning in describe_keys()}
    assert meanings["minutes"].startswith("budgets of training time, in minutes (family ")
    assert meanings["batch_size"] == "windows a training step (family lstm-windowed)"
    assert "family" not in meanings["train_seconds"]


def test_a_model_with_a_budget_in_words():
    assert model_name({"gain": "High", "minutes": 2.5, "esr": 0.1}) == "gain High, 2.5 min"


@pytest.mark.parametrize("name", ["dsl20h_gain_knob", "dsl20h_gain_concatenated", "dsl20h_gain_single"])
def test_experiments_with_other_gains_share_what_is_recorded_at_the_same_ones(name):
    ours, theirs = (load_experiment(REPOSITORY / "experiments" / f"{each}.yaml") for each in (name, "dsl20h_wavenet"))
    gains, others = ours.device.gains, theirs.device.gains
    assert ours.device == theirs.device.model_copy(update={"gains": gains})
    assert (ours.sample_rate, ours.test_riffs) == (theirs.sample_rate, theirs.test_riffs)
    assert ours.sizes.train_seconds == theirs.sizes.train_seconds
    # one label for a position, and one position for a label
    everywhere = set(gains.items()) | set(others.items())
    assert len(everywhere) == len(dict(everywhere)) == len({position for _, position in everywhere})


def test_the_knob_is_trained_at_seven_positions_and_compared_at_the_six_between():
    knob, concatenated, single = (
        load_experiment(REPOSITORY / "experiments" / f"dsl20h_gain_{each}.yaml")
        for each in ("knob", "concatenated", "single")
    )
    assert [knob.device.gains[label] for label in knob.trained_gains] == [0.5, 2, 3.5, 5, 6.5, 8, 10]
    assert knob.training.held_out == single.gain_labels == single.trained_gains
    assert knob.device == concatenated.device and knob.training == concatenated.training
    assert knob.grid == concatenated.grid and len(knob.combinations()) == 1
    share = knob.combinations()[0]["minutes"] / len(knob.trained_gains)
    assert [each["minutes"] for each in single.combinations()] == [share] * len(single.gain_labels)
    assert (knob.covers_gains, single.covers_gains) == (True, False)


@pytest.mark.parametrize(
    "held_out, message",
    [
        (KeyError, "key training.held_out is missing: family wavenet-gain needs it"),
        (["Mid"], "key training.held_out: Mid is no gain of the device; it has Low, High"),
        (["High", "Low"], "key training.held_out: leaves no gain to train at"),
        (["Low", "Low"], "training.held_out: names a value twice"),
    ],
)
def test_some_gain_of_the_device_is_trained_at(load, budgeted, held_out, message):
    budgeted |= {"family": "wavenet-gain"}
    budgeted["training"]["held_out"] = []
    nest(budgeted, ["training", "held_out"], held_out)
    with pytest.raises(UltraGainError, match=f"test.yaml: {message}"):
        load(budgeted)


def test_labels_that_look_like_numbers_are_held_out_as_they_are_written(load, budgeted, tmp_path):
    budgeted |= {"family": "wavenet-gain"}
    budgeted["device"]["gains"] = {"0.5": 0.5, "1": 1}
    nest(budgeted, ["training", "held_out"], [1])  # without quotation marks
    assert load(budgeted).trained_gains == ["0.5"]


def test_a_model_of_one_gain_holds_none_out(load, budgeted):
    nest(budgeted, ["training", "held_out"], ["Low"])
    with pytest.raises(UltraGainError, match="key training.held_out is none of family budgeted's"):
        load(budgeted)


@pytest.mark.parametrize(
    "name, of",
    [
        ("dsl20h_wavenet", "dsl20h_ultragain"),
        ("dsl20h_stateful", "dsl20h_ultragain"),
        ("sd1_wavenet", "sd1_ds340"),
        ("real_wavenet", "real_amplifier"),
    ],
)
def test_experiments_on_one_device_share_its_recordings(name, of):
    shared = ("device", "sample_rate", "test_riffs")
    one, other = (yaml.safe_load((REPOSITORY / "experiments" / f"{each}.yaml").read_text()) for each in (name, of))
    assert {key: one[key] for key in shared} == {key: other[key] for key in shared}
    seconds = (
        {name: each["profiles"][name].get("train_seconds") for name in each["profiles"]} for each in (one, other)
    )
    assert next(seconds) == next(seconds)
