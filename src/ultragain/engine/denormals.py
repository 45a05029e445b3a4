"""Denormal numbers, those below 1.2e-38, counted as zero while the engine computes.

Intel's processors take 100 times as long for an instruction that meets one; TensorFlow counts them as zero, too. On
x86 two bits of the control register MXCSR say so, for the calling thread alone. On ARM nothing is changed: its
processors are as fast with them.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from ultragain.engine.registers import IS_X86
from ultragain.engine.vectors import I32

FLUSH = 0x8040  # FTZ, bit 15: results; DAZ, bit 6: operands (Intel's Software Developer's Manual, volume 1, 10.2.3)


@intrinsic
def flush_denormals(context):
    """Count denormal numbers as zero from here on; returns the mode before, for `restore_denormals`."""

    def emit(context, builder, signature, arguments):
        if not IS_X86:
            return ir.Constant(I32, 0)
        slot = cgutils.alloca_once(builder, I32)
        _mxcsr(builder, "stmxcsr", slot)
        before = builder.load(slot)
        builder.store(builder.or_(before, ir.Constant(I32, FLUSH)), slot)
        _mxcsr(builder, "ldmxcsr", slot)
        return before

    return types.int32(), emit


@intrinsic
def restore_denormals(context, mode):
    """Go back to a mode that `flush_denormals` returned."""

    def emit(context, builder, signature, arguments):
        if IS_X86:
            slot = cgutils.alloca_once(builder, I32)
            builder.store(arguments[0], slot)
            _mxcsr(builder, "ldmxcsr", slot)
        return context.get_dummy_value()

    return types.void(types.int32), emit


def _mxcsr(builder, instruction, slot):
    pointer = builder.bitcast(slot, ir.IntType(8).as_pointer())
    function = ir.FunctionType(ir.VoidType(), [pointer.type])
    builder.call(builder.module.declare_intrinsic(f"llvm.x86.sse.{instruction}", fnty=function), [pointer])
