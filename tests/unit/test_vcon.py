"""A call as a vCon: who took part, what was recorded and what was not, and the signed form in pieces."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.call_record import CallRecord, Hold, Notice, Party, PartyChange, Pause
from firmware.core.vcon.document import Making, RecordedSound, Silence, base64url, vcon_document, vcon_uuid
from firmware.core.vcon.signed import Signature, encoded, unsigned

AT_MS = 1_800_000_000_000
MAKING = Making(AT_MS + 60_000, "earmark.example", b"\x0a\xbc")
SOUND = RecordedSound("call.opus", 61.5, 2, hashlib.sha512(b"sound").digest(), "complete")


def record(**changes: Any) -> CallRecord:
    known: dict[str, Any] = {
        "recording_id": "01" * 16,
        "call_id": "call-1",
        "line": "main",
        "direction": "inbound",
        "far_party": Party("+441632960123", display_name="J Bloggs"),
        "office_party": Party("201"),
        "started_at_ms": AT_MS,
        "decided_by": "mode of line main: always",
    }
    return CallRecord(**known | changes)


def told_beside(document: dict[str, Any]) -> dict[str, Any]:
    """What our own analysis says."""
    (analysis,) = document["analysis"]
    assert (analysis["encoding"], analysis["dialog"]) == ("json", 0)
    told: dict[str, Any] = json.loads(analysis["body"])
    return told


def test_each_side_has_its_channel_and_the_caller_is_the_originator() -> None:
    inbound = vcon_document(record(), SOUND, MAKING)
    assert inbound["parties"] == [
        {"tel": "tel:+441632960123", "name": "J Bloggs", "validation": "none"},
        {"tel": "tel:201;phone-context=earmark.example"},
    ]
    (dialog,) = inbound["dialog"]
    assert (dialog["type"], dialog["parties"], dialog["start"]) == ("recording", [0, 1], "2027-01-15T08:00:00.000Z")
    assert "originator" not in dialog
    outbound = vcon_document(record(direction="outbound"), SOUND, MAKING)
    assert outbound["dialog"][0]["originator"] == 1
    mixed = vcon_document(record(), RecordedSound("c", 1.0, 1, b"", "complete"), MAKING)
    assert mixed["dialog"][0]["parties"] == [0, 1]


def test_a_number_that_was_withheld_is_nowhere_in_it() -> None:
    document = vcon_document(record(far_party=Party("+441632960123", presentation="withheld")), SOUND, MAKING)
    assert document["parties"][0] == {"name": "number withheld", "validation": "none"}
    assert "1632960123" not in json.dumps(document)


def test_who_was_transferred_to_and_who_was_on_hold_stand_in_the_history() -> None:
    changed = record(
        parties=(PartyChange(AT_MS + 10_000, "office", Party("202"), "blind transfer"),),
        holds=(Hold(AT_MS + 4000, AT_MS + 9000, "office"),),
    )
    (dialog,) = vcon_document(changed, SOUND, MAKING)["dialog"]
    assert dialog["parties"] == [0, [1, 2]]
    assert [(each["event"], each["party"], each["time"][17:19]) for each in dialog["party_history"]] == [
        ("hold", 0, "04"),
        ("unhold", 0, "09"),
        ("drop", 1, "10"),
        ("join", 2, "10"),
    ]


def test_pauses_notices_and_what_is_silent_are_told() -> None:
    happened = record(
        pauses=(Pause(AT_MS + 1000, AT_MS + 1500, AT_MS + 3000, "api", "Till", "api", "Till"),),
        notice=Notice("call-recorded", "far_party", AT_MS, AT_MS + 9000, completed=True),
    )
    sound = RecordedSound("c", 9.0, 2, b"\0" * 64, "interrupted", (Silence(1.0, 2.0, "paused"),), 4)
    told = told_beside(vcon_document(happened, sound, MAKING))
    assert told["silent"] == [{"start_s": 1.0, "length_s": 2.0, "why": "paused"}]
    assert [each["how"] for each in told["pauses"]] == ["api"]
    assert (told["notices"][0]["to"], told["touch_tones_left_out"], told["state"]) == ("far_party", 4, "interrupted")
    assert told["content_hash"] == sound.content_hash


def test_sound_that_lies_elsewhere_is_named_with_its_digest() -> None:
    elsewhere = RecordedSound(
        "c.opus", 1.0, 2, hashlib.sha512(b"sound").digest(), "complete", url="https://a.example/c"
    )
    (dialog,) = vcon_document(record(), elsewhere, MAKING)["dialog"]
    wanted = base64.urlsafe_b64encode(hashlib.sha512(b"sound").digest()).decode().rstrip("=")
    assert (dialog["url"], dialog["content_hash"]) == ("https://a.example/c", f"sha512-{wanted}")
    assert "body" not in dialog
    assert "encoding" not in dialog


@given(at_ms=st.integers(0, 2**48 - 1), host=st.text(max_size=30), random=st.binary(min_size=2, max_size=2))
def test_its_id_is_a_uuid_of_version_8_with_the_time_in_front(at_ms: int, host: str, random: bytes) -> None:
    made = uuid.UUID(vcon_uuid(Making(at_ms, host, random)))
    assert (made.version, made.variant) == (8, uuid.RFC_4122)
    assert made.int >> 80 == at_ms
    assert made == uuid.UUID(vcon_uuid(Making(at_ms, host, random)))


@given(pieces=st.lists(st.binary(max_size=20), max_size=12))
def test_base64url_of_the_pieces_is_that_of_the_whole(pieces: list[bytes]) -> None:
    assert b"".join(encoded(pieces)).decode() == base64url(b"".join(pieces))


@pytest.mark.parametrize("size", [1, 2, 3, 196_607, 196_608, 196_609, 400_001])
def test_the_signed_form_holds_the_document_with_its_sound_and_is_what_was_digested(size: int) -> None:
    sound = bytes(each % 251 for each in range(size))
    made = unsigned(vcon_document(record(), SOUND, MAKING), sound)
    form = json.loads(b"".join(made.signed(Signature(b"signed", ["cert"]))))
    (signature,) = form["signatures"]
    signed = f"{signature['protected']}.{form['payload']}".encode()
    assert hashlib.sha256(signed).digest() == made.digest()
    assert signature["header"] == {"x5c": ["cert"], "uuid": made.uuid}
    assert json.loads(_decoded(signature["protected"]))["alg"] == "RS256"
    document = json.loads(_decoded(form["payload"]))
    assert _decoded(document["dialog"][0]["body"]) == sound
    document["dialog"][0]["body"] = ""
    assert document == vcon_document(record(), SOUND, MAKING)


def _decoded(text: str) -> bytes:
    assert "=" not in text
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
