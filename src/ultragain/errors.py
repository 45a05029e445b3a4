"""The errors this project raises for people to read."""


class UltraGainError(Exception):
    """Something a person can put right: one line that says what is wrong, where, and what to do.

    The command line prints the message and exits with 1, and a notebook shows it; neither shows a traceback.
    """

    def _render_traceback_(self):
        """What IPython shows in place of a traceback, list of str."""
        return [f"Error: {self}"]


class SilentTargetError(UltraGainError):
    """A score was asked for against a target without energy, where a ratio is undefined."""
