"""Sealing and unsealing: what goes in comes out for a key holder, and nothing that was touched passes."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.adapters.sealing.keyslot import KEYSLOT_BYTES, erase_keyslot, read_keyslot, unwrap_key, wrap_key
from firmware.adapters.sealing.segment_sealer import PublicKeySealer
from firmware.adapters.sealing.unsealer import SealedSegment, Unsealed, unseal
from firmware.core.call_record import CallRecord, Party
from firmware.core.errors import DamagedRecording, KeyErased, NotAllowed, NotSetUp, SettingsError
from firmware.core.home import Home
from firmware.core.ogg_opus import read_pages, silent_packet_like
from firmware.core.ogg_opus_writer import OggOpusWriter
from firmware.core.sealed_format import NO_PREVIOUS, FrameType, SegmentHeader, core_digest, next_chain, nonce
from firmware.core.sealed_scan import scan

PACKET = 480
BLOCK = 8 * PACKET
LOOKAHEAD = 52
RECORDING = "0195a2b4c6d870008123456789abcdef"
OFFICE, RECOVERY = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
RECORD = CallRecord(
    RECORDING, "call-1", "main", "inbound", Party("+441632960123"), Party("202"), 1_772_000_000_000, "always"
)
SEALER = PublicKeySealer(str(OFFICE.to_public()), str(RECOVERY.to_public()))


def sealed(
    blocks: int,
    *,
    segment: int = 0,
    start: int = 0,
    previous: bytes = NO_PREVIOUS,
    final: bool = True,
    recording: str = RECORDING,
) -> tuple[bytes, bytes]:
    """(file, keyslot) of one segment of silence, made as the recorder makes it."""
    sealer = SEALER.begin(SegmentHeader(recording, segment, 0, RECORD.started_at_ms, start, 8000, previous))
    pre_roll = min(2 * PACKET, start)
    ogg = OggOpusWriter(8000, PACKET, pre_roll + LOOKAHEAD, 1)
    content = sealer.header_block
    content += sealer.seal(FrameType.EVENT, start, 0, _json({"kind": "record", "record": RECORD.to_json()}))
    packet = silent_packet_like(b"\x18")
    for number in range(blocks):
        early = pre_roll if number == 0 else 0
        at = start + number * BLOCK
        end = (blocks * BLOCK) if final and number == blocks - 1 else None
        packets = [packet] * ((BLOCK + early) // PACKET + (1 if end else 0))
        content += sealer.seal(FrameType.AUDIO, at, BLOCK, ogg.pages(packets, end))
    if final:
        document = {"state": "complete", "record": replace(RECORD, end_cause="caller hung up").to_json()}
        content += sealer.seal(FrameType.FINAL, start + blocks * BLOCK, 0, _json(document))
    return content, sealer.keyslot


def opened(folder: Path, *parts: tuple[bytes, bytes]) -> Unsealed:
    segments = []
    for number, (content, keyslot) in enumerate(parts):
        path = folder / f"{RECORDING}.{number}.ear"
        path.write_bytes(content)
        segments.append(SealedSegment(path, unwrap_key(keyslot, [OFFICE])))
    return unseal(segments)


def _json(document: object) -> bytes:
    return json.dumps(document).encode()


def test_a_key_holder_gets_back_what_was_sealed(tmp_path: Path) -> None:
    whole = opened(tmp_path, sealed(6))
    assert (whole.samples, whole.duration_ms, whole.state) == (6 * BLOCK, 6 * 480, "complete")
    assert whole.record.end_cause == "caller hung up"
    assert whole.gaps == ()
    assert list(read_pages(whole.ogg))[-1].granule == 6 * BLOCK * 6 + LOOKAHEAD * 6


def test_the_audio_frames_alone_are_one_ogg_file(tmp_path: Path) -> None:
    content, keyslot = sealed(3)
    seen = scan(content)
    cipher = ChaCha20Poly1305(unwrap_key(keyslot, [RECOVERY]))
    audio = b"".join(
        cipher.decrypt(
            nonce(frame.header.sequence, frame.header.kind),
            content[frame.ciphertext_at : frame.end],
            core_digest(seen.core) + frame.header.to_bytes(),
        )
        for frame in seen.frames
        if frame.header.kind is FrameType.AUDIO
    )
    assert [page.packets[0][:8] for page in read_pages(audio)][:2] == [b"OpusHead", b"OpusTags"]


def test_segments_play_as_one_without_a_hole(tmp_path: Path) -> None:
    first = sealed(4, final=False)
    second = sealed(3, segment=1, start=4 * BLOCK, previous=scan(first[0]).chain)
    whole = opened(tmp_path, first, second)
    assert (whole.samples, whole.gaps, whole.state) == (7 * BLOCK, (), "complete")


def test_a_gap_between_segments_is_silence_of_its_own_length(tmp_path: Path) -> None:
    first = sealed(4, final=False)
    second = sealed(3, segment=1, start=10 * BLOCK, previous=scan(first[0]).chain)
    whole = opened(tmp_path, first, second)
    assert whole.samples == 13 * BLOCK
    assert [(gap.start_sample, gap.samples) for gap in whole.gaps] == [(4 * BLOCK, 6 * BLOCK)]


def test_a_recording_without_a_final_frame_is_interrupted_and_plays_to_its_end(tmp_path: Path) -> None:
    content, keyslot = sealed(4, final=False)
    whole = opened(tmp_path, (content + b"torn", keyslot))
    assert (whole.state, whole.samples) == ("interrupted", 4 * BLOCK - LOOKAHEAD)


@given(st.integers(0, 8 * len(sealed(2)[0]) - 1))
@settings(max_examples=150, deadline=None)
def test_no_changed_bit_passes_for_the_complete_recording(tmp_path_factory: pytest.TempPathFactory, bit: int) -> None:
    content, keyslot = sealed(2)
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    folder = tmp_path_factory.mktemp("bit")
    assert state_or_damage(folder, bytes(changed), keyslot).startswith(("interrupted", f"{RECORDING}.0.ear: "))


def state_or_damage(folder: Path, content: bytes, keyslot: bytes) -> str:
    try:
        return opened(folder, (content, keyslot)).state
    except DamagedRecording as damage:
        return damage.what


def test_a_frame_damaged_before_the_last_one_is_named_even_where_its_header_is_gone(tmp_path: Path) -> None:
    content, keyslot = sealed(4, final=False)
    changed = bytearray(content)
    changed[scan(content).frames[-2].offset] ^= 0xFF
    with pytest.raises(DamagedRecording, match="frame 3 does not verify although frame 4 does"):
        opened(tmp_path, (bytes(changed), keyslot))


def test_a_segment_cut_shorter_than_its_successor_remembers_is_damage(tmp_path: Path) -> None:
    first = sealed(4, final=False)
    second = sealed(3, segment=1, start=4 * BLOCK, previous=scan(first[0]).chain)
    shorter = first[0][: scan(first[0]).frames[-1].offset]
    with pytest.raises(DamagedRecording, match=r"0\.ear does not end where"):
        opened(tmp_path, (shorter, first[1]), second)


def test_segments_of_two_recordings_do_not_make_one(tmp_path: Path) -> None:
    stranger = sealed(2, segment=1, start=4 * BLOCK, recording="ff" * 16)
    with pytest.raises(DamagedRecording, match="is segment 1 of f"):
        opened(tmp_path, sealed(4, final=False), stranger)


def test_a_segment_left_out_is_missed(tmp_path: Path) -> None:
    with pytest.raises(DamagedRecording, match="not segment 0"):
        opened(tmp_path, sealed(4, segment=1))


def test_another_recordings_key_is_refused_before_anything_is_opened(tmp_path: Path) -> None:
    content, _ = sealed(2)
    with pytest.raises(DamagedRecording, match="key given is not this file's"):
        opened(tmp_path, (content, sealed(2)[1]))


def test_a_frame_forged_with_a_right_chain_does_not_decrypt(tmp_path: Path) -> None:
    content, keyslot = sealed(2, final=False)
    last = scan(content).frames[-1]
    forged = bytearray(content)
    forged[last.ciphertext_at] ^= 1
    before = scan(content).frames[-2].chain
    chain = next_chain(before, last.header.to_bytes(), bytes(forged[last.ciphertext_at : last.end]))
    forged[last.offset + 32 : last.offset + 64] = chain
    with pytest.raises(DamagedRecording, match=f"frame {last.header.sequence} does not verify"):
        opened(tmp_path, (bytes(forged), keyslot))


def test_office_and_recovery_key_open_a_keyslot_and_nobody_else() -> None:
    _, keyslot = sealed(1)
    assert unwrap_key(keyslot, [OFFICE]) == unwrap_key(keyslot, [RECOVERY])
    with pytest.raises(NotAllowed):
        unwrap_key(keyslot, [pyrage.x25519.Identity.generate()])


def test_a_keyslot_can_be_opened_with_the_ordinary_age_format() -> None:
    keyslot = wrap_key(b"k" * 32, [RECOVERY.to_public()])
    length = int.from_bytes(keyslot[8:10], "big")
    assert len(keyslot) == KEYSLOT_BYTES
    assert pyrage.decrypt(keyslot[16 : 16 + length], [RECOVERY]) == b"k" * 32
    assert keyslot[16:].startswith(b"age-encryption.org/v1")


def test_an_erased_keyslot_opens_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.key"
    _, keyslot = sealed(1)
    path.write_bytes(keyslot)
    kept_open = os.open(path, os.O_RDONLY)
    erase_keyslot(path)
    erase_keyslot(path)
    overwritten = os.pread(kept_open, KEYSLOT_BYTES, 0)
    os.close(kept_open)
    assert overwritten == bytes(KEYSLOT_BYTES)
    with pytest.raises(KeyErased):
        unwrap_key(overwritten, [OFFICE])
    with pytest.raises(KeyErased):
        read_keyslot(path)


@pytest.mark.parametrize("changed", [b"", b"x" * KEYSLOT_BYTES, b"EARSLOT1\xff\xff" + bytes(KEYSLOT_BYTES - 10)])
def test_a_damaged_keyslot_is_named(changed: bytes) -> None:
    if not any(changed):
        with pytest.raises(KeyErased):
            unwrap_key(changed, [OFFICE])
    else:
        with pytest.raises(DamagedRecording, match="not a keyslot"):
            unwrap_key(changed, [OFFICE])


def test_public_keys_that_are_missing_or_wrong_are_named(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(NotSetUp, match="earmark init"):
        PublicKeySealer.from_home(home)
    with pytest.raises(SettingsError, match="recovery public key"):
        PublicKeySealer(str(OFFICE.to_public()), "age1nonsense")
