"""What the box's processes say of themselves, in words for a person. Never a number, a name or a recording."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from firmware.adapters.control.client import ControlClient
from firmware.core.errors import EarmarkError
from firmware.core.process_health import WELL
from webui.wording import size

State = Literal["well", "attention", "away"]

STATE_NAMES: dict[State, str] = {"well": "Working", "attention": "Needs attention", "away": "Not answering"}

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
        return STATE_NAMES[self.state]


def ask(name: str, does: str, client: ControlClient, facts: Callable[[Mapping[str, Any]], Facts]) -> ProcessState:
    """Ask a process how it is. One that does not answer is a state, not an error."""
    try:
        answer = client.get("/health")
    except EarmarkError as error:
        return ProcessState(name, does, "away", troubles=(f"It is restarted by itself. If this stays: {error.remedy}",))
    state = str(answer.get("state", "ok"))
    troubles = (*map(str, answer.get("attention", ())), *_line_troubles(answer))
    if state in _SAYS_NOTHING and not troubles:
        return ProcessState(name, does, "well", facts(answer))
    return ProcessState(name, does, "attention", facts(answer), troubles or (f"It says of itself: {state}.",))


def recorder_facts(answer: Mapping[str, Any]) -> Facts:
    """Recordings under way, how far sealing is behind, calls waiting for the data disk, room left, sound lost."""
    recordings = answer.get("recordings", ())
    behind_ms = max((int(each.get("behind_ms", 0)) for each in recordings), default=0)
    facts = [("Recordings under way", str(len(recordings)))]
    if recordings:
        facts.append(("Sealed up to", f"{behind_ms / 1000:.1f} seconds ago"))
    if spooled := int(answer.get("spooled", 0)):
        facts.append(("Waiting in the spool", f"{spooled} call{'' if spooled == 1 else 's'}"))
    if "free_bytes" in answer:
        facts.append(("Room left", size(int(answer["free_bytes"]))))
    lost_samples = int(answer.get("lost_samples", 0))
    facts.append(("Sound lost in these", f"{lost_samples} samples" if lost_samples else "None"))
    return tuple(facts)


def opener_facts(answer: Mapping[str, Any]) -> Facts:
    """How many people are signed in."""
    return (("Signed in now", str(answer.get("signed_in", 0))),)


def keeper_facts(answer: Mapping[str, Any]) -> Facts:
    """What each of its duties is about."""
    return tuple((str(task.get("name", "")).capitalize(), _task_state(task)) for task in answer.get("tasks", ()))


def verdict(processes: list[ProcessState], wrong: int = 0) -> str:
    """The whole in one sentence. ``wrong``: how many findings nobody has said yet that they know of."""
    away = [process.name for process in processes if process.state == "away"]
    worried = [process.name for process in processes if process.state == "attention"]
    if away:
        return f"Not answering: {', '.join(away)}."
    if wrong:
        return "1 thing to see to." if wrong == 1 else f"{wrong} things to see to."
    if worried:
        return f"Needs attention: {', '.join(worried)}."
    return "Everything is working."


def _task_state(task: Mapping[str, Any]) -> str:
    words = {"running": "At work now", "failed": "Failed, is tried again", "waiting": "Done"}
    return words.get(str(task.get("state", "")), "Unknown")


def _line_troubles(answer: Mapping[str, Any]) -> Iterator[str]:
    for line in answer.get("lines", ()):
        for worry in line.get("attention", ()):
            yield f"Line {line.get('name')}: {worry}"
