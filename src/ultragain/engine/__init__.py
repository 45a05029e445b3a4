"""The engine: models trained and played near the limit of one processor core, from Numba alone.

A core's limit is the number of float32 multiplications and additions that it can start in a second. Products of
large matrices come near it; an LSTM's small products and the gates between them do not, unless what one step leaves
in registers is used by the next one before it goes to memory. So the engine's inner loops name the registers that
they use (`vectors`), for whatever registers the processor has (`registers`).

    registers  constants  memory       what there is; what the compiler knows; where numbers lie
    vectors -> gates                   vector code, of any layer; sigmoid and tanh
    denormals  adam  soap              the processor's mode; learning from a gradient
    lstm/   layout -> tiles -> block -> windowed, stateful
    wavenet/   layout -> kernels -> passes -> model

What it computes is what Keras computes, to float32 rounding: Keras is the oracle of its tests.
"""
