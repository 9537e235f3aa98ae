"""A pause that was forgotten is put right: silence takes the place of card details, and nothing of them is left."""

from __future__ import annotations

import hashlib
import json
import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyrage
import pytest
from flask.testing import FlaskClient

from firmware.adapters.catalogue.reader import CatalogueReader
from firmware.adapters.catalogue.redactions import RedactionOrders, RedactionRows
from firmware.adapters.sealing.keyslot import unwrap_key
from firmware.adapters.sealing.silenced_sound import SoundPackets
from firmware.adapters.sealing.unsealer import SealedSegment, Unsealed, unseal
from firmware.adapters.store.revision_files import RevisionFolder
from firmware.core.access_policy import Role
from firmware.core.call_record import CallRecord
from firmware.core.errors import ActionRefused, DamagedRecording, ServiceAway
from firmware.ports.redactions import RedactionOrder
from firmware.services.revision_intake import RevisionIntake
from tests.integration.further_people import add_people, office_key_of
from tests.integration.keeper_at_work import keeper_at_work
from tests.integration.sealed_call import RATE_HZ, seal_call
from tests.integration.test_silenced_sound import correlation, heard, loudness
from tests.integration.vault import Vault, vault
from tests.integration.web_office import (
    LISTENER,
    WebOffice,
    form_token,
    new_record,
    open_recording,
    sign_in,
    web_office,
)

