"""People who say that they know of something that is wrong with the box, so that it is not told again and again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from firmware.core.access_policy import Action, check
from firmware.core.errors import NoSuchFinding, SettingsError
from firmware.services.access_requests import Reception

ACKNOWLEDGED = "finding-acknowledged"
_LONGEST_DAYS = 365
_DAY_MS = 86_400_000


class KeeperOfFindings(Protocol):
    """The keeper, which makes the checks. Raises ServiceAway."""

    def findings(self) -> Sequence[Mapping[str, Any]]: ...

    def acknowledge(self, finding_id: str, by: str, until_ms: int | None) -> None:
        """Raises NoSuchFinding: it is not wrong any more."""
        ...

    def now_ms(self) -> int: ...


class KnownFindings:
    """Any thread."""

    def __init__(self, reception: Reception, keeper: KeeperOfFindings) -> None:
        self._reception = reception
        self._keeper = keeper

    def acknowledge(self, token: str, finding_id: str, for_days: int | None) -> None:
        """In the evidence first. ``for_days``: it is told again after so many; None: only when it becomes worse.

        Raises:
            SignInRefused, NotAllowed, SettingsError, NoSuchFinding, ServiceAway, StorageError: as they say.
        """
        session = self._reception.session(token)
        check(session.person.role, Action.ACKNOWLEDGE)
        if for_days is not None and not 0 < for_days <= _LONGEST_DAYS:
            raise SettingsError(f"It can be left for 1 to {_LONGEST_DAYS} days.")
        found = next((each for each in self._keeper.findings() if each.get("id") == finding_id), None)
        if found is None:
            raise NoSuchFinding("That is not wrong, or not any more.", "Look at the health page again.")
        until_ms = None if for_days is None else self._keeper.now_ms() + for_days * _DAY_MS
        subject = {"person": session.person.person_id, "check": str(found.get("check"))}
        self._reception.enter(ACKNOWLEDGED, subject, {"name": session.person.name, "finding": str(found.get("what"))})
        self._keeper.acknowledge(finding_id, session.person.name, until_ms)
