"""Asking for calls, and a director's opening or refusing them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from firmware.adapters.keys.listening_keys import AgeKeyUnlocker, new_person
from firmware.adapters.sealing.keyslot import erase_keyslot
from firmware.adapters.settings.people_file import PeopleFile
from firmware.adapters.store.evidence_looks import key_asked_with
from firmware.core.access_policy import Role
from firmware.core.access_request import RequestState, WantedCalls
from firmware.core.errors import (
    ActionRefused,
    EarmarkError,
    KeyErased,
    NoSuchRecording,
    NotAllowed,
    ServiceAway,
    SettingsError,
    StorageError,
)
from firmware.services.access_requests import MOST_WAITING
from tests.integration.asked_office import BOX_SECRET, WORDS, AskedOffice
from tests.integration.further_people import CHEAP
from tests.integration.vault import vault


def test_what_is_approved_opens_to_who_asked_and_nothing_else_does(office: AskedOffice, calls: list[str]) -> None:
    request = office.ask(*calls)
    done = office.approve(request, calls[0], calls[1])
    assert done.state is RequestState.PARTLY_APPROVED
    for call in calls[:2]:
        assert office.opened(call) == [office.true_key(call)]
    with pytest.raises(NotAllowed, match="not open to you"):
        office.opened(calls[2])
    assert sorted(office.open_to()) == sorted(calls[:2])
    assert len(office.grant_files()) == 2


def test_it_opens_to_nobody_else(office: AskedOffice, calls: list[str]) -> None:
    office.approve(office.ask(*calls), *calls)
    for who in ("otto", "stan", "adam"):
        with pytest.raises(NotAllowed):
            office.opened(calls[0], who)
        assert office.open_to(who) == []


def test_another_s_grant_file_under_one_s_own_name_opens_nothing(office: AskedOffice, calls: list[str]) -> None:
    office.approve(office.ask(calls[0]), calls[0])
    office.approve(office.ask(calls[0], who="otto"), calls[0])
    lena, otto = (next(office.home.recordings.rglob(f"*{office.id_of(name)}.grant")) for name in ("lena", "otto"))
    lena.write_bytes(otto.read_bytes())
    with pytest.raises(NotAllowed):
        office.opened(calls[0])


def test_the_approver_may_pick_calls_that_were_only_described(office: AskedOffice, calls: list[str]) -> None:
    wanted = WantedCalls(first_day="2027-01-15", words="the one about the boiler")
    request = office.requests.ask(office.tokens["lena"], "complaint 4711", (), wanted)
    assert office.requests.one(office.tokens["dora"], request.request_id).wanted == wanted
    assert office.approve(request, calls[1]).state is RequestState.APPROVED
    assert office.opened(calls[1]) == [office.true_key(calls[1])]


def test_only_a_director_decides_and_only_with_the_office_key(office: AskedOffice, calls: list[str]) -> None:
    request = office.ask(calls[0])
    for who in ("mona", "lena", "otto", "adam", "stan"):
        with pytest.raises(NotAllowed):
            office.approve(request, calls[0], who=who)
        with pytest.raises(NotAllowed):
            office.requests.refuse(office.tokens[who], request.request_id, "because")
    assert office.reception.kinds.count("decision-refused") == 10
    without = new_person("dirk", Role.DIRECTOR, WORDS, BOX_SECRET, None, CHEAP)
    keys = AgeKeyUnlocker(BOX_SECRET, CHEAP).unlock(without, WORDS)
    office.tokens["dirk"], _ = office.reception.sessions.begin(without, keys)
    with pytest.raises(NotAllowed, match="office key"):
        office.approve(request, calls[0], who="dirk")
    assert office.grant_files() == []
    assert office.requests.one(office.tokens["lena"], request.request_id).state is RequestState.ASKED


def test_who_may_not_ask_is_refused_and_that_is_on_record(office: AskedOffice, calls: list[str]) -> None:
    for who in ("adam", "stan", "dora", "mona"):
        with pytest.raises(NotAllowed):
            office.ask(calls[0], who=who)
    assert office.reception.kinds == ["request-refused"] * 4


def test_everybody_sees_their_own_requests_and_directors_all(office: AskedOffice, calls: list[str]) -> None:
    request = office.ask(calls[0])
    for who in ("lena", "dora", "mona", "otto"):
        assert office.requests.one(office.tokens[who], request.request_id).purpose == "complaint 4711"
    for who in ("adam", "stan"):
        with pytest.raises(ActionRefused):
            office.requests.one(office.tokens[who], request.request_id)
        with pytest.raises(NotAllowed):
            office.requests.all(office.tokens[who], decided=False)
    office.requests.refuse(office.tokens["dora"], request.request_id, "not about work")
    assert office.requests.mine(office.tokens["lena"])[0].reason == "not about work"
    assert [each.state for each in office.requests.all(office.tokens["dora"], decided=True)] == [RequestState.REFUSED]


def test_every_step_is_on_record_and_its_line_names_nobody(office: AskedOffice, calls: list[str]) -> None:
    office.requests.refuse(office.tokens["dora"], office.ask(calls[0]).request_id, "not about work")
    office.requests.withdraw(office.tokens["lena"], office.ask(calls[0]).request_id)
    request = office.approve(office.ask(calls[0]), calls[0])
    office.requests.end(office.tokens["dora"], request.request_id, "heard enough")
    assert office.reception.kinds == [
        *("access-requested", "access-refused", "access-requested", "access-ended"),
        *("access-requested", "access-approved", "access-ended", "grant-destroyed"),
    ]
    for _, subject, _ in office.reception.entries:
        assert subject["request"]
        assert not any(name in str(subject) for name in ("lena", "dora", "4711"))
    assert office.reception.entries[4][1]["key"] == office.reception.entries[5][1]["key"], "asked and opened to one key"
    approved = office.reception.entries[5][2]
    assert (approved["name"], approved["to"], approved["calls"]) == ("dora", "lena", [calls[0]])


def test_nothing_is_opened_when_it_cannot_be_put_on_record(office: AskedOffice, calls: list[str]) -> None:
    request = office.ask(calls[0])
    office.reception.away = True
    with pytest.raises(ServiceAway):
        office.approve(request, calls[0])
    assert office.grant_files() == []
    with pytest.raises(NotAllowed):
        office.opened(calls[0])
    office.reception.away = False
    office.approve(request, calls[0])
    assert office.opened(calls[0])


def test_a_key_put_in_the_requester_s_place_gets_nothing(office: AskedOffice, calls: list[str]) -> None:
    request = office.ask(calls[0])
    people = PeopleFile(office.home.people_file)
    lena, stan = people.find("lena"), people.find("stan")
    assert lena is not None
    assert stan is not None
    people.put(replace(lena, user_public_key=stan.user_public_key))
    with pytest.raises(ActionRefused, match="another key now"):
        office.approve(request, calls[0])
    assert office.grant_files() == []


def test_the_evidence_tells_with_which_key_somebody_asked(tmp_path: Path) -> None:
    with vault(tmp_path / "home", "2026-03-01 23:30") as kept:
        asked = {"person": "ab" * 16, "request": "cd" * 16, "key": "9" * 64}
        kept.made.desk.enter("access-requested", asked, {})
        kept.made.desk.enter("access-refused", {**asked, "key": "8" * 64}, {})
        before_midnight_ms = kept.time.wall_ms - 1
        assert key_asked_with(kept.home.evidence, "cd" * 16, before_midnight_ms) == "9" * 64
        assert key_asked_with(kept.home.evidence, "ef" * 16, before_midnight_ms) == ""


def test_one_person_cannot_fill_the_list_of_what_waits(office: AskedOffice, calls: list[str]) -> None:
    for _ in range(MOST_WAITING):
        office.ask(calls[0])
    with pytest.raises(ActionRefused, match="20 of your requests wait already"):
        office.ask(calls[0])
    assert office.ask(calls[0], who="otto").state is RequestState.ASKED


def test_an_approval_whose_files_cannot_be_written_opens_nothing_and_can_be_made_again(
    office: AskedOffice, calls: list[str]
) -> None:
    request = office.ask(*calls)
    office.shelf.room = 2
    with pytest.raises(StorageError, match="room"):
        office.approve(request, *calls)
    for call in calls:
        with pytest.raises(NotAllowed):
            office.opened(call)
    office.requests.end_due()
    assert office.grant_files() == []
    office.shelf.room = 1000
    assert office.approve(request, *calls).state is RequestState.APPROVED
    office.requests.end_due()
    assert [office.opened(call) for call in calls] == [[office.true_key(call)] for call in calls]


def test_what_cannot_be_opened_is_not_approved(office: AskedOffice, calls: list[str]) -> None:
    erase_keyslot(next(office.home.recordings.rglob(f"{calls[0]}.0.key")))
    request = office.ask(*calls)
    with pytest.raises(KeyErased):
        office.approve(request, *calls)
    with pytest.raises(EarmarkError):
        office.approve(request, "../../etc/passwd")
    assert office.grant_files() == []
    assert office.requests.one(office.tokens["lena"], request.request_id).state is RequestState.ASKED


def test_a_call_that_is_not_there_cannot_be_asked_for(office: AskedOffice, calls: list[str]) -> None:
    with pytest.raises(NoSuchRecording):
        office.ask("01" * 16)
    with pytest.raises(SettingsError):
        office.ask()
    assert office.requests.mine(office.tokens["lena"]) == []


def test_without_a_catalogue_nothing_opens_and_nothing_fails(office: AskedOffice) -> None:
    office.requests.end_due()
    with pytest.raises(StorageError):
        office.opened("01" * 16)
