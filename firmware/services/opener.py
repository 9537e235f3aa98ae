"""Holds listeners' unlocked keys and hands out one recording's key at a time, after its evidence entry is durable."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from firmware.core.access_policy import OPENING, Action, Role, may
from firmware.core.errors import EarmarkError, NotAllowed
from firmware.core.people import Person
from firmware.core.recording_id import opaque
from firmware.core.sign_in_stage import KNOWN, Stage
from firmware.ports.listening_keys import KeyslotShelf, Restrictions
from firmware.services.copies_taken import CopiesTaken
from firmware.services.granted_keys import GrantedKeys, WayIn
from firmware.services.named_cases import NamedCase, NamedCases
from firmware.services.opener_sessions import OpenerSessions, Session
from firmware.services.patient_evidence import PatientEvidence
from firmware.services.signing_in import SignedIn, SigningIn


@dataclass(frozen=True)
class SegmentKey:
    segment: int
    key: bytes = field(repr=False)


class Opener:
    """Opens recordings for people who are signed in. Methods may be called from several threads at once."""

    def __init__(
        self,
        signing_in: SigningIn,
        shelf: KeyslotShelf,
        evidence: PatientEvidence,
        sessions: OpenerSessions,
        granted: GrantedKeys,
        cases: NamedCases,
        restrictions: Restrictions,
    ) -> None:
        self._signing_in = signing_in
        self._shelf = shelf
        self._evidence = evidence
        self._sessions = sessions
        self._granted = granted
        self._cases = cases
        self._restrictions = restrictions
        self._rounds: list[Callable[[], None]] = []
        self._copies = CopiesTaken()

    def sign_in(self, name: str, pass_phrase: str, voucher: str = "") -> SignedIn:
        """The first step of signing in; the session that begins says what is to come. Raises as ``SigningIn``."""
        return self._signing_in.sign_in(name, pass_phrase, voucher)

    def sign_out(self, token: str) -> None:
        """End a session, if there is one, and wipe its keys."""
        session = self._sessions.end(token)
        if session is not None and session.stage in KNOWN:
            self._note("signed-out", session.person, {"name": session.person.name}, session)

    def session(
        self, token: str, *, activity: bool = True, stages: Collection[Stage] = frozenset({Stage.COMPLETE})
    ) -> Session:
        """Raises SignInRefused when the session has ended, or has come to none of these stages."""
        return self._sessions.use(token, activity=activity, stages=stages)

    def open(self, token: str, recording_id: str, purpose: str, use: Action, case: str = "") -> list[SegmentKey]:
        """The keys of one recording's segments, once the opening stands in the evidence log.

        Args:
            purpose: what it is for; empty for what was said of the named case that is being worked on.
            case: the name of a case, for whose calls the purpose shall hold for half an hour.

        Raises:
            SignInRefused: not signed in (any more).
            NotAllowed: neither the role nor a grant opens it, its processing is restricted, or no purpose was given.
            SettingsError: a case cannot be called so.
            NoSuchRecording, KeyErased, DamagedRecording: as they say.
            ServiceAway, StorageError: the evidence entry could not be made; nothing was opened.
        """
        session = self._sessions.use(token)
        person = session.person
        subject = {"recording": opaque(recording_id), "session": session.session_id}
        try:
            self._check_restriction(person, recording_id)
            way = self._way_in(session, recording_id, use)
            reason = self._reason(session, purpose.strip(), case)
        except EarmarkError as error:
            self._note(
                f"{_KINDS[use]}-refused" if use in _AFTER_LISTENING else f"{use.value}-refused",
                person,
                {"name": person.name, "why": error.what},
                session,
                subject,
            )
            if isinstance(error, NotAllowed):
                error.as_told()
            raise
        self._evidence.enter(
            _KINDS[use], {"person": person.person_id, **subject, **way.ids}, {"name": person.name, **reason}
        )
        keys = [SegmentKey(slot.segment, way.key_of(slot)) for slot in way.files]
        if use in _TAKING_AWAY:
            self._copies.opened(session.session_id, recording_id)
        return keys

    def take_copy(self, session: Session, recording_id: str) -> bool:
        """Whether the recording was opened in that session to be taken away; once for each time that it was."""
        return self._copies.take(session.session_id, recording_id)

    def case(self, session: Session) -> tuple[NamedCase, int] | None:
        """The case that is being worked on in a session, and for how many milliseconds its purpose still holds."""
        case = self._cases.running(session.session_id)
        return (case, self._cases.left_ms(case)) if case else None

    def end_case(self, token: str) -> None:
        self._cases.end(self._sessions.use(token).session_id)

    def drop_expired(self) -> None:
        """Wipe the keys of those who have been idle too long; call it every few seconds."""
        for session in self._sessions.drop_expired():
            if session.stage in KNOWN:  # the others never came in
                self._note("sign-in-expired", session.person, {"name": session.person.name}, session)
        for task in self._rounds:
            task()
        self._evidence.deliver_waiting()

    def each_round(self, task: Callable[[], None]) -> None:
        """Have it called every few seconds, too. Before the process is at work."""
        self._rounds.append(task)

    def enter_soon(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> None:
        """Make an evidence entry as sign-ins do: in order, and later if the recorder is away."""
        self._evidence.enter_soon(kind, subject, detail)

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> int:
        """Make an evidence entry that is durable on return. Raises ServiceAway or StorageError."""
        return self._evidence.enter(kind, subject, detail)

    def enter_or_keep(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> bool:
        """The same; False: it waits on disk for a recorder that is away. Raises StorageError: nor can it wait."""
        return self._evidence.enter_or_keep(kind, subject, detail)

    def end_all(self) -> None:
        """Wipe every key: the process is ending."""
        self._sessions.end_all()

    @property
    def granted(self) -> GrantedKeys:
        return self._granted

    @property
    def signed_in(self) -> int:
        return self._sessions.count

    def _check_restriction(self, person: Person, recording_id: str) -> None:
        """Whatever the office key or a grant would open: a restricted call is only kept (UK GDPR Art. 18)."""
        if not may(person.role, Action.OPEN_RESTRICTED) and self._restrictions.is_restricted(recording_id):
            raise NotAllowed(
                "Processing of this call is restricted: it is kept, and not listened to.",
                f"Only somebody of the role {Role.DIRECTOR.shown} may open it, for a purpose that the law leaves.",
            )

    def _way_in(self, session: Session, recording_id: str, use: Action) -> WayIn:
        """By the office key for whose role may open any call, by a grant for whose role hears calls opened to them."""
        role = session.person.role
        if may(role, use) and (use in OPENING or (use in _AFTER_LISTENING and may(role, Action.LISTEN))):
            if not session.keys.may_open:
                raise NotAllowed(
                    "The office key is not sealed to this person.", "A listener must add this person anew."
                )
            return WayIn(self._shelf.keyslots(recording_id), lambda slot: session.keys.open_keyslot(slot.content))
        if (use is Action.LISTEN or (use is Action.MAKE_BUNDLES and may(role, use))) and may(
            role, Action.LISTEN_GRANTED
        ):
            return self._granted.way_in(session, recording_id)
        raise NotAllowed(f"The role {role.shown} may not {use.value}.", "Ask a listener.")

    def _reason(self, session: Session, purpose: str, case_name: str) -> dict[str, str]:
        """What the evidence keeps of why a call is opened."""
        if purpose:
            if not case_name:
                return {"purpose": purpose}
            case = self._cases.begin(session.session_id, case_name, purpose)
        else:
            running = self._cases.running(session.session_id)
            if running is None:
                raise NotAllowed(
                    "A purpose must be given before a call is opened.", "Say in a few words what it is for."
                )
            case = running
        return {"purpose": case.purpose, "case": case.name}

    def _note(
        self,
        kind: str,
        person: Person,
        detail: Mapping[str, Any],
        session: Session | None = None,
        subject: Mapping[str, str] | None = None,
    ) -> None:
        ids = {"person": person.person_id, **(subject or {})}
        if session is not None:
            ids["session"] = session.session_id
        self._evidence.enter_soon(kind, ids, detail)


#: Uses of a key that only somebody may make who could hear the call as well.
_AFTER_LISTENING = frozenset({Action.REDACT, Action.MAKE_BUNDLES})

_TAKING_AWAY = frozenset({Action.DOWNLOAD, Action.EXPORT})

_KINDS = {
    Action.LISTEN: "listened",
    Action.DOWNLOAD: "downloaded",
    Action.EXPORT: "exported",
    Action.REDACT: "redaction-opened",
    Action.MAKE_BUNDLES: "bundle-opened",
}
