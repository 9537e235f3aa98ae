"""A forgotten pass phrase, and the recovery key."""

from __future__ import annotations

import pytest

from firmware.adapters.keys.recovery_words import recovery_words
from firmware.core.access_policy import Role
from firmware.core.errors import ActionRefused, NoSuchPerson, NotAllowed, SettingsError, SignInRefused
from tests.integration.opener.acts import OTHER_WORDS, confirm, listening, person_path
from tests.integration.opener_box import WORDS, Box


def test_a_forgotten_pass_phrase_is_mended_by_another_listener_with_a_new_key(box: Box) -> None:
    recording_id, anna = box.record([b"1" * 32]), box.sign_in()
    ben = listening(box, anna)
    before = box.person("ben")
    made = box.client.post(person_path(box, "ben", "invite-again"), token=anna)
    assert box.open(ben, recording_id)["keys"], "until it is taken up, nothing changes"
    joined = box.client.post("/join", {"name": "ben", "code": made["code"], "password": OTHER_WORDS})
    with pytest.raises(SignInRefused):
        box.open(ben, recording_id)
    assert box.stage("ben", OTHER_WORDS)["stage"] == "waiting"
    confirm(box, anna, "ben", joined["fingerprint"])
    assert box.open(box.sign_in("ben", OTHER_WORDS), recording_id)["keys"]
    after = box.person("ben")
    assert after.person_id == before.person_id
    assert after.user_public_key != before.user_public_key
    with pytest.raises(SignInRefused):
        box.sign_in("ben")


def test_who_was_invited_again_and_then_left_does_not_come_back(box: Box) -> None:
    anna = box.sign_in()
    listening(box, anna)
    made = box.client.post(person_path(box, "ben", "invite-again"), token=anna)
    box.client.post(person_path(box, "ben", "leave"), token=anna)
    with pytest.raises(NoSuchPerson):
        box.client.post("/join", {"name": "ben", "code": made["code"], "password": OTHER_WORDS})
    assert box.people.find("ben") is None


def test_who_was_invited_again_and_then_demoted_does_not_rise_again(box: Box) -> None:
    anna = box.sign_in()
    listening(box, anna)
    made = box.client.post(person_path(box, "ben", "invite-again"), token=anna)
    box.client.post(person_path(box, "ben", "change"), {"role": "line_manager", "extension": ""}, token=anna)
    joined = box.client.post("/join", {"name": "ben", "code": made["code"], "password": OTHER_WORDS})
    assert joined["role"] == "line_manager"
    assert box.stage("ben", OTHER_WORDS)["stage"] == "complete"


def test_a_name_that_was_taken_in_between_cannot_be_joined_with(box: Box) -> None:
    made = box.client.post("/invitations", {"name": "carol", "role": "hr_panel"}, token=box.sign_in())
    box.client.post("/recovery", {"recovery_key": str(box.recovery), "name": "carol", "password": OTHER_WORDS})
    with pytest.raises(SettingsError, match="by now"):
        box.client.post("/join", {"name": "carol", "code": made["code"], "password": WORDS})
    assert box.person("carol").role is Role.DIRECTOR


def test_an_administrator_cannot_have_anybody_join_again(box: Box) -> None:
    with pytest.raises(NotAllowed):
        box.client.post(person_path(box, "anna", "invite-again"), token=box.sign_in("admin"))


@pytest.mark.parametrize("form", ["text", "words"])
def test_the_recovery_key_lets_the_last_listener_back_in(box: Box, form: str) -> None:
    recording_id, key = box.record([b"1" * 32]), str(box.recovery)
    typed = key if form == "text" else " ".join(recovery_words(key))
    box.client.post("/recovery", {"recovery_key": typed, "name": "anna", "password": OTHER_WORDS})
    assert box.open(box.sign_in("anna", OTHER_WORDS), recording_id)["keys"]
    assert "recovery-used" in box.desk.kinds
    assert box.desk.kinds.index("recovery-used") < box.desk.kinds.index("recipients-changed")


def test_the_recovery_key_can_make_a_director_when_everybody_is_gone(box: Box) -> None:
    recording_id = box.record([b"1" * 32])
    wish = {"recovery_key": str(box.recovery), "name": "carol", "password": OTHER_WORDS}
    assert box.client.post("/recovery", wish)["role"] == "director"
    assert box.open(box.sign_in("carol", OTHER_WORDS), recording_id)["keys"]


def test_wrong_recovery_keys_change_nothing_tell_nothing_and_lock_nobody_out(box: Box) -> None:
    before = box.person("anna")
    for name in ("anna", "admin", "nobody") * 10:
        with pytest.raises(SignInRefused, match="not the office's recovery key"):
            box.client.post("/recovery", {"recovery_key": str(box.office), "name": name, "password": OTHER_WORDS})
    assert box.person("anna") == before
    told = [entry["detail"]["times"] for entry in box.desk.entries if entry["kind"] == "recovery-refused"]
    assert told == [1, 2, 4, 8, 16]
    assert box.client.post("/recovery", {"recovery_key": str(box.recovery), "name": "anna", "password": OTHER_WORDS})


def test_the_recovery_key_gives_the_administrator_nothing(box: Box) -> None:
    wish = {"recovery_key": str(box.recovery), "name": "admin", "password": OTHER_WORDS}
    with pytest.raises(ActionRefused):
        box.client.post("/recovery", wish)
