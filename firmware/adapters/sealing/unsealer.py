"""Opening a sealed recording, in memory, for somebody who holds its keys.

Every frame is checked before a byte of it is used: the chain, then the cipher's own tag. The segments become one Ogg
Opus stream with the recording's own time: where a recorder was away for longer than the ring could bridge, there is
silence.
"""

from __future__ import annotations

import hmac
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from firmware.core.call_record import CallRecord
from firmware.core.errors import DamagedRecording, StorageError
from firmware.core.left_out import LeftOut, Span, total
from firmware.core.ogg_opus import DamagedOgg
from firmware.core.opus_timeline import Joined, OpusSegment, join_segments
from firmware.core.ring_layout import CHANNELS
from firmware.core.sealed_format import (
    FormatError,
    FrameType,
    core_digest,
    nonce,
)
from firmware.core.sealed_scan import FrameAt, frames_anywhere, scan

_REMEDY = "Take the file from the archive or a backup; what the evidence log says about it shows when it changed."
_CAUSES = {"not_taken": "not taken off the call", "network": "lost by the network"}


@dataclass(frozen=True)
class SealedSegment:
    """One segment's file and its 32-byte key."""

    path: Path
    key: bytes = field(repr=False)


@dataclass(frozen=True)
class Interval:
    """Part of a recording that is not as it was spoken. ``channel`` is 0 far party, 1 office, or None for both.

    ``packets`` is nought except where the network lost some: then so many are missing within the interval, not all.
    """

    start_sample: int
    samples: int
    cause: str
    channel: int | None = None
    packets: int = 0


@dataclass(frozen=True)
class SealedWords:
    """What is sealed beside the sound, as it stands there: all events but the call's record, and the last end."""

    events: tuple[Mapping[str, Any], ...] = ()
    final: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Unsealed:
    """A recording in clear. ``ogg`` is a whole Ogg Opus file; keep it in memory only.

    ``losses`` (not taken off the call) and ``gaps`` (not stored) are silent; ``network_losses`` sound as they did in
    the call. ``pauses`` and ``holds`` are silent because they had to be; so are ``touch_tones``: how many there were,
    and how many samples they took; and ``redactions``, which a listener put in later. ``state`` is "complete", or
    "interrupted" when the last segment has no final frame or says so itself, or "damaged" when it was salvaged. Where
    there is one of ``channels``, both parties are mixed on it.
    """

    ogg: bytes = field(repr=False)
    samples: int
    sample_rate_hz: int
    record: CallRecord
    losses: tuple[Interval, ...]
    network_losses: tuple[Interval, ...]
    gaps: tuple[Interval, ...]
    state: str
    pauses: tuple[Interval, ...] = ()
    holds: tuple[Interval, ...] = ()
    touch_tones: tuple[int, int] = (0, 0)
    redactions: tuple[Interval, ...] = ()
    words: SealedWords = field(default_factory=SealedWords, repr=False)
    channels: int = CHANNELS

    @property
    def duration_ms(self) -> int:
        return self.samples * 1000 // self.sample_rate_hz

    @property
    def silences(self) -> list[Interval]:
        """Where there is silence though somebody may have spoken, in order."""
        return sorted((*self.losses, *self.gaps), key=lambda interval: interval.start_sample)


def unseal(segments: Sequence[SealedSegment], *, salvage: bool = False) -> Unsealed:
    """Open all segments of one recording, given in order.

    Args:
        salvage: take of each segment what comes before its first damaged frame, instead of refusing the recording.

    Raises:
        DamagedRecording: a file or a frame does not verify, a key is not that file's, or a segment is missing.
        StorageError: a file cannot be read.
    """
    opened = [_OpenSegment(segment, salvage) for segment in segments]
    if not opened:
        raise DamagedRecording("The recording has no segments.", _REMEDY)
    _must_belong_together(opened, salvage)
    try:
        joined = join_segments([OpusSegment(part.scan.header.start_sample, part.audio) for part in opened])
    except DamagedOgg as error:
        raise DamagedRecording(
            f"{opened[0].name}: the audio inside does not fit together: {error}.", _REMEDY
        ) from error
    return _unsealed(opened, joined, salvage)


def segment_words(segment: SealedSegment) -> CallRecord:
    """What one segment says last of its call; of a damaged one, what still verifies.

    Raises:
        DamagedRecording: nothing of it can be read, or the key is not its own.
        StorageError: the file cannot be read.
    """
    return _latest_record([_OpenSegment(segment, salvage=True)])