REDACTION = {"spans": "0:02-0:04", "because": "card number read out", "sure": "yes"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[WebOffice]:
    with web_office(tmp_path, keeper_of=keeper_at_work) as made:
        yield made


@pytest.fixture
def call(office: WebOffice) -> CallRecord:
    return seal_call(office.home, new_record(datetime.now(UTC) - timedelta(minutes=5)), 12.0)


@pytest.fixture
def key(office: WebOffice) -> pyrage.x25519.Identity:
    return office_key_of(office.home, LISTENER, office.pass_phrases[LISTENER])


def unsealed(office: WebOffice, key: pyrage.x25519.Identity, recording: str) -> Unsealed:
    reader = CatalogueReader(office.home.catalogue)
    paths = [office.home.data / row.path for row in reader.segments(recording)]
    reader.close()
    return unseal([SealedSegment(path, unwrap_key(path.with_suffix(".key").read_bytes(), [key])) for path in paths])


def redact(office: WebOffice, recording: str, by: FlaskClient | None = None, **changes: str) -> Any:
    browser = by or office.signed_in()
    open_recording(browser, recording)
    token = form_token(browser.get(f"/calls/{recording}"))
    return browser.post(f"/calls/{recording}/redact", data=REDACTION | changes | {"csrf_token": token})


def rows(office: WebOffice, question: str, *values: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(office.home.catalogue)) as database, database:
        return database.execute(question, values).fetchall()


def revision_of(office: WebOffice, recording: str) -> str:
    ((found,),) = rows(office, "SELECT id FROM recordings WHERE revises = ?", recording)
    return str(found)


def test_what_was_said_there_is_nowhere_any_more_and_the_rest_is_as_it_was(
    office: WebOffice, call: CallRecord, key: pyrage.x25519.Identity
) -> None:
    before = unsealed(office, key, call.recording_id)
    answer = redact(office, call.recording_id)
    assert answer.status_code == 303, answer.text
    revision = revision_of(office, call.recording_id)
    assert answer.location == f"/calls/{revision}"
    after = unsealed(office, key, revision)
    was, now = heard(SoundPackets.of(before.ogg)), heard(SoundPackets.of(after.ogg))
    span = slice(2 * RATE_HZ, 4 * RATE_HZ)
    assert loudness(was[0][span]) > 300
    assert correlation(was[0][span], now[0][span]) < 0.03
    assert loudness(now[0][span]) < 8
    rest = slice(math.ceil(5 * RATE_HZ), None)
    assert correlation(was[0][rest], now[0][rest]) > 0.999
    assert np.array_equal(was[0][: RATE_HZ * 3 // 2], now[0][: RATE_HZ * 3 // 2])
    assert (after.samples, after.state) == (before.samples, before.state)
    assert list(office.home.recordings.rglob(f"{call.recording_id}.*")) == []
    assert list(office.home.revisions.iterdir()) == []
    assert after.record.tags == ("redacted",)
    assert after.redactions[0].start_sample <= 2 * RATE_HZ
    assert rows(office, "SELECT because, state FROM erasures") == [("redaction", "erased")]


def test_the_evidence_holds_both_ids_and_the_digests_and_the_reason_outlives_the_old_recording(
    office: WebOffice, call: CallRecord
) -> None:
    redact(office, call.recording_id)
    revision = revision_of(office, call.recording_id)
    ((segment, keyslot),) = rows(office, "SELECT sha256, keyslot_sha256 FROM segments WHERE recording_id = ?", revision)
    entries = {entry["kind"]: entry for entry in office.recorder.evidence}
    said = entries["recording-redacted"]["subject"]
    assert (said["recording"], said["revises"]) == (revision, call.recording_id)
    assert (said["sha256"], said["keyslot"]) == (segment, keyslot)
    ordered = entries["redaction-ordered"]
    assert ordered["subject"]["recording"] == revision
    assert ordered["detail"] == {"name": LISTENER, "spans": ["0:02-0:04"], "because": "card number read out"}
    kinds = office.recorder.kinds()
    assert kinds.index("redaction-opened") < kinds.index("redaction-ordered") < kinds.index("recording-redacted")


def hold(office: WebOffice, recording: str) -> None:
    columns = "id, purpose, owner_id, owner_name, placed_at_ms, review_on"
    rows(office, f"INSERT INTO legal_holds ({columns}) VALUES ('h1', 'claim', 'p1', 'anna', 1, '2030-01-01')")
    rows(office, "INSERT INTO held_recordings VALUES ('h1', ?)", recording)


@pytest.fixture
def director(office: WebOffice, key: pyrage.x25519.Identity) -> FlaskClient:
    browser = office.browser()
    sign_in(browser, "dora", add_people(office.home, key, {"dora": Role.DIRECTOR})["dora"])
    return browser


def test_more_than_half_of_it_or_one_that_is_held_is_redacted_by_a_director_only(
    office: WebOffice, call: CallRecord, director: FlaskClient
) -> None:
    recording = call.recording_id
    most = redact(office, recording, spans="0:00-0:07")
    assert most.status_code == 403
    assert "more than half of the recording. Ask somebody of the role Director" in most.text
    hold(office, recording)
    held = redact(office, recording)
    assert held.status_code == 403
    assert "under a legal hold. Ask somebody of the role Director" in held.text
    assert rows(office, "SELECT count(*) FROM redactions") == [(0,)]
    assert "redaction-opened" not in office.recorder.kinds()
    assert redact(office, recording, director, spans="0:00-0:07").status_code == 303
    assert rows(office, "SELECT recording_id FROM held_recordings") == [(revision_of(office, recording),)]


def test_a_recording_cannot_be_done_away_with_piece_by_piece(office: WebOffice, call: CallRecord) -> None:
    assert redact(office, call.recording_id, spans="0:00-0:02").status_code == 303
    once = revision_of(office, call.recording_id)
    assert redact(office, once, spans="0:02-0:04").status_code == 303
    twice = revision_of(office, once)
    more = redact(office, twice, spans="0:04-0:07")
    assert more.status_code == 403
    assert "more than half of the recording, with what was silenced before" in more.text


def test_notes_holds_and_the_class_go_along_and_grants_do_not(
    office: WebOffice, call: CallRecord, director: FlaskClient
) -> None:
    recording = call.recording_id
    hold(office, recording)
    rows(
        office,
        "INSERT INTO notes (recording_id, written_at_ms, person_id, person_name, text) VALUES (?, 1, 'p', 'a', 'kept')",
        recording,
    )
    rows(
        office,
        "INSERT INTO access_requests (id, requester_id, requester_name, asked_at_ms, purpose, wanted, state)"
        " VALUES ('r1', 'p2', 'lena', 1, 'why', '{}', 'approved')",
    )
    rows(office, "INSERT INTO requested_recordings VALUES ('r1', ?, 'approved')", recording)
    rows(office, "INSERT INTO grants VALUES (?, 'p2', 'r1', 1, 9999999999999, NULL)", recording)
    grant = next(office.home.recordings.rglob(f"{recording}.0.ear")).with_suffix(f".{'ab' * 16}.grant")
    grant.write_bytes(b"g" * 1024)
    assert redact(office, recording, director).status_code == 303
    revision = revision_of(office, recording)
    assert rows(office, "SELECT recording_id, text FROM notes") == [(revision, "kept")]
    assert rows(office, "SELECT recording_id FROM held_recordings") == [(revision,)]
    assert rows(office, "SELECT recording_id FROM requested_recordings") == [(revision,)]
    assert rows(office, "SELECT recording_id FROM grants") == []
    assert not grant.exists()


def test_nobody_still_hears_the_old_one_who_had_it_open(office: WebOffice, call: CallRecord) -> None:
    other = office.signed_in()
    open_recording(other, call.recording_id)
    assert other.get(f"/calls/{call.recording_id}/audio").status_code == 200
    redact(office, call.recording_id)
    assert other.get(f"/calls/{call.recording_id}/audio").status_code in (403, 404)


def test_a_redacted_recording_can_be_redacted_once_more(
    office: WebOffice, call: CallRecord, key: pyrage.x25519.Identity
) -> None:
    redact(office, call.recording_id)
    first = revision_of(office, call.recording_id)
    assert redact(office, first, spans="0:00-0:01").status_code == 303
    second = revision_of(office, first)
    sound = heard(SoundPackets.of(unsealed(office, key, second).ogg))
    assert all(loudness(voice[part]) < 20 for voice in sound for part in (slice(0, 8000), slice(16500, 32000)))
    assert len(unsealed(office, key, second).redactions) == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"spans": "sometime"}, "cannot be read"),
        ({"spans": "9:00-9:10"}, "begins after the recording"),
        ({"because": " "}, "reason"),
        ({"sure": ""}, "listened to it"),
    ],
)
def test_a_mistake_replaces_nothing_and_is_told_on_the_call_page(
    office: WebOffice, call: CallRecord, changes: dict[str, Any], said: str
) -> None:
    answer = redact(office, call.recording_id, **changes)
    assert answer.status_code == 422
    assert said in answer.text
    assert rows(office, "SELECT count(*) FROM redactions") == [(0,)]


