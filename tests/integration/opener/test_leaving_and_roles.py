"""Leaving, other roles, and who can open recordings then."""

from __future__ import annotations

import pytest

from firmware.adapters.control.client import path_of
from firmware.adapters.keys.listening_keys import new_person
from firmware.core.access_policy import Role
from firmware.core.errors import ActionRefused, NoSuchPerson, NotAllowed, SignInRefused
from tests.integration.opener.acts import confirm, listening, person_path
from tests.integration.opener_box import BOX_SECRET, CHEAP, WORDS, Box


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
