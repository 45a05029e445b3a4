"""Memory for vector code."""

import numpy as np

from ultragain.engine.vectors import CACHE_LINE, FLOAT


def aligned(*shape):
    """np.zeros of float32 whose first number begins a cache line, so that no register lies across two."""
    count = int(np.prod(shape))
    buffer = np.zeros(count + CACHE_LINE // FLOAT, np.float32)
    start = -buffer.ctypes.data % CACHE_LINE // FLOAT
    return buffer[start : start + count].reshape(shape)
