"""Ordering the redaction of a finished recording: a pause that was forgotten, card details that must not be there."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from firmware.core.access_policy import Action, check
from firmware.core.errors import ActionRefused, NoSuchRecording, NotAllowed
from firmware.core.legal_hold import reason
from firmware.core.recording_id import RANDOM_BYTES, recording_id
from firmware.core.redaction_limits import silenced_ms, why_not_redact
from firmware.core.typed_spans import SpanMs, shown_span
from firmware.ports.clock import Clock
from firmware.ports.keeping import KeepingStore
from firmware.ports.redactions import RedactionOrder, RedactionStore
from firmware.services.opener import SegmentKey
from firmware.services.opener_sessions import Session


class OpeningOffice(Protocol):
    """The part of the opener that this needs."""

    def session(self, token: str, *, activity: bool = True) -> Session: ...

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> int: ...

    def open(self, token: str, recording_id: str, purpose: str, use: Action, case: str = "") -> list[SegmentKey]: ...


@dataclass(frozen=True)
class Ordered:
    """The id that the revision must bear, and the keys of what it is made of."""

    revision_id: str
    keys: Sequence[SegmentKey]


class Redactions:
    """Any thread."""

    def __init__(self, office: OpeningOffice, keeping: KeepingStore, store: RedactionStore, clock: Clock) -> None:
        self._office = office
        self._keeping = keeping
        self._store = store
        self._clock = clock

    def order(self, token: str, recording: str, spans: Sequence[SpanMs], because: str) -> Ordered:
        """Have a recording replaced. Where a director does it, a legal hold does not stand in the way: the revision is
        held in turn.

        The reason stays in the evidence as long as the revision does; that of the recording goes with it.

        Raises:
            SignInRefused, NotAllowed: who asks may not, or not so much of it.
            SettingsError: no reason.
            NoSuchRecording, KeyErased, DamagedRecording: as they say.
            ActionRefused: it is going on, or being erased or replaced.
            ServiceAway, StorageError: nothing was ordered.
        """
        session = self._office.session(token)
        check(session.person.role, Action.REDACT)
        why, found = reason(because), self._keeping.keeping(recording)
        if found is None:
            raise NoSuchRecording("There is no such recording (any more).", "It may have been erased.")
        if found.going_on:
            raise ActionRefused("The call is still going on.", "Pause it now; redact what is left when it has ended.")
        role, held = session.person.role, bool(found.held_for)
        before_ms = self._store.silenced_before_ms(recording)
        kept = {"held": held, "restricted": found.restricted}
        refusal = why_not_redact(role, spans, found.duration_ms, **kept, before_ms=before_ms)
        if refusal:
            raise NotAllowed(refusal, "Nothing was silenced.")
        keys = self._office.open(token, recording, why, Action.REDACT)
        revision = recording_id(found.started_at_ms, secrets.token_bytes(RANDOM_BYTES))
        ids = {"recording": revision, "revises": recording, "person": session.person.person_id}
        detail = {"name": session.person.name, "spans": [shown_span(span) for span in spans], "because": why}
        self._office.enter("redaction-ordered", ids | {"session": session.session_id}, detail)
        now_ms, silenced = self._clock.wall_ms(), silenced_ms(spans)
        order = RedactionOrder(revision, recording, found.started_at_ms, now_ms, silenced_ms=silenced)
        if not self._store.order(order):
            raise ActionRefused("It is being erased or replaced already.", "Look at the list of calls again.")
        return Ordered(revision, keys)
