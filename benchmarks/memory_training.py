"""Time training steps of models with memory against the product of large matrices.

`python benchmarks/memory_training.py --help` says more.
"""

import click
import numpy as np
import pandas as pd
from dask.system import CPU_COUNT
from processes import Stopwatch, side_by_side
from timing import machine
from training import matrix_gflops

from ultragain.engine.registers import host_registers
from ultragain.models.catalog import FAMILIES
from ultragain.models.memory import stateful, wavenet

GOALS = {"AVX-512": 0.75, "AVX with FMA": 0.65}  # of the rate of a large matrix product
UNITS = 64
MEASURED = 5  # s of training steps
SECONDS = 20  # of noise that is trained on
PASSES = 3  # through the products of a step: forwards, back to what came in, and to the weights


def lstm_flops():
    """Multiplications and additions of a stateful LSTM's training step: its recurrent products alone."""
    products = 2 * 4 * UNITS**2
    return stateful.STREAMS * products * (stateful.LEAD + PASSES * stateful.CHUNK * stateful.CHUNKS)


def wavenet_flops():
    """The same of a WaveNet's, a segment: its convolutions, each from the first sample on that an output hears."""
    macs, unheard = wavenet.CHANNELS * (wavenet.BEFORE + wavenet.OUTPUTS), 0  # the first one's
    for number, (taps, dilation) in enumerate(zip(wavenet.KERNELS, wavenet.DILATIONS, strict=True), 1):
        unheard += (taps - 1) * dilation
        one = wavenet.CHANNELS**2 * (number < len(wavenet.KERNELS))
        macs += (wavenet.BEFORE + wavenet.OUTPUTS - unheard) * (wavenet.CHANNELS * (wavenet.CHANNELS * taps + 1) + one)
    return PASSES * 2 * (macs + wavenet.OUTPUTS * wavenet.CHANNELS * wavenet.HEAD_TAPS)


FLOPS = {stateful.FAMILY.name: lstm_flops(), wavenet.FAMILY.name: wavenet_flops()}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--repeats", type=click.IntRange(min=1), default=5, show_default=True, help="Fresh processes of each kind."
)
def main(repeats):
    """Print how fast models with memory train on this machine: one thread a process, a process a core.

    A step is all that a training does between two looks at the clock: segments are taken, the gradient is found and a
    step of the optimizer taken. GFLOP/s count the products of the model alone, so the optimizer's own work lowers them.
    The baseline is the product of two large matrices in the same processes.

    NUMBA_CPU_NAME=haswell NUMBA_CPU_FEATURES=+avx,+avx2,+fma measures what a processor without AVX-512 does; the
    baseline still has all of this one, so divide by 2 what you compare with.
    """
    print(machine())
    rows = []
    for name in FLOPS:
        for _ in range(repeats):
            for seconds, peak in side_by_side(step_seconds, (name,), CPU_COUNT):
                rate = FLOPS[name] / seconds / 1e9
                rows.append(
                    {"family": name, "step ms": 1000 * seconds, "GFLOP/s": rate, "peak": peak, "of peak": rate / peak}
                )
    table = pd.DataFrame(rows).groupby("family", sort=False)
    print(table.agg(["median", "min", "max"]).round(3).to_string())
    registers = host_registers().name
    print(f"{registers}: goal {GOALS.get(registers, 'none')} of the peak")


def step_seconds(meet, name):
    """Seconds of a training step of a family, and the peak in GFLOP/s."""
    family, rng = FAMILIES[name], np.random.default_rng(25)
    dry = rng.normal(scale=0.2, size=SECONDS * 44100).astype(np.float32)
    parameters = {
        "units": UNITS, "threads": 1, "steps": 10**6, "validation_share": 0.1, "sample_rate": 44100,
    }  # fmt: skip
    training, validation, _ = family.cut([(dry, np.tanh(4 * dry))], [], parameters, rng)
    learner = family.learner(family.build(parameters, rng).get_weights(), parameters, training, validation, 25)
    stopwatch = Stopwatch()
    for step in range(3):  # the first compiles
        stopwatch = Stopwatch()
        learner.take_step(step)
    steps = max(3, round(MEASURED / stopwatch.read()[0]))
    meet()
    stopwatch = Stopwatch()
    for step in range(steps):
        learner.take_step(step)
    wall, _ = stopwatch.read()
    return wall / steps, matrix_gflops(meet)


if __name__ == "__main__":
    main()
