"""Numbers that the compiler knows, and so compiles fast code for."""

import hashlib
from pathlib import Path

from numba import types
from numba.core.datamodel import models
from numba.extending import NativeValue, register_model, unbox

#: Digest of the engine's source. Numba's cache sees no change but in the file that defines a
#: function; the digest is part of the type of every `Constants`, so code made from other source is not found.
SOURCE = hashlib.sha256(
    b"".join(
        path.name.encode() + path.read_bytes()
        for path in sorted(Path(__file__).parent.glob("**/[!.]*.py"))
        if ".ipynb_checkpoints" not in path.parts
    )
).hexdigest()[:12]


class ConstantsType(types.Type):
    """Numba's type of one `Constants`: another value is another type, for which functions are compiled anew."""

    def __init__(self, constants):
        self.constants = constants
        super().__init__(name=f"{constants} of engine {SOURCE}")


class Constants:
    """Base of frozen dataclasses that compiled functions take as an argument, and vector code reads while it is made.

    Closing over the numbers would do the same with a copy of every function for every value, which
    Numba's cache finds only as long as nothing else is closed over.
    """

    @property
    def _numba_type_(self):
        return ConstantsType(self)


register_model(ConstantsType)(models.OpaqueModel)


@unbox(ConstantsType)
def _unbox(typ, obj, c):
    return NativeValue(c.context.get_dummy_value())
