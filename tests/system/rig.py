"""A recording rig for JACK: interface, splitter and amplifier in one client, in a process of its own.

What is played to `<name>:playback_1` comes back twice, as from a real interface: plain on the
input of the dry return, and through a circuit of this project, simulated block by block, on the
other; further inputs can be loopbacks, copies that never leave the interface. Configured by JSON on
the command line; prints `ready` when its ports are open.
"""

import json
import sys

import jack
import numpy as np

from ultragain.circuits.catalog import CIRCUITS, build
from ultragain.circuits.solver import Simulation

OVERSAMPLING = 2


class Amplifier:
    """A circuit in blocks. Rates are changed as simply as can be: by straight lines, without delay."""

    def __init__(self, circuit, gain, rate, noise_volts):
        netlist = build(circuit, gain, {})
        self.simulation = Simulation(netlist, rate * OVERSAMPLING)
        self.state = self.simulation.at_rest()
        self.rest = self.simulation.operating_point[netlist.output]
        self.full_scale = CIRCUITS[circuit].full_scale_volts
        self.last, self.noise_volts, self.rng = 0.0, noise_volts, np.random.default_rng(25)

    def __call__(self, block):
        volts = block + self.noise_volts * self.rng.normal(size=len(block))
        fast = np.empty(OVERSAMPLING * len(volts))
        fast[1::2] = volts
        fast[0::2] = (np.concatenate([[self.last], volts[:-1]]) + volts) / 2
        self.last = volts[-1]
        return (self.simulation.run(fast, state=self.state)[1::2] - self.rest) / self.full_scale


class Delay:
    """So many samples late, in blocks."""

    def __init__(self, samples):
        self.kept = np.zeros(samples)

    def __call__(self, block):
        joined = np.concatenate([self.kept, block])
        self.kept = joined[len(block) :]
        return joined[: len(block)]


def main(settings):
    """Run until standard input closes.

    Settings: name; circuit and gain, or null for a wet input that hears nothing; dry and wet, the
    inputs' numbers (dry may be null); inputs; latency, and wet_delay on top of it, in samples;
    dry_level and wet_level (negative: inverted); drop_at, the sample after the first that is not
    silent at which a whole buffer is lost; noise_volts; loopbacks, the inputs that are copies of what
    is played; input_noise of all others, rms.
    """
    client = jack.Client(settings["name"], no_start_server=True)
    played = client.inports.register("playback_1", is_terminal=True, is_physical=False)
    inputs = [client.outports.register(f"capture_{n + 1}") for n in range(settings["inputs"])]
    amplifier = settings["circuit"] and Amplifier(
        settings["circuit"], settings["gain"], client.samplerate, settings["noise_volts"]
    )
    dry_delay = Delay(settings["latency"])
    wet_delay = Delay(settings["latency"] + settings["wet_delay"])
    if amplifier:
        amplifier(np.zeros(client.blocksize))  # compiled before it is in a hurry
    heard = 0  # samples since something was first played; 0 before
    rng = np.random.default_rng(88)

    @client.set_process_callback
    def process(frames):
        nonlocal heard
        dry = played.get_array().astype(np.float64)
        wet = amplifier(dry) if amplifier else np.zeros(frames)
        if heard or dry.any():
            before, heard = heard, heard + frames
            if settings["drop_at"] and before <= settings["drop_at"] < heard:
                # This buffer is never heard of again: what follows comes a buffer too early.
                dry_delay.kept, wet_delay.kept = dry_delay.kept[frames:], wet_delay.kept[frames:]
        signals = {
            settings["dry"]: settings["dry_level"] * dry_delay(dry),
            settings["wet"]: settings["wet_level"] * wet_delay(wet),
        }
        for number, port in enumerate(inputs, start=1):
            noise = settings["input_noise"] * rng.normal(size=frames)
            # a converter has no more than full scale
            port.get_array()[:] = (
                dry if number in settings["loopbacks"] else np.clip(signals.get(number, 0.0) + noise, -1, 1)
            )

    with client:
        print("ready", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
