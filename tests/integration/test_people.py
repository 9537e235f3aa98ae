"""People over the opener's socket: joining, being confirmed, vouching, leaving, and getting back in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from firmware.adapters.control.client import RequestRefused, path_of
from firmware.adapters.keys.listening_keys import AgeKeyUnlocker, new_person
from firmware.adapters.keys.recovery_words import recovery_words
from firmware.core.access_policy import Role
from firmware.core.errors import (
    ActionRefused,
    NoSuchPerson,
    NotAllowed,
    SettingsError,
    SignInRefused,
    StorageFull,
)
from firmware.core.people import Person
from firmware.ports.listening_keys import UnlockedKeys
from firmware.services.vouchers import VouchedFor
from tests.integration.opener_box import BOX_SECRET, CHEAP, WORDS, Box, opener_box

OTHER_WORDS = "quite another set of words"


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    with opener_box(tmp_path) as made:
        yield made


def person_path(box: Box, name: str, what: str) -> str:
    return path_of("people", box.person(name).person_id, what)


def confirm(box: Box, token: str, name: str, fingerprint: str) -> None:
    box.client.post(person_path(box, name, "confirm"), {"fingerprint": fingerprint}, token=token)


def listening(box: Box, token: str, name: str = "ben") -> str:
    """A second listener, joined and confirmed; the token of their sign-in."""
    joined = box.join(token, name, Role.SERVICES_MANAGER)
    confirm(box, token, name, joined["fingerprint"])
    return box.sign_in(name)


def shown(box: Box, token: str, name: str) -> dict[str, Any]:
    people = box.client.get("/people", token=token)["people"]
    return next(dict(each) for each in people if each["name"] == name)


# -- joining ----------------------------------------------------------------------------------------------------------


def test_an_invited_director_opens_nothing_until_a_listener_confirms_the_same_fingerprint(box: Box) -> None:
    recording_id, anna = box.record([b"1" * 32]), box.sign_in()
    joined = box.join(anna, "ben", Role.DIRECTOR)
    assert joined["must_be_confirmed"]
    waiting = box.stage("ben")
    assert (waiting["stage"], waiting["fingerprint"]) == ("waiting", joined["fingerprint"])
    with pytest.raises(SignInRefused, match="not complete"):
        box.open(waiting["token"], recording_id)
    assert shown(box, anna, "ben")["fingerprint"] == waiting["fingerprint"]
    confirm(box, anna, "ben", waiting["fingerprint"])
    with pytest.raises(SignInRefused, match="has ended"):
        box.client.get("/sign-in/stage", token=waiting["token"])
    assert box.open(box.sign_in("ben"), recording_id)["keys"]
    kinds = [kind for kind in box.desk.kinds if kind.startswith(("person", "recipients"))]
    assert kinds == ["person-invited", "person-joined", "recipients-changed", "person-confirmed", "recipients-changed"]


def test_the_evidence_of_joining_names_nobody_in_its_lines(box: Box) -> None:
    anna = box.sign_in()
    listening(box, anna)
    subjects = str([entry["subject"] for entry in box.desk.entries])
    assert "anna" not in subjects
    assert "ben" not in subjects
    assert box.desk.last("person-confirmed")["detail"]["name"] == "ben"


def test_no_key_is_sealed_without_the_evidence_of_it(box: Box) -> None:
    anna = box.sign_in()
    joined = box.join(anna, "ben", Role.DIRECTOR)
    box.desk.full = True
    with pytest.raises(StorageFull):
        confirm(box, anna, "ben", joined["fingerprint"])
    assert box.person("ben").office_keys == ()


def test_another_fingerprint_seals_nothing(box: Box) -> None:
    anna = box.sign_in()
    box.join(anna, "ben", Role.DIRECTOR)
    for wrong in ("", "00000 00000 00000 00000 00000 00000", shown(box, anna, "anna")["fingerprint"]):
        with pytest.raises(ActionRefused, match="fingerprint"):
            confirm(box, anna, "ben", wrong)
    assert not shown(box, anna, "ben")["holds_office_key"]


def test_a_key_put_in_another_s_place_is_not_what_was_compared(box: Box) -> None:
    anna = box.sign_in()
    joined = box.join(anna, "ben", Role.DIRECTOR)
    intruder = new_person("ben", Role.DIRECTOR, WORDS, BOX_SECRET, None, CHEAP)
    box.people.change(
        box.person("ben").person_id,
        lambda ben: Person(ben.person_id, "ben", ben.role, intruder.user_public_key, intruder.user_key),
    )
    with pytest.raises(ActionRefused):
        confirm(box, anna, "ben", joined["fingerprint"])


@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.LINE_MANAGER, Role.DATA_PROTECTION_OFFICER])
def test_an_administrator_may_invite_but_nobody_they_invite_sees_anything_before_a_listener_agrees(
    box: Box, role: Role
) -> None:
    admin = box.sign_in("admin")
    joined = box.join(admin, "mallory", role)
    assert joined["must_be_confirmed"]
    assert box.stage("mallory")["stage"] == "waiting"
    with pytest.raises(NotAllowed):
        confirm(box, admin, "mallory", joined["fingerprint"])
    confirm(box, box.sign_in(), "mallory", joined["fingerprint"])
    assert box.stage("mallory")["stage"] == "complete"


def test_an_administrator_may_take_in_an_installer_alone(box: Box) -> None:
    joined = box.join(box.sign_in("admin"), "fitter", Role.INSTALLER)
    assert not joined["must_be_confirmed"]
    assert box.stage("fitter")["stage"] == "complete"


def test_a_listener_s_guest_who_holds_no_key_may_begin_at_once(box: Box) -> None:
    assert not box.join(box.sign_in(), "lee", Role.MEMBER_OF_STAFF, "201")["must_be_confirmed"]
    assert box.stage("lee")["extension"] == "201"


def test_somebody_with_a_role_that_listens_but_no_key_is_shut_out(box: Box) -> None:
    """As after somebody wrote another role into the file."""
    box.people.change(box.person("admin").person_id, lambda each: _with_role(each, Role.DIRECTOR))
    assert box.stage("admin")["stage"] == "waiting"


def _with_role(person: Person, role: Role) -> Person:
    return Person(person.person_id, person.name, role, person.user_public_key, person.user_key)


def test_ten_wrong_codes_end_an_invitation_and_one_right_one_uses_it_up(box: Box) -> None:
    anna = box.sign_in()
    made = box.client.post("/invitations", {"name": "ben", "role": "line_manager"}, token=anna)
    for _ in range(9):
        with pytest.raises(NoSuchPerson):
            box.client.post("/join/look", {"name": "ben", "code": "WRONG"})
    looked = box.client.post("/join/look", {"name": "Ben", "code": made["code"].lower()})
    assert (looked["role"], len(looked["words"].split())) == ("line_manager", 5)
    with pytest.raises(NoSuchPerson):
        box.client.post("/join/look", {"name": "ben", "code": "WRONG"})
    with pytest.raises(NoSuchPerson):
        box.client.post("/join", {"name": "ben", "code": made["code"], "password": WORDS})
    again = box.client.post("/invitations", {"name": "ben", "role": "line_manager"}, token=anna)
    wish = {"name": "ben", "code": again["code"], "password": WORDS}
    assert box.client.post("/join", wish)["role"] == "line_manager"
    with pytest.raises(NoSuchPerson):
        box.client.post("/join", wish)


def test_an_invitation_lasts_two_days_and_its_code_is_not_kept(box: Box) -> None:
    made = box.client.post("/invitations", {"name": "ben", "role": "hr_panel"}, token=box.sign_in())
    kept = box.home.invitations_file.read_text()
    assert made["code"] not in kept
    assert made["code"].replace("-", "") not in kept
    box.clock.now_s += 48 * 3600
    with pytest.raises(NoSuchPerson):
        box.client.post("/join", {"name": "ben", "code": made["code"], "password": WORDS})
    assert box.client.get("/people", token=box.sign_in())["invitations"] == []


def test_an_invitation_can_be_withdrawn(box: Box) -> None:
    anna = box.sign_in()
    made = box.client.post("/invitations", {"name": "ben", "role": "hr_panel"}, token=anna)
    withdraw = path_of("invitations", made["invitation_id"], "withdraw")
    box.client.post(withdraw, token=anna)
    with pytest.raises(NoSuchPerson):
        box.client.post(withdraw, token=anna)
    with pytest.raises(NoSuchPerson):
        box.client.post("/join", {"name": "ben", "code": made["code"], "password": WORDS})


@pytest.mark.parametrize("weak", ["short", "aaaaaaaaaaaaaaa", "password1234", "benbenbenben1", "qwertyuiop12345"])
def test_a_weak_pass_phrase_is_refused_and_the_invitation_stands(box: Box, weak: str) -> None:
    made = box.client.post("/invitations", {"name": "ben", "role": "hr_panel"}, token=box.sign_in())
    with pytest.raises(SettingsError):
        box.client.post("/join", {"name": "ben", "code": made["code"], "password": weak})
    assert box.client.post("/join", {"name": "ben", "code": made["code"], "password": WORDS})


@pytest.mark.parametrize("wish", [{"name": "anna"}, {"name": "Not a name"}, {"name": "x", "extension": "x y!"}])
def test_what_cannot_be_is_refused(box: Box, wish: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        box.client.post("/invitations", {"role": "hr_panel", **wish}, token=box.sign_in())
    with pytest.raises(RequestRefused, match="role"):
        box.client.post("/invitations", {"name": "ben", "role": "king"}, token=box.sign_in())


def test_who_may_not_invite_is_refused(box: Box) -> None:
    box.join(box.sign_in(), "lee", Role.LINE_MANAGER)
    lee = box.sign_in("lee")
    for path in ("/invitations",):
        with pytest.raises(NotAllowed):
            box.client.post(path, {"name": "x", "role": "director"}, token=lee)
    with pytest.raises(NotAllowed):
        box.client.get("/people", token=lee)


def test_the_office_key_knows_whom_its_holders_admitted_and_nobody_else(box: Box) -> None:
    """So that a newer office key is sealed to no key that somebody put into the people file."""
    anna = box.sign_in()
    listening(box, anna)
    keys = box.parts.opener.session(anna).keys
    assert keys.recognises(box.person("anna"))
    assert keys.recognises(box.person("ben"))
    intruder = new_person("ben", Role.DIRECTOR, WORDS, BOX_SECRET, None, CHEAP)
    ben = box.person("ben")
    assert not keys.recognises(replace(ben, user_public_key=intruder.user_public_key))
    assert not keys.recognises(replace(ben, person_id=intruder.person_id))
    assert not keys.recognises(box.person("admin"))
    box.client.post("/recovery", {"recovery_key": str(box.recovery), "name": "carol", "password": OTHER_WORDS})
    assert keys.recognises(box.person("carol"))


# -- vouching ---------------------------------------------------------------------------------------------------------


def lock(box: Box, name: str) -> None:
    for _ in range(10):
        with pytest.raises(SignInRefused):
            box.sign_in(name, "wrong")
        box.clock.now_s += 61
    with pytest.raises(SignInRefused, match="locked"):
        box.sign_in(name)


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


# -- one's own sign-in ------------------------------------------------------------------------------------------------


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


def voucher_for(box: Box, name: str) -> str:
    """As if another listener had given it."""
    return box.parts.vouchers.give(box.person(name).person_id, VouchedFor.LOCK).code


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


# -- coming back, changing, leaving -----------------------------------------------------------------------------------


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


def test_a_leaver_s_keys_are_gone_from_the_file_and_from_where_it_lay(box: Box) -> None:
    recording_id, anna = box.record([b"1" * 32]), box.sign_in()
    ben = listening(box, anna)
    blob, ended = box.person("ben").office_keys[0].blob, []
    box.parts.desk.ends_too(lambda person_id, because: ended.append((person_id, because)))
    person_id = box.person("ben").person_id
    with box.home.people_file.open("rb") as before:
        box.client.post(person_path(box, "ben", "leave"), token=anna)
        assert set(before.read()) <= {0}, "what lay there is overwritten"
    assert blob not in box.home.people_file.read_bytes()
    for ask in (lambda: box.open(ben, recording_id), lambda: box.sign_in("ben")):
        with pytest.raises(SignInRefused):
            ask()
    assert ended == [(person_id, "Their sign-in was ended.")]
    left = box.client.get("/people", token=anna)["left"]
    assert [(each["name"], each["person_id"]) for each in left] == [("ben", person_id)]
    assert box.desk.last("person-left")["subject"]["about"] == person_id


def test_the_last_who_can_listen_can_neither_leave_nor_be_demoted(box: Box) -> None:
    anna = box.sign_in()
    with pytest.raises(ActionRefused, match="last who can listen"):
        box.client.post(person_path(box, "anna", "leave"), token=anna)
    ben = listening(box, anna)
    box.client.post(person_path(box, "anna", "leave"), token=ben)
    with pytest.raises(ActionRefused, match="last who can listen"):
        box.client.post(person_path(box, "ben", "leave"), token=ben)


def test_an_administrator_ends_sign_ins_but_not_a_listener_s(box: Box) -> None:
    box.join(box.sign_in(), "lee", Role.LINE_MANAGER)
    listening(box, box.sign_in())
    admin = box.sign_in("admin")
    with pytest.raises(NotAllowed):
        box.client.post(person_path(box, "ben", "leave"), token=admin)
    box.client.post(person_path(box, "lee", "leave"), token=admin)
    with pytest.raises(NoSuchPerson):
        box.client.post(path_of("people", "0" * 32, "leave"), token=admin)


def test_who_may_no_longer_listen_loses_the_key(box: Box) -> None:
    recording_id, anna = box.record([b"1" * 32]), box.sign_in()
    listening(box, anna)
    box.client.post(person_path(box, "ben", "change"), {"role": "line_manager", "extension": "204"}, token=anna)
    ben = box.stage("ben")
    assert (ben["stage"], ben["role"], ben["extension"]) == ("complete", "line_manager", "204")
    with pytest.raises(NotAllowed):
        box.open(ben["token"], recording_id, "download")
    assert (box.person("ben").office_keys, box.person("ben").key_mark) == ((), b"")


def test_who_shall_listen_is_confirmed_anew(box: Box) -> None:
    recording_id, anna = box.record([b"1" * 32]), box.sign_in()
    joined = box.join(anna, "lee", Role.LINE_MANAGER)
    box.client.post(person_path(box, "lee", "change"), {"role": "director", "extension": ""}, token=anna)
    assert box.stage("lee")["stage"] == "waiting"
    confirm(box, anna, "lee", joined["fingerprint"])
    assert box.open(box.sign_in("lee"), recording_id)["keys"]


def test_directors_are_made_and_unmade_by_directors_while_there_is_one(box: Box) -> None:
    anna = box.sign_in()
    joined = box.join(anna, "dora", Role.DIRECTOR)
    confirm(box, anna, "dora", joined["fingerprint"])
    dora, rise = box.sign_in("dora"), {"role": "director", "extension": ""}
    puppet = box.join(anna, "puppet", Role.DIRECTOR)
    box.join(anna, "lee", Role.LINE_MANAGER)
    with pytest.raises(NotAllowed, match="directors"):
        confirm(box, anna, "puppet", puppet["fingerprint"])
    with pytest.raises(NotAllowed, match="directors"):
        box.client.post(person_path(box, "lee", "change"), rise, token=anna)
    with pytest.raises(NotAllowed, match="directors"):
        box.client.post(person_path(box, "dora", "change"), {**rise, "role": "line_manager"}, token=anna)
    with pytest.raises(NotAllowed, match="directors"):
        box.client.post(person_path(box, "dora", "leave"), token=anna)
    confirm(box, dora, "puppet", puppet["fingerprint"])
    box.client.post(person_path(box, "puppet", "leave"), token=dora)
    box.client.post(person_path(box, "dora", "leave"), token=dora)


def test_nobody_changes_their_own_role(box: Box) -> None:
    for user in ("anna", "admin"):
        with pytest.raises(NotAllowed):
            wish = {"role": "director", "extension": ""}
            box.client.post(person_path(box, user, "change"), wish, token=box.sign_in(user))


# -- who can open recordings ------------------------------------------------------------------------------------------


def test_a_change_of_recipients_made_outside_shows_and_goes_into_the_evidence(box: Box) -> None:
    first = box.client.get("/recipients")
    assert [each["name"] for each in first["people"]] == ["anna"]
    box.clock.now_s += 60
    assert box.client.get("/recipients") == first
    box.people.put(new_person("ghost", Role.DIRECTOR, WORDS, BOX_SECRET, box.office, CHEAP))
    second = box.client.get("/recipients", token=box.sign_in())
    assert [each["name"] for each in second["people"]] == ["anna", "ghost"]
    assert second["digest"] != first["digest"]
    assert second["changed_at_ms"] > first["changed_at_ms"]
    entry = box.desk.last("recipients-changed")
    assert entry["subject"].items() >= {"recipients": second["digest"], "people": "2"}.items()


def test_another_office_key_on_the_disk_is_a_change_of_recipients(box: Box) -> None:
    first = box.client.get("/recipients")
    box.home.office_public_key.write_text(f"{box.recovery.to_public()}\n")
    assert box.client.get("/recipients")["digest"] != first["digest"]


# -- what an insider might try ----------------------------------------------------------------------------------------


def test_an_invented_data_protection_officer_lends_the_manager_no_right_to_erase(box: Box) -> None:
    anna = box.sign_in()
    joined = box.join(anna, "dora", Role.DIRECTOR)
    confirm(box, anna, "dora", joined["fingerprint"])
    dora = box.sign_in("dora")
    puppet = box.join(anna, "puppet", Role.DATA_PROTECTION_OFFICER)
    assert box.stage("puppet")["stage"] == "waiting"
    with pytest.raises(NotAllowed, match="directors"):
        confirm(box, anna, "puppet", puppet["fingerprint"])
    box.join(anna, "lee", Role.LINE_MANAGER)
    change = {"role": "data_protection_officer", "extension": ""}
    with pytest.raises(NotAllowed, match="directors"):
        box.client.post(person_path(box, "lee", "change"), change, token=anna)
    again = box.client.post(person_path(box, "lee", "invite-again"), token=anna)["code"]
    box.client.post(person_path(box, "lee", "change"), change, token=dora)
    box.client.post("/join", {"name": "lee", "code": again, "password": WORDS})
    assert box.stage("lee")["stage"] == "waiting"
    box.join(dora, "pat", Role.DATA_PROTECTION_OFFICER)
    assert box.stage("pat")["stage"] == "complete"
    with pytest.raises(NotAllowed, match="directors"):
        box.client.post(person_path(box, "pat", "change"), {**change, "role": "line_manager"}, token=anna)


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
