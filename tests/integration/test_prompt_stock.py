"""Sound from outside becomes a prompt that can be played and heard, or is refused in words that help."""

from __future__ import annotations

import io
import math
import os
import stat
import time
from array import array
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import firmware.prompts
from firmware.adapters.prompts import spoken_text
from firmware.adapters.prompts.any_format import LONGEST_S, SAMPLE_RATE_HZ, loudness_lufs, read_any_format
from firmware.adapters.prompts.library import PromptLibrary
from firmware.adapters.prompts.read_apart import read_apart
from firmware.adapters.prompts.stock import TARGET_LUFS, PromptStock, levelled
from firmware.adapters.prompts.wave_file import NotPlayable
from firmware.core.errors import MissingComponent, PromptError
from firmware.core.speech_level import NOMINAL_DBM0

SHIPPED = Path(firmware.prompts.__path__[0])


def sound_file(
    form: str, codec: str, rate: int = 44100, layout: str = "stereo", s: float = 2.0, hz: float = 440.0
) -> bytes:
    """A tone at −20 dBFS, as any recorder might write it."""
    wave = 0.1 * np.sin(2 * math.pi * hz / rate * np.arange(int(rate * s)))
    frame = AudioFrame.from_ndarray(
        np.tile(wave.astype(np.float32), (2 if layout == "stereo" else 1, 1)), format="fltp", layout=layout
    )
    frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
    out = io.BytesIO()
    with av.open(out, "w", format=form) as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        assert isinstance(stream, AudioStream)
        fitting = AudioResampler(format=stream.format, layout=layout, rate=rate, frame_size=stream.frame_size or None)
        for part in (*fitting.resample(frame), *fitting.resample(None), None):
            container.mux(stream.encode(part))
    return out.getvalue()


def shipped(prompt: str) -> array[int]:
    return read_any_format(io.BytesIO((SHIPPED / f"{prompt}.wav").read_bytes()))


def tone_level_at(samples: array[int], frequency_hz: float) -> float:
    """The share of the sound's energy within 20 Hz of a frequency."""
    spectrum = np.abs(np.fft.rfft(np.asarray(samples, dtype=np.float64))) ** 2
    frequencies = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ)
    return float(spectrum[np.abs(frequencies - frequency_hz) < 20].sum() / spectrum.sum())


@pytest.mark.parametrize(
    ("form", "codec", "rate", "layout"),
    [
        ("wav", "pcm_s16le", 44100, "stereo"),
        ("wav", "pcm_s24le", 96000, "mono"),
        ("wav", "pcm_alaw", 8000, "mono"),
        ("mp3", "libmp3lame", 44100, "stereo"),
        ("ipod", "aac", 48000, "mono"),
        ("ogg", "libopus", 48000, "stereo"),
        ("flac", "flac", 22050, "mono"),
        ("webm", "libopus", 48000, "mono"),
    ],
)
def test_any_common_format_becomes_telephone_sound(form: str, codec: str, rate: int, layout: str) -> None:
    samples = read_any_format(io.BytesIO(sound_file(form, codec, rate, layout)))
    assert len(samples) / SAMPLE_RATE_HZ == pytest.approx(2.0, abs=0.12)
    assert tone_level_at(samples, 440) > 0.95


def test_what_no_telephone_carries_is_filtered_out_and_not_folded_back() -> None:
    samples = np.asarray(read_any_format(io.BytesIO(sound_file("wav", "pcm_s16le", hz=7000))), dtype=np.float64)
    assert np.sqrt(np.mean(samples**2)) < 0.1 * 32767 / 100


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not sound that can be read"),
        (b"hello\n" * 100, "not sound that can be read"),
        (b"#EXTM3U\n#EXTINF:10,\nfile:///etc/hostname\n", "not sound that can be read"),
        (b"ffconcat version 1.0\nfile '/etc/hostname'\n", "not sound that can be read"),
        (sound_file("wav", "pcm_s16le", s=0.3), r"lasts 0\.3 s; a prompt needs 0\.5 s"),
        (sound_file("wav", "pcm_s16le", 8000, "mono", s=LONGEST_S + 1), "lasts longer than 120 s"),
    ],
)
def test_what_cannot_be_a_prompt_is_refused_with_its_reason(content: bytes, words: str) -> None:
    with pytest.raises(NotPlayable, match=words):
        read_any_format(io.BytesIO(content))


_HOSTILE = {
    "opens a file": "open('/etc/hostname')",
    "opens a socket": "__import__('socket').socket()",
    "takes all memory": "bytearray(1 << 30)",
    "says too much": "print('S' * 4_100_000)",
    "never ends": "__import__('time').sleep(60)",
}


@pytest.mark.parametrize("does", _HOSTILE)
def test_whoever_takes_over_what_reads_a_file_has_neither_files_nor_a_network(
    does: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "from array import array\n"
        "import firmware.adapters.prompts.any_format as it\n"
        f"it.read_any_format = lambda file: ({_HOSTILE[does]}, array('h', bytes(16000)))[-1]\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{Path.cwd()}")
    began = time.monotonic()
    with pytest.raises(NotPlayable, match="takes too long or too much"):
        read_apart(io.BytesIO(b""), patience_s=5)
    assert time.monotonic() - began < 30


def test_what_is_read_apart_is_the_same_sound_and_refused_in_the_same_words() -> None:
    for sound in _WHOLE.values():
        assert read_apart(io.BytesIO(sound)) == read_any_format(io.BytesIO(sound))
    with pytest.raises(NotPlayable, match="not sound that can be read"):
        read_apart(io.BytesIO(b"hello"))