def _unsealed(opened: Sequence[_OpenSegment], joined: Joined, salvage: bool) -> Unsealed:
    """The sound, with all that its segments say about it."""
    events = [event for part in opened for event in part.events]
    losses = list(_intervals(events, "loss"))
    final = opened[-1].final
    left_out, samples = LeftOut(events), joined.samples
    tones = left_out.touch_tones(samples)
    return Unsealed(
        ogg=joined.ogg,
        samples=samples,
        sample_rate_hz=opened[0].scan.header.sample_rate_hz,
        record=_latest_record(opened),
        losses=tuple(loss for loss in losses if not loss.packets),
        network_losses=tuple(loss for loss in losses if loss.packets),
        gaps=(
            *_intervals(events, "gap"),
            *(Interval(start, count, "recorder was away") for start, count in joined.gaps),
        ),
        state="damaged" if salvage else str(final.get("state", "interrupted")) if final else "interrupted",
        channels=opened[0].scan.header.channels,
        pauses=tuple(_within(left_out.pauses(samples), samples, "paused")),
        holds=tuple(
            hold
            for channel in range(CHANNELS)
            for hold in _within(left_out.holds(channel, samples), samples, "on hold", channel)
        ),
        touch_tones=(len(tones), total(tones)),
        redactions=tuple(_within(left_out.redactions(samples), samples, "redacted")),
        words=SealedWords(tuple(event for event in events if event.get("kind") != "record"), final),
    )


class _OpenSegment:
    """One segment, verified and decrypted."""

    def __init__(self, segment: SealedSegment, salvage: bool) -> None:
        self.name = segment.path.name
        content = _read(segment.path)
        try:
            self.scan = scan(content)
        except FormatError as error:
            raise DamagedRecording(f"{self.name}: {error}.", _REMEDY) from error
        if self.scan.damage and not salvage:
            raise DamagedRecording(f"{self.name}: {self.scan.damage}.", _REMEDY)
        if not hmac.compare_digest(self.scan.header.commitment_to(segment.key), self.scan.header.commitment):
            raise DamagedRecording(
                f"{self.name}: the key given is not this file's.", "Take the keyslot beside the file."
            )
        self._cipher = ChaCha20Poly1305(segment.key)
        self._bound_to = core_digest(self.scan.core)
        if not salvage:
            self._must_end_torn(content)
        self.audio = b""
        self.events: list[dict[str, Any]] = []
        self.final: dict[str, Any] | None = None
        self._open_frames(content, salvage)

    def _open_frames(self, content: bytes, salvage: bool) -> None:
        audio = io.BytesIO()  # gives away what it holds without a copy: an hour is 8 MB
        for frame in self.scan.frames:
            try:
                plaintext = self._plaintext(content, frame)
            except DamagedRecording:
                if not salvage:
                    raise
                break
            if frame.header.kind is FrameType.AUDIO:
                audio.write(plaintext)
            elif frame.header.kind is FrameType.EVENT:
                self.events.append(json.loads(plaintext))
            else:
                self.final = json.loads(plaintext)
        self.audio = audio.getvalue()

    def _plaintext(self, content: bytes, frame: FrameAt) -> bytes:
        header = frame.header
        try:
            return self._cipher.decrypt(
                nonce(header.sequence, header.kind),
                content[frame.ciphertext_at : frame.end],
                self._bound_to + header.to_bytes(),
            )
        except InvalidTag as error:
            raise DamagedRecording(f"{self.name}: frame {header.sequence} does not verify.", _REMEDY) from error

    def _must_end_torn(self, content: bytes) -> None:
        """What follows the last valid frame may be the torn beginning of one, never a whole one from this recording."""
        if not self.scan.torn_bytes:
            return
        for frame in frames_anywhere(content, self.scan.valid_bytes):
            try:
                self._plaintext(content, frame)
            except DamagedRecording:
                continue
            missing = len(self.scan.frames)
            raise DamagedRecording(
                f"{self.name}: frame {missing} does not verify although frame {frame.header.sequence} does.", _REMEDY
            )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StorageError(f"The recording {path} cannot be read: {error.strerror}.", "Check the data disk.") from error


def _must_belong_together(parts: Sequence[_OpenSegment], salvage: bool) -> None:
    first = parts[0].scan.header
    for number, part in enumerate(parts):
        header = part.scan.header
        if header.recording_id != first.recording_id or header.segment != number:
            raise DamagedRecording(
                f"{part.name} is segment {header.segment} of {header.recording_id}, not segment {number} of "
                f"{first.recording_id}.",
                _REMEDY,
            )
        if number and not salvage and not parts[number - 1].scan.reaches(header.previous_chain):
            raise DamagedRecording(
                f"{parts[number - 1].name} does not end where {part.name} says it ended: frames of it are missing or "
                "changed.",
                _REMEDY,
            )


def _latest_record(parts: Sequence[_OpenSegment]) -> CallRecord:
    records = [event["record"] for part in parts for event in part.events if event.get("kind") == "record"]
    final = parts[-1].final
    if final and final.get("record"):
        records.append(final["record"])
    if not records:
        raise DamagedRecording(f"{parts[0].name} was cut off before it said which call it is.", _REMEDY)
    return CallRecord.from_json(records[-1])


def _within(spans: Iterable[Span], samples: int, cause: str, channel: int | None = None) -> Iterator[Interval]:
    """What of the spans lies in a recording of that length: an interrupted one may end before what it tells of."""
    for start, length in spans:
        if start < samples:
            yield Interval(start, min(length, samples - start), cause, channel)


def _intervals(events: Sequence[dict[str, Any]], kind: str) -> Iterator[Interval]:
    for event in events:
        if event.get("kind") == kind:
            cause = event.get("cause", "")
            yield Interval(
                event["start_sample"],
                event["samples"],
                _CAUSES.get(cause, cause),
                event.get("channel"),
                event.get("packets", 0),
            )
