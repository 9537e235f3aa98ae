"""Check, finding, offered fix: how the box says what is wrong with it, to people, lights, alerts and programs alike.

A *check* looks at one thing. What it finds wrong is a *finding*, and each finding offers a *fix*: a sentence, and the
command or the page that does it. Nothing here names a caller: a finding may leave the box.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Self

# note: worth knowing, and changes no light; attention: somebody should act soon; fault: calls are, or will be, lost.
Severity = Literal["note", "attention", "fault"]
WORST_FIRST: tuple[Severity, ...] = ("fault", "attention", "note")

#: Every check that the box makes of itself, by its id, as people read it: also as the title of an alert, where words
#: that say that all is well would say the opposite.
CHECKS: Mapping[str, str] = {
    "processes": "Programs",
    "tasks": "Tasks of the system",
    "duties": "The keeper's duties",
    "line-registered": "Registration of lines",
    "line-quiet": "Quiet lines",
    "one-sided": "Hearing both sides",
    "no-speech": "Speech on the line",
    "sound-lost": "Lost sound",
    "unrecorded": "Calls left out",
    "disk": "Room on the disk",
    "state": "State partition",
    "disk-wear": "Disk wear",
    "temperature": "Temperature",
    "power": "Power supply",
    "clock": "Clock",
    "certificate": "The page's certificate",
    "backup": "Backup",
    "checkpoint": "Evidence off the box",
    "update": "Updates",
    "alerts": "Alerts",
    "web-hooks": "Web hooks",
}

#: These pass on what programs say of themselves.
_OF_PROGRAMS = frozenset({"processes", "duties"})
_NUMBER = re.compile(r"(?<![\w.,:/-])\+?\d(?:[ ()-]{0,2}\d){6,}(?![\w-]|[.,:]\d)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_LEFT = 3


@dataclass(frozen=True)
class Fix:
    """What a person can do: in words, and by a command on the box or a page of it, where there is one."""

    words: str
    command: str = ""
    page: str = ""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. The same thing keeps its ``id`` for as long as it lasts, whatever its figures say."""

    check: str
    severity: Severity
    what: str
    fix: Fix
    subject: str = ""

    @property
    def id(self) -> str:
        return f"{self.check}:{self.subject}" if self.subject else self.check

    def without_numbers(self) -> Self:
        """The same as it may leave the box: telephone numbers shortened to their last three digits."""
        return replace(self, what=without_numbers(self.what), subject=without_numbers(self.subject))

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what ``asdict`` made. Keys unknown to this version are ignored.

        Raises:
            KeyError, TypeError: it is no finding.
        """
        known = {name.name: document[name.name] for name in fields(cls) if name.name in document}
        return cls(**(known | {"fix": Fix(**document["fix"])}))


def badness(severity: Severity) -> int:
    """Of two, the worse has the greater."""
    return -WORST_FIRST.index(severity)


def without_numbers(text: str) -> str:
    """Whatever may be a telephone number, in any form, shortened to its last three digits. Dates stay."""
    return _NUMBER.sub(_shortened, text)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Worst first, and then as the checks are listed."""
    places = {check: place for place, check in enumerate(CHECKS)}
    return sorted(
        findings,
        key=lambda found: (WORST_FIRST.index(found.severity), places.get(found.check, len(places)), found.subject),
    )


def told_once(findings: Iterable[Finding]) -> list[Finding]:
    """Without what a program says of itself and another check has found as well: that one keeps its id, and knows the
    fix."""
    found = list(findings)
    checked = [each.what.rstrip(".") for each in found if each.check not in _OF_PROGRAMS]
    return [
        each for each in found if each.check not in _OF_PROGRAMS or not any(words in each.what for words in checked)
    ]


def subject_of(sentence: str) -> str:
    """What tells one sentence of a program from another, whatever figures and names stand in it."""
    words = re.findall(r"[a-z]+", re.sub(r"“[^”]*”|'[^']*'|\S*[\d/]\S*", "", sentence.lower()))
    return "-".join(words[:8])


def known_as(sentence: str, line: str = "") -> str:
    """By what the light knows again what somebody knows of; two lines that say the same are two things."""
    return f"line {without_numbers(line)}: {subject_of(sentence)}" if line else subject_of(sentence)


def _shortened(found: re.Match[str]) -> str:
    text = found.group()
    if _DATE.fullmatch(text):
        return text
    return "…" + re.sub(r"\D", "", text)[-_LEFT:]
