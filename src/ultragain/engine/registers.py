"""The vector registers of the processor.

A vector register holds several numbers, its *lanes*, and one instruction works on all lanes at
once. A core multiplies and adds two registers' worth of float32 numbers in every cycle, if each
number that it needs already stands in a register: to fetch one from memory takes as long as to use
it. So fast code is written for the number of lanes and the number of registers that there are.

    AVX-512   32 registers of 16 lanes    servers from 2017 on, AMD's Zen 4 and later
    AVX       16 registers of  8 lanes    most PCs from 2011 on, from 2013 on with fused multiply-adds (FMA)
    NEON      32 registers of  4 lanes    64-bit ARM
    SSE       16 registers of  4 lanes    every 64-bit x86
"""

import platform
from dataclasses import dataclass

import llvmlite.binding
from numba.core import codegen, config

IS_X86 = platform.machine().lower() in ("x86_64", "amd64")


@dataclass(frozen=True)
class Registers:
    """A processor's vector registers.

    Attributes
    ----------
    name : str
        Of the instruction set.
    lanes : int
        float32 numbers in a register.
    count : int
        Registers that a program can name.
    """

    name: str
    lanes: int
    count: int


#: LLVM's names of features, best first. Results are the same to the bit wherever the name is the same.
_BY_FEATURE = {
    "avx512f": Registers("AVX-512", 16, 32),
    "fma": Registers("AVX with FMA", 8, 16),
    "avx": Registers("AVX", 8, 16),
}
_SSE, _NEON = Registers("SSE", 4, 16), Registers("NEON", 4, 32)  # every processor has four lanes of some kind


def host_registers():
    """The registers of the processor that Numba compiles for: this one, or what NUMBA_CPU_FEATURES says of it."""
    features = codegen.get_host_cpu_features() if config.CPU_FEATURES is None else config.CPU_FEATURES
    present = {name[1:] for name in features.split(",") if name.startswith("+")}
    known = (registers for feature, registers in _BY_FEATURE.items() if feature in present)
    return next(known, _SSE if IS_X86 else _NEON)


def reason_against():
    """Why the engine cannot be used here, a phrase; empty if it can."""
    return "NUMBA_DISABLE_JIT is set" if config.DISABLE_JIT else ""


def processor_name():
    """The processor's name in LLVM, which tells generations apart: znver4, sapphirerapids, apple-m1."""
    return llvmlite.binding.get_host_cpu_name()
