"""How long calls are kept and what goes next, for people who see it; and a shorter period, confirmed by who may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from firmware.core.access_policy import Action, check
from firmware.core.errors import EarmarkError
from firmware.core.legal_hold import reason
from firmware.core.retention import CLASS, RetentionClass
from firmware.ports.clock import Clock
from firmware.ports.retention_overview import DueCalls, RetentionFigures
from firmware.services.space_choices import ChoiceReception

SPANS_DAYS = (7, 30)
CONFIRMED = "retention-confirmed"


class KeeperOfClasses(Protocol):
    """What is asked of the keeper, which takes changed classes in. Raises EarmarkError as it refuses."""

    def waiting(self) -> Sequence[Mapping[str, Any]]:
        """The changes that wait to be confirmed, as it tells them."""
        ...

    def confirm(self, name: str, erases: int, sooner: int) -> None: ...


@dataclass(frozen=True)
class Kept:
    """One class, how many calls are of it, and how many of these go within the longer of the spans."""

    kept: RetentionClass
    calls: int
    soon: int


@dataclass(frozen=True)
class Overview:
    """``waiting`` is None when the keeper does not answer."""

    classes: Sequence[Kept]
    due: DueCalls
    waiting: Sequence[Mapping[str, Any]] | None


class RetentionOverview:
    """Any thread. Every method raises SignInRefused, NotAllowed, StorageError and ServiceAway as the opener does."""

    def __init__(
        self, reception: ChoiceReception, figures: RetentionFigures, keeper: KeeperOfClasses, clock: Clock
    ) -> None:
        self._reception = reception
        self._figures = figures
        self._keeper = keeper
        self._clock = clock

    def overview(self, token: str) -> Overview:
        check(self._reception.session(token, activity=False).person.role, Action.SEE_RETENTION)
        calls, due = self._figures.calls_by_class(), self._figures.due(self._clock.wall_ms(), SPANS_DAYS)
        classes = sorted(self._figures.classes().items())
        kept = [Kept(each, calls.get(name, 0), due.by_class.get(name, 0)) for name, each in classes]
        try:
            return Overview(kept, due, self._keeper.waiting())
        except EarmarkError:
            return Overview(kept, due, None)

    def confirm(self, token: str, name: str, erases: int, sooner: int, because: str) -> None:
        """Let a shorter period take what the keeper says it takes.

        Raises:
            SettingsError: no reason.
            ActionRefused: nothing waits for that, or these are not the numbers (any more).
        """
        session = self._reception.session(token)
        check(session.person.role, Action.CHANGE_RETENTION)
        why = reason(because)
        ids = {CLASS: name, "erases": str(erases), "sooner": str(sooner), "person": session.person.person_id}
        detail = {"name": session.person.name, "because": why}
        self._reception.enter(CONFIRMED, ids | {"session": session.session_id}, detail)
        self._keeper.confirm(name, erases, sooner)
