"""A new office key and a new recovery key, by the real opener over a real store with its evidence."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest

from firmware.adapters.control.peer_policy import PeerCredentials
from firmware.adapters.control.server import Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.keys.listening_keys import new_person
from firmware.adapters.keys.office_keys import PublicKeyFiles
from firmware.adapters.sealing.keyslot import erase_keyslot, parse_recipient, unwrap_key, wrap_key
from firmware.adapters.sealing.segment_sealer import PublicKeySealer
from firmware.adapters.settings.people_file import PeopleFile
from firmware.cli.opener.keys import key_routes
from firmware.core.access_policy import Role
from firmware.core.errors import ActionRefused, NotAllowed, SignInRefused
from firmware.core.sealed_format import read_header
from tests.integration.keyed_office import KeyedOffice, keyed_office, office_key_of
from tests.integration.opener_box import CHEAP, WORDS


@pytest.fixture
def office(tmp_path: Path) -> KeyedOffice:
    return keyed_office(tmp_path / "home")


def test_after_a_rotation_every_listener_opens_old_recordings_and_new_ones_without_signing_in_again(
    office: KeyedOffice,
) -> None:
    old = office.record()
    with office.desk() as desk:
        dora = desk.sign_in("dora")
        rotated = desk.keys.rotation.rotate(dora)
        assert (rotated.epoch, set(rotated.holders), rotated.left_out) == (2, {"dora", "anna"}, ())
    new = office.record()
    assert [read_header(path.read_bytes()).key_epoch for path in sorted(office.home.recordings.rglob("*.ear"))] == [
        1,
        2,
    ]
    with office.desk() as desk:
        for name in ("dora", "anna"):
            token = desk.sign_in(name)
            assert desk.opens(token, old)
            assert desk.opens(token, new)
    assert office.wrong() == []


def test_who_is_signed_in_opens_what_is_recorded_after_a_rotation(office: KeyedOffice) -> None:
    office.record()
    with office.desk() as desk:
        dora, anna = desk.sign_in("dora"), desk.sign_in("anna")
        desk.keys.rotation.rotate(dora)
        public = PublicKeyFiles(office.home).read()
        path = office.keyslots()[0]
        key = unwrap_key(path.read_bytes(), [office.recovery])
        path.write_bytes(slot_for(key, public.office))
        recording = path.name.split(".")[0]
        assert desk.opens(anna, recording)


def slot_for(key: bytes, office: str) -> bytes:
    return wrap_key(key, [parse_recipient(office, "office")])


def test_the_old_office_key_opens_nothing_recorded_after_a_rotation(office: KeyedOffice) -> None:
    old_key = office_key_of(office.home, office.recovery)
    office.record()
    with office.desk() as desk:
        desk.keys.rotation.rotate(desk.sign_in("dora"))
    office.record()
    first, second = office.keyslots()
    assert unwrap_key(first.read_bytes(), [old_key])
    with pytest.raises(NotAllowed):
        unwrap_key(second.read_bytes(), [old_key])
    assert unwrap_key(second.read_bytes(), [office.recovery])


def test_a_recorder_that_runs_takes_the_new_key_for_its_next_recording(office: KeyedOffice) -> None:
    sealer = PublicKeySealer.from_home(office.home)
    header = replace(read_header(_any_header(office)), commitment=bytes(32))
    with office.desk() as desk:
        desk.keys.rotation.rotate(desk.sign_in("dora"))
    assert read_header(sealer.begin(header).header_block).key_epoch == 2
    office.home.office_public_key.write_text("damaged")
    assert read_header(sealer.begin(header).header_block).key_epoch == 2, "no recording waits for a damaged file"


def _any_header(office: KeyedOffice) -> bytes:
    office.record()
    return next(office.home.recordings.rglob("*.ear")).read_bytes()


@pytest.mark.parametrize("name", ["anna", "admin"])
def test_only_a_director_makes_new_keys(office: KeyedOffice, name: str) -> None:
    office.record()
    before = [office.home.office_public_key.read_bytes(), office.home.people_file.read_bytes()]
    with office.desk() as desk:
        token = desk.sign_in(name)
        with pytest.raises(NotAllowed):
            desk.keys.rotation.rotate(token)
        with pytest.raises(NotAllowed):
            desk.keys.replacement.replace(token, str(pyrage.x25519.Identity.generate().to_public()))
    assert before == [office.home.office_public_key.read_bytes(), office.home.people_file.read_bytes()]


def test_somebody_whom_no_holder_admitted_gets_no_new_key_and_is_named(office: KeyedOffice) -> None:
    office.record()
    people = PeopleFile(office.home.people_file)
    intruder = new_person("mallory", Role.SERVICES_MANAGER, WORDS, office.home.box_secret.read_bytes(), None, CHEAP)
    anna = people.find("anna")
    assert anna is not None
    people.put(replace(intruder, key_mark=anna.key_mark, office_keys=anna.office_keys))
    with office.desk() as desk:
        rotated = desk.keys.rotation.rotate(desk.sign_in("dora"))
    assert rotated.left_out == ("mallory",)
    found = people.find("mallory")
    assert found is not None
    assert {key.epoch for key in found.office_keys} == {1}


@pytest.mark.parametrize("ended", ["left", "demoted"])
def test_an_old_people_file_put_back_while_the_opener_runs_gets_a_new_key_to_nobody_whose_right_has_ended(
    office: KeyedOffice, ended: str
) -> None:
    with office.desk() as desk:
        dora, file = desk.sign_in("dora"), office.home.people_file
        anna = PeopleFile(file).find("anna")
        assert anna is not None
        older = file.read_bytes()
        if ended == "left":
            desk.office.desk.leave(dora, anna.person_id)
        else:
            desk.office.desk.change(dora, anna.person_id, Role.ADMINISTRATOR, "")
        file.write_bytes(older)
        rotated = desk.keys.rotation.rotate(dora)
        assert (rotated.holders, rotated.left_out) == (("dora",), ())
    now = PeopleFile(file).find("anna")
    assert now is None if ended == "left" else now is not None and now.office_keys == ()
    assert len(office.lines("people-file-put-back")) == 1
    assert len(office.lines("leaver-withdrawn")) == (ended == "left")
    file.write_bytes(older)  # and while it does not run
    with office.desk() as desk:
        rotated = desk.keys.rotation.rotate(desk.sign_in("dora"))
    assert (rotated.holders, rotated.left_out) == (("dora",), ())


def test_a_new_recovery_key_opens_every_recording_and_the_old_one_none(office: KeyedOffice) -> None:
    recordings = [office.record() for _ in range(3)]
    old = {path: path.read_bytes() for path in office.keyslots()}
    new = pyrage.x25519.Identity.generate()
    with office.desk() as desk:
        dora = desk.sign_in("dora")
        desk.replace_recovery(dora, str(new.to_public()))
        assert all(desk.opens(dora, each) for each in recordings)
    for path in office.keyslots():
        assert unwrap_key(path.read_bytes(), [new]) == unwrap_key(old[path], [office.recovery])
        with pytest.raises(NotAllowed):
            unwrap_key(path.read_bytes(), [office.recovery])
    assert len(office.lines("keyslot-rewrapped")) == 3
    assert office.wrong() == []
    assert not list(office.home.recordings.rglob("*.new"))
    with office.desk() as desk, pytest.raises(SignInRefused):
        desk.office.recovering.recover(str(office.recovery), "dora", "some five other words here")
    with office.desk() as desk:
        assert desk.office.recovering.recover(str(new), "dora", "some five other words here").office_keys


def test_an_erased_recording_stays_erased_when_keyslots_are_wrapped_anew(office: KeyedOffice) -> None:
    office.record()
    office.record()
    gone = office.keyslots()[0]
    erase_keyslot(gone)
    with office.desk() as desk:
        desk.replace_recovery(desk.sign_in("dora"), str(pyrage.x25519.Identity.generate().to_public()))
    assert not gone.exists()
    assert len(office.lines("keyslot-rewrapped")) == 1


def test_wrapping_anew_that_was_cut_short_goes_on_and_no_second_key_comes_between(office: KeyedOffice) -> None:
    for _ in range(2):
        office.record()
    new = pyrage.x25519.Identity.generate()
    with office.desk() as desk:
        desk.replace_recovery(desk.sign_in("dora"), str(new.to_public()))
    office.home.rewrap_journal.write_text('{"after": ""}')  # as if it had ended before the first
    with office.desk() as desk:
        dora = desk.sign_in("dora")
        with pytest.raises(ActionRefused):
            desk.keys.replacement.replace(dora, str(pyrage.x25519.Identity.generate().to_public()))
        desk.keys.replacement.go_on(dora)
        assert desk.wait_for_keyslots(dora).done == 2
    assert all(unwrap_key(path.read_bytes(), [new]) for path in office.keyslots())
    assert not office.home.rewrap_journal.exists()
    assert office.wrong() == []


def test_a_copy_beside_a_keyslot_that_was_being_erased_never_takes_its_place(office: KeyedOffice) -> None:
    office.record()
    [keyslot] = office.keyslots()
    before, beside = keyslot.read_bytes(), keyslot.with_name(f"{keyslot.name}.new")
    beside.write_bytes(os.urandom(len(before)))  # killed between overwriting it by chance and by zeros
    office.home.rewrap_journal.write_text('{"after": ""}')
    with office.desk() as desk:
        desk.keys.replacement.finish_started()
    assert keyslot.read_bytes() == before
    assert not beside.exists()


def test_a_new_recovery_key_that_was_not_in_force_yet_is_put_in_force_by_going_on(office: KeyedOffice) -> None:
    office.record()
    new = pyrage.x25519.Identity.generate()
    office.home.rewrap_journal.write_text(json.dumps({"after": "", "recovery_key": str(new.to_public())}))
    with office.desk() as desk:
        dora = desk.sign_in("dora")
        desk.keys.replacement.go_on(dora)
        assert desk.wait_for_keyslots(dora).state == "done"
    assert all(unwrap_key(path.read_bytes(), [new]) for path in office.keyslots())
    assert office.home.recovery_public_key.read_text().strip() == str(new.to_public())


@pytest.mark.parametrize("route", ["POST /keys/rotate", "POST /keys/recovery", "POST /keys/rewrap", "GET /keys/rewrap"])
def test_the_page_cannot_have_the_office_s_keys_changed_even_with_a_director_s_token(
    office: KeyedOffice, route: str
) -> None:
    page, thief = PeerCredentials(pid=1, uid=os.geteuid() + 1, gid=1), pyrage.x25519.Identity.generate()
    with office.desk() as desk:
        ask = key_routes(office.home, desk.keys)[route]
        method, path = route.split(" ")
        body = {"public_key": str(thief.to_public())}
        with pytest.raises(RequestRefused, match="terminal of the box"):
            ask(Request(method, path, page, body=body, token=desk.sign_in("dora")))
    assert PublicKeyFiles(office.home).read().recovery == str(office.recovery.to_public())
