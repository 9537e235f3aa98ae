"""The opener behind its control socket, with real keys and keyslots: who gets a recording's key, and who does not."""

from __future__ import annotations

import base64
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest

from firmware.adapters.control.client import RequestRefused
from firmware.adapters.keys.listening_keys import AgeKeyUnlocker, new_person
from firmware.adapters.sealing.keyslot import erase_keyslot
from firmware.adapters.settings.people_file import PeopleFile
from firmware.core.access_policy import Role
from firmware.core.errors import (
    DamagedRecording,
    KeyErased,
    NoSuchRecording,
    NotAllowed,
    ServiceAway,
    SignInRefused,
    StorageFull,
)
from firmware.core.people import Person
from firmware.core.sign_in_attempts import LockOutRules
from firmware.services.opener_sessions import OpenerSessions, SessionRules
from firmware.services.sign_in_guard import SignInGuard
from tests.hand_set_clock import HandSetClock
from tests.integration.opener_box import BOX_SECRET, CHEAP, STARTED, WORDS, Box


def test_a_listener_gets_the_keys_of_the_recording_asked_for(box: Box) -> None:
    recording_id = box.record([b"1" * 32, b"2" * 32])
    box.record([b"3" * 32])
    answer = box.open(box.sign_in(), recording_id)
    assert answer["recording_id"] == recording_id
    assert [(each["segment"], base64.b64decode(each["key"])) for each in answer["keys"]] == [
        (0, b"1" * 32),
        (1, b"2" * 32),
    ]


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_a_recording_filed_under_the_day_before_or_after_its_id_is_found(box: Box, days: int) -> None:
    recording_id = box.record([b"1" * 32], STARTED + timedelta(days=days))
    assert box.open(box.sign_in(), recording_id)["keys"]


def test_the_opening_stands_in_the_evidence_before_the_key_is_out(box: Box) -> None:
    recording_id = box.record([b"1" * 32])
    box.open(box.sign_in(), recording_id, "download", "a complaint of March")
    entry = box.desk.entries[-1]
    assert entry["kind"] == "downloaded"
    assert entry["subject"]["recording"] == recording_id
    assert entry["detail"] == {"name": "anna", "purpose": "a complaint of March"}
    assert "anna" not in str(entry["subject"])


def test_no_evidence_no_key(box: Box) -> None:
    recording_id, token = box.record([b"1" * 32]), box.sign_in()
    box.desk.full = True
    with pytest.raises(StorageFull):
        box.open(token, recording_id)
    box.evidence_server.stop()
    with pytest.raises(ServiceAway):
        box.open(token, recording_id)


def test_somebody_may_sign_in_while_the_recorder_is_away_and_that_is_written_first(box: Box) -> None:
    recording_id = box.record([b"1" * 32])
    box.evidence_server.stop()
    with pytest.raises(SignInRefused):
        box.sign_in(password="wrong")
    token = box.sign_in()
    assert box.desk.entries == []
    box.evidence_server.start()
    box.open(token, recording_id)
    assert box.desk.kinds == ["sign-in-refused", "signed-in", "listened"]


def test_the_administrator_gets_no_key_and_the_refusal_is_written(box: Box) -> None:
    recording_id, token = box.record([b"1" * 32]), box.sign_in("admin")
    for use in ("listen", "download", "export"):
        with pytest.raises(NotAllowed):
            box.open(token, recording_id, use)
    assert box.desk.kinds[1:] == ["listen-refused", "download-refused", "export-refused"]


def test_a_recording_is_not_opened_without_a_purpose(box: Box) -> None:
    recording_id, token = box.record([b"1" * 32]), box.sign_in()
    with pytest.raises(NotAllowed, match="purpose"):
        box.open(token, recording_id, purpose="  ")


def test_an_unknown_use_is_refused(box: Box) -> None:
    with pytest.raises(RequestRefused, match="use"):
        box.open(box.sign_in(), box.record([b"1" * 32]), use="change settings")


