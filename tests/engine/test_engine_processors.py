"""Registers of other processors than this one's."""

import platform
import re

import engine_process
import numpy as np
import pytest
from engine_oracle import Streams, WaveNet, audio, off, relative, starting_weights, windowed_step
from numba.core import config

from ultragain.engine import registers
from ultragain.engine.registers import host_registers
from ultragain.engine.wavenet.layout import BEFORE

x86 = pytest.mark.skipif(platform.machine().lower() not in ("x86_64", "amd64"), reason="compiles for x86")


OUTPUTS = 139 * 48 - BEFORE  # of a WaveNet's segment: whole tiles of any processor


@pytest.fixture(scope="module")
def wavenet(one_thread):
    return WaveNet(np.random.default_rng(9))


@pytest.fixture(scope="module")
def given(wavenet):
    rng = np.random.default_rng(8)
    dry, wet = audio(rng, 21, 12)
    weights = {f"weights_{n}": part for n, part in enumerate(starting_weights(rng, 10))}
    wavenet_weights = {f"wavenet_weights_{n}": part for n, part in enumerate(wavenet.weights)}
    long = dict(zip(("dry", "wavenet_wet"), audio(rng, BEFORE + OUTPUTS), strict=True))
    return {**weights, **wavenet_weights, **long, "x": dry, "wet": wet, "y": wet[:, -1].copy()}


@pytest.fixture(scope="module")
def check(given, wavenet):
    """A function that compares gradients of engine_process with those of Keras in float64."""
    weights = [given[f"weights_{n}"] for n in range(5)]
    predicted, windowed = windowed_step(weights, given["x"], given["y"])
    _, stateful = Streams(weights, len(given["x"])).find_gradient(given["x"], given["wet"])
    _, convolved = wavenet.find_gradient(given["dry"], given["wavenet_wet"], [BEFORE], OUTPUTS)
    played = wavenet.play(given["dry"][:500])

    def check(results):
        ours = {kind: [results[f"{kind}_gradient_{n}"] for n in range(5)] for kind in ("windowed", "stateful")}
        np.testing.assert_allclose(results["windowed_predicted"], predicted, rtol=0, atol=1e-6)
        assert off(ours["windowed"], windowed) < 1e-6
        assert off(ours["stateful"], stateful) < 1e-6
        gradient = [results[f"wavenet_gradient_{n}"] for n in range(len(convolved))]
        assert relative(gradient, convolved) < 1e-4  # see test_engine_wavenet.py
        np.testing.assert_allclose(results["wavenet_played"], played, rtol=0, atol=1e-5)

    return check


@x86
@pytest.mark.parametrize(
    ("processor", "features", "lanes"), [("haswell", "+avx,+avx2,+fma", 8), ("x86-64", "+sse2", 4)], ids=["AVX", "SSE"]
)
def test_smaller_registers_compute_the_same(tmp_path, given, check, processor, features, lanes):
    results, process = engine_process.run(tmp_path, "all", given, NUMBA_CPU_NAME=processor, NUMBA_CPU_FEATURES=features)
    assert process["lanes"] == lanes
    check(results)


def test_the_engine_compiles_for_arm(tmp_path, given, check):
    results, _ = engine_process.run(tmp_path, "neon", given, NUMBA_CACHE_DIR=str(tmp_path / "cache"))
    check(results)  # of the same tiles, translated for this processor
    assemblies = {name: str(text) for name, text in results.items() if name.startswith("assembly")}
    assert len(assemblies) == 8
    for name, text in assemblies.items():
        assert len(re.findall(r"\tfmla\tv\d+\.4s, v\d+\.4s, v\d+\.s\[\d\]", text)) >= 32, name
        called = set(re.findall(r"\tbl\t(\w+)", text))
        assert not {call for call in called if re.match("exp|tanh|fma", call)}, name


@pytest.mark.parametrize(
    ("features", "is_x86", "name", "lanes", "count"),
    [
        ("+sse2,+avx,+avx2,+avx512f,+avx512vl", True, "AVX-512", 16, 32),
        ("+sse2,+avx,+avx2,+fma,-avx512f", True, "AVX with FMA", 8, 16),
        ("+sse2,+avx,-fma", True, "AVX", 8, 16),
        ("+sse2,-avx", True, "SSE", 4, 16),
        ("", True, "SSE", 4, 16),
        ("+neon,+fp-armv8", False, "NEON", 4, 32),
        ("", False, "NEON", 4, 32),
    ],
)
def test_registers_follow_from_features(monkeypatch, features, is_x86, name, lanes, count):
    monkeypatch.setattr(config, "CPU_FEATURES", features)
    monkeypatch.setattr(registers, "IS_X86", is_x86)
    found = host_registers()
    assert (found.name, found.lanes, found.count) == (name, lanes, count)
