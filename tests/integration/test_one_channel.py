"""A line that hears both parties mixed: one channel, from the ring to what is played, exported and checked."""

from __future__ import annotations

import io
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from firmware.adapters.sealing.keyslot import read_keyslot, unwrap_key
from firmware.adapters.sealing.revision import make_revision
from firmware.adapters.sealing.segment_sealer import PublicKeySealer
from firmware.adapters.sealing.sound_file import MutedPart, sound_parts
from firmware.adapters.sealing.unsealer import SealedSegment, unseal
from firmware.core.ring_layout import GOES_ON, Marker, MarkerKind
from firmware.core.sealed_format import read_header
from tests.integration.recorder_at_work import RATE, Lines, Office, Pcm, RecorderAtWork, decode, likeness, speech
from tests.integration.test_open_recording import opened

_REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.found(tmp_path / "office")


@pytest.fixture
def lines(office: Office) -> Iterator[Lines]:
    office.home.run.mkdir(exist_ok=True)
    made = Lines(office.home)
    yield made
    made.stop()


@pytest.fixture
def recorder(office: Office) -> Iterator[RecorderAtWork]:
    made = RecorderAtWork(office.home).start()
    yield made
    made.end()


def mixed() -> Pcm:
    return (speech(14.0) // 2 + speech(14.0, 5.0) // 2).astype(np.int16)


def test_a_mixed_line_is_one_channel_across_a_killed_recorder_and_everywhere_after(
    office: Office, lines: Lines, recorder: RecorderAtWork, tmp_path: Path
) -> None:
    said = mixed()
    call = lines.call(said)
    call.wait_until_taken()
    call.say(6.0, pace=0.5)
    recorder.kill()
    # A loss and a pause, told of the only channel there is, while nobody reads.
    call.ring.add_marker(Marker(MarkerKind.LOSS_NOT_TAKEN, 7 * RATE, RATE // 10, 0))
    call.ring.add_marker(Marker(MarkerKind.PAUSED, 8 * RATE, 0, 0, GOES_ON))
    call.ring.add_marker(Marker(MarkerKind.PAUSED, 8 * RATE, RATE, 0))
    recorder.start()
    call.say(8.0)
    call.hang_up()
    lines.wait_until_finished()

    files = office.sealed_files(call.id)
    assert [read_header(file.read_bytes()).channels for file in files] == [1, 1]
    whole = office.unseal(call.id)
    assert (whole.channels, whole.samples, whole.state) == (1, len(said), "complete")
    assert [(pause.start_sample, pause.samples) for pause in whole.pauses] == [(8 * RATE, RATE)]
    assert [(loss.start_sample, loss.samples) for loss in whole.losses] == [(7 * RATE, RATE // 10)]
    [heard] = decode(whole.ogg, channels=1)
    assert len(heard) == len(said)
    for second in range(14):
        part = slice(second * RATE, (second + 1) * RATE)
        assert likeness(said[part], heard[part]) > 0.85, second

    lines.stop()
    assert recorder.stop() == 0
    tool = [sys.executable, str(_REPOSITORY / "scripts" / "verify-recordings"), str(office.home.data)]
    given = ["--key", str(office.home.device_public_key), "--checkpoint", str(office.home.checkpoint)]
    checked = subprocess.run([*tool, *given], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    done = opened(files[1:], office.home.recordings, str(office.recovery), tmp_path / "out")
    assert done.returncode == 0, done.stderr
    with wave.open(str(tmp_path / "out" / f"{files[1].stem}.wav")) as sound:
        assert sound.getnchannels() == 1


def test_copies_and_redactions_of_one_channel_have_one(office: Office, lines: Lines, recorder: RecorderAtWork) -> None:
    said = mixed()[: 6 * RATE]
    call = lines.call(said)
    call.say(6.0)
    call.hang_up()
    lines.wait_until_finished()
    whole = office.unseal(call.id)

    # Nobody can be silenced alone where both are on one channel: then nobody is heard.
    muted = (MutedPart(2000, 3000, channel=1),)
    with wave.open(io.BytesIO(b"".join(sound_parts(whole.ogg, whole.duration_ms, "wav", muted)))) as sound:
        assert (sound.getnchannels(), sound.getnframes()) == (1, len(said))
        copied = np.frombuffer(sound.readframes(len(said)), np.int16)
    assert not copied[2 * RATE : 3 * RATE].any()
    assert likeness(said[:RATE], copied[:RATE]) > 0.85
    with av.open(io.BytesIO(b"".join(sound_parts(whole.ogg, whole.duration_ms, "mp3")))) as copy:
        assert copy.streams.audio[0].codec_context.channels == 1

    sealer = PublicKeySealer.from_home(office.home)
    made = make_revision(whole, "ab" * 16, [(3000, 4000)], sealer)
    sealed = office.home.root / "redacted.ear"
    sealed.write_bytes(made.sealed)
    sealed.with_suffix(".key").write_bytes(made.keyslot)
    key = unwrap_key(read_keyslot(sealed.with_suffix(".key")), [office.recovery])
    again = unseal([SealedSegment(sealed, key)])
    assert again.channels == 1
    [heard] = decode(again.ogg, channels=1)
    # SILK rings for some milliseconds after the packet before.
    assert np.abs(heard[3 * RATE + RATE // 10 : 4 * RATE].astype(int)).max() <= 1
    assert likeness(said[:RATE], heard[:RATE]) > 0.85
