"""Calls asked for, opened and shut again, at any moment, by anybody, and when things fail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware.adapters.catalogue.casework import AccessRequestTables
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
from tests.integration.asked_office import (
    BOX_SECRET,
    DAY_S,
    WORDS,
    AskedOffice,
    composed,
    found_office,
    office_at_work,
    record_calls,
)
from tests.integration.further_people import CHEAP
from tests.integration.sealed_call import seal_call
from tests.integration.vault import vault
from tests.integration.web_office import new_record


@pytest.fixture
def office(tmp_path: Path) -> Iterator[AskedOffice]:
    found_office(tmp_path)
    at_work = office_at_work(tmp_path)
    yield at_work
    at_work.reception.sessions.end_all()


@pytest.fixture
def calls(office: AskedOffice) -> list[str]:
    return record_calls(office, 3)


# -- opened ------------------------------------------------------------------------------------------------------------


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
    assert office.requests.waiting(office.tokens["dora"]) == 1
    assert office.requests.waiting(office.tokens["lena"]) == 0
    office.requests.refuse(office.tokens["dora"], request.request_id, "not about work")
    assert office.requests.waiting(office.tokens["dora"]) == 0
    assert office.requests.mine(office.tokens["lena"])[0].reason == "not about work"
    assert [each.state for each in office.requests.all(office.tokens["dora"], decided=True)] == [RequestState.REFUSED]


# -- on record ---------------------------------------------------------------------------------------------------------


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


# -- shut --------------------------------------------------------------------------------------------------------------


def test_at_its_end_it_opens_nothing_at_once_and_is_destroyed_soon(office: AskedOffice, calls: list[str]) -> None:
    request = office.approve(office.ask(calls[0]), calls[0], days=1)
    office.clock.now_s += DAY_S - 1
    assert office.opened(calls[0])
    office.clock.now_s += 1
    with pytest.raises(NotAllowed, match="ended"):
        office.opened(calls[0])
    assert office.open_to() == []
    office.requests.end_due()
    assert office.grant_files() == []
    assert office.requests.one(office.tokens["lena"], request.request_id).state is RequestState.ENDED
    assert office.reception.kinds[-2:] == ["grant-destroyed", "access-ended"]
    before = len(office.reception.entries)
    office.requests.end_due()
    assert len(office.reception.entries) == before


def test_a_clock_set_back_opens_nothing_again_not_even_before_the_files_are_destroyed(
    office: AskedOffice, calls: list[str]
) -> None:
    office.approve(office.ask(calls[0]), calls[0], days=1)
    office.clock.now_s += DAY_S
    office.granted.time.now()
    office.clock.epoch_ms -= DAY_S * 1000 // 2
    with pytest.raises(NotAllowed, match="ended"):
        office.opened(calls[0])


def test_a_clock_set_back_before_the_approval_opens_nothing(office: AskedOffice, calls: list[str]) -> None:
    office.approve(office.ask(calls[0]), calls[0], days=1)
    office.clock.epoch_ms -= 1
    with pytest.raises(NotAllowed, match="clock"):
        office.opened(calls[0])


def test_a_process_started_after_the_clock_was_set_back_goes_by_what_was_written_last(
    office: AskedOffice, calls: list[str]
) -> None:
    office.approve(office.ask(calls[0]), calls[0], days=1)
    office.clock.now_s += DAY_S
    later = datetime.fromtimestamp(office.clock.wall_ms() / 1000, tz=UTC)
    seal_call(office.home, new_record(later), 1.0)
    office.clock.epoch_ms -= DAY_S * 1000 // 2
    office.shelf, office.granted, office.requests = composed(office.home, office.clock, office.reception)
    with pytest.raises(NotAllowed, match="ended"):
        office.opened(calls[0])


def test_a_date_written_later_into_the_rows_opens_nothing(office: AskedOffice, calls: list[str]) -> None:
    """Whoever can write the catalogue cannot make an approval last: its dates are sealed with the key."""
    office.approve(office.ask(calls[0]), calls[0], days=1)
    office.tamper("UPDATE grants SET ends_at_ms = ends_at_ms + 86400000")
    with pytest.raises(NotAllowed, match="other dates"):
        office.opened(calls[0])


def test_it_can_be_ended_before_its_date_by_a_director_or_given_back(office: AskedOffice, calls: list[str]) -> None:
    for who in ("dora", "lena"):
        request = office.approve(office.ask(calls[0]), calls[0])
        with pytest.raises(NotAllowed):
            office.requests.end(office.tokens["otto"], request.request_id, "")
        done = office.requests.end(office.tokens[who], request.request_id, "")
        assert (done.state, done.ends_at_ms) == (RequestState.ENDED, office.clock.wall_ms())
        assert office.grant_files() == []
        with pytest.raises(NotAllowed):
            office.opened(calls[0])


def test_it_is_shut_at_once_though_nothing_can_be_put_on_record(office: AskedOffice, calls: list[str]) -> None:
    request = office.approve(office.ask(*calls), *calls)
    office.reception.away = True
    office.requests.end(office.tokens["dora"], request.request_id, "")
    for call in calls:
        with pytest.raises(NotAllowed):
            office.opened(call)
    office.requests.end_due()
    office.reception.away = False
    office.requests.end_due()
    assert office.grant_files() == []
    assert office.reception.kinds.count("grant-destroyed") == 3


def test_a_leaver_loses_what_was_open_and_what_was_asked(office: AskedOffice, calls: list[str]) -> None:
    open_one, asked_one = office.approve(office.ask(calls[0]), calls[0]), office.ask(calls[1])
    others = office.approve(office.ask(calls[2], who="otto"), calls[2])
    office.requests.end_for_person(office.id_of("lena"), "she has left")
    states = {each.request_id: each.state for each in office.requests.mine(office.tokens["lena"])}
    assert states == {open_one.request_id: RequestState.ENDED, asked_one.request_id: RequestState.WITHDRAWN}
    with pytest.raises(NotAllowed):
        office.opened(calls[0])
    assert len(office.grant_files()) == 1
    assert office.opened(calls[2], "otto")
    assert office.requests.one(office.tokens["otto"], others.request_id).state is RequestState.APPROVED


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


def test_however_much_somebody_asks_for_all_of_it_ends_when_they_leave(office: AskedOffice, calls: list[str]) -> None:
    office.approve(office.ask(calls[0]), calls[0])
    for _ in range(101):
        office.clock.now_s += 1
        office.requests.withdraw(office.tokens["lena"], office.ask(calls[1]).request_id)
    office.requests.end_for_person(office.id_of("lena"), "she has left")
    assert office.grant_files() == []


def test_one_person_cannot_fill_the_list_of_what_waits(office: AskedOffice, calls: list[str]) -> None:
    for _ in range(MOST_WAITING):
        office.ask(calls[0])
    with pytest.raises(ActionRefused, match="20 of your requests wait already"):
        office.ask(calls[0])
    assert office.ask(calls[0], who="otto").state is RequestState.ASKED


def test_nobody_gets_what_they_asked_for_before_they_left(office: AskedOffice, calls: list[str]) -> None:
    request = office.ask(calls[0])
    people = PeopleFile(office.home.people_file)
    lena = people.find("lena")
    assert lena is not None
    people.put(replace(lena, role=Role.MEMBER_OF_STAFF))
    with pytest.raises(ActionRefused, match="any more"):
        office.approve(request, calls[0])


def test_a_later_approval_takes_an_earlier_one_s_place(office: AskedOffice, calls: list[str]) -> None:
    first = office.approve(office.ask(calls[0]), calls[0], days=1)
    second = office.approve(office.ask(calls[0]), calls[0], days=3)
    office.clock.now_s += 2 * DAY_S
    office.requests.end_due()
    assert office.opened(calls[0]) == [office.true_key(calls[0])]
    states = [office.requests.one(office.tokens["dora"], each.request_id).state for each in (first, second)]
    assert states == [RequestState.ENDED, RequestState.APPROVED]
    office.clock.now_s += DAY_S
    office.requests.end_due()
    assert office.grant_files() == []


# -- torn and troubled -------------------------------------------------------------------------------------------------


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


def test_an_approval_that_was_cut_short_is_destroyed_at_the_next_start(office: AskedOffice, calls: list[str]) -> None:
    """As a power cut leaves it: rows and files are there, and the request still waits."""
    request = office.ask(calls[0])
    office.approve(request, calls[0])
    AccessRequestTables(office.home.catalogue).save(request)
    office.shelf, office.granted, office.requests = composed(office.home, office.clock, office.reception)
    with pytest.raises(NotAllowed):
        office.opened(calls[0])
    office.requests.end_due()
    assert office.grant_files() == []
    assert office.approve(request, calls[0]).state is RequestState.APPROVED


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


def test_a_recording_that_was_erased_leaves_a_request_that_ends_all_the_same(
    office: AskedOffice, calls: list[str]
) -> None:
    """What the keeper does with a recording: its files go, and all rows about it."""
    request = office.approve(office.ask(calls[0]), calls[0], days=1)
    office.shelf.erase_all(calls[0])
    office.tamper("DELETE FROM grants")
    office.tamper("DELETE FROM requested_recordings")
    with pytest.raises(NotAllowed):
        office.opened(calls[0])
    office.clock.now_s += DAY_S
    office.requests.end_due()
    assert office.requests.one(office.tokens["lena"], request.request_id).state is RequestState.ENDED


def test_without_a_catalogue_nothing_opens_and_nothing_fails(office: AskedOffice) -> None:
    office.requests.end_due()
    with pytest.raises(StorageError):
        office.opened("01" * 16)
