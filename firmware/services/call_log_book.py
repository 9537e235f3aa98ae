"""What people may do about the PBX's call log: explain a missed recording, and have a person's rows erased."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from firmware.core.access_policy import Action, check
from firmware.core.call_log import MOST_ERASED
from firmware.core.data_case import DataCase, WhoseCalls
from firmware.core.errors import ActionRefused, SettingsError
from firmware.core.legal_hold import reason
from firmware.ports.clock import Clock
from firmware.services.access_requests import Reception
from firmware.services.opener_sessions import Session

EXPLAINED, LOOKED = "missed-recording-explained", "searched"
ERASE_ORDERED, ERASED = "logged-calls-erase-ordered", "logged-calls-erased"


class MissedStore(Protocol):
    """Every method raises StorageError."""

    def is_missed(self, row_id: str) -> bool: ...

    def explain(self, row_id: str, at_ms: int, person_id: str, person_name: str, because: str) -> None: ...


class FoundCases(Protocol):
    """Raises StorageError."""

    def case(self, case_id: str) -> DataCase | None: ...


class CallLogBook:
    """Any thread. Every method raises SignInRefused, NotAllowed, StorageError and ServiceAway as the opener does.

    Args:
        erase: has the recorder, whose table it is, erase rows that have no recording; durable on return. Returns how
            many these were.
    """

    def __init__(
        self,
        reception: Reception,
        store: MissedStore,
        cases: FoundCases,
        clock: Clock,
        erase: Callable[[Sequence[str]], int],
    ) -> None:
        self._reception = reception
        self._store = store
        self._cases = cases
        self._clock = clock
        self._erase = erase

    def explain(self, token: str, row_id: str, because: str) -> None:
        """
        Raises:
            SettingsError: no reason.
            ActionRefused: it is no missed recording (any more).
        """
        session, why = self._session(token, Action.EXPLAIN_MISSED), reason(because)
        if not self._store.is_missed(row_id):
            raise ActionRefused("This is no missed recording (any more).", "Look at the list again.")
        self._enter(EXPLAINED, session, {"row": row_id}, {"because": why})
        person = session.person
        self._store.explain(row_id, self._clock.wall_ms(), person.person_id, person.name, why)

    def erase(self, token: str, row_ids: Sequence[str], because: str) -> int:
        """Erase rows on a person's request. Those that found a recording go with that, and stay until then.

        Returns how many went. The evidence has the order before anything goes, and what came of it afterwards.

        Raises:
            SettingsError: no rows, or no reason.
        """
        session, why = self._session(token, Action.ERASE), reason(because)
        if not 0 < len(row_ids) <= MOST_ERASED:
            raise SettingsError(f"Choose 1 to {MOST_ERASED} rows.")
        self._enter(ERASE_ORDERED, session, {}, {"because": why, "rows": len(row_ids)})
        erased = self._erase(row_ids)
        self._enter(ERASED, session, {"rows": str(erased)}, {"because": why, "rows": erased, "of": len(row_ids)})
        return erased

    def looked_for(self, token: str, case_id: str) -> WhoseCalls:
        """By what the rows of a case's person are found. That somebody looks for them stands in the evidence then.

        Raises:
            SettingsError: the case names no number and no extension.
            ActionRefused: there is no such case, or it is closed.
        """
        session, case = self._session(token, Action.SEARCH_FOR_CASES), self._cases.case(case_id)
        if case is None:
            raise ActionRefused("There is no such case.", "Look at the list of cases again.")
        case.must_be_open()
        whose = case.whose
        if not (whose.numbers or whose.extension):
            raise SettingsError("The case names no number or extension to look for.", "Say one under Find their calls.")
        query = {"numbers": list(whose.numbers), "extension": whose.extension, "where": "the call log"}
        self._enter(LOOKED, session, {"case": case_id}, {"query": query})
        return whose

    def _session(self, token: str, action: Action) -> Session:
        session = self._reception.session(token)
        check(session.person.role, action)
        return session

    def _enter(self, kind: str, session: Session, subject: Mapping[str, str], detail: Mapping[str, Any]) -> None:
        who = {"person": session.person.person_id, "session": session.session_id}
        self._reception.enter(kind, {**subject, **who}, {"name": session.person.name, **detail})
