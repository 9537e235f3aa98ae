"""What people may ask of a call's recording, from wherever they ask it, and why they may not."""

from __future__ import annotations

from firmware.core.call import marking, on_demand, pausing, telling
from firmware.core.call.confirming import confirm
from firmware.core.call.effects import Obeyed, Refuse
from firmware.core.call.handlers import Feature
from firmware.core.call.making import Making
from firmware.core.call.state import Call
from firmware.core.call_record import Asker
from firmware.core.events import ActionRequested
from firmware.core.feature_code import Action
from firmware.core.told_callers import TOLD

NOT_ALLOWED = "not-allowed"

_REFUSALS = {
    "pause": pausing.why_not_pause,
    "resume": pausing.why_not_resume,
    "start": on_demand.why_not_start,
    "remind": telling.why_not_remind,
    "told": telling.why_not_told,
    "mark": marking.why_not_mark,
}
_ACTIONS = {
    "pause": pausing.pause,
    "resume": pausing.resume,
    "start": on_demand.start,
    "remind": telling.remind,
    "told": telling.told,
    "mark": marking.mark,
}


def why_not(call: Call, action: Action) -> str:
    """Why that cannot be asked of the call now, in words for a person; empty when it can."""
    if call.over or call.phase in ("tone", "ending"):
        return "The call has ended."
    return _REFUSALS[action](call)


def possible(call: Call) -> tuple[Action, ...]:
    """What would change something if it were asked now: the buttons of a page."""
    done = {
        "pause": call.open_pause is not None,
        "resume": call.open_pause is None,
        "start": call.on_record,
        "remind": False,
        "told": TOLD in call.tags,
        "mark": False,
    }
    actions: tuple[Action, ...] = ("pause", "resume", "start", "remind", "told", "mark")
    return tuple(action for action in actions if not done[action] and not why_not(call, action))


def act(making: Making, action: Action, asker: Asker) -> None:
    """Do what was asked, or refuse it: to one who keyed a code in the call, in spoken words."""
    why = why_not(making.call, action)
    if not why and action == "resume":
        why = pausing.why_not_by(making.call, asker)
    if not why:
        _ACTIONS[action](making, asker)
        making.ask(Obeyed(action, asker))
        return
    making.ask(Refuse(action, asker, why))
    if asker.how == "code":
        confirm(making, NOT_ALLOWED, asker)


def _requested(making: Making, event: ActionRequested) -> None:
    act(making, event.action, event.asker)


ACTIONS = Feature(events={ActionRequested: _requested})
