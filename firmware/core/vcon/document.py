"""What a vCon says of a recorded call (draft-ietf-vcon-vcon-core-04, syntax 0.4.0).

Parties are the far one first, then the office's, then whoever joined or was transferred to. The one dialog is the
recording, a channel for each side. What is silent on purpose, and what was played to whom, stands in an analysis of our
own: the draft has no place for it.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from firmware.core.call_record import BESIDE, CallRecord, Party, Side
from firmware.core.call_story import story

SYNTAX = "0.4.0"
MEDIA_TYPE = "audio/ogg"
_VENDOR, _SCHEMA = "Earmark", "earmark-recording-1"
_OTHER: Mapping[Side, Side] = {"far_party": "office", "office": "far_party"}
_UNIX_MS_BITS = 48


@dataclass(frozen=True)
class Silence:
    """A stretch of the recording that is silent, and why; ``side`` is empty for both parties."""

    start_s: float
    length_s: float
    why: str
    side: Literal["", "far_party", "office"] = ""


@dataclass(frozen=True)
class RecordedSound:
    """The sound as it is exported. ``url``: where it will lie, if it is not inside the vCon."""

    filename: str
    duration_s: float
    channels: int
    sha512: bytes
    state: str
    silences: Sequence[Silence] = ()
    touch_tones: int = 0
    url: str = ""

    @property
    def content_hash(self) -> str:
        return f"sha512-{base64url(self.sha512)}"


@dataclass(frozen=True)
class Making:
    """When, where and with which chance a vCon is made: what its id is of. ``random`` has two bytes or more."""

    at_ms: int
    host: str
    random: bytes = field(repr=False)


def vcon_document(record: CallRecord, sound: RecordedSound, making: Making, body: str = "") -> dict[str, Any]:
    """The unsigned form. ``body`` stands for the sound where it is inside, in Base64url."""
    cast = _Cast(record, making.host)
    made_at = _time(making.at_ms)
    return {
        "vcon": SYNTAX,
        "uuid": vcon_uuid(making),
        "created_at": made_at,
        "updated_at": made_at,
        "subject": f"{record.direction.capitalize()} call on line {record.line}",
        "parties": cast.parties,
        "dialog": [_dialog(record, sound, cast, body)],
        "analysis": [_analysis(record, sound)],
    }


def vcon_uuid(making: Making) -> str:
    """Version 8 of RFC 9562, made as the draft says: like version 7, its second half from the host's name."""
    host = int.from_bytes(hashlib.sha1(making.host.encode(), usedforsecurity=False).digest()[:8])
    high = (making.at_ms & ((1 << _UNIX_MS_BITS) - 1)) << 16 | 0x8000 | int.from_bytes(making.random[:2]) & 0x0FFF
    low = 1 << 63 | host >> 2
    digits = f"{high << 64 | low:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def base64url(content: bytes) -> str:
    """Without padding (RFC 7515, section 2)."""
    return urlsafe_b64encode(content).decode("ascii").rstrip("=")


class _Cast:
    """Who took part: each side's first party, and whoever came later; with when they came and went."""

    def __init__(self, record: CallRecord, host: str) -> None:
        self.parties = [_party(record.far_party, host), _party(record.office_party, host)]
        self.of: dict[Side, list[int]] = {"far_party": [0], "office": [1]}
        self.history: list[dict[str, Any]] = []
        for change in record.parties:
            before = self.of[change.side][-1]
            shown = _party(change.party, host)
            if change.how == "left":
                known = [each for each in self.of[change.side] if self.parties[each] == shown]
                self._happened("drop", known[-1] if known else before, change.at_ms)
                continue
            self.parties.append(shown)
            self.of[change.side].append(len(self.parties) - 1)
            if change.how not in BESIDE:
                self._happened("drop", before, change.at_ms)
            self._happened("join", len(self.parties) - 1, change.at_ms)
        for hold in record.holds:
            held = self.of[_OTHER[hold.side]][0]
            self._happened("hold", held, hold.started_at_ms)
            if hold.ended_at_ms is not None:
                self._happened("unhold", held, hold.ended_at_ms)
        self.history.sort(key=lambda each: str(each["time"]))

    def by_channel(self, channels: int) -> list[Any]:
        if channels == 1:
            return [*self.of["far_party"], *self.of["office"]]
        return [who[0] if len(who) == 1 else who for who in (self.of["far_party"], self.of["office"])]

    def _happened(self, event: str, party: int, at_ms: int) -> None:
        self.history.append({"party": party, "time": _time(at_ms), "event": event})


def _party(party: Party, host: str) -> dict[str, Any]:
    """A number is a tel URL (RFC 3966), one without its country within this office; a withheld one stays so."""
    shown: dict[str, Any] = {}
    number = party.number or ""
    if re.fullmatch(r"\+[0-9]+", number):
        shown["tel"] = f"tel:{number}"
    elif re.fullmatch(r"[0-9*#]+", number):
        shown["tel"] = f"tel:{number};phone-context={host}"
    elif number:
        shown["name"] = number
    if party.display_name:
        shown["name"] = party.display_name
    if not shown:
        shown["name"] = f"number {'withheld' if party.presentation == 'withheld' else 'not available'}"
    return shown | ({"validation": "none"} if "name" in shown else {})


def _dialog(record: CallRecord, sound: RecordedSound, cast: _Cast, body: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "type": "recording",
        "start": _time(record.started_at_ms),
        "duration": sound.duration_s,
        "parties": cast.by_channel(sound.channels),
        "mediatype": MEDIA_TYPE,
        "filename": sound.filename,
    }
    if record.direction == "outbound":
        told["originator"] = 1
    if cast.history:
        told["party_history"] = cast.history
    if sound.url:
        return told | {"url": sound.url, "content_hash": sound.content_hash}
    return told | {"body": body, "encoding": "base64url"}


def _analysis(record: CallRecord, sound: RecordedSound) -> dict[str, Any]:
    said = (*((record.notice,) if record.notice is not None else ()), *record.announcements)
    told = {
        "recording_id": record.recording_id,
        "call_id": record.call_id,
        "state": sound.state,
        "mode": record.mode,
        "decided_by": record.decided_by,
        "retention_class": record.retention_class,
        "content_hash": sound.content_hash,
        "silent": [
            {"start_s": round(each.start_s, 3), "length_s": round(each.length_s, 3), "why": each.why}
            | ({"side": each.side} if each.side else {})
            for each in sound.silences
        ],
        "touch_tones_left_out": sound.touch_tones,
        "pauses": [
            {"from": _time(each.started_at_ms), "until": _maybe(each.ended_at_ms), "how": each.how}
            for each in record.pauses
        ],
        "notices": [
            {"prompt": each.prompt, "to": each.to, "from": _time(each.started_at_ms), "completed": each.completed}
            for each in dict.fromkeys(said)
        ],
        "tags": list(record.tags),
        "what_happened": [{"at": _time(each.at_ms), "what": each.text} for each in story(record)],
    }
    return {
        "type": "recording_report",
        "dialog": 0,
        "mediatype": "application/json",
        "vendor": _VENDOR,
        "product": "Earmark call recorder",
        "schema": _SCHEMA,
        "encoding": "json",
        "body": json.dumps(told, ensure_ascii=False),
    }


def _time(unix_ms: int) -> str:
    """RFC 3339."""
    return datetime.fromtimestamp(unix_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _maybe(unix_ms: int | None) -> str | None:
    return None if unix_ms is None else _time(unix_ms)
