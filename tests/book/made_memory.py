"""Models with memory that no training made: every score is chosen by the test."""

from types import SimpleNamespace

import pandas as pd

from ultragain.book.kit.memory import gather

GAINS = ["Low", "High"]
RIFFS = ["one", "two"]
RATE = 44100
EPOCHS = 4


def made_experiment(family="lstm-windowed", seed=25, profile="full"):
    return SimpleNamespace(
        family=family,
        profile=profile,
        gain_labels=GAINS,
        sample_rate=RATE,
        test_riffs=RIFFS,
        training=SimpleNamespace(seed=seed),
        grid=SimpleNamespace(contexts=[44, 88]),
        is_virtual=False,
        device=SimpleNamespace(description="made amplifier", name="Made", version="Lead", recordings="nowhere"),
        is_windowed=family == "lstm-windowed",
    )


def made_grid(family, esr, combinations, seed=25, expected=4):
    """Results of a family.

    Parameters
    ----------
    family : str
    esr : callable
        (combination, riff) -> ESR.
    combinations : list of dict
        Of the family's dimensions.
    seed, expected : int
    """
    runs = {f"{family}-{number}-s{seed}": each for number, each in enumerate(combinations)}
    scores = pd.DataFrame(
        [{"run": run, **each, "riff": riff, "esr": esr(each, riff)} for run, each in runs.items() for riff in RIFFS]
    )
    models = pd.DataFrame(
        [
            {
                "run": run,
                **each,
                "steps": 1000,
                "training_seconds": 60.0 * each.get("minutes", 30),
                "val_esr": 0.01,
                "esr": scores.loc[scores["run"] == run, "esr"].median(),
            }
            for run, each in runs.items()
        ]
    ).set_index("run")
    histories = pd.DataFrame(
        [
            {"run": run, "epoch": epoch, "val_esr": 0.1 / epoch, "rate_factor": 0.5 if epoch == EPOCHS else 1.0}
            for run in runs
            for epoch in range(1, EPOCHS + 1)
        ]
    )
    return SimpleNamespace(
        experiment=made_experiment(family, seed),
        models=models,
        scores=scores,
        histories=histories,
        records={run: {"audio": {"training": 170.0, "validation": 19.0}} for run in runs},
        expected=expected,
        source=f"{family} of the made amplifier",
    )


def made_windowed(esr):
    """Windowed models, the same ESR of each on every riff: by gain, of a context of 44 samples; half with 88."""
    combinations = [
        {"gain": gain, "context": context, "units": 64, "learning_rate": 0.01} for gain in GAINS for context in (44, 88)
    ]
    return made_grid("lstm-windowed", lambda each, riff: esr[each["gain"]] * 44 / each["context"], combinations)


def made_peers(rows=()):
    """A table of peers: (gain, model, minutes, mean ESR, aliasing in dB) each."""
    names = ["gain", "model", "minutes", "esr_mean", "aliasing_db"]
    return pd.DataFrame(rows, columns=names).assign(device="made amplifier")


def made_memory(*grids, windowed=None, peers=()):
    return gather(made_experiment(), windowed, list(grids), made_peers(peers))


def wavenets(esr, minutes=(2, 10), gains=GAINS, **options):
    """WaveNets of every gain and budget; esr as in `made_grid`."""
    return made_grid(
        "wavenet", esr, [{"gain": gain, "minutes": float(each)} for gain in gains for each in minutes], **options
    )


def stateful(esr, minutes=(2, 10), gains=GAINS, **options):
    """Stateful LSTMs of 64 units, likewise."""
    combinations = [{"gain": gain, "units": 64, "minutes": float(each)} for gain in gains for each in minutes]
    return made_grid("lstm-stateful", esr, combinations, **options)
