"""What somebody may have start again at once, and what that does to others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from firmware.core.access_policy import Action
from firmware.core.settings_rights import action_to_restart
from webui.access.gatekeeper import allowed
from webui.access.opener import Visitor


@dataclass(frozen=True)
class AtOnce:
    """``left``: what waits on, because only others may end calls."""

    processes: tuple[str, ...]
    left: tuple[str, ...]

    @property
    def ends_calls(self) -> bool:
        return any(map(_ends_calls, self.processes))

    @property
    def signs_out(self) -> bool:
        return bool({"opener", "web"} & {*self.processes})


def at_once(who: Visitor, waiting: Iterable[str]) -> AtOnce:
    there = tuple(waiting)
    theirs = tuple(process for process in there if allowed(who, action_to_restart(process)))
    return AtOnce(theirs, tuple(process for process in there if process not in theirs and _ends_calls(process)))


def _ends_calls(process: str) -> bool:
    return action_to_restart(process) is Action.END_CALL
