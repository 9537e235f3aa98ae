"""Requests to hear calls: asked, decided by somebody else, and what was approved opened, and shut again in time."""

from __future__ import annotations

import hashlib
import logging
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from firmware.core import access_request
from firmware.core.access_policy import Action, check, may
from firmware.core.access_request import KEY, REQUESTED, AccessRequest, RequestState, WantedCalls
from firmware.core.errors import ActionRefused, EarmarkError, NotAllowed
from firmware.core.grant import Grant
from firmware.core.people import Person
from firmware.ports.access_requests import AccessRequestStore, GrantSealer, GrantShelf
from firmware.ports.clock import Clock
from firmware.ports.listening_keys import KeyslotShelf
from firmware.ports.settings_store import PeopleStore
from firmware.services.granted_keys import GrantedKeys
from firmware.services.opener_sessions import Session

_LOG = logging.getLogger(__name__)
#: Requests of one person that wait to be decided.
MOST_WAITING = 20
_WAITING = (RequestState.ASKED,)
_DECIDED = tuple(state for state in RequestState if state is not RequestState.ASKED)


class Reception(Protocol):
    """What is needed of the opener: who asks, and the evidence."""

    def session(self, token: str, *, activity: bool = True) -> Session: ...

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> int: ...

    def enter_soon(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> None: ...


@dataclass(frozen=True)
class GrantDesk:
    """What approvals are made of: keyslots to open, grants to seal, files to put them in, rows that say until when.
    ``asked_with`` gives the digest of the key with which a request was made, by the evidence; empty if it has none.
    """

    store: AccessRequestStore
    keyslots: KeyslotShelf
    shelf: GrantShelf
    sealer: GrantSealer
    granted: GrantedKeys
    asked_with: Callable[[AccessRequest], str]


class AccessRequests:
    """Methods may be called from several threads at once; changes are made one at a time.

    Every method that takes a token raises SignInRefused when its session is over, NotAllowed when its role may not, and
    StorageError or ServiceAway when rows or evidence cannot be written.
    """

    def __init__(self, reception: Reception, people: PeopleStore, desk: GrantDesk, clock: Clock) -> None:
        self._reception = reception
        self._people = people
        self._desk = desk
        self._store = desk.store
        self._clock = clock
        self._changing = threading.Lock()
        self._look_for_torn = True
        self._trouble = ""

    # -- who asks -----------------------------------------------------------------------------------------------------

    def ask(self, token: str, purpose: str, calls: Iterable[str], wanted: WantedCalls) -> AccessRequest:
        """
        Raises:
            SettingsError: the purpose or the calls are missing or make no sense.
            NoSuchRecording: a call that was named is not there.
            ActionRefused: far too many of this person's requests wait already.
        """
        session = self._session(token, Action.REQUEST_ACCESS)
        who = (session.person.person_id, session.person.name)
        made = access_request.asked(secrets.token_hex(16), who, purpose, calls, wanted, self._clock.wall_ms())
        detail = {"name": who[1], "purpose": made.purpose, "calls": list(made.calls), "wanted": wanted.to_json()}
        with self._changing:
            self._not_too_many(session)
            self._reception.enter(REQUESTED, _ids(made, session) | _key(session.keys.user_public_key), detail)
            self._store.save(made)
        return made

    def mine(self, token: str) -> Sequence[AccessRequest]:
        session = self._reception.session(token, activity=False)
        return self._store.requests_of(session.person.person_id)

    def my_grants(self, token: str) -> Sequence[Grant]:
        """The calls that are open to this person now."""
        return self._desk.granted.all_standing(self._reception.session(token, activity=False).person.person_id)

    def withdraw(self, token: str, request_id: str) -> AccessRequest:
        """
        Raises:
            ActionRefused: it was decided, or there is no such request of this person's.
        """
        session = self._reception.session(token)
        with self._changing:
            request = self._found(request_id)
            if request.requester_id != session.person.person_id:
                raise _unknown()
            done = access_request.withdrawn(request)
            detail = {"name": session.person.name, "because": "withdrawn by who asked"}
            self._reception.enter("access-ended", _ids(done, session), detail)
            self._store.save(done)
        return done

    # -- who decides --------------------------------------------------------------------------------------------------

    def all(self, token: str, *, decided: bool) -> Sequence[AccessRequest]:
        session = self._reception.session(token, activity=False)
        check(session.person.role, Action.SEE_REQUESTS)
        return self._store.requests_in(_DECIDED if decided else _WAITING)

    def one(self, token: str, request_id: str) -> AccessRequest:
        """One's own, or anybody's for whoever may see them. Raises ActionRefused when there is none such."""
        session = self._reception.session(token, activity=False)
        request = self._found(request_id)
        if request.requester_id != session.person.person_id and not may(session.person.role, Action.SEE_REQUESTS):
            raise _unknown()
        return request

    def approve(
        self, token: str, request_id: str, chosen: Iterable[str], ends_at_ms: int, reason: str = ""
    ) -> AccessRequest:
        """Open the chosen calls to who asked, until ``ends_at_ms``.

        Raises:
            NotAllowed: it is one's own request, or the office key is not among this person's keys.
            ActionRefused: it was decided already, or who asked has gone.
            SettingsError, NoSuchRecording, KeyErased, DamagedRecording: as they say; nothing was opened.
        """
        session = self._session(token, Action.DECIDE_REQUESTS)
        by = (session.person.person_id, session.person.name)
        with self._changing:
            request, now_ms = self._found(request_id), self._clock.wall_ms()
            done = access_request.approved(request, by, chosen, ends_at_ms, now_ms, reason)
            grants = [Grant(call, done.requester_id, request_id, now_ms, ends_at_ms) for call in done.approved_calls]
            to = self._requester(request)
            files = self._sealed(session, to, grants)
            detail = {"name": by[1], "to": done.requester_name, "ends_at_ms": ends_at_ms, "reason": done.reason}
            calls = {"calls": list(done.approved_calls), "refused_calls": _refused(done)}
            subject = _ids(done, session) | _key(to.user_public_key)
            self._reception.enter("access-approved", subject, detail | calls)
            self._lay_out(done, request, grants, files)
        return done

    def refuse(self, token: str, request_id: str, reason: str) -> AccessRequest:
        """
        Raises:
            NotAllowed: it is one's own request.
            ActionRefused: it was decided already.
            SettingsError: a reason is missing.
        """
        session = self._session(token, Action.DECIDE_REQUESTS)
        by = (session.person.person_id, session.person.name)
        with self._changing:
            done = access_request.refused(self._found(request_id), by, reason, self._clock.wall_ms())
            detail = {"name": by[1], "to": done.requester_name, "reason": done.reason}
            self._reception.enter("access-refused", _ids(done, session), detail)
            self._store.save(done)
        return done

    # -- how it ends --------------------------------------------------------------------------------------------------

    def end(self, token: str, request_id: str, because: str) -> AccessRequest:
        """Shut before its date what was approved: by who approves, or given back by who asked.

        Raises:
            ActionRefused: nothing is open by it.
        """
        session = self._reception.session(token)
        request = self._found(request_id)
        if request.requester_id != session.person.person_id:
            check(session.person.role, Action.END_ACCESS)
        told = {"name": session.person.name, "because": " ".join(because.split()) or "ended before its date"}
        with self._changing:
            return self._end(self._found(request_id), told, _ids(request, session))

    def end_for_person(self, person_id: str, because: str) -> None:
        """Shut everything that is open to a person, and withdraw what they asked for: they leave, or their key goes.

        Raises:
            StorageError, ServiceAway: something is left to be done; call it again.
        """
        with self._changing:
            for request in self._store.unsettled(person_id):
                told = {"name": request.requester_name, "because": because}
                if request.state.opens:
                    self._end(request, told, _ids(request))
                else:
                    self._reception.enter("access-ended", _ids(request), told)
                    self._store.save(access_request.withdrawn(request))

    def end_due(self) -> None:
        """Destroy what has ended, and what an approval left that was interrupted. Call it every few seconds."""
        try:
            with self._changing:
                self._end_due(self._desk.granted.time.now().latest_ms)
        except EarmarkError as error:
            if error.what != self._trouble:
                _LOG.warning("ended approvals wait to be destroyed: %s", error)
            self._trouble = error.what
        else:
            self._trouble = ""

    # -- within -------------------------------------------------------------------------------------------------------

    def _session(self, token: str, action: Action) -> Session:
        session = self._reception.session(token)
        try:
            check(session.person.role, action)
        except NotAllowed as error:
            ids = {"person": session.person.person_id, "session": session.session_id}
            kind = f"{'request' if action is Action.REQUEST_ACCESS else 'decision'}-refused"
            self._reception.enter_soon(kind, ids, {"name": session.person.name, "why": error.what})
            raise error.as_told() from None
        return session

    def _not_too_many(self, session: Session) -> None:
        """The list that directors look at must not be filled by one person."""
        asked = [each for each in self._store.unsettled(session.person.person_id) if not each.state.opens]
        if len(asked) >= MOST_WAITING:
            raise ActionRefused(f"{len(asked)} of your requests wait already.", "Withdraw those you need no more.")

    def _found(self, request_id: str) -> AccessRequest:
        found = self._store.request(request_id)
        if found is None:
            raise _unknown()
        return found

    def _requester(self, request: AccessRequest) -> Person:
        found = next((each for each in self._people.people() if each.person_id == request.requester_id), None)
        if found is None or not may(found.role, Action.LISTEN_GRANTED):
            raise ActionRefused(
                f"{request.requester_name} is not somebody to whom calls may be opened any more.", "Refuse the request."
            )
        if self._desk.asked_with(request) not in ("", _digest(found.user_public_key)):
            raise ActionRefused(
                f"{request.requester_name} has another key now than when they asked.",
                "Refuse the request; they can ask again. If nobody let them join anew, somebody has changed the box.",
            )
        return found

    def _sealed(self, session: Session, to: Person, grants: Iterable[Grant]) -> list[tuple[Grant, int, bytes]]:
        """Each grant's files: the grant, the segment, and the content."""
        return [
            (grant, slot.segment, self._sealer(session, slot.content, grant, slot.segment, to))
            for grant in grants
            for slot in self._desk.keyslots.keyslots(grant.recording_id)
        ]

    def _sealer(self, session: Session, keyslot: bytes, grant: Grant, segment: int, to: Person) -> bytes:
        return self._desk.sealer.reseal(session.keys, keyslot, grant.terms(segment), to.user_public_key)

    def _lay_out(
        self, done: AccessRequest, asked: AccessRequest, grants: Sequence[Grant], files: list[tuple[Grant, int, bytes]]
    ) -> None:
        """Rows first, so that no file is ever there that nobody will end; the request is approved when all is there."""
        self._store.save(replace(asked, calls=done.calls), grants)
        try:
            for grant, segment, content in files:
                self._desk.shelf.put(grant.terms(segment), content)
            self._store.save(done)
        except EarmarkError:
            self._look_for_torn = True
            self._store.save(asked)
            raise

    def _end(self, request: AccessRequest, told: Mapping[str, Any], ids: Mapping[str, str]) -> AccessRequest:
        """The rows say at once that it is over, and so does the evidence; the files follow, now or by ``end_due``."""
        now_ms = self._clock.wall_ms()
        done = access_request.ended(request, now_ms)
        standing = [replace(grant, ends_at_ms=now_ms) for grant in self._store.standing(request_id=request.request_id)]
        self._store.save(done, standing)
        self._reception.enter_soon("access-ended", ids, told)
        try:
            for grant in standing:
                self._destroy(grant)
        except EarmarkError as error:
            _LOG.warning("an ended approval waits to be destroyed: %s", error)
        return done

    def _end_due(self, latest_ms: int) -> None:
        for grant in self._store.standing():
            if latest_ms >= grant.ends_at_ms or (self._look_for_torn and self._is_torn(grant)):
                self._destroy(grant)
        self._look_for_torn = False
        for request in self._store.unsettled():
            if request.state.opens and latest_ms >= (request.ends_at_ms or 0):
                self._reception.enter("access-ended", _ids(request), {"because": "its date has come"})
                self._store.save(access_request.ended(request, latest_ms))

    def _destroy(self, grant: Grant) -> None:
        """Destroy the files, then say so, then forget: repeated from the start if anything fails between."""
        self._desk.shelf.erase(grant.recording_id, grant.person_id)
        subject = {"person": grant.person_id, "request": grant.request_id, "recording": grant.recording_id}
        self._reception.enter("grant-destroyed", subject, {})
        self._store.end(grant, self._clock.wall_ms())

    def _is_torn(self, grant: Grant) -> bool:
        """Whether its approval was interrupted, by a power cut say, before the request was approved."""
        request = self._store.request(grant.request_id)
        return request is None or not request.state.opens


def _ids(request: AccessRequest, session: Session | None = None) -> dict[str, str]:
    if session is None:
        return {"person": request.requester_id, "request": request.request_id}
    return {"person": session.person.person_id, "session": session.session_id, "request": request.request_id}


def _key(user_public_key: str) -> dict[str, str]:
    """Whose key asked, and to which it was opened: had somebody put another in its place, the two lines differ."""
    return {KEY: _digest(user_public_key)}


def _digest(user_public_key: str) -> str:
    return hashlib.sha256(user_public_key.encode()).hexdigest()


def _refused(request: AccessRequest) -> list[str]:
    return [call for call in request.calls if call not in request.approved_calls]


def _unknown() -> ActionRefused:
    return ActionRefused("There is no such request.", "Look at the list of requests again.")
