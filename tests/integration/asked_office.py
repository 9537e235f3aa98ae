"""People, recorded calls and what opens them to those who ask: the service over real keys, files and rows, by a clock
that the test sets.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyrage

from firmware.adapters.catalogue.casework import AccessRequestTables
from firmware.adapters.keys.grant_folder import AgeGrantSealer, GrantFolder
from firmware.adapters.keys.keyslot_shelf import KeyslotFolder
from firmware.adapters.keys.listening_keys import AgeKeyUnlocker, new_person
from firmware.adapters.sealing.keyslot import unwrap_key
from firmware.adapters.settings.people_file import PeopleFile
from firmware.core.access_policy import Role, role_may_open
from firmware.core.access_request import AccessRequest, WantedCalls
from firmware.core.errors import ServiceAway, StorageError
from firmware.core.grant import GrantTerms
from firmware.core.home import Home
from firmware.services.access_requests import AccessRequests, GrantDesk
from firmware.services.granted_keys import GrantedKeys
from firmware.services.opener_sessions import OpenerSessions, Session, SessionRules
from tests.hand_set_clock import HandSetClock
from tests.integration.further_people import CHEAP, office_key_of
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
class AskedOffice:
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

    def asked_with(request: AccessRequest) -> str:
        asked = (subject for kind, subject, _ in reception.entries if kind == "access-requested")
        return next((subject["key"] for subject in asked if subject["request"] == request.request_id), "")

    desk = GrantDesk(store, KeyslotFolder(home.recordings), shelf, AgeGrantSealer(), granted, asked_with)
    return shelf, granted, AccessRequests(reception, PeopleFile(home.people_file), desk, clock)


def found_office(folder: Path) -> None:
    """Keys and people, in an empty folder."""
    home = Home(folder)
    for place in (home.keys, home.box_secret.parent):
        place.mkdir(parents=True)
    office_key = pyrage.x25519.Identity.generate()
    home.box_secret.write_bytes(BOX_SECRET)
    home.office_public_key.write_text(str(office_key.to_public()))
    home.recovery_public_key.write_text(str(pyrage.x25519.Identity.generate().to_public()))
    people = PeopleFile(home.people_file)
    for name, role in PEOPLE.items():
        people.put(new_person(name, role, WORDS, BOX_SECRET, office_key if role_may_open(role) else None, CHEAP))


def office_at_work(folder: Path) -> AskedOffice:
    """The service, just started, and everybody signed in for as long as a test may take."""
    home, clock, tokens = Home(folder), HandSetClock(), {}
    sessions = OpenerSessions(clock, SessionRules(idle_ms=10**12, longest_ms=10**12))
    for person in PeopleFile(home.people_file).people():
        tokens[person.name], _ = sessions.begin(person, AgeKeyUnlocker(BOX_SECRET, CHEAP).unlock(person, WORDS))
    reception = Reception(sessions)
    parts = composed(home, clock, reception)
    return AskedOffice(home, clock, office_key_of(home, "dora", WORDS), reception, *parts, tokens)


def record_calls(office: AskedOffice, number: int) -> list[str]:
    """Calls of an hour ago."""
    at = datetime.fromtimestamp(office.clock.wall_ms() / 1000 - 3600, tz=UTC)
    return [seal_call(office.home, new_record(at), 1.0).recording_id for _ in range(number)]
