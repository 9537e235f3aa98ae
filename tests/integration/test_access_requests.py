"""Calls asked for, opened and shut again: the service over real keys, files and rows, by a clock that the test sets."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyrage
import pytest

from firmware.adapters.catalogue.casework import AccessRequestTables
from firmware.adapters.keys.grant_folder import AgeGrantSealer, GrantFolder
from firmware.adapters.keys.keyslot_shelf import KeyslotFolder
from firmware.adapters.keys.listening_keys import AgeKeyUnlocker, new_person
from firmware.adapters.sealing.keyslot import erase_keyslot, unwrap_key
from firmware.adapters.settings.people_file import PeopleFile
from firmware.core.access_policy import Role, role_may_open
from firmware.core.access_request import AccessRequest, RequestState, WantedCalls
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
from firmware.core.grant import GrantTerms
from firmware.core.home import Home
from firmware.services.access_requests import AccessRequests, GrantDesk
from firmware.services.granted_keys import GrantedKeys
from firmware.services.opener_sessions import OpenerSessions, Session, SessionRules
from tests.hand_set_clock import HandSetClock
from tests.integration.further_people import CHEAP
from tests.integration.sealed_call import seal_call
from tests.integration.web_office import new_record

DAY_S = 86_400
BOX_SECRET = b"b" * 32
WORDS = "five words of some sort"
PEOPLE = {
    "dora": Role.DIRECTOR,
    "mona": Role.SERVICES_MANAGER,
    "lena": Role.LINE_MANAGER,
    "otto": Role.DATA_PROTECTION_OFFICER,
    "adam": Role.ADMINISTRATOR,
    "stan": Role.MEMBER_OF_STAFF,
}


@dataclass
class Reception:
    """The opener, as far as requests need it: sessions, and evidence that can be away."""

    sessions: OpenerSessions
    entries: list[tuple[str, Mapping[str, str], Mapping[str, Any]]] = field(default_factory=list)
    away: bool = False

    def session(self, token: str, *, activity: bool = True) -> Session:
        return self.sessions.use(token, activity=activity)

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> int:
        if self.away:
            raise ServiceAway("The recorder does not answer.")
        self.entries.append((kind, subject, detail))
        return len(self.entries)

    def enter_soon(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> None:
        self.entries.append((kind, subject, detail))

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _, _ in self.entries]


class BreakableShelf(GrantFolder):
    """A shelf whose disk has no room for more than some files."""

    room = 1000

    def put(self, terms: GrantTerms, content: bytes) -> None:
        if self.room == 0:
            raise StorageError("There is no room left.", "Make room.")
        self.room -= 1
        super().put(terms, content)


@dataclass
class Office:
    home: Home
    clock: HandSetClock
    office_key: pyrage.x25519.Identity
    reception: Reception
    shelf: BreakableShelf
    granted: GrantedKeys
    requests: AccessRequests
    tokens: dict[str, str]

    def ask(self, *calls: str, who: str = "lena") -> AccessRequest:
        return self.requests.ask(self.tokens[who], "complaint 4711", calls, WantedCalls())

    def approve(self, request: AccessRequest, *calls: str, days: int = 7, who: str = "dora") -> AccessRequest:
        ends_at_ms = self.clock.wall_ms() + days * DAY_S * 1000
        return self.requests.approve(self.tokens[who], request.request_id, calls, ends_at_ms)

    def opened(self, call: str, who: str = "lena") -> list[bytes]:
        """The keys that a person gets by a grant."""
        way = self.granted.way_in(self.reception.session(self.tokens[who], activity=False), call)
        return [way.key_of(slot) for slot in way.files]

    def id_of(self, who: str) -> str:
        return self.reception.session(self.tokens[who], activity=False).person.person_id

    def true_key(self, call: str) -> bytes:
        (keyslot,) = self.home.recordings.rglob(f"{call}.0.key")
        return unwrap_key(keyslot.read_bytes(), [self.office_key])

    def tamper(self, statement: str) -> None:
        with contextlib.closing(sqlite3.connect(self.home.catalogue)) as connection, connection:
            connection.execute(statement)

    def grant_files(self) -> list[Path]:
        return sorted(self.home.recordings.rglob("*.grant"))

    def open_to(self, who: str = "lena") -> list[str]:
        return [grant.recording_id for grant in self.requests.my_grants(self.tokens[who])]


def composed(
    home: Home, clock: HandSetClock, reception: Reception
) -> tuple[BreakableShelf, GrantedKeys, AccessRequests]:
    """The service as a process that has just started has it."""
    shelf = BreakableShelf(home.recordings)
    store = AccessRequestTables(home.catalogue)
    granted = GrantedKeys(store, shelf, clock)
    desk = GrantDesk(store, KeyslotFolder(home.recordings), shelf, AgeGrantSealer(), granted)
    return shelf, granted, AccessRequests(reception, PeopleFile(home.people_file), desk, clock)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    home = Home(tmp_path)
    office_key = pyrage.x25519.Identity.generate()
    home.keys.mkdir(parents=True)
    home.office_public_key.write_text(str(office_key.to_public()))
    home.recovery_public_key.write_text(str(pyrage.x25519.Identity.generate().to_public()))
    people, clock = PeopleFile(home.people_file), HandSetClock()
    sessions = OpenerSessions(clock, SessionRules(idle_ms=10**12, longest_ms=10**12))
    tokens = {}
    for name, role in PEOPLE.items():
        person = new_person(name, role, WORDS, BOX_SECRET, office_key if role_may_open(role) else None, CHEAP)
        people.put(person)
        tokens[name], _ = sessions.begin(person, AgeKeyUnlocker(BOX_SECRET, CHEAP).unlock(person, WORDS))
    reception = Reception(sessions)
    yield Office(home, clock, office_key, reception, *composed(home, clock, reception), tokens)
    sessions.end_all()


@pytest.fixture
def calls(office: Office) -> list[str]:
    """Three recorded calls."""
    at = datetime.fromtimestamp(office.clock.wall_ms() / 1000 - 3600, tz=UTC)
    return [seal_call(office.home, new_record(at), 1.0).recording_id for _ in range(3)]


# -- opened ------------------------------------------------------------------------------------------------------------


def test_what_is_approved_opens_to_who_asked_and_nothing_else_does(office: Office, calls: list[str]) -> None:
    request = office.ask(*calls)
    done = office.approve(request, calls[0], calls[1])
    assert done.state is RequestState.PARTLY_APPROVED
    for call in calls[:2]:
        assert office.opened(call) == [office.true_key(call)]
    with pytest.raises(NotAllowed, match="not open to you"):
        office.opened(calls[2])
    assert sorted(office.open_to()) == sorted(calls[:2])
    assert len(office.grant_files()) == 2


def test_it_opens_to_nobody_else(office: Office, calls: list[str]) -> None:
    office.approve(office.ask(*calls), *calls)
    for who in ("otto", "stan", "adam"):
        with pytest.raises(NotAllowed):
            office.opened(calls[0], who)
        assert office.open_to(who) == []


def test_another_s_grant_file_under_one_s_own_name_opens_nothing(office: Office, calls: list[str]) -> None:
    office.approve(office.ask(calls[0]), calls[0])
    office.approve(office.ask(calls[0], who="otto"), calls[0])
    lena, otto = (next(office.home.recordings.rglob(f"*{office.id_of(name)}.grant")) for name in ("lena", "otto"))
    lena.write_bytes(otto.read_bytes())
    with pytest.raises(NotAllowed):
        office.opened(calls[0])


def test_the_approver_may_pick_calls_that_were_only_described(office: Office, calls: list[str]) -> None:
    wanted = WantedCalls(first_day="2027-01-15", words="the one about the boiler")
    request = office.requests.ask(office.tokens["lena"], "complaint 4711", (), wanted)
    assert office.requests.one(office.tokens["dora"], request.request_id).wanted == wanted
    assert office.approve(request, calls[1]).state is RequestState.APPROVED
    assert office.opened(calls[1]) == [office.true_key(calls[1])]


def test_only_a_director_decides_and_only_with_the_office_key(office: Office, calls: list[str]) -> None:
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


def test_who_may_not_ask_is_refused_and_that_is_on_record(office: Office, calls: list[str]) -> None:
    for who in ("adam", "stan", "dora", "mona"):
        with pytest.raises(NotAllowed):
            office.ask(calls[0], who=who)
    assert office.reception.kinds == ["request-refused"] * 4


def test_everybody_sees_their_own_requests_and_directors_all(office: Office, calls: list[str]) -> None:
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


def test_every_step_is_on_record_and_its_line_names_nobody(office: Office, calls: list[str]) -> None:
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


def test_nothing_is_opened_when_it_cannot_be_put_on_record(office: Office, calls: list[str]) -> None:
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


def test_at_its_end_it_opens_nothing_at_once_and_is_destroyed_soon(office: Office, calls: list[str]) -> None:
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
    office: Office, calls: list[str]
) -> None:
    office.approve(office.ask(calls[0]), calls[0], days=1)
    office.clock.now_s += DAY_S
    office.granted.time.now()
    office.clock.epoch_ms -= DAY_S * 1000 // 2
    with pytest.raises(NotAllowed, match="ended"):
        office.opened(calls[0])


def test_a_clock_set_back_before_the_approval_opens_nothing(office: Office, calls: list[str]) -> None:
    office.approve(office.ask(calls[0]), calls[0], days=1)
    office.clock.epoch_ms -= 1
    with pytest.raises(NotAllowed, match="clock"):
        office.opened(calls[0])


def test_a_process_started_after_the_clock_was_set_back_goes_by_what_was_written_last(
    office: Office, calls: list[str]
) -> None:
    office.approve(office.ask(calls[0]), calls[0], days=1)
    office.clock.now_s += DAY_S
    later = datetime.fromtimestamp(office.clock.wall_ms() / 1000, tz=UTC)
    seal_call(office.home, new_record(later), 1.0)
    office.clock.epoch_ms -= DAY_S * 1000 // 2
    office.shelf, office.granted, office.requests = composed(office.home, office.clock, office.reception)
    with pytest.raises(NotAllowed, match="ended"):
        office.opened(calls[0])


def test_a_date_written_later_into_the_rows_opens_nothing(office: Office, calls: list[str]) -> None:
    """Whoever can write the catalogue cannot make an approval last: its dates are sealed with the key."""
    office.approve(office.ask(calls[0]), calls[0], days=1)
    office.tamper("UPDATE grants SET ends_at_ms = ends_at_ms + 86400000")
    with pytest.raises(NotAllowed, match="other dates"):
        office.opened(calls[0])


def test_it_can_be_ended_before_its_date_by_a_director_or_given_back(office: Office, calls: list[str]) -> None:
    for who in ("dora", "lena"):
        request = office.approve(office.ask(calls[0]), calls[0])
        with pytest.raises(NotAllowed):
            office.requests.end(office.tokens["otto"], request.request_id, "")
        done = office.requests.end(office.tokens[who], request.request_id, "")
        assert (done.state, done.ends_at_ms) == (RequestState.ENDED, office.clock.wall_ms())
        assert office.grant_files() == []
        with pytest.raises(NotAllowed):
            office.opened(calls[0])


def test_it_is_shut_at_once_though_nothing_can_be_put_on_record(office: Office, calls: list[str]) -> None:
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


def test_a_leaver_loses_what_was_open_and_what_was_asked(office: Office, calls: list[str]) -> None:
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


def test_nobody_gets_what_they_asked_for_before_they_left(office: Office, calls: list[str]) -> None:
    request = office.ask(calls[0])
    people = PeopleFile(office.home.people_file)
    lena = people.find("lena")
    assert lena is not None
    people.put(replace(lena, role=Role.MEMBER_OF_STAFF))
    with pytest.raises(ActionRefused, match="any more"):
        office.approve(request, calls[0])


def test_a_later_approval_takes_an_earlier_one_s_place(office: Office, calls: list[str]) -> None:
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
    office: Office, calls: list[str]
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


def test_an_approval_that_was_cut_short_is_destroyed_at_the_next_start(office: Office, calls: list[str]) -> None:
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


def test_what_cannot_be_opened_is_not_approved(office: Office, calls: list[str]) -> None:
    erase_keyslot(next(office.home.recordings.rglob(f"{calls[0]}.0.key")))
    request = office.ask(*calls)
    with pytest.raises(KeyErased):
        office.approve(request, *calls)
    with pytest.raises(EarmarkError):
        office.approve(request, "../../etc/passwd")
    assert office.grant_files() == []
    assert office.requests.one(office.tokens["lena"], request.request_id).state is RequestState.ASKED


def test_a_call_that_is_not_there_cannot_be_asked_for(office: Office, calls: list[str]) -> None:
    with pytest.raises(NoSuchRecording):
        office.ask("01" * 16)
    with pytest.raises(SettingsError):
        office.ask()
    assert office.requests.mine(office.tokens["lena"]) == []


def test_a_recording_that_was_erased_leaves_a_request_that_ends_all_the_same(office: Office, calls: list[str]) -> None:
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


def test_without_a_catalogue_nothing_opens_and_nothing_fails(office: Office) -> None:
    office.requests.end_due()
    with pytest.raises(StorageError):
        office.opened("01" * 16)