def test_a_picture_is_no_prompt() -> None:
    out = io.BytesIO()
    with av.open(out, "w", format="matroska") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        container.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        container.mux(stream.encode(None))
    with pytest.raises(NotPlayable, match="holds no sound"):
        read_any_format(out)


_WHOLE = {
    "mp3": sound_file("mp3", "libmp3lame"),
    "m4a": sound_file("ipod", "aac"),
    "ogg": sound_file("ogg", "libopus", 48000),
}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(_WHOLE)), st.integers(0, 4000), st.binary(max_size=200), st.integers(0, 4000))
def test_whatever_a_file_holds_it_is_sound_or_refused(form: str, at: int, junk: bytes, cut: int) -> None:
    good = _WHOLE[form]
    content = good[:at] + junk + good[at + len(junk) : len(good) - cut]
    try:
        assert len(read_any_format(io.BytesIO(content))) >= SAMPLE_RATE_HZ // 2
    except NotPlayable:
        return


def test_loudness_is_measured_as_the_recommendation_defines_it() -> None:
    """ITU-R BS.1770-4: a 997 Hz sine at 0 dBFS in one channel reads −3.01 LKFS; EBU Tech 3341 allows ±0.1."""
    sine = array("h", (round(32767 * math.sin(2 * math.pi * 997 / 8000 * n)) for n in range(40_000)))
    assert loudness_lufs(sine) == pytest.approx(-3.01, abs=0.15)
    assert loudness_lufs(array("h", (sample // 10 for sample in sine))) == pytest.approx(-23.01, abs=0.15)
    assert loudness_lufs(array("h", bytes(80_000))) is None


@pytest.mark.parametrize("db", [-45.0, -20.0, -3.0])
def test_a_prompt_is_as_loud_as_the_shipped_ones_however_loud_it_came(tmp_path: Path, db: float) -> None:
    speech = shipped("call-recorded")
    loudest = max(map(abs, speech))
    samples = array("h", (round(sample * 32767 / loudest * 10 ** (db / 20)) for sample in speech))
    PromptStock(tmp_path / "prompts").keep("ours", samples)
    found = PromptLibrary(tmp_path / "prompts").find("ours")
    assert found.level_dbm0 == pytest.approx(NOMINAL_DBM0, abs=1)
    assert loudness_lufs(read_any_format(io.BytesIO(found.path.read_bytes()))) == pytest.approx(TARGET_LUFS, abs=0.5)


def test_the_shipped_prompts_are_that_loud_themselves() -> None:
    for path in SHIPPED.glob("call-recorded*.wav"):
        assert loudness_lufs(shipped(path.stem)) == pytest.approx(TARGET_LUFS, abs=0.5)


def test_silence_and_what_is_nearly_silence_are_refused() -> None:
    with pytest.raises(PromptError, match="silent, or too faint"):
        levelled(array("h", bytes(32_000)))
    with pytest.raises(PromptError, match="silent, or too faint"):
        levelled(array("h", [1, -1] * 16_000))


def test_a_bang_in_a_faint_recording_does_not_leave_it_unheard() -> None:
    faint = array("h", (round(40 * math.sin(n / 3)) for n in range(32_000)))
    faint[16_000:16_160] = array("h", [30_000, -30_000] * 80)  # a clap of 20 ms
    with pytest.raises(PromptError, match="beside its loudest moment"):
        levelled(faint)


def test_a_prompt_replaces_the_older_one_at_once_and_is_closed_to_others(tmp_path: Path) -> None:
    stock = PromptStock(tmp_path / "prompts")
    speech = shipped("paused")
    first = stock.keep("ours", speech).read_bytes()
    path = stock.keep("ours", speech[:12_000])
    assert path.read_bytes() != first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["ours.wav"]
    assert stock.own() == ("ours",)


def test_where_the_lines_process_may_enter_the_folder_it_may_read_the_prompt(tmp_path: Path) -> None:
    folder = tmp_path / "prompts"
    folder.mkdir()
    folder.chmod(0o750)
    path = PromptStock(folder).keep("ours", shipped("paused"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("prompt", ["", "../up", "a/b", "Ours", "x" * 33, "ours.wav", "-ours"])
def test_what_is_no_id_never_becomes_a_path(tmp_path: Path, prompt: str) -> None:
    with pytest.raises(PromptError, match="cannot be a prompt's id"):
        PromptStock(tmp_path).path_of(prompt)


def test_typed_text_is_spoken() -> None:
    samples = spoken_text.speak("--help: calls are recorded, thank you.")
    assert 1.5 < len(samples) / SAMPLE_RATE_HZ < 6
    assert loudness_lufs(levelled(samples)) == pytest.approx(TARGET_LUFS, abs=1)


@pytest.mark.parametrize("text", ["", "  \n", "word " * 500])
def test_too_little_and_too_much_text_is_refused(text: str) -> None:
    with pytest.raises(PromptError, match="characters"):
        spoken_text.speak(text)


def test_a_voice_that_does_not_exist_is_named_with_the_cure() -> None:
    with pytest.raises(PromptError, match=r"voice.*espeak-ng --voices"):
        spoken_text.speak("hello", voice="xx-nowhere")


def test_without_espeak_ng_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingComponent, match="apt-get install espeak-ng"):
        spoken_text.speak("hello")
