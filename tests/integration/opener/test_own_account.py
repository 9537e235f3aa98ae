"""Looking after one's own pass phrase and sign-ins."""

from __future__ import annotations

import pytest

from firmware.adapters.control.client import path_of
from firmware.core.errors import ActionRefused, SettingsError, SignInRefused
from tests.integration.opener.acts import OTHER_WORDS, lock, voucher_for
from tests.integration.opener_box import WORDS, Box


def test_a_changed_pass_phrase_keeps_the_keys_and_ends_the_other_sign_ins(box: Box) -> None:
    recording_id, here, elsewhere = box.record([b"1" * 32]), box.sign_in(), box.sign_in()
    before = box.person("anna")
    box.client.post("/account/password", {"password": WORDS, "new_password": OTHER_WORDS}, token=here)
    assert box.open(here, recording_id)["keys"]
    with pytest.raises(SignInRefused, match="has ended"):
        box.open(elsewhere, recording_id)
    with pytest.raises(SignInRefused, match="is wrong"):
        box.sign_in()
    assert box.open(box.sign_in("anna", OTHER_WORDS), recording_id)["keys"]
    assert box.person("anna").user_public_key == before.user_public_key
    assert "password-changed" in box.desk.kinds


def test_a_pass_phrase_is_not_changed_without_the_old_one_or_to_a_weak_one(box: Box) -> None:
    token = box.sign_in()
    with pytest.raises(SettingsError):
        box.client.post("/account/password", {"password": WORDS, "new_password": "short"}, token=token)
    for _ in range(2):
        with pytest.raises(SignInRefused):
            box.client.post("/account/password", {"password": "wrong", "new_password": OTHER_WORDS}, token=token)
    assert box.sign_in()


def test_five_wrong_pass_phrases_in_an_open_sign_in_end_it(box: Box) -> None:
    token = box.sign_in()
    for _ in range(5):
        with pytest.raises(SignInRefused, match="is wrong"):
            box.client.post("/account/password", {"password": "wrong", "new_password": OTHER_WORDS}, token=token)
    with pytest.raises(SignInRefused, match="has ended"):
        box.client.post("/account/password", {"password": WORDS, "new_password": OTHER_WORDS}, token=token)
    assert box.desk.kinds.count("sign-in-refused") == 5


def test_who_is_signed_in_can_change_the_pass_phrase_while_somebody_guesses_at_it(box: Box) -> None:
    lock(box, "anna")
    token = box.parts.signing_in.sign_in("anna", WORDS, voucher_for(box, "anna")).token
    box.client.post("/account/password", {"password": WORDS, "new_password": OTHER_WORDS}, token=token)


def test_sign_out_everywhere_ends_every_sign_in_of_that_person_alone(box: Box) -> None:
    tokens, admin = [box.sign_in() for _ in range(3)], box.sign_in("admin")
    assert len(box.client.get("/account", token=tokens[0])["sessions"]) == 3
    assert box.client.post("/account/sign-out-everywhere", token=tokens[0]) == {"ended": 3}
    for token in tokens:
        with pytest.raises(SignInRefused):
            box.client.get("/session", token=token)
    assert box.client.get("/session", token=admin)
    assert box.desk.last("signed-out-everywhere")["detail"] == {"name": "anna", "sessions": 3}


def test_one_sign_in_elsewhere_can_be_ended_but_not_another_person_s(box: Box) -> None:
    here, elsewhere, admin = box.sign_in(), box.sign_in(), box.sign_in("admin")
    sessions = box.client.get("/account", token=here)["sessions"]
    other = next(each for each in sessions if not each["this"])
    theirs = box.client.get("/account", token=admin)["sessions"][0]
    with pytest.raises(ActionRefused):
        box.client.post(path_of("account", "sessions", theirs["session_id"], "end"), token=here)
    box.client.post(path_of("account", "sessions", other["session_id"], "end"), token=here)
    with pytest.raises(SignInRefused):
        box.client.get("/session", token=elsewhere)
    assert box.client.get("/session", token=admin)