@pytest.mark.parametrize(
    "recording_id", ["", "x", "../../etc/passwd", "*", str(uuid.UUID(int=1)), "{" + str(uuid.UUID(int=1)) + "}"]
)
def test_an_id_that_is_none_of_ours_is_not_found(box: Box, recording_id: str) -> None:
    box.record([b"1" * 32])
    with pytest.raises(NoSuchRecording):
        box.open(box.sign_in(), recording_id)


def test_an_erased_recording_cannot_be_opened(box: Box) -> None:
    recording_id = box.record([b"1" * 32])
    token = box.sign_in()
    slot = next(box.recordings.glob(f"*/*/*/{recording_id}.0.key"))
    slot.write_bytes(bytes(1024))
    with pytest.raises(KeyErased):
        box.open(token, recording_id)
    erase_keyslot(slot)
    with pytest.raises(KeyErased):
        box.open(token, recording_id)


def test_a_damaged_keyslot_is_told_as_damage(box: Box) -> None:
    recording_id = box.record([b"1" * 32])
    next(box.recordings.glob(f"*/*/*/{recording_id}.0.key")).write_bytes(b"EAR")
    with pytest.raises(DamagedRecording):
        box.open(box.sign_in(), recording_id)


def test_a_session_says_whose_it_is_and_ends_at_sign_out(box: Box) -> None:
    token = box.sign_in()
    session = box.client.get("/session", token=token)
    assert (session["user"], session["role"]) == ("anna", "services_manager")
    box.client.post("/sign-out", {"token": token})
    box.client.post("/sign-out", {"token": token})
    with pytest.raises(SignInRefused):
        box.client.get("/session", token=token)
    with pytest.raises(SignInRefused):
        box.open(token, box.record([b"1" * 32]))
    assert box.client.get("/health")["signed_in"] == 0
    assert box.desk.kinds == ["signed-in", "signed-out"]


def test_activity_keeps_a_session_but_fifteen_idle_minutes_end_it(box: Box) -> None:
    token = box.sign_in()
    for _ in range(4):
        box.clock.now_s += 14 * 60
        box.client.get("/session", token=token)
    box.clock.now_s += 10 * 60
    box.client.get("/session", token=token, query={"activity": "no"})
    box.clock.now_s += 5 * 60
    with pytest.raises(SignInRefused, match="has ended"):
        box.client.get("/session", token=token)


def test_no_session_outlives_the_working_day(box: Box) -> None:
    token = box.sign_in()
    for _ in range(59):
        box.clock.now_s += 10 * 60
        box.client.get("/session", token=token)
    box.clock.now_s += 10 * 60
    with pytest.raises(SignInRefused):
        box.client.get("/session", token=token)


def test_a_wrong_name_and_a_wrong_pass_phrase_get_the_same_answer(box: Box) -> None:
    answers = []
    for user, password in (("anna", "wrong"), ("nobody", WORDS)):
        with pytest.raises(SignInRefused) as caught:
            box.sign_in(user, password)
        answers.append(str(caught.value))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("user", ["anna", "nobody"])
def test_ten_wrong_pass_phrases_lock_a_name_for_thirty_minutes_whether_or_not_it_exists(box: Box, user: str) -> None:
    for _ in range(10):
        with pytest.raises(SignInRefused, match="pass phrase is wrong"):
            box.sign_in(user, "wrong")
        box.clock.now_s += 61
    for password in ("wrong", WORDS):
        with pytest.raises(SignInRefused, match="locked after 10 failed sign-ins"):
            box.sign_in(user, password)
    box.clock.now_s += 29 * 60
    if user == "anna":
        assert box.sign_in()


@pytest.mark.parametrize("user", ["anna", "nobody"])
def test_tries_made_together_do_not_slip_by_the_count(box: Box, user: str) -> None:
    def attempt(_: int) -> str:
        with pytest.raises(SignInRefused) as caught:
            box.sign_in(user, "wrong")
        return caught.value.what

    with ThreadPoolExecutor(20) as together:
        answers = list(together.map(attempt, range(20)))
    assert sum("is wrong" in answer for answer in answers) == 3
    assert sum("a moment ago" in answer for answer in answers) == 17


