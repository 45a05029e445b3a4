"""What the benchmarks share: a stopwatch, and what a reader must know about the machine."""

import os
import platform
import resource
import time
from pathlib import Path

import numpy as np
from dask.system import CPU_COUNT

from ultragain.engine.registers import processor_name


def seconds(function):
    """Wall and processor seconds of one call, its child processes' included."""
    wall, processor = time.perf_counter(), _processor()
    function()
    return time.perf_counter() - wall, _processor() - processor


def speeds(function, audio_seconds, repeats):
    """How fast audio is made: a table row.

    Parameters
    ----------
    function : callable
        Without arguments; makes `audio_seconds` of audio.
    audio_seconds : float
    repeats : int

    Returns
    -------
    dict of str to float
        Seconds of audio for a processor second: median, slowest, fastest. And how many processors
        were busy on average: 1.0 is one core that did nothing else, less is one that had to wait.
    """
    wall, processor = np.array([seconds(function) for _ in range(repeats)]).T
    each = audio_seconds / processor
    return {
        "audio s": audio_seconds,
        "s/s": np.median(each),
        "slowest": each.min(),
        "fastest": each.max(),
        "busy": processor.sum() / wall.sum(),
    }


def processor_model():
    """What the operating system calls the processor, if it says, and its generation."""
    cpuinfo = Path("/proc/cpuinfo")  # Linux knows, Python does not
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.split(": ")[1] for line in lines if line.startswith("model name")]
    return f"{(names or [platform.processor() or platform.machine()])[0]}, {processor_name()}"


def machine():
    """Processor, cores and how busy they are already, one line."""
    return f"{processor_model()}, {CPU_COUNT} cores, load before the start {os.getloadavg()[0]:.1f}"


def _processor():
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)
