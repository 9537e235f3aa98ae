"""How long calls are kept, what goes next and what a full disk means, as the page has it from the opener."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from firmware.adapters.control.client import ControlClient
from webui.access.opener import Visitor


@dataclass(frozen=True)
class ShownClass:
    """One retention class; ``soon``: so many of its calls go within the longest of the spans."""

    name: str
    keeps: str
    regulated: bool
    calls: int
    soon: int


@dataclass(frozen=True)
class ShownChange:
    """A class that is to be shorter, and waits for a director to confirm it."""

    name: str
    keeps: str
    wanted: str
    at_once: int
    soon: int
    sooner: int


@dataclass(frozen=True)
class ShownChoice:
    """What somebody chose for a disk that is nearly full."""

    shortens: tuple[str, ...]
    chosen_by: str
    at: datetime


@dataclass(frozen=True)
class ShownRetention:
    """``within_days``: how many calls go within so many days. ``waiting`` is None when the keeper does not say."""

    classes: tuple[ShownClass, ...]
    within_days: Mapping[int, int]
    next_at: datetime | None
    next_calls: int
    held: int
    waiting: tuple[ShownChange, ...] | None
    choice: ShownChoice | None
    cases_years: int
    details_years: int


class RetentionDesk:
    """Asks the opener's control socket in a visitor's name. Safe to use from any thread. Raises as ``KeepingDesk``."""

    def __init__(self, opener: ControlClient) -> None:
        self._opener = opener

    def shown(self, who: Visitor) -> ShownRetention:
        told = self._opener.get("/retention", token=who.token)
        chosen, waiting, next_ms = told["when_full"], told["waiting"], told["next_ms"]
        return ShownRetention(
            tuple(_class(each) for each in told["classes"]),
            {int(days): int(count) for days, count in told["within_days"].items()},
            None if next_ms is None else datetime.fromtimestamp(next_ms / 1000, UTC),
            int(told["next_calls"]),
            int(told["held"]),
            None if waiting is None else tuple(_change(each) for each in waiting),
            _choice(chosen) if chosen else None,
            int(told["closed_cases_years"]),
            int(told["evidence_details_years"]),
        )

    def choose(self, who: Visitor, when_full: str, shorten: Sequence[str], because: str) -> None:
        body = {"when_full": when_full[:10], "shorten": [name[:40] for name in shorten], "because": because[:1000]}
        self._opener.post("/space-choice", body, token=who.token)

    def confirm(self, who: Visitor, name: str, erases: int, sooner: int, because: str) -> None:
        body = {"class": name[:40], "erases": erases, "sooner": sooner, "because": because[:1000]}
        self._opener.post("/retention/confirm", body, token=who.token)


def _class(told: Mapping[str, Any]) -> ShownClass:
    return ShownClass(
        str(told["name"]), str(told["keeps"]), bool(told["regulated"]), int(told["calls"]), int(told["soon"])
    )


def _change(told: Mapping[str, Any]) -> ShownChange:
    numbers = (int(told[name]) for name in ("at_once", "soon", "sooner"))
    return ShownChange(str(told["class"]), str(told["keeps"]), str(told["wanted"]), *numbers)


def _choice(told: Mapping[str, Any]) -> ShownChoice:
    shortens = tuple(map(str, told["shorten"])) if told["when_full"] == "shorten" else ()
    return ShownChoice(shortens, str(told["chosen_by"]), datetime.fromtimestamp(told["at_ms"] / 1000, UTC))
