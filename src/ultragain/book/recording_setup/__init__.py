"""Chapter *Recording setup*: the real rig and the virtual ones, what circuits do to a note, and what was recorded."""

from IPython.display import Markdown, display

from ultragain.book.kit import devices, glue, players
from ultragain.book.kit.facts import experiment_facts
from ultragain.book.kit.tables import table
from ultragain.book.recording_setup import facts, figures, tables
from ultragain.circuits import agreement, measured
from ultragain.circuits.catalog import CIRCUITS
from ultragain.evaluation.anatomy.limits import ALL_RIFFS, replicate_floor
from ultragain.files import project_root
from ultragain.guitar import likeness

KNOB_NAMES = {circuit.kind: circuit.knob for circuit in CIRCUITS.values()}
SPICE_SOURCE = f"Source: {agreement.FILE.as_posix()}"


def open_chapter():
    """Results of the book, and this chapter's facts for its prose."""
    results = glue.open_book()
    glue.publish(experiment_facts(results) | facts.recording_facts(results.experiment))
    return results


def real_rig(results):
    """How the real rig was set: a table."""
    return table(tables.settings(results.experiment.real_rig), "The real rig's settings, from the experiment file")


def dry_signals(results):
    """The dry test riffs beside real guitars: a table."""
    experiment = results.experiment
    recorded = results.recordings[experiment.gain_labels[0]]
    played = {riff: dry for riff, (dry, _) in recorded.riffs.items()}
    compared = likeness.compare_with_real(played, experiment.sample_rate, project_root())
    return table(
        tables.dry_signals(compared),
        f"Dry test riffs beside six real clips. Source: {results.source}; data/reference/real-di.csv",
    )


def circuits(results):
    """Show each circuit's story and schematic."""
    for circuit, netlists in _shown(results):
        caption = (
            f"The {circuit.title}, from the {circuit.input} to the {circuit.output}, drawn from the same list of parts "
            "that is simulated. Values are blue, names of nodes brown; small circles of one name are connected."
        )
        display(Markdown(facts.story(circuit, results.experiment)))
        display(figures.captioned(circuit.draw(netlists[max(netlists)]), caption, f"Schematic: {circuit.picture}"))


def _shown(results):
    """The circuits, each with its netlists by the gain knob's position."""
    return [(circuit, measured.netlists(results.experiment, circuit)) for circuit in CIRCUITS.values()]


def _measure(results, measurement):
    """What a function finds of each circuit at each gain, by the circuit's kind and the gain knob's position."""
    return {
        circuit.kind: {position: measurement(netlist) for position, netlist in netlists.items()}
        for circuit, netlists in _shown(results)
    }


def against_spice(results, oversampling, steps):
    """ESR against SPICE at one of the oversamplings that were compared: a table."""
    measurements = agreement.measurements(project_root())
    return table(
        agreement.against_spice(measurements, oversampling).T, f"{steps}: ESR in dB against SPICE. {SPICE_SOURCE}"
    )


def rest_against_spice(results):
    """Direct voltages and the gain of quiet notes against SPICE: a table."""
    return table(
        agreement.at_rest(agreement.measurements(project_root())).T,
        f"At rest and for quiet notes: largest differences of voltages and of gain from SPICE. {SPICE_SOURCE}",
    )


def oversampling(results):
    """ESR at each oversampling against a much higher one: a table."""
    reference = 64
    return table(
        agreement.aliasing(agreement.measurements(project_root()), reference),
        f"Other rates: ESR in dB of the circuit against itself at {reference} times oversampling. {SPICE_SOURCE}",
    )


def limits(results):
    """What the circuits assume or leave out: a list."""
    return Markdown("".join(circuit.limits for circuit in CIRCUITS.values()))


def stages(results):
    """Show one note at every stage of each circuit."""
    rate = results.experiment.sample_rate
    for circuit, netlists in _shown(results):
        voltages = {position: measured.stage_voltages(netlist, rate) for position, netlist in netlists.items()}
        caption = (
            f"One note at every stage of the {circuit.kind}, a column for each position of the {circuit.knob} knob. "
            "All panels of a row have the same scale; dotted lines are the voltages at rest. Source: simulation of "
            f"the {circuit.title}."
        )
        alt = (
            "Small waveforms in a grid: rows from the input over every tube or op-amp to the output, columns for the "
            f"positions of the {circuit.knob} knob"
        )
        display(figures.captioned(figures.stage_waveforms(voltages, rate, circuit.knob), caption, alt))
        display(Markdown(facts.stage_sentence(voltages, circuit.knob)))


