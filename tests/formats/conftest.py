"""Neural Amp Modeler's own player, for the tests of its files."""

import numpy as np
import pytest
from made_project import REPOSITORY

from ultragain.npm import installed, node


@pytest.fixture(scope="session")
def nam_player(tmp_path_factory):
    """A function from a file's content and dry audio to what Neural Amp Modeler's player makes of it."""
    package, folder = installed(REPOSITORY / "book" / "live") / "@opendaw" / "nam-wasm", tmp_path_factory.mktemp("nam")

    def play(content, audio):
        (folder / "model.nam").write_text(content)
        np.asarray(audio, np.float32).tofile(folder / "dry")
        node(REPOSITORY / "book/live/nam_player.mjs", package, *(folder / n for n in ("model.nam", "dry", "wet")))
        return np.fromfile(folder / "wet", np.float32)

    return play
