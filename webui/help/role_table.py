"""The table of roles against actions as a page shows it: generated from the policy itself, in groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from firmware.core.access_policy import TABLE, Action, Role, may
from webui.translation import marked
from webui.wording import sentence

#: The first action of each group. The policy lists actions in the order in which they belong together.
_GROUPS = {
    Action.SEE_RECORDINGS: marked("Recordings"),
    Action.SEE_CALLS: marked("Calls in progress"),
    Action.REQUEST_ACCESS: marked("Asking to hear calls"),
    Action.SEE_HOLDS: marked("What the law asks"),
    Action.READ_EVIDENCE: marked("Evidence"),
    Action.SEE_PEOPLE: marked("People"),
    Action.SEE_HEALTH: marked("The box"),
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
        groups.setdefault(group, []).append(ActionRow(sentence(str(action)), TABLE[action].meaning, rights))
    return [ActionGroup(name, tuple(rows)) for name, rows in groups.items()]


def _grouped() -> Iterator[tuple[str, Action]]:
    group = _GROUPS[Action.SEE_RECORDINGS]
    for action in Action:
        group = _GROUPS.get(action, group)
        yield group, action
