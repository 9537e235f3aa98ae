"""What is kept of people, whoever wrote it, and who counts as holding the office key."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from firmware.core.access_policy import Role
from firmware.core.people import Leaver, Person, SealedOfficeKey, WrappedKey
from firmware.core.recipients import fingerprint, recipients_among
from firmware.core.second_factor import NO_SECOND_FACTOR, Passkey, SecondFactor
from firmware.core.sign_in_stage import Stage, stage_after_pass_phrase, stage_when_proven

WRAPPED = WrappedKey(b"s" * 16, b"n" * 12, b"c" * 90, 65536, 3, 1)
HELD = (SealedOfficeKey(1, b"sealed"),)
PASSKEY = Passkey("k1", "My phone", "earmark.local", b"\x01\x02", 7, 1000)
FACTOR = SecondFactor(b"age", 58_000_000, (PASSKEY,), ("d1", "d2"))
BEN = Person("p" * 32, "ben", Role.DIRECTOR, "age1ben", WRAPPED, HELD, "201", True, FACTOR, 99, b"mark")


def test_a_person_reads_as_they_were_written() -> None:
    assert Person.from_json(json.loads(json.dumps(BEN.to_json()))) == BEN


def test_a_listener_of_the_first_versions_is_a_services_manager_without_a_second_factor() -> None:
    first = {key: BEN.to_json()[key] for key in ("person_id", "name", "user_public_key", "user_key", "office_keys")}
    read = Person.from_json({**first, "role": "listener"})
    assert (read.role, read.second_factor, read.extension) == (Role.SERVICES_MANAGER, NO_SECOND_FACTOR, "")
    assert not read.awaits_key


def test_a_leaver_reads_as_they_were_written() -> None:
    left = Leaver("p" * 32, "ben", Role.HR_PANEL, 5)
    assert Leaver.from_json(json.loads(json.dumps(left.to_json()))) == left


def test_who_should_hold_a_key_and_does_not_waits_for_it() -> None:
    assert not BEN.awaits_key
    assert replace(BEN, office_keys=()).awaits_key
    assert replace(BEN, confirmed=False).awaits_key
    assert not replace(BEN, role=Role.LINE_MANAGER, office_keys=()).awaits_key
    assert replace(BEN, role=Role.LINE_MANAGER, office_keys=(), confirmed=False).awaits_key


@pytest.mark.parametrize(
    ("factor", "required", "vouched", "stage"),
    [
        (FACTOR, True, False, Stage.SECOND_FACTOR),
        (FACTOR, False, False, Stage.SECOND_FACTOR),
        (FACTOR, True, True, Stage.SET_SECOND_FACTOR),
        (FACTOR, False, True, Stage.COMPLETE),
        (NO_SECOND_FACTOR, True, False, Stage.SET_SECOND_FACTOR),
        (NO_SECOND_FACTOR, False, False, Stage.COMPLETE),
        (SecondFactor(recovery_codes=("d1",)), False, False, Stage.COMPLETE),
    ],
)
def test_where_the_right_pass_phrase_leads(factor: SecondFactor, required: bool, vouched: bool, stage: Stage) -> None:
    person = replace(BEN, second_factor=factor)
    assert stage_after_pass_phrase(person, second_factor_required=required, vouched=vouched) is stage


def test_who_waits_for_a_key_comes_no_further() -> None:
    assert stage_when_proven(replace(BEN, office_keys=())) is Stage.WAITING
    assert stage_when_proven(BEN) is Stage.COMPLETE


def test_factors_are_offered_in_the_order_of_their_worth() -> None:
    assert FACTOR.methods == ("passkey", "totp", "recovery-code")
    assert SecondFactor(recovery_codes=("d1",)).methods == ()
    assert FACTOR.without_passkey("k1").methods == ("totp", "recovery-code")
    assert not FACTOR.without_passkey("k1").passkeys
    assert FACTOR.without_recovery_code("d1").recovery_codes == ("d2",)


def test_a_passkey_takes_the_place_of_the_one_of_its_id() -> None:
    used = replace(PASSKEY, counter=8)
    assert FACTOR.with_passkey(used).passkeys == (used,)


def test_the_recipients_digest_changes_with_every_key_and_with_nothing_else() -> None:
    def digest(*people: Person, office: str = "age1o", recovery: str = "age1r") -> str:
        return recipients_among(people, office, recovery).digest

    ann = replace(BEN, person_id="q" * 32, name="ann", user_public_key="age1ann")
    assert digest(BEN, ann) == digest(ann, BEN)
    assert digest(BEN) == digest(replace(BEN, name="benjamin", extension="7"))
    assert digest(BEN) == digest(BEN, replace(ann, office_keys=()))
    differing = {
        digest(BEN),
        digest(BEN, ann),
        digest(),
        digest(replace(BEN, user_public_key="age1else")),
        digest(BEN, office="age1x"),
        digest(BEN, recovery="age1x"),
    }
    assert len(differing) == 6


def test_a_fingerprint_is_thirty_digits_that_people_can_read_aloud() -> None:
    shown = fingerprint("age1ben")
    assert [len(group) for group in shown.split()] == [5] * 6
    assert shown.replace(" ", "").isdigit()
    assert shown != fingerprint("age1bem")
