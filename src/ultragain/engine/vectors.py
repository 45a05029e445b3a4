"""Vector code for Numba: a thin layer over llvmlite, LLVM's assembler-like builder.

Numba vectorises a loop where LLVM sees how. A matrix product whose sums stay in registers it never
sees, so here the registers are named: each method of `Vectors` appends one instruction, on a whole
register, to the function that is being compiled, and returns the register (an `ir.Value`) that holds the result.
Python's own loops and lists run while the code is made, and are gone when it runs. LLVM translates
the result for any processor; nothing here is specific to one.

    v.fma(a, b, c)        a, b, c and the result, each      | lane 0 | lane 1 | ... | lane 15 |
    v.load(address, 64)   16 numbers from byte `address + 64` on
    v.broadcast(address)  one number from memory, in every lane

An address is a 64-bit integer, an offset a number of bytes known when the code is made.
"""

import functools
import struct

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

I32, I64, F32 = ir.IntType(32), ir.IntType(64), ir.FloatType()
FLOAT = 4  # bytes
CACHE_LINE = 64  # bytes


def vector_code(emit):
    """Make a function that writes vector code into one that compiled functions call.

    Parameters
    ----------
    emit : callable
        `emit(v, constants, *operands)`, called when the code is made. v is a `Vectors`. Compiled
        functions call `emit(constants, *operands)`; of each operand, arrays of float32 that lie
        in memory row by row arrive as the address of their first number, integers as a 64-bit `ir.Value`,
        and None as None.

    Returns
    -------
    callable
        Returns nothing.
    """

    @functools.wraps(emit)  # Numba takes names and number of the arguments from there
    def typed(context, constants, *operands):
        def generate(context, builder, signature, values):
            given = [_operand(context, builder, *each) for each in zip(signature.args[1:], values[1:], strict=True)]
            emit(Vectors(builder, constants.constants.lanes), constants.constants, *given)
            return context.get_dummy_value()

        taken = (types.intp if isinstance(operand, types.Integer) else operand for operand in operands)
        return types.void(constants, *taken), generate

    return intrinsic(typed)


def _operand(context, builder, typ, value):
    if isinstance(typ, types.Array):
        if typ.layout != "C" or typ.dtype != types.float32:
            raise TypeError(f"vector code takes float32 arrays that lie in memory row by row, not {typ}")
        return builder.ptrtoint(context.make_array(typ)(context, builder, value).data, I64)
    return None if typ is types.none else value


