"""Guessing, being locked out, and being vouched back in."""

from __future__ import annotations

import pytest

from firmware.adapters.keys.listening_keys import AgeKeyUnlocker
from firmware.core.errors import SignInRefused
from firmware.core.people import Person
from firmware.ports.listening_keys import UnlockedKeys
from tests.integration.opener.acts import listening, lock, person_path
from tests.integration.opener_box import WORDS, Box


def test_a_listener_vouches_the_real_person_in_while_somebody_goes_on_guessing(box: Box) -> None:
    anna = box.sign_in()
    listening(box, anna)
    anna = box.sign_in()
    lock(box, "ben")
    anna = box.sign_in()
    code = box.client.post(person_path(box, "ben", "vouch"), {"for": "lock"}, token=anna)["code"]
    for guess in (WORDS, "wrong"):
        with pytest.raises(SignInRefused, match="locked"):
            box.sign_in("ben", guess, voucher="AAAAA-AAAAA")
    with pytest.raises(SignInRefused, match="is wrong"):
        box.sign_in("ben", "a slip of the finger", voucher=code)
    assert box.stage("ben", voucher=code.lower())["stage"] == "complete"
    with pytest.raises(SignInRefused, match="locked"):
        box.sign_in("ben", voucher=code)


def test_a_voucher_bears_five_mistakes_and_half_an_hour(box: Box) -> None:
    listening(box, box.sign_in())
    lock(box, "ben")
    vouch = person_path(box, "ben", "vouch")
    code = box.client.post(vouch, {"for": "lock"}, token=box.sign_in())["code"]
    for _ in range(5):
        with pytest.raises(SignInRefused, match="is wrong"):
            box.sign_in("ben", "wrong", voucher=code)
    with pytest.raises(SignInRefused, match="locked"):
        box.sign_in("ben", voucher=code)
    code = box.client.post(vouch, {"for": "lock"}, token=box.sign_in())["code"]
    box.clock.now_s += 29 * 60
    lock(box, "ben")
    with pytest.raises(SignInRefused, match="locked"):
        box.sign_in("ben", voucher=code)


def test_a_voucher_is_for_one_person(box: Box) -> None:
    listening(box, box.sign_in())
    code = box.client.post(person_path(box, "ben", "vouch"), {"for": "lock"}, token=box.sign_in())["code"]
    lock(box, "admin")
    with pytest.raises(SignInRefused, match="locked"):
        box.sign_in("admin", voucher=code)


def test_signing_in_between_gives_whoever_guesses_no_more_than_ten_answers_in_half_an_hour(box: Box) -> None:
    answers = []
    for _ in range(3000):
        box.clock.now_s += 0.6
        try:
            box.sign_in("anna", "wrong")
        except SignInRefused as refusal:
            if "is wrong" in refusal.what:
                answers.append(box.clock.now_s)
        if len(answers) in (2, 5, 8):
            box.clock.now_s += 61
            assert box.sign_in()
    assert all(later - first >= 30 * 60 for first, later in zip(answers, answers[10:], strict=False))
    assert len(answers) >= 10


def test_guessing_at_names_that_nobody_has_does_not_fill_the_evidence(box: Box) -> None:
    for number in range(70):
        with pytest.raises(SignInRefused):
            box.sign_in(f"nobody{number}")
    told = [each["detail"]["strangers"] for each in box.desk.entries if each["kind"] == "sign-in-refused"]
    assert told == [*range(1, 11), 16, 32, 64]
    box.clock.now_s += 3600
    with pytest.raises(SignInRefused):
        box.sign_in("nobody")
    assert box.desk.last("sign-in-refused")["detail"]["strangers"] == 1
    with pytest.raises(SignInRefused):
        box.sign_in("anna", "not her words")
    assert box.desk.last("sign-in-refused")["detail"]["name"] == "anna"


def test_who_leaves_while_their_pass_phrase_is_being_checked_is_not_signed_in(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = box.sign_in()
    listening(box, anna)
    unlock = AgeKeyUnlocker.unlock

    def leave_meanwhile(self: AgeKeyUnlocker, person: Person | None, pass_phrase: str) -> UnlockedKeys:
        keys = unlock(self, person, pass_phrase)
        box.client.post(person_path(box, "ben", "leave"), token=anna)
        return keys

    monkeypatch.setattr(AgeKeyUnlocker, "unlock", leave_meanwhile)
    with pytest.raises(SignInRefused, match="changed at this moment"):
        box.sign_in("ben")
    assert box.parts.opener.signed_in == 1


def test_nobody_keeps_the_others_out_by_signing_in_again_and_again(box: Box) -> None:
    tokens = [box.sign_in("admin") for _ in range(105)]
    assert box.sign_in()
    assert box.client.get("/session", token=tokens[-1])["user"] == "admin"
    with pytest.raises(SignInRefused):
        box.client.get("/session", token=tokens[0])