def test_nobody_costs_as_much_time_as_a_wrong_pass_phrase(tmp_path: Path) -> None:
    anna = new_person("anna", Role.SERVICES_MANAGER, WORDS, BOX_SECRET, None)
    unlocker = AgeKeyUnlocker(BOX_SECRET)

    def least_cpu_s(person: Person | None) -> float:
        spent = []
        for _ in range(4):
            before = time.process_time()
            with pytest.raises(SignInRefused):
                unlocker.unlock(person, "wrong")
            spent.append(time.process_time() - before)
        return min(spent)

    assert least_cpu_s(None) == pytest.approx(least_cpu_s(anna), rel=0.3)


def test_tries_that_come_too_soon_do_not_fill_the_evidence_but_are_counted_in_it(box: Box) -> None:
    for _ in range(3):
        with pytest.raises(SignInRefused, match="is wrong"):
            box.sign_in(password="wrong")
    for _ in range(100):
        with pytest.raises(SignInRefused, match="a moment ago"):
            box.sign_in(password="wrong")
    refusals = [entry["detail"] for entry in box.desk.entries if entry["kind"] == "sign-in-refused"]
    assert len(refusals) < 12
    assert [each["turned_away"] for each in refusals] == [0, 0, 0, 1, 2, 4, 8, 16, 32, 64]
    box.clock.now_s += 61
    with pytest.raises(SignInRefused, match="is wrong"):
        box.sign_in(password="wrong")
    assert box.desk.entries[-1]["detail"]["turned_away"] == 100


def test_tries_are_counted_even_when_the_count_cannot_be_written(box: Box) -> None:
    in_the_way = box.home.people_file.with_name("people.json.new")
    in_the_way.mkdir()
    for _ in range(10):
        with pytest.raises(SignInRefused, match="is wrong"):
            box.sign_in(password="wrong")
        box.clock.now_s += 61
    with pytest.raises(SignInRefused, match="locked after 10"):
        box.sign_in()
    box.clock.now_s += 31 * 60
    assert box.sign_in()
    in_the_way.rmdir()
    with pytest.raises(SignInRefused, match="is wrong"):
        box.sign_in(password="wrong")
    assert PeopleFile(box.home.people_file).attempts(box.person("anna").person_id).failures == 1


def test_a_lock_outlives_a_restart_of_the_opener(box: Box) -> None:
    for _ in range(10):
        with pytest.raises(SignInRefused):
            box.sign_in(password="wrong")
        box.clock.now_s += 61
    people = PeopleFile(box.home.people_file)
    with pytest.raises(SignInRefused, match="locked"):
        SignInGuard(people, LockOutRules()).check("anna", people.find("anna"), box.clock.wall_ms())


def test_a_success_clears_the_count(box: Box) -> None:
    for _ in range(3):
        for _ in range(3):
            with pytest.raises(SignInRefused, match="is wrong"):
                box.sign_in(password="wrong")
            box.clock.now_s += 2
        assert box.sign_in()


@pytest.mark.parametrize("body", [{}, {"user": 5, "password": "x"}, {"user": "a"}, {"user": "a" * 99, "password": "b"}])
def test_a_sign_in_that_is_no_sign_in_is_refused(box: Box, body: dict[str, Any]) -> None:
    with pytest.raises(RequestRefused):
        box.client.post("/sign-in", body)


def test_neither_tokens_nor_keys_are_in_what_objects_show_of_themselves(tmp_path: Path) -> None:
    office = pyrage.x25519.Identity.generate()
    person = new_person("anna", Role.SERVICES_MANAGER, WORDS, BOX_SECRET, office, CHEAP)
    sessions = OpenerSessions(HandSetClock(), SessionRules())
    token, session = sessions.begin(person, AgeKeyUnlocker(BOX_SECRET, CHEAP).unlock(person, WORDS))
    assert token not in repr(session)
    assert "AGE-SECRET" not in repr(session)
