"""Reading the evidence: who may see how much of it, and that they did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from firmware.core.access_policy import Action, check, may
from firmware.core.errors import NotAllowed
from firmware.core.evidence_search import PEOPLE, Detail, EvidenceSearch, FoundLine, Place
from firmware.ports.clock import Clock
from firmware.ports.evidence_pages import DetailShelf, EvidencePages
from firmware.ports.settings_store import PeopleStore
from firmware.services.lately_told import LatelyTold
from firmware.services.opener_sessions import Session

PAGE_LENGTH = 50


class AuditReception(Protocol):
    """The part of the opener that this needs."""

    def session(self, token: str, *, activity: bool = True) -> Session:
        """Raises SignInRefused."""
        ...

    def enter_soon(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> None: ...


@dataclass(frozen=True)
class ReadLine:
    """A line as this reader may see it. ``detail`` is None when it was erased, when there never was one, or when the
    reader's role does not have it.
    """

    found: FoundLine
    detail: Detail | None

    @property
    def had_detail(self) -> bool:
        return self.found.line is not None and bool(self.found.line.commitment)


@dataclass(frozen=True)
class AuditPage:
    """``with_details``: whether the reader's role sees names and reasons. ``names``: people by their ids, if so."""

    lines: tuple[ReadLine, ...]
    older: Place | None
    with_details: bool
    names: Mapping[str, str]


class Audit:
    """Any thread. Every method raises SignInRefused, NotAllowed, StorageError or DamagedCatalogue.

    The evidence can be read while the recorder is away, when it may be needed most: that it was read is then entered as
    soon as it is back.
    """

    def __init__(
        self, reception: AuditReception, pages: EvidencePages, details: DetailShelf, people: PeopleStore, clock: Clock
    ) -> None:
        self._reception = reception
        self._pages = pages
        self._details = details
        self._people = people
        self._told = LatelyTold(clock)

    def read(self, token: str, search: EvidenceSearch) -> AuditPage:
        """The newest lines that fit; further ones by ``search.before``. One search is told once, its pages are not."""
        session = self._reader(token)
        with_details = may(session.person.role, Action.READ_AUDIT)
        if not with_details and search.person_id:
            raise NotAllowed("Only who may see names can look for a person's doings.", "Ask a director.")
        self._tell("evidence-read", session, _told(search))
        page = self._pages.page(search, PAGE_LENGTH)
        commitments = [each.line.commitment for each in page.lines if each.line is not None]
        details = self._details.details(commitments) if with_details else {}
        lines = tuple(ReadLine(each, details.get(each.line.commitment) if each.line else None) for each in page.lines)
        return AuditPage(lines, page.older, with_details, self._names(lines) if with_details else {})

    def day(self, token: str, day: str, offset: int) -> tuple[bytes, int | None]:
        """A part of a day's lines as they are: they name nobody. See ``EvidencePages.day``."""
        session = self._reader(token)
        self._tell("evidence-exported", session, {"day": day})
        return self._pages.day(day, offset)

    def everybody(self, token: str) -> Mapping[str, str]:
        """Names by person id, of those here and those who left, for who may see them."""
        session = self._reader(token)
        if not may(session.person.role, Action.READ_AUDIT):
            return {}
        return self._everybody()

    def _reader(self, token: str) -> Session:
        session = self._reception.session(token)
        if not may(session.person.role, Action.READ_AUDIT):
            check(session.person.role, Action.READ_EVIDENCE)
        return session

    def _names(self, lines: tuple[ReadLine, ...]) -> Mapping[str, str]:
        asked = {each.found.line.subject.get(name, "") for each in lines if each.found.line for name in PEOPLE}
        return {person_id: name for person_id, name in self._everybody().items() if person_id in asked}

    def _everybody(self) -> dict[str, str]:
        left = {each.person_id: each.name for each in self._people.left()}
        return left | {each.person_id: each.name for each in self._people.people()}

    def _tell(self, kind: str, session: Session, what: Mapping[str, Any]) -> None:
        if self._told.is_new(session.session_id, {"kind": kind, **what}):
            person = session.person
            subject = {"person": person.person_id, "session": session.session_id}
            self._reception.enter_soon(kind, subject, {"name": person.name, **what})


def _told(search: EvidenceSearch) -> dict[str, Any]:
    """A search as the evidence keeps it; its pages are all the same search."""
    whole = replace(search, before=None)

    def text(moment: datetime | None) -> str:
        return moment.isoformat() if moment else ""

    found = {
        "since": text(whole.since),
        "until": text(whole.until),
        "kinds": sorted(whole.kinds),
        "about": whole.person_id,
        "recording": whole.recording_id,
    }
    return {name: value for name, value in found.items() if value}
