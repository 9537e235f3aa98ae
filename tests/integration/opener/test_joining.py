"""Joining by invitation, and being confirmed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.adapters.control.client import RequestRefused, path_of
from firmware.adapters.keys.listening_keys import new_person
from firmware.core.access_policy import Role
from firmware.core.errors import ActionRefused, NoSuchPerson, NotAllowed, SettingsError, SignInRefused, StorageFull
from firmware.core.people import Person
from tests.integration.opener.acts import OTHER_WORDS, confirm, listening, shown
from tests.integration.opener_box import BOX_SECRET, CHEAP, WORDS, Box


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
