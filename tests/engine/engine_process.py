"""Train small models as a process of its own does: for other processors, and for what Numba keeps on disk.

`python engine_process.py KIND INPUT.npz OUTPUT.npz` with one of KINDS; the last line that it prints is JSON.
"""

import json
import os
import subprocess
import sys

import numpy as np

RATE, SCALE = 1e-3, 0.01


def train_windowed(given):
    """One step, and two more: predictions, gradient and weights."""
    from ultragain.engine.lstm.windowed import WindowedLSTM

    x, batches = given["x"], np.arange(len(given["x"]))[None]
    engine = WindowedLSTM([given[f"weights_{n}"] for n in range(5)], x.shape[1])
    predicted = engine.learn(x, given["y"], batches, RATE)[0]
    gradient = engine.gradient
    engine.learn(x, given["y"], np.tile(batches, (2, 1)), RATE)
    return {"predicted": predicted, **_named("gradient", gradient), **_named("learned", engine.weights)}


def train_stateful(given):
    """Two steps on two chunks: the first one's gradient, and averaged weights."""
    from ultragain.engine.lstm.stateful import StatefulLSTM

    steps = given["x"].shape[1]
    starts = np.arange(len(given["x"])) * steps
    engine = StatefulLSTM([given[f"weights_{n}"] for n in range(5)], len(starts), steps // 2)
    for begin in (starts, starts + steps // 2):
        engine.learn(given["x"].ravel(), given["wet"].ravel(), begin, steps // 2, SCALE, RATE, limit=0.1, decay=0.5)
        if begin is starts:
            gradient = engine.gradient
    return {**_named("gradient", gradient), **_named("learned", engine.averaged)}


def step(given):
    """What a stateful model does with a gradient, alone."""
    from ultragain.engine.lstm import layout, stateful

    theta = np.ones(8, np.float32)
    stateful._step(layout.tiling_for(4, wide=1), theta, *theta * np.float32([[1], [2], [3], [4]]), RATE, 3, 100.0, 0.5)
    return {"learned": theta}


KINDS = {"windowed": train_windowed, "stateful": train_stateful, "step": step}


def _named(name, arrays):
    return {f"{name}_{n}": array for n, array in enumerate(arrays)}


def run(folder, kind, given, **environment):
    """Train in a new process.

    Parameters
    ----------
    folder : Path
        Files go there.
    kind : str
        One of KINDS.
    given : dict of np.ndarray
        weights_0 to weights_4 in Keras's order, x of shape (n, steps), y of shape (n,), wet of the shape of x.
    **environment : str

    Returns
    -------
    (dict of np.ndarray, dict)
        What `KINDS[kind]` returns, and what is known of the process.
    """
    np.savez(folder / "given.npz", **given)
    command = [sys.executable, __file__, kind, str(folder / "given.npz"), str(folder / "out.npz")]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    with np.load(folder / "out.npz") as out:
        return dict(out), json.loads(done.stdout.splitlines()[-1])


def main(kind, source, target):
    with np.load(source) as given:
        np.savez(target, **KINDS[kind](dict(given)))
    from ultragain.engine.lstm import stateful, windowed
    from ultragain.engine.registers import host_registers, reason_against

    stats = {"windowed": windowed._learn, "stateful": stateful._chunk, "step": stateful._step}[kind].stats
    print(
        json.dumps(
            {
                "lanes": host_registers().lanes,
                "reason_against": reason_against(),
                "loaded": sum(stats.cache_hits.values()),
                "compiled": sum(stats.cache_misses.values()),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
