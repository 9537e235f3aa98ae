"""What is wrong with the box's programs, from what each answers when it is asked how it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from firmware.core.health_check import Finding, Fix, Severity, subject_of
from firmware.core.line_health import judge_registration

#: What processes and lines say of themselves when all is well, and when calls are lost. Whatever else needs attention.
WELL = frozenset({"ok", "working", "recording", "starting"})
FAILED = frozenset({"fault", "stopped"})
#: Without these no call is held, or none is recorded.
_VITAL = ("lines", "recorder")
_PACKET_FILTER = "earmark-firewall.service"

#: What a process answered by its name; None where it does not answer.
Answers = Mapping[str, Mapping[str, Any] | None]


def judge_processes(answers: Answers) -> Iterator[Finding]:
    """Those that do not answer are wrong only while others do: a box that is switched off is not ill."""
    some_run = any(answer is not None for answer in answers.values())
    for name, answer in answers.items():
        if answer is not None:
            yield from _of_one(name, answer)
        elif some_run:
            severity: Severity = "fault" if name.startswith(_VITAL) else "attention"
            fix = Fix("It is restarted by itself. If it stays away, look at its log.", log_command(name))
            yield Finding("processes", severity, f"The {name} program does not answer.", fix, name)
        else:
            fix = Fix("Start all: scripts/run, or the services.", "systemctl start earmark.target")
            yield Finding("processes", "attention", f"The {name} program does not run.", fix, name)


@dataclass(frozen=True)
class FailedUnit:
    """A task of the system that failed: its unit, and what that is for."""

    name: str
    what: str


def judge_tasks(failed: Iterable[FailedUnit]) -> Iterator[Finding]:
    for unit in failed:
        fix = Fix("See in its log why, then have it done again.", f"systemctl restart {unit.name}")
        if unit.name == _PACKET_FILTER:
            what = "The packet filter is not in place: anybody in the network can knock at every port of the box."
            yield Finding("tasks", "fault", what, fix, unit.name)
        else:
            yield Finding("tasks", "attention", f"A task of the system has failed: {unit.what}.", fix, unit.name)


def log_command(process: str) -> str:
    """What shows a process's log on the box."""
    return f"journalctl -u earmark-{process}"


def _of_one(name: str, answer: Mapping[str, Any]) -> Iterator[Finding]:
    state, lines = str(answer.get("state", "ok")), answer.get("lines", ())
    check = "duties" if name == "keeper" else "processes"
    # Of a process with lines its state is that of the worst of them, which speaks for itself.
    severity: Severity = "fault" if state in FAILED and not lines else "attention"
    complaints = [str(words) for words in answer.get("attention", ())]
    if answer.get("recorder_connected") is False:
        fix = Fix("It is restarted by itself. If this stays, look at the recorder's log.", log_command("recorder"))
        yield Finding("processes", "fault", f"The recorder takes no audio from {name}.", fix, f"{name} recorder")
    fix = Fix(f"Look at the log of {name}.", log_command(name))
    for words in complaints:
        yield Finding(check, severity, words, fix, f"{name} {subject_of(words)}")
    for line in lines:
        yield from _of_line(name, line)
    if not complaints and not lines and state not in WELL:
        yield Finding(check, severity, f"The {name} program is {state}.", fix, name)


def _of_line(process: str, line: Mapping[str, Any]) -> Iterator[Finding]:
    name, complaints = str(line.get("name")), [str(words) for words in line.get("attention", ())]
    if line.get("registered") is False and line.get("state") != "starting":
        yield from judge_registration(name, complaints)
        return
    severity: Severity = "fault" if line.get("state") in FAILED else "attention"
    for words in complaints:
        fix = Fix(f"Look at the log of {process}, and try the line.", f"earmark line test {name}")
        yield Finding("processes", severity, f"Line {name}: {words}", fix, f"{process} {name} {subject_of(words)}")
