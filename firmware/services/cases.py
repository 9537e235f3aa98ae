"""Working on people's requests about their data, and on authorities': the clock, the calls, the papers, the bundle."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from typing import Any, Literal, Protocol

from firmware.core.access_policy import Action, check
from firmware.core.case_clock import CaseClock, CaseKind, DayOff, Standing, due_on, standing
from firmware.core.data_case import (
    LONGEST_NAME,
    MOST_CALLS,
    MOST_MUTED,
    PAPER_ARRIVES_WITHIN_MS,
    PAPER_PART_BYTES,
    CallState,
    DataCase,
    Muted,
    Paper,
    WhoseCalls,
    text,
    too_large,
)
from firmware.core.errors import ActionRefused, SettingsError
from firmware.ports.cases import CaseStore
from firmware.ports.clock import Clock
from firmware.services.opener import SegmentKey
from firmware.services.opener_sessions import Session

ClockChange = Literal["proved", "asked_back", "clarified", "extended"]


class CaseOffice(Protocol):
    """The part of the opener that this needs."""

    def session(self, token: str, *, activity: bool = True) -> Session: ...

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> int: ...

    def open(self, token: str, recording_id: str, purpose: str, use: Action, case: str = "") -> list[SegmentKey]: ...


@dataclass(frozen=True)
class NewCase:
    """What is known when a request comes in."""

    clock: CaseClock
    subject_name: str
    asked: str
    whose: WhoseCalls


class Cases:
    """Any thread. Every method raises SignInRefused, NotAllowed, StorageError and ServiceAway as the opener does, and
    ActionRefused when there is no such case, or it is closed.
    """

    def __init__(self, office: CaseOffice, store: CaseStore, clock: Clock, zone: tzinfo, is_day_off: DayOff) -> None:
        self._office = office
        self._store = store
        self._clock = clock
        self._zone = zone
        self._is_day_off = is_day_off

    # -- cases --------------------------------------------------------------------------------------------------------

    def begin(self, token: str, new: NewCase) -> DataCase:
        """Raises SettingsError: something is missing or makes no sense."""
        authority = new.clock.kind is CaseKind.AUTHORITY
        session = self._session(token, Action.RECORD_AUTHORITY_REQUESTS if authority else Action.WORK_ON_CASES)
        if new.clock.received_on > self._today():
            raise SettingsError("A request cannot have come in later than today.")
        name = text(new.subject_name, "Whose request is it?", LONGEST_NAME)
        asked = text(new.asked, "Say in a few words what is asked for.")
        by = session.person
        case = DataCase(secrets.token_hex(16), "", new.clock, name, asked, new.whose, by.person_id, by.name)
        self._enter("case-opened", case, session, {"subject": name, "kind": case.kind.value, "asked": asked})
        return self._save(case)

    def all(self, token: str, *, is_open: bool) -> Sequence[DataCase]:
        self._session(token, Action.WORK_ON_CASES, activity=False)
        return self._store.cases(is_open=is_open)

    def one(self, token: str, case_id: str) -> tuple[DataCase, Sequence[Paper]]:
        self._session(token, Action.WORK_ON_CASES, activity=False)
        return self._found(case_id), self._store.papers(case_id)

    def standing(self, case: DataCase) -> Standing:
        """How it stands today."""
        if not case.is_open:
            return Standing(None, "closed", "closed")
        return standing(case.clock, self._today(), self._is_day_off)

    def change_clock(self, token: str, case_id: str, what: ClockChange, on: date, because: str) -> DataCase:
        """Proof came, a clarification was asked for or came, or two months more are taken: all on a day.

        Raises:
            SettingsError, ActionRefused: it cannot have been on that day, or is not possible; an extension needs a
                reason.
        """
        session, case = self._open_case(token, case_id)
        if on > self._today():
            raise SettingsError("That cannot have been later than today.")
        why = ""
        if what == "extended":
            why = text(because, "Say why the request is complex: the person must be told.")
            clock = case.clock.extend(on, self._is_day_off)
        else:
            clock = getattr(case.clock, what)(on)
        self._enter("case-changed", case, session, {"what": what, "on": on.isoformat(), "because": why})
        return self._save(replace(case, clock=clock, extended_because=why or case.extended_because))

    def close(self, token: str, case_id: str, outcome: str) -> DataCase:
        session, case = self._open_case(token, case_id)
        done = case.closed(self._clock.wall_ms(), outcome)
        self._enter("case-closed", done, session, {"outcome": done.outcome})
        return self._save(done)

    # -- its calls ----------------------------------------------------------------------------------------------------

    def find(self, token: str, case_id: str, whose: WhoseCalls) -> tuple[int, int]:
        """Look for a person's calls and put them into the case, the newest first, as far as it has room.

        Returns how many are new in it, and how many more were found.

        Raises:
            SettingsError: nothing was said to look for.
        """
        session, case = self._open_case(token, case_id, Action.SEARCH_FOR_CASES)
        if not whose:
            raise SettingsError("Say a number, an extension or a name to look for.")
        query = {"numbers": list(whose.numbers), "extension": whose.extension, "words": whose.words}
        days = {"first_day": whose.first_day, "last_day": whose.last_day}
        query |= {name: day.isoformat() for name, day in days.items() if day}
        self._enter("searched", case, session, {"query": query})
        room = max(0, MOST_CALLS - len(case.calls))
        found = self._store.found(whose, whose.span_ms(self._zone), case_id, room)
        self._save(replace(case, whose=whose, further=found.further))
        return self._store.add(case_id, found.ids), found.further

    def add(self, token: str, case_id: str, recording_id: str) -> None:
        session, case = self._open_case(token, case_id, Action.SEARCH_FOR_CASES)
        self._enter("case-changed", case, session, {"what": "a call was added"}, recording_id)
        if not self._store.add(case_id, [recording_id]):
            raise ActionRefused("The call is not there, or in the case already.", "Look at the list again.")

    def decide(self, token: str, case_id: str, calls: Iterable[str], state: CallState, reason: str) -> DataCase:
        """Include calls in the answer, or exclude them for a reason."""
        session, case = self._open_case(token, case_id)
        chosen = [case.call(each) for each in dict.fromkeys(calls)]
        if not chosen:
            raise SettingsError("Choose at least one call.")
        why = text(reason, "Say why these calls are left out.") if state == "excluded" else ""
        ids = [call.recording_id for call in chosen]
        self._enter("case-changed", case, session, {"what": state, "calls": ids, "because": why})
        for call in chosen:
            self._store.save_call(case_id, replace(call, state=state, reason=why))
        return self._found(case_id)

    def mute(self, token: str, case_id: str, recording_id: str, muted: Sequence[Muted]) -> None:
        """What of a call is silent in the copy: others' data. The recording itself stays as it is."""
        session, case = self._open_case(token, case_id)
        call = case.call(recording_id)
        if len(muted) > MOST_MUTED:
            raise SettingsError(f"At most {MOST_MUTED} stretches of a call can be muted.")
        told = [each.to_json() for each in muted]
        self._enter("case-changed", case, session, {"what": "muted in the copy", "muted": told}, recording_id)
        self._store.save_call(case_id, replace(call, muted=tuple(muted)))

    def open_call(self, token: str, case_id: str, recording_id: str) -> list[SegmentKey]:
        """The keys of an included call, for the bundle. Raises as ``Opener.open`` besides."""
        _, case = self._open_case(token, case_id, Action.MAKE_BUNDLES)
        if case.call(recording_id).state != "included":
            raise ActionRefused("This call is not included in the answer.", "Include it first.")
        purpose = f"Copy for case {case.reference} ({case.kind.shown})"
        return self._office.open(token, recording_id, purpose, Action.MAKE_BUNDLES)

    # -- its papers ---------------------------------------------------------------------------------------------------

    def receive(self, token: str, case_id: str, paper_id: str, n: int, content: bytes) -> str:
        """Take the next part of a file for the case; the first names no paper yet. Returns the paper's id.

        Raises:
            SettingsError: the file is too large.
            ActionRefused: it does not follow on.
        """
        self._open_case(token, case_id, Action.RECORD_AUTHORITY_REQUESTS)
        now_ms = self._clock.wall_ms()
        if not 0 < len(content) <= PAPER_PART_BYTES:
            raise too_large()
        if not paper_id:
            self._store.drop_parts(now_ms - PAPER_ARRIVES_WITHIN_MS)
        paper_id = paper_id or secrets.token_hex(16)
        if not self._store.add_part(paper_id, n, content, now_ms):
            raise ActionRefused("The file did not arrive as a whole, or is too large.", "Send it once more.")
        return paper_id

    def attach(self, token: str, case_id: str, kind: Literal["authority", "letter"], name: str, paper_id: str) -> Paper:
        """Keep a file, of which all parts were received, with the case: an authority's written request, a letter.

        Raises:
            SettingsError: nothing of it was received, or it has no name.
        """
        session, case = self._open_case(token, case_id, Action.RECORD_AUTHORITY_REQUESTS)
        digest, size, n = hashlib.sha256(), 0, 0
        while part := self._store.part(paper_id, n):
            digest.update(part)
            size, n = size + len(part), n + 1
        if not size:
            raise SettingsError("The file is empty, or did not arrive.", "Choose it once more.")
        paper = self._paper(case, session, kind, name, digest.hexdigest(), size, paper_id)
        ids = {"paper": paper.paper_id, "sha256": paper.sha256}
        self._enter("case-paper-added", case, session, {"file": paper.name, "kind": kind}, ids=ids)
        self._store.add_paper(paper)
        return paper

    def paper(self, token: str, case_id: str, paper_id: str) -> Paper:
        """What is kept of a file but its content. Raises ActionRefused: there is none such."""
        self._session(token, Action.WORK_ON_CASES, activity=False)
        found = self._store.paper(case_id, paper_id)
        if found is None:
            raise ActionRefused("There is no such paper.", "Look at the case again.")
        return found

    def part(self, token: str, case_id: str, paper_id: str, n: int) -> bytes:
        """One part of its content, from 0; empty after the last. Raises as ``paper``."""
        self.paper(token, case_id, paper_id)
        return self._store.part(paper_id, n) or b""

    def disclosed(self, token: str, case_id: str, name: str, sha256: str, size: int, calls: Sequence[str]) -> Paper:
        """A bundle was made and sent to the browser of who asked: what it was is kept, not the bundle."""
        session, case = self._open_case(token, case_id, Action.MAKE_BUNDLES)
        paper = self._paper(case, session, "bundle", name, sha256, size, secrets.token_hex(16))
        detail = {"file": paper.name, "bytes": size, "calls": list(calls), "subject": case.subject_name}
        self._enter("bundle-made", case, session, detail, ids={"sha256": sha256, "calls": str(len(calls))})
        self._store.add_paper(paper)
        return paper

    # -- within -------------------------------------------------------------------------------------------------------

    def _paper(
        self,
        case: DataCase,
        session: Session,
        kind: Literal["authority", "letter", "bundle"],
        name: str,
        sha: str,
        size: int,
        paper_id: str,
    ) -> Paper:
        shown = text(name.replace("\\", "/").rsplit("/", 1)[-1], "The file needs a name.", LONGEST_NAME)
        now_ms = self._clock.wall_ms()
        return Paper(paper_id, case.case_id, kind, shown, now_ms, session.person.name, sha, size)

    def _session(self, token: str, action: Action, *, activity: bool = True) -> Session:
        session = self._office.session(token, activity=activity)
        check(session.person.role, action)
        return session

    def _open_case(self, token: str, case_id: str, action: Action = Action.WORK_ON_CASES) -> tuple[Session, DataCase]:
        session, case = self._session(token, action), self._found(case_id)
        case.must_be_open()
        return session, case

    def _found(self, case_id: str) -> DataCase:
        case = self._store.case(case_id)
        if case is None:
            raise ActionRefused("There is no such case.", "Look at the list of cases again.")
        return case

    def _save(self, case: DataCase) -> DataCase:
        due = due_on(case.clock, self._is_day_off)
        return self._store.save(case, due.isoformat() if due else None)

    def _enter(
        self,
        kind: str,
        case: DataCase,
        session: Session,
        detail: Mapping[str, Any],
        recording_id: str = "",
        ids: Mapping[str, str] | None = None,
    ) -> None:
        about = {"recording": recording_id} if recording_id else {}
        who = {"person": session.person.person_id, "session": session.session_id}
        subject = {"case": case.case_id, **about, **(ids or {}), **who}
        self._office.enter(kind, subject, {"name": session.person.name, **detail})

    def _today(self) -> date:
        return datetime.fromtimestamp(self._clock.wall_ms() / 1000, self._zone).date()
