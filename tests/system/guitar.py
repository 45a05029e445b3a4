"""A guitar and a recorder as one JACK client, in a process of its own: `python guitar.py NAME DRY.npy WET.npy`.

As soon as somebody listens to its output it waits for a while in silence, plays the samples of the first file, and
records at the same time what comes back to its input. It prints `ready` when its ports are open, and ends when standard
input closes.
"""

import sys

import jack
import numpy as np

WAIT = 20_000  # samples of silence before the music
AFTER = 20_000  # samples that are recorded after it


def main(name, source, target):
    played = np.concatenate([np.zeros(WAIT), np.load(source), np.zeros(AFTER)]).astype(np.float32)
    recorded, at = np.zeros_like(played), 0
    client = jack.Client(name, no_start_server=True)
    listened = client.inports.register("playback_1", is_terminal=True)
    guitar = client.outports.register("capture_1")

    @client.set_process_callback
    def process(frames):
        nonlocal at
        count = min(frames, len(played) - at) if guitar.number_of_connections else 0
        part = guitar.get_array()
        part[:] = 0
        part[:count] = played[at : at + count]
        recorded[at : at + count] = listened.get_array()[:count]
        at += count

    with client:
        print("ready", flush=True)
        sys.stdin.read()
    np.save(target, recorded)


if __name__ == "__main__":
    main(*sys.argv[1:])
