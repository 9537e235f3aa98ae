"""What is wrong with the box's programs, from what each answers when it is asked how it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from firmware.core.health_check import Finding, Fix, Severity, subject_of
from firmware.core.line_health import judge_registration

_CONTENT = frozenset({"ok", "working", "recording", "attention", "starting"})
_FAILED = frozenset({"fault", "stopped"})
#: Without these no call is held, or none is recorded.
_VITAL = ("lines", "recorder")

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
            fix = Fix("It is restarted by itself. If it stays away, look at its log.", start_command(name))
            yield Finding("processes", severity, f"The {name} program does not answer.", fix, name)
        else:
            fix = Fix("Start all: scripts/run, or the services.", "systemctl start earmark.target")
            yield Finding("processes", "attention", f"The {name} program does not run.", fix, name)


def start_command(process: str) -> str:
    kind = process.removeprefix("lines-")
    return f"earmark {process}" if kind == process else f"earmark lines --only {kind}"


def _of_one(name: str, answer: Mapping[str, Any]) -> Iterator[Finding]:
    state = str(answer.get("state", "ok"))
    check = "duties" if name == "keeper" else "processes"
    severity: Severity = "fault" if state in _FAILED else "attention"
    complaints = [str(words) for words in answer.get("attention", ())]
    if answer.get("recorder_connected") is False:
        fix = Fix("It is restarted by itself. If this stays, look at the recorder's log.", "earmark recorder")
        yield Finding("processes", "fault", f"The recorder takes no audio from {name}.", fix, f"{name} recorder")
    for words in complaints:
        yield Finding(check, severity, words, Fix(f"Look at the log of {name}."), f"{name} {subject_of(words)}")
    for line in answer.get("lines", ()):
        yield from _of_line(name, line)
    if not complaints and state not in _CONTENT and not answer.get("lines"):
        yield Finding(check, severity, f"The {name} program is {state}.", Fix(f"Look at the log of {name}."), name)


def _of_line(process: str, line: Mapping[str, Any]) -> Iterator[Finding]:
    name = str(line.get("name"))
    yield from judge_registration(name, line.get("registered"))
    severity: Severity = "fault" if line.get("state") in _FAILED else "attention"
    for words in map(str, line.get("attention", ())):
        fix = Fix(f"Look at the log of {process}, and try the line.", f"earmark line test {name}")
        yield Finding("processes", severity, f"Line {name}: {words}", fix, f"{process} {name} {subject_of(words)}")