def test_who_may_not_redact_is_refused(office: WebOffice, call: CallRecord, key: pyrage.x25519.Identity) -> None:
    phrases = add_people(office.home, key, {"lena": Role.LINE_MANAGER})
    browser = office.browser()
    sign_in(browser, "lena", phrases["lena"])
    token = form_token(browser.get("/requests/ask"))
    answer = browser.post(f"/calls/{call.recording_id}/redact", data=REDACTION | {"csrf_token": token})
    assert answer.status_code == 403


# -- the keeper's part, killed anywhere -----------------------------------------------------------------------------


class Stops(Exception):
    """The process ends here."""


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Vault]:
    with vault(tmp_path / "vault") as made:
        yield made


def ordered(kept: Vault) -> tuple[RedactionOrder, bytes, str]:
    """An order, and the sealed revision that was ordered: another recording of that moment."""
    recording = kept.record()
    kept.hold(recording)
    kept.note(recording, "about the boiler")
    revision = kept.record()
    (path,) = (each for each in kept.files(revision) if each.suffix == ".ear")
    sealed = path.read_bytes()
    for each in kept.files(revision):
        each.unlink()
    kept.execute("DELETE FROM segments WHERE recording_id = ?", revision)
    kept.execute("DELETE FROM recordings WHERE id = ?", revision)
    ((started,),) = kept.query("SELECT started_at_ms FROM recordings WHERE id = ?", recording)
    order = RedactionOrder(revision, recording, started, kept.time.wall_ms)
    assert RedactionOrders(kept.home.catalogue).order(order)
    return order, sealed, recording


class Clock:
    def __init__(self, kept: Vault) -> None:
        self._kept = kept

    def wall_ms(self) -> int:
        return self._kept.time.wall_ms

    def monotonic_s(self) -> float:
        return self._kept.time.wall_ms / 1000

    def is_set(self) -> bool:
        return True


def intake(kept: Vault, evidence: Any = None) -> RevisionIntake:
    rows = RedactionRows(kept.engine, kept.home.catalogue)
    return RevisionIntake(rows, RevisionFolder(kept.home), evidence or kept.made.desk, Clock(kept))


def send(taken: RevisionIntake, order: RedactionOrder, sealed: bytes) -> None:
    middle = len(sealed) // 2
    taken.take(order.revision_id, 0, sealed[:middle])
    taken.take(order.revision_id, middle, sealed[middle:])
    taken.finish(order.revision_id, hashlib.sha256(sealed).hexdigest(), b"k" * 1024)


