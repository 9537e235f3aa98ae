"""The table of roles against actions as a page shows it: generated from the policy itself, in groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from firmware.core.access_policy import TABLE, Action, Role, may

#: The first action of each group. The policy lists actions in the order in which they belong together.
_GROUPS = {
    Action.SEE_RECORDINGS: "Recordings",
    Action.SEE_CALLS: "Calls in progress",
    Action.REQUEST_ACCESS: "Asking to hear calls",
    Action.SEE_HOLDS: "What the law asks",
    Action.READ_EVIDENCE: "Evidence",
    Action.SEE_PEOPLE: "People",
    Action.SEE_HEALTH: "The box",
}


@dataclass(frozen=True)
class ActionRow:
    """One action. ``rights``: of each role, in the order of ``Role``."""

    name: str
    meaning: str
    rights: tuple[tuple[Role, bool], ...]


@dataclass(frozen=True)
class ActionGroup:
    name: str
    rows: tuple[ActionRow, ...]


def role_table() -> list[ActionGroup]:
    """Every action of the policy, once."""
    groups: dict[str, list[ActionRow]] = {}
    for group, action in _grouped():
        rights = tuple((role, may(role, action)) for role in Role)
        groups.setdefault(group, []).append(ActionRow(str(action).capitalize(), TABLE[action].meaning, rights))
    return [ActionGroup(name, tuple(rows)) for name, rows in groups.items()]


def _grouped() -> Iterator[tuple[str, Action]]:
    group = "Recordings"
    for action in Action:
        group = _GROUPS.get(action, group)
        yield group, action