def operating_points(results):
    """Show where the tubes rest, of each circuit that has any."""
    for circuit, netlists in _shown(results):
        points = {position: measured.operating_points(netlist) for position, netlist in netlists.items()}
        top = max(points)
        if points[top].empty:
            continue
        display(Markdown(facts.rest_sentence(points[top], points.values(), circuit.knob)))
        caption = (
            "Voltages to ground and the plate's current, at rest. Source: simulation of the "
            f"{circuit.title}, {circuit.knob} {top:g}"
        )
        display(table(tables.operating_points(points[top]), caption))


def responses(results):
    """Small-signal gain over frequency: a figure. Publishes the `responses` in words."""
    found = _measure(results, measured.gain_db)
    _publish("responses", facts.response_sentence, found)
    return figures.frequency_responses(found, KNOB_NAMES)


def _publish(name, sentence, found):
    """Publish a sentence on each circuit under one name."""
    glue.publish({name: " ".join(sentence(by_gain, kind, KNOB_NAMES[kind]) for kind, by_gain in found.items())})


def tone_controls(results):
    """Small-signal gain with each tone control turned: a figure."""
    return figures.frequency_responses(
        {
            f"{circuit.kind}: {control}": lines
            for circuit in CIRCUITS.values()
            for control, lines in measured.tone_responses(results.experiment, circuit).items()
        }
    )


def distortion(results):
    """Level and distortion of a sine over its input level: a figure. Publishes the `distortions` in words."""
    found = _measure(results, measured.distortion)
    _publish("distortions", facts.distortion_sentence, found)
    return figures.distortion(found, KNOB_NAMES)


def recovery(results):
    """Level of a quiet tone after a loud one: a figure. Publishes what `devices.recovery_facts` says."""
    experiment = results.experiment
    curves = devices.recoveries(experiment)
    glue.publish(devices.recovery_facts(curves, experiment))
    by_kind = {CIRCUITS[name].kind: by_gain for name, by_gain in curves.items()}
    return figures.recovery(by_kind, KNOB_NAMES, experiment.grid.contexts, experiment.sample_rate)


def waveforms(results):
    """The first test riff, dry and at each gain: a figure."""
    return figures.recorded_waveforms(*_first_riff(results))


def spectra(results):
    """Spectra of the first test riff, dry and at each gain: a figure."""
    return figures.recorded_spectra(*_first_riff(results))


def _first_riff(results):
    """Dry, wet by gain, and the sample rate."""
    riff = results.experiment.test_riffs[0]
    takes = {gain: recorded.riffs[riff] for gain, recorded in results.recordings.items()}
    (dry, _), *_ = takes.values()
    return dry, {gain: wet for gain, (_, wet) in takes.items()}, results.experiment.sample_rate


def levels(results):
    """Levels of the test riffs: a table."""
    return table(
        tables.recorded_levels(results), f"Peak / RMS level of the test riffs in dBFS. Source: {results.source}"
    )


def noise_floor(results):
    """The ESR that noise alone makes: a table, if any riff was recorded twice. Publishes the `floor` in words."""
    floor = replicate_floor(results.recordings).drop(columns=ALL_RIFFS, errors="ignore")
    glue.publish({"floor": facts.floor_sentence(floor)})
    if floor.empty:
        return None
    return table(tables.noise_floor(floor), f"ESR in % that noise alone makes. Source: {results.source}")


def riffs(results):
    """The test riffs: a table."""
    return table(tables.riffs(results), f"The test riffs. Source: {results.source}", wrap=True)


def recordings(results):
    """Players of the test riffs, dry and at each gain."""
    return players.stack(
        players.recorded_clips(results),
        f"Test riffs as recorded. Source: {results.source}",
        results.experiment.sample_rate,
    )
