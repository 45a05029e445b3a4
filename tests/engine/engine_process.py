"""Train small models as a process of its own does: for other processors, and for what Numba keeps on disk.

`python engine_process.py KIND INPUT.npz OUTPUT.npz` with one of KINDS; the last line that it prints is JSON.
"""

import json
import os
import re
import subprocess
import sys

import numpy as np

RATE = 1e-3


def train_windowed(given):
    """One step, and two more: predictions, gradient and weights."""
    from ultragain.engine.lstm.windowed import WindowedLSTM

    x, batches = given["x"], np.arange(len(given["x"]))[None]
    engine = WindowedLSTM([given[f"weights_{n}"] for n in range(5)], x.shape[1])
    predicted = engine.learn(x, given["y"], batches, RATE)[0]
    gradient = engine.gradient
    engine.learn(x, given["y"], np.tile(batches, (2, 1)), RATE)
    return {"predicted": predicted, **_named("gradient", gradient), **_named("learned", engine.weights)}


def find_gradient(given):
    """The mean squared error's gradient on streams, from a zero state."""
    from ultragain.engine.lstm.stateful import StatefulLSTM

    streams, steps = given["x"].shape
    engine = StatefulLSTM([given[f"weights_{n}"] for n in range(5)], streams, steps)
    dry, wet = given["x"].ravel(), given["wet"].ravel()
    engine.find_gradient(dry, wet, np.arange(streams) * steps, steps, 2 / len(dry))
    return _named("gradient", engine.gradient)


def find_wavenet_gradient(given):
    """The gradient of half of the sum of squared errors of one segment, and what is played."""
    from ultragain.engine.wavenet.layout import BEFORE
    from ultragain.engine.wavenet.model import WaveNet

    dry, wet = given["dry"], given["wavenet_wet"]
    weights = [given[f"wavenet_weights_{n}"] for n in range(sum(name.startswith("wavenet_weights") for name in given))]
    engine = WaveNet(weights, len(dry) - BEFORE)
    engine.find_gradient(dry, wet, [BEFORE], 1)
    return {**_named("gradient", engine.gradient), "played": engine.play([dry[:500]])[0]}


def step(given):
    """What a stateful model does with a gradient, alone."""
    from ultragain.engine.lstm import layout, stateful

    theta = np.ones(8, np.float32)
    stateful._step(layout.tiling_for(4, wide=1), theta, *theta * np.float32([[1], [2], [3], [4]]), RATE, 3, 100.0, 0.5)
    return {"learned": theta}


def all_kinds(given):
    """Names of results begin with the kind."""
    kinds = ("windowed", "stateful", "wavenet")
    return {f"{kind}_{name}": a for kind in kinds for name, a in KINDS[kind](given).items()}


def neon(given):
    """`all_kinds`, in tiles for 64-bit ARM's registers; and the assembly that LLVM makes of them for two of those."""
    import llvmlite.binding as llvm

    from ultragain.engine import denormals
    from ultragain.engine.lstm import layout, stateful, windowed
    from ultragain.engine.registers import Registers
    from ultragain.engine.wavenet import layout as wavenet
    from ultragain.engine.wavenet import passes

    layout.host_registers = stateful.host_registers = wavenet.host_registers = lambda: Registers("NEON", 4, 32)
    denormals.IS_X86 = False
    results = all_kinds(given)
    engine = windowed.WindowedLSTM([given[f"weights_{n}"] for n in range(5)], 5)
    engine.predict(given["x"].ravel(), 1)
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    for function in (windowed._learn, windowed._predict, stateful._chunk, passes.learn):
        (code,) = function.inspect_llvm().values()
        code = re.sub('target (datalayout|triple) = ".*"', "", code)
        code = code.replace("llvm.x86.", "x86.").replace(" immarg", "")  # Numba's counters of references, not ours
        for processor in ("apple-m1", "neoverse-n1"):
            target = llvm.Target.from_triple("aarch64-linux-gnu").create_target_machine(cpu=processor, opt=3)
            module = llvm.parse_assembly(code)
            module.triple, module.data_layout = target.triple, str(target.target_data)
            results[f"assembly {function.__name__} {processor}"] = np.array(target.emit_assembly(module))
    return results


KINDS = {
    "windowed": train_windowed,
    "stateful": find_gradient,
    "wavenet": find_wavenet_gradient,
    "step": step,
    "all": all_kinds,
    "neon": neon,
}


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
    from ultragain.engine.registers import host_registers

    stats = {"step": stateful._step}.get(kind, windowed._learn).stats
    counts = {"loaded": stats.cache_hits, "compiled": stats.cache_misses}
    print(json.dumps({"lanes": host_registers().lanes, **{name: sum(n.values()) for name, n in counts.items()}}))


if __name__ == "__main__":
    main(*sys.argv[1:])
