"""What is known of a take that was recorded through an interface: JSON beside its wet file."""

import json


def metadata_path(take):
    """Where a take's metadata are: `Wet/w_<name>.json`."""
    return take.wet.with_suffix(".json")


def read_metadata(take):
    """A take's metadata, dict; None where there are none, or the file holds something else."""
    try:
        known = json.loads(metadata_path(take).read_bytes())
    except (OSError, ValueError):
        return None
    return known if isinstance(known, dict) else None
