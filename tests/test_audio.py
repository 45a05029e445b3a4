import subprocess
import sys

import numpy as np
import pytest
import soundfile

from ultragain import audio
from ultragain.errors import UltraGainError

RATE = 44100
SINE = 0.5 * np.sin(2 * np.pi * 441 * np.arange(RATE) / RATE)  # 441 whole periods


@pytest.mark.parametrize("write, suffix", [(audio.write_wav, "wav"), (audio.write_flac, "flac")])
def test_files_keep_24_bits(tmp_path, write, suffix):
    path = tmp_path / f"sine.{suffix}"
    write(path, SINE, RATE)
    assert soundfile.info(path).subtype == "PCM_24"
    np.testing.assert_allclose(audio.read(path, RATE), SINE, atol=2**-23)


def test_levels_of_a_sine():
    assert audio.peak_dbfs(SINE) == pytest.approx(20 * np.log10(0.5))
    assert audio.rms_dbfs(SINE) == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)))
    assert audio.rms_dbfs(np.zeros(4)) == -np.inf


def test_samples_digest_is_of_the_samples_not_of_the_container(tmp_path):
    audio.write_wav(tmp_path / "a.wav", SINE, RATE)
    audio.write_flac(tmp_path / "a.flac", SINE, RATE)
    wav, flac = audio.read(tmp_path / "a.wav", RATE), audio.read(tmp_path / "a.flac", RATE)
    assert audio.samples_digest(wav) == audio.samples_digest(flac)
    flac[7] += 2**-23
    assert audio.samples_digest(wav) != audio.samples_digest(flac)


@pytest.mark.parametrize(
    "samples, rate, message",
    [
        (SINE, 48000, "sample rate is 48000 Hz"),
        (np.stack([SINE, SINE], axis=1), RATE, "2 channels"),
        (SINE[:0], RATE, "no samples"),
        (np.full(8, np.nan), RATE, "not finite"),
    ],
)
def test_bad_audio_is_refused(tmp_path, samples, rate, message):
    path = tmp_path / "bad.wav"
    soundfile.write(path, samples, rate, subtype="FLOAT")
    with pytest.raises(UltraGainError, match=f"bad.wav.*{message}"):
        audio.read(path, RATE)


def test_a_file_that_is_not_audio_is_refused(tmp_path):
    path = tmp_path / "bad.wav"
    path.write_text("not audio")
    with pytest.raises(UltraGainError, match="cannot be read as audio"):
        audio.read(path, RATE)


def test_a_full_disk_is_one_line(tmp_path):
    # in a process of its own: the limit cannot be taken back, and stands for a disk that is full
    code = (
        "import resource, signal, sys, numpy; from ultragain import audio\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\n"
        "audio.write_wav(sys.argv[1], numpy.zeros(10_000), 44_100)"
    )
    outcome = subprocess.run([sys.executable, "-c", code, tmp_path / "long.wav"], capture_output=True, text=True)
    assert "UltraGainError" in outcome.stderr and "long.wav: cannot be written" in outcome.stderr
    assert list(tmp_path.iterdir()) == []
