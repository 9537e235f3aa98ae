"""What the box's processes say of themselves, in words for a person. Never a number, a name or a recording."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from firmware.adapters.control.client import ControlClient
from firmware.core.errors import EarmarkError
from firmware.core.process_health import WELL
from webui.translation import from_the_box, marked, ngettext
from webui.translation import gettext as _
from webui.wording import size

State = Literal["well", "attention", "away"]

STATE_NAMES: dict[State, str] = {
    "well": marked("Working"),
    "attention": marked("Needs attention"),
    "away": marked("Not answering"),
}

#: A card says also that a program is starting.
_SAYS_NOTHING = WELL - {"starting"}

Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ProcessState:
    """One process's card on the health page."""

    name: str
    does: str
    state: State
    facts: Facts = ()
    troubles: tuple[str, ...] = ()

    @property
    def state_name(self) -> str:
        return _(STATE_NAMES[self.state])


def ask(name: str, does: str, client: ControlClient, facts: Callable[[Mapping[str, Any]], Facts]) -> ProcessState:
    """Ask a process how it is. One that does not answer is a state, not an error."""
    try:
        answer = client.get("/health")
    except EarmarkError as error:
        told = _("It is restarted by itself. If this stays: %(remedy)s") % {"remedy": error.remedy}
        return ProcessState(name, does, "away", troubles=(told,))
    state = str(answer.get("state", "ok"))
    troubles = (*map(str, answer.get("attention", ())), *_line_troubles(answer))
    if state in _SAYS_NOTHING and not troubles:
        return ProcessState(name, does, "well", facts(answer))
    return ProcessState(
        name, does, "attention", facts(answer), troubles or (_("It says of itself: %(state)s.") % {"state": state},)
    )


def recorder_facts(answer: Mapping[str, Any]) -> Facts:
    """Recordings under way, how far sealing is behind, calls waiting for the data disk, room left, sound lost."""
    recordings = answer.get("recordings", ())
    behind_ms = max((int(each.get("behind_ms", 0)) for each in recordings), default=0)
    facts = [(_("Recordings under way"), str(len(recordings)))]
    if recordings:
        facts.append((_("Sealed up to"), _("%(num)s seconds ago") % {"num": f"{behind_ms / 1000:.1f}"}))
    if spooled := int(answer.get("spooled", 0)):
        calls = ngettext("%(num)s call", "%(num)s calls", spooled) % {"num": spooled}
        facts.append((_("Waiting in the spool"), calls))
    if "free_bytes" in answer:
        facts.append((_("Room left"), size(int(answer["free_bytes"]))))
    lost_samples = int(answer.get("lost_samples", 0))
    lost = ngettext("%(num)s sample", "%(num)s samples", lost_samples) % {"num": lost_samples}
    facts.append((_("Sound lost in these"), lost if lost_samples else _("None")))
    return tuple(facts)


def opener_facts(answer: Mapping[str, Any]) -> Facts:
    """How many people are signed in."""
    return ((_("Signed in now"), str(answer.get("signed_in", 0))),)


def keeper_facts(answer: Mapping[str, Any]) -> Facts:
    """What each of its duties is about."""
    return tuple((str(task.get("name", "")).capitalize(), _task_state(task)) for task in answer.get("tasks", ()))


def verdict(processes: list[ProcessState], wrong: int = 0) -> str:
    """The whole in one sentence. ``wrong``: how many findings nobody has said yet that they know of."""
    away = [process.name for process in processes if process.state == "away"]
    worried = [process.name for process in processes if process.state == "attention"]
    if away:
        return _("Not answering: %(names)s.") % {"names": ", ".join(away)}
    if wrong:
        return ngettext("%(num)s thing to see to.", "%(num)s things to see to.", wrong) % {"num": wrong}
    if worried:
        return _("Needs attention: %(names)s.") % {"names": ", ".join(worried)}
    return _("Everything is working.")


def _task_state(task: Mapping[str, Any]) -> str:
    words = {"running": _("At work now"), "failed": _("Failed, is tried again"), "waiting": _("Done")}
    return words.get(str(task.get("state", "")), _("Unknown"))


def _line_troubles(answer: Mapping[str, Any]) -> Iterator[str]:
    for line in answer.get("lines", ()):
        for worry in line.get("attention", ()):
            yield _("Line %(name)s: %(worry)s") % {"name": line.get("name"), "worry": from_the_box(str(worry))}
