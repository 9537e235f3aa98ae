"""However an approval ends, nothing can be heard by it any more, whatever the clock shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from firmware.adapters.catalogue.casework import AccessRequestTables
from firmware.adapters.settings.people_file import PeopleFile
from firmware.core.access_policy import Role
from firmware.core.access_request import RequestState
from firmware.core.errors import ActionRefused, NotAllowed
from tests.integration.asked_office import DAY_S, AskedOffice, composed
from tests.integration.sealed_call import seal_call
from tests.integration.web_office import new_record


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


def test_however_much_somebody_asks_for_all_of_it_ends_when_they_leave(office: AskedOffice, calls: list[str]) -> None:
    office.approve(office.ask(calls[0]), calls[0])
    for _ in range(101):
        office.clock.now_s += 1
        office.requests.withdraw(office.tokens["lena"], office.ask(calls[1]).request_id)
    office.requests.end_for_person(office.id_of("lena"), "she has left")
    assert office.grant_files() == []


def test_nobody_gets_what_they_asked_for_before_they_left(office: AskedOffice, calls: list[str]) -> None:
    request = office.ask(calls[0])
    people = PeopleFile(office.home.people_file)
    lena = people.find("lena")
    assert lena is not None
    people.put(replace(lena, role=Role.MEMBER_OF_STAFF))
    with pytest.raises(ActionRefused, match="any more"):
        office.approve(request, calls[0])