def test_a_keeper_that_ends_between_any_two_steps_goes_on_where_it_was(
    kept: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, sealed, recording = ordered(kept)
    steps = [(RevisionFolder, "place"), (RedactionRows, "replace")]

    def stop(*_: object) -> None:
        raise Stops

    class Away:
        def enter(self, *_: object) -> int:
            raise ServiceAway("The recorder is away.")

    with monkeypatch.context() as killed:
        killed.setattr(*steps[0], stop)
        with pytest.raises(Stops):
            send(intake(kept), order, sealed)
    assert recording in kept.listed()
    with pytest.raises(ServiceAway):
        intake(kept, Away()).run(kept.time.wall_ms)
    with monkeypatch.context() as killed:
        killed.setattr(*steps[1], stop)
        with pytest.raises(Stops):
            intake(kept).run(kept.time.wall_ms)
    assert kept.kinds().count("recording-redacted") == 1
    intake(kept).run(kept.time.wall_ms)
    kept.run()
    assert kept.listed() == {order.revision_id}
    assert kept.kinds().count("recording-redacted") == 1
    assert kept.files(recording) == []
    assert [path.suffix for path in kept.files(order.revision_id)] == [".ear", ".key"]
    assert kept.query("SELECT recording_id FROM notes") == [(order.revision_id,)]
    assert kept.query("SELECT recording_id FROM held_recordings") == [(order.revision_id,)]


def test_what_nobody_ordered_is_not_taken(kept: Vault) -> None:
    order, sealed, recording = ordered(kept)
    with pytest.raises(ActionRefused):
        intake(kept).take("ab" * 16, 0, sealed)
    with pytest.raises(ActionRefused, match="does not follow on"):
        intake(kept).take(order.revision_id, 5, sealed)
    for wrong in (sealed[:-1], sealed[:5000] + bytes([sealed[5000] ^ 1]) + sealed[5001:], b"nothing"):
        with pytest.raises(DamagedRecording):
            send(intake(kept), order, wrong)
    assert kept.listed() == {recording}
    send(intake(kept), order, sealed)
    with pytest.raises(ActionRefused):
        send(intake(kept), order, sealed)


def test_an_order_that_is_younger_than_the_sweep_waits_for_its_revision(kept: Vault) -> None:
    """The keeper's thread asks for the time, and then waits for whoever holds the catalogue."""
    order, sealed, _ = ordered(kept)
    intake(kept).run(order.ordered_at_ms - 40)
    send(intake(kept), order, sealed)
    kept.run()
    assert kept.listed() == {order.revision_id}


def test_an_order_whose_revision_never_comes_lapses_and_the_recording_stands(kept: Vault) -> None:
    order, sealed, recording = ordered(kept)
    intake(kept).take(order.revision_id, 0, sealed[:1000])
    kept.time.pass_by(2)
    intake(kept).run(kept.time.wall_ms)
    kept.run()
    assert kept.query("SELECT state FROM redactions") == [("lapsed",)]
    assert kept.listed() == {recording}
    assert list(kept.home.revisions.iterdir()) == []


def test_a_recording_that_is_erased_meanwhile_does_not_come_back_as_its_revision(
    kept: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, sealed, recording = ordered(kept)

    def stop(*_: object) -> None:
        raise Stops

    with monkeypatch.context() as killed:
        killed.setattr(RedactionRows, "replace", stop)
        with pytest.raises(Stops):
            send(intake(kept), order, sealed)
    kept.execute("UPDATE legal_holds SET released_at_ms = 1")
    kept.order(recording)
    kept.run()
    intake(kept).run(kept.time.wall_ms)
    kept.run()
    assert kept.listed() == set()
    assert kept.files(order.revision_id) == kept.files(recording) == []
    assert json.dumps(kept.kinds()).count("recording-erased") == 2


def test_what_was_left_out_before_and_how_it_ended_go_along(office: WebOffice, key: pyrage.x25519.Identity) -> None:
    silent = [("paused", 7.0, 2.0), ("touch_tone", 10.0, 0.5)]
    record = new_record(datetime.now(UTC) - timedelta(minutes=3))
    call = seal_call(office.home, record, 12.0, "interrupted", left_out=silent, held_by_office=[(0.0, 1.0)])
    before = unsealed(office, key, call.recording_id)
    assert redact(office, call.recording_id, spans="0:02-0:03, 0:05-0:06").status_code == 303
    after = unsealed(office, key, revision_of(office, call.recording_id))
    assert (after.state, after.samples) == ("interrupted", before.samples)
    assert (after.pauses, after.holds, after.touch_tones) == (before.pauses, before.holds, before.touch_tones)
    assert len(before.pauses) == 1
    assert len(after.redactions) == 2
    told = after.words.final
    assert told is not None
    assert len(told["redacted"]) == 2