class Vectors:
    """Appends vector instructions to the code of an LLVM builder.

    Parameters
    ----------
    builder : ir.IRBuilder
    lanes : int
        float32 numbers in a register.
    """

    def __init__(self, builder, lanes):
        self.builder, self.lanes = builder, lanes
        self.size = FLOAT * lanes  # bytes of a register
        self.type, self.integers = ir.VectorType(F32, lanes), ir.VectorType(I32, lanes)

    # memory

    def _pointer(self, address, offset, to):
        if offset:
            address = self.builder.add(address, ir.Constant(I64, offset))
        return self.builder.inttoptr(address, to.as_pointer())

    def load(self, address, offset=0, aligned=True):
        """A register full of neighbouring numbers; `aligned` if they begin at a multiple of its size."""
        align = self.size if aligned else FLOAT
        return self.builder.load(self._pointer(address, offset, self.type), align=align)

    def store(self, value, address, offset=0, aligned=True):
        align = self.size if aligned else FLOAT
        self.builder.store(value, self._pointer(address, offset, self.type), align=align)

    def broadcast(self, address, offset=0):
        """One number of memory in every lane."""
        scalar = self.builder.load(self._pointer(address, offset, F32), align=FLOAT)
        undefined = ir.Constant(self.type, ir.Undefined)
        first = self.builder.insert_element(undefined, scalar, ir.Constant(I32, 0))
        return self.builder.shuffle_vector(first, undefined, ir.Constant(self.integers, [0] * self.lanes))

    def prefetch(self, address, size, write=False):
        """Have `size` bytes brought near the processor, to be read or written soon."""
        byte = ir.IntType(8)
        arguments = [ir.Constant(I32, int(write)), ir.Constant(I32, 3), ir.Constant(I32, 1)]  # 3: keep; 1: data
        for offset in range(0, size, CACHE_LINE):
            pointer = self._pointer(address, offset, byte)
            function = ir.FunctionType(ir.VoidType(), [pointer.type, I32, I32, I32])
            self.builder.call(
                self.builder.module.declare_intrinsic("llvm.prefetch.p0", fnty=function), [pointer, *arguments]
            )

    # arithmetic

    def constant(self, value):
        """A number in every lane, rounded to float32."""
        return ir.Constant(self.type, [struct.unpack("f", struct.pack("f", value))[0]] * self.lanes)

    def add(self, a, b):
        return self.builder.fadd(a, b)

    def subtract(self, a, b):
        return self.builder.fsub(a, b)

    def multiply(self, a, b):
        return self.builder.fmul(a, b)

    def divide(self, a, b):
        return self.builder.fdiv(a, b)

    def fma(self, a, b, c):
        """a b + c, rounded once where the processor can."""
        function = ir.FunctionType(self.type, [self.type] * 3)
        return self.builder.call(
            self.builder.module.declare_intrinsic(f"llvm.fmuladd.v{self.lanes}f32", fnty=function), [a, b, c]
        )

    def negative_fma(self, a, b, c):
        """c - a b."""
        return self.fma(self.builder.fneg(a), b, c)

    def clip(self, low, value, high):
        """`value`, but no less than `low` and no more than `high`; NaN stays NaN."""
        b, low, high = self.builder, self.constant(low), self.constant(high)
        value = b.select(b.fcmp_ordered("<", high, value), high, value)
        return b.select(b.fcmp_ordered(">", low, value), low, value)

    def polynomial(self, coefficients, x):
        """Sum of coefficients[n] x**n."""
        value = self.constant(coefficients[-1])
        for coefficient in coefficients[-2::-1]:
            value = self.fma(value, x, self.constant(coefficient))
        return value

    def shuffle(self, a, b, lanes):
        """A register of lanes of a (numbered from 0) and of b (numbered on from there)."""
        return self.builder.shuffle_vector(a, b, ir.Constant(self.integers, lanes))

    # flow

    def loop(self, count, addresses, strides, sums, body, step=1):
        """A loop: `for n in range(0, count, step): sums = body(addresses, sums); addresses += strides`.

        Parameters
        ----------
        count : int or ir.Value
        addresses : list of ir.Value
        strides : list of int or ir.Value
            Bytes by which each address moves on at every turn.
        sums : list of ir.Value
            Registers; `body` returns as many.
        body : callable
            (addresses, sums) -> sums. Called once, when the code is made.
        step : int

        Returns
        -------
        list of ir.Value
            The sums at the end.
        """
        b = self.builder
        before = b.block
        head, inside, after = (b.append_basic_block(name) for name in ("head", "inside", "after"))
        b.branch(head)
        b.position_at_end(head)
        index = b.phi(I64)
        places, values = [b.phi(I64) for _ in addresses], [b.phi(self.type) for _ in sums]
        b.cbranch(b.icmp_signed("<", index, _integer(count)), inside, after)
        b.position_at_end(inside)
        new_values = body(places, list(values))
        new_places = [b.add(place, _integer(stride)) for place, stride in zip(places, strides, strict=True)]
        new_index = b.add(index, ir.Constant(I64, step))
        begin, end = [ir.Constant(I64, 0), *addresses, *sums], [new_index, *new_places, *new_values]
        for phi, first, later in zip([index, *places, *values], begin, end, strict=True):
            phi.add_incoming(first, before)
            phi.add_incoming(later, b.block)
        b.branch(head)
        b.position_at_end(after)
        return values


def _integer(value):
    return value if isinstance(value, ir.Value) else ir.Constant(I64, value)
