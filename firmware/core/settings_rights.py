"""Who may change which section of the settings, and have them take effect at once: by actions of the table of roles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from firmware.core.access_policy import Action, Role, check, may
from firmware.core.lines_instance import WITH_CALLS, process_name

#: How long something is kept, and what lets people in to hear it, is a director's to say; where copies go, also theirs.
#: All else is the administrator's.
_BY_SECTION: Mapping[str, tuple[Action, ...]] = {
    "retention": (Action.CHANGE_RETENTION,),
    "records": (Action.CHANGE_RETENTION,),
    "sign_in": (Action.CHANGE_SIGN_IN,),
    "archive": (Action.BACK_UP, Action.CHANGE_SETTINGS),
    "backup": (Action.BACK_UP, Action.CHANGE_SETTINGS),
    "alerts": (Action.SET_ALERTS, Action.CHANGE_SETTINGS),
}
#: Who has one of these sees the settings, without passwords.
LOOKING = (Action.CHANGE_SETTINGS, Action.CHANGE_RETENTION, Action.BACK_UP)
_HOLDING_CALLS = frozenset(process_name(instance) for instance in WITH_CALLS)


def actions_for(section: str) -> tuple[Action, ...]:
    """Any one of these is enough."""
    return _BY_SECTION.get(section, (Action.CHANGE_SETTINGS,))


def may_change(role: Role, section: str) -> bool:
    return any(may(role, action) for action in actions_for(section))


def action_to_restart(process: str) -> Action:
    """What somebody needs who has a process start again at once: with one that holds calls, these end."""
    return Action.END_CALL if process in _HOLDING_CALLS else Action.CHANGE_SETTINGS


def check_look(role: Role) -> None:
    """Raises NotAllowed."""
    if not any(may(role, action) for action in LOOKING):
        check(role, Action.CHANGE_SETTINGS)


def check_change(role: Role, sections: Iterable[str]) -> None:
    """Raises NotAllowed: one of the sections is not this role's to change."""
    for section in sections:
        if not may_change(role, section):
            check(role, actions_for(section)[0])
