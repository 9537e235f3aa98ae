"""Who may do what: roles against actions, as one table. Deny is the default; nothing else in the code decides this.

The table says what a role may *ask* for. Whether audio can be opened is decided by arithmetic besides: only a person to
whom the office key is sealed holds anything that opens a recording.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a person is to this office. A person has one role."""

    ADMINISTRATOR = "administrator"
    LISTENER = "listener"

    @property
    def shown(self) -> str:
        return self.value.capitalize()


class Action(StrEnum):
    """What can be asked for, by the words that pages and the evidence log use."""

    SEE_RECORDINGS = "see recordings"
    LISTEN = "listen"
    DOWNLOAD = "download"
    EXPORT = "export"
    SEE_CALLS = "see calls in progress"
    END_CALL = "end a call"
    STEER_RECORDING = "pause, resume and start recordings"
    PAIR_DESKS = "pair desks"
    SEE_HEALTH = "see health"
    CHANGE_SETTINGS = "change settings"
    ADD_PEOPLE = "add people"


#: Uses of one recording's key; each is an action of its own.
OPENING = frozenset({Action.LISTEN, Action.DOWNLOAD, Action.EXPORT})

#: The administrator manages the box, hears nothing and sees no numbers: rows and calls carry numbers. Who cannot see
#: whose call it is cannot know when to pause it either.
_TABLE: dict[Role, frozenset[Action]] = {
    Role.ADMINISTRATOR: frozenset({Action.SEE_HEALTH, Action.CHANGE_SETTINGS, Action.ADD_PEOPLE, Action.PAIR_DESKS}),
    Role.LISTENER: frozenset(
        {
            Action.SEE_RECORDINGS,
            Action.LISTEN,
            Action.DOWNLOAD,
            Action.EXPORT,
            Action.SEE_CALLS,
            Action.END_CALL,
            Action.STEER_RECORDING,
            Action.PAIR_DESKS,
            Action.SEE_HEALTH,
        }
    ),
}


def may(role: Role, action: Action) -> bool:
    """Whether the table gives ``role`` the right to ``action``."""
    return action in _TABLE.get(role, frozenset())


def role_may_open(role: Role) -> bool:
    """Whether the office key is to be sealed to people of this role."""
    return any(may(role, use) for use in OPENING)
