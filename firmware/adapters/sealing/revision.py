"""A revision: a finished recording sealed anew with silence in it, to the same public keys, under an id of its own.

Made where the recording was unsealed, in memory. What was sealed beside the sound goes along as it stood, and the
record's tags and an event for each side say what was silenced.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from firmware.adapters.sealing.segment_sealer import PublicKeySealer
from firmware.adapters.sealing.silenced_sound import SoundPackets, silenced
from firmware.adapters.sealing.unsealer import Unsealed
from firmware.core.call_record import CallRecord
from firmware.core.left_out import EVENT, REDACTED, Span
from firmware.core.ogg_opus_writer import OggOpusWriter
from firmware.core.sealed_format import FrameType, SegmentHeader
from firmware.core.typed_spans import SpanMs

#: The tag of a recording in which something was silenced afterwards.
TAG = "redacted"
_PACKETS_IN_FRAME = 24


@dataclass(frozen=True)
class Revision:
    """One sealed segment and its keyslot, and where silence was put in (samples)."""

    sealed: bytes = field(repr=False)
    keyslot: bytes = field(repr=False)
    silent: tuple[Span, ...] = ()


def make_revision(unsealed: Unsealed, revision_id: str, spans: Iterable[SpanMs], sealer: PublicKeySealer) -> Revision:
    """Seal a recording anew with silence in at least these spans.

    Raises:
        DamagedRecording: its sound cannot be decoded.
    """
    rate = unsealed.sample_rate_hz
    wanted = [(start * rate // 1000, -(-(end - start) * rate // 1000) + 1) for start, end in spans]
    sound, silent = silenced(SoundPackets.of(unsealed.ogg), wanted)
    record = _record(unsealed.record, revision_id)
    header = SegmentHeader(revision_id, 0, 0, record.started_at_ms, 0, rate, channels=sound.channels)
    begun = sealer.begin(header)
    sealed = bytearray(begun.header_block)
    events = [{"kind": "record", "record": record.to_json()}, *unsealed.words.events, *_told(silent, sound.channels)]
    for event in events:
        sealed += begun.seal(FrameType.EVENT, 0, 0, _json(event))
    blocks = list(_blocks(sound, unsealed.samples, revision_id))
    for start, count, pages in blocks:
        sealed += begun.seal(FrameType.AUDIO, start, count, pages)
    final = _final(unsealed, record, silent) | {"audio_frames": len(blocks), "chain": begun.chain.hex()}
    kind = FrameType.FINAL if final["state"] == "complete" else FrameType.FINAL_INTERRUPTED
    sealed += begun.seal(kind, unsealed.samples, 0, _json(final))
    return Revision(bytes(sealed), begun.keyslot, silent)


def _record(before: CallRecord, revision_id: str) -> CallRecord:
    tags = before.tags if TAG in before.tags else (*before.tags, TAG)
    return replace(before, recording_id=revision_id, tags=tags)


def _told(silent: Sequence[Span], channels: int) -> Iterator[dict[str, Any]]:
    for start, samples in silent:
        for channel in range(channels):
            yield {"kind": EVENT, "cause": REDACTED, "start_sample": start, "samples": samples, "channel": channel}


def _blocks(sound: SoundPackets, samples: int, revision_id: str) -> Iterator[tuple[int, int, bytes]]:
    """Each frame's first sample, how many it plays, and its Ogg pages."""
    serial = UUID(revision_id).int & 0x7FFFFFFF
    ogg = OggOpusWriter(sound.sample_rate_hz, sound.packet_samples, sound.lookahead, serial, sound.channels)
    for first in range(0, len(sound.packets), _PACKETS_IN_FRAME):
        packets = sound.packets[first : first + _PACKETS_IN_FRAME]
        start = max(0, first * sound.packet_samples - sound.lookahead)
        end = min(samples, (first + len(packets)) * sound.packet_samples - sound.lookahead)
        last = first + len(packets) == len(sound.packets)
        yield start, max(0, end - start), ogg.pages(packets, samples if last else None)


def _final(unsealed: Unsealed, record: CallRecord, silent: Sequence[Span]) -> dict[str, Any]:
    """As it stood; one that broke off without an end gets the totals of what is known."""
    found = unsealed.words.final or {
        "state": "interrupted",
        "gaps": [(gap.start_sample, gap.samples) for gap in unsealed.gaps],
        "losses": {"not_taken": sum(loss.samples for loss in unsealed.losses)},
        "pauses": [(pause.start_sample, pause.samples) for pause in unsealed.pauses],
        "holds": [(hold.channel, hold.start_sample, hold.samples) for hold in unsealed.holds],
        "touch_tones": {"count": unsealed.touch_tones[0], "samples": unsealed.touch_tones[1]},
    }
    before = [(each.start_sample, each.samples) for each in unsealed.redactions]
    return {**found, "samples": unsealed.samples, "redacted": [*before, *silent], "record": record.to_json()}


def _json(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
