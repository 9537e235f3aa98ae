"""A real sealed recording, for tests of what comes after: encoded, sealed and stored by the recorder's own parts."""

from __future__ import annotations

import ctypes
import json
import wave
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.resources import files
from typing import Any

from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.adapters.encoding.speech_opus import SpeechOpusEncoder
from firmware.adapters.sealing.segment_sealer import PublicKeySealer
from firmware.adapters.store.segment_files import SegmentFiles
from firmware.core.call_record import CallRecord
from firmware.core.home import Home
from firmware.core.left_out import LeftOut, total
from firmware.core.ogg_opus import LAST_PAGE, OpusHead, Page, head_pages, write_page
from firmware.core.sealed_format import FrameType, SegmentHeader
from firmware.ports.catalogue import RecordingState, SaveRecording, SaveSegment, SegmentRow

RATE_HZ = 8000
PACKETS_A_PAGE = 8
GRANULES_A_SAMPLE = 48_000 // RATE_HZ


def notice_speech() -> bytes:
    """Eight seconds or more of somebody speaking: 8 kHz, mono, 16-bit."""
    with files("firmware.prompts").joinpath("call-recorded.wav").open("rb") as raw, wave.open(raw) as file:
        speech: bytes = file.readframes(file.getnframes())
        return speech


def conversation(seconds: float) -> tuple[bytes, ...]:
    """Both parties' PCM, taking turns: the far party speaks while the office is silent and the other way round."""
    samples = int(seconds * RATE_HZ)
    speech, quiet = notice_speech(), bytes(len(notice_speech()))
    turns = samples * 2 // (len(speech) * 2) + 1
    return ((speech + quiet) * turns)[: samples * 2], ((quiet + speech) * turns)[: samples * 2]


def seal_call(
    home: Home,
    record: CallRecord,
    seconds: float = 12.0,
    state: RecordingState = "complete",
    not_taken_ms: int = 0,
    left_out: Sequence[tuple[str, float, float]] = (),
    held_by_office: Sequence[tuple[float, float]] = (),
    channels: int = 2,
) -> CallRecord:
    """Store one sealed recording of one segment and its row. The record given must name its recording.

    ``left_out``: cause, first second and length of what is silent on both sides; ``held_by_office``: first second and
    length of what is silent on the office's. Of one of ``channels`` both are mixed on it: they take turns.
    """
    voices = conversation(seconds)
    samples = len(voices[0]) // 2
    if channels == 1:
        voices = (bytes(one | other for one, other in zip(*voices, strict=True)),)
    events = [_left_out(*each, channel) for each in left_out for channel in range(channels)]
    events += [_left_out("held", *each, 1) for each in held_by_office]
    voices = tuple(_silenced(voice, events, channel) for channel, voice in enumerate(voices))
    store = SegmentFiles(home)
    sealer = PublicKeySealer.from_home(home).begin(
        SegmentHeader(record.recording_id, 0, 1, record.started_at_ms, 0, RATE_HZ, channels=channels)
    )
    file = store.create(record.recording_id, 0, record.started_at_ms, sealer.keyslot, sealer.header_block)
    done = replace(record, ended_at_ms=record.started_at_ms + round(seconds * 1000))
    file.append(sealer.seal(FrameType.EVENT, 0, 0, _json({"kind": "record", "record": done.to_json()})))
    for event in events:
        file.append(sealer.seal(FrameType.EVENT, 0, 0, _json(event)))
    for start, count, pages in _ogg(voices, samples):
        file.append(sealer.seal(FrameType.AUDIO, start, count, pages))
    final: dict[str, object] = {"state": state, "samples": samples, "gaps": [], "losses": [], "record": done.to_json()}
    file.append(sealer.seal(FrameType.FINAL, samples, 0, _json(final)))
    stored = file.stored
    file.close()
    store.flush()
    store.close()
    writer = SqliteCatalogueWriter(home.catalogue)
    writer.apply(
        [
            SaveRecording(
                record.recording_id,
                record.started_at_ms,
                state,
                done,
                round(seconds * 1000),
                not_taken_ms,
                0,
                paused_ms=total(LeftOut(events).pauses(samples)) * 1000 // RATE_HZ,
            ),
            SaveSegment(SegmentRow(record.recording_id, 0, str(stored.path), 0, samples, state="closed")),
        ]
    )
    writer.close()
    return done


def list_call(home: Home, record: CallRecord, state: RecordingState = "complete", seconds: float = 60.0) -> None:
    """A row alone, for tests of the list."""
    writer = SqliteCatalogueWriter(home.catalogue)
    writer.apply([SaveRecording(record.recording_id, record.started_at_ms, state, record, round(seconds * 1000), 0, 0)])
    writer.close()


def ogg_of(voices: tuple[bytes, ...]) -> bytes:
    """A whole file of one stream for each voice (8 kHz, mono, 16-bit)."""
    return b"".join(pages for _, _, pages in _ogg(voices, len(voices[0]) // 2))


def _left_out(cause: str, start_s: float, length_s: float, channel: int) -> dict[str, Any]:
    span = {"start_sample": int(start_s * RATE_HZ), "samples": int(length_s * RATE_HZ)}
    return {"kind": "left_out", "cause": cause, "channel": channel, **span}


def _silenced(voice: bytes, events: Sequence[dict[str, Any]], channel: int) -> bytes:
    pcm = bytearray(voice)
    for event in (event for event in events if event["channel"] == channel):
        start, count = event["start_sample"] * 2, event["samples"] * 2
        pcm[start : start + count] = bytes(count)
    return bytes(pcm)


def _ogg(voices: tuple[bytes, ...], samples: int) -> Iterator[tuple[int, int, bytes]]:
    """(first sample, samples, Ogg pages) of each page of the stream."""
    encoder = SpeechOpusEncoder(RATE_HZ, len(voices))
    lookahead, step = encoder.lookahead_samples, encoder.packet_samples
    padded = -(-(samples + lookahead) // step) * step
    heard = [ctypes.create_string_buffer(voice + bytes(2 * (padded - samples)), 2 * padded) for voice in voices]
    packets = encoder.encode(lambda channel: ctypes.addressof(heard[channel]), padded)
    pages = head_pages(OpusHead(lookahead * GRANULES_A_SAMPLE, RATE_HZ, len(voices)), 1)
    for number, first in enumerate(range(0, len(packets), PACKETS_A_PAGE)):
        chunk = tuple(packets[first : first + PACKETS_A_PAGE])
        end, last = (first + len(chunk)) * step, first + len(chunk) == len(packets)
        granule = (samples + lookahead if last else end) * GRANULES_A_SAMPLE
        pages += write_page(Page(chunk, granule, 1, number + 2, LAST_PAGE if last else 0))
        yield first * step, len(chunk) * step, pages
        pages = b""


def _json(document: object) -> bytes:
    return json.dumps(document).encode()
