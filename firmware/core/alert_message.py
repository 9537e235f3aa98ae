"""What an alert says, in words for whoever reads it on a phone in the street. Nobody's number is in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal

from firmware.core.alerting import Standing, Telling
from firmware.core.health_check import CHECKS, Finding, Severity, in_order

Importance = Literal["fault", "attention", "note", "well"]
_NAMES: dict[Severity, str] = {"fault": "Fault", "attention": "Needs attention", "note": "Note"}


@dataclass(frozen=True)
class Message:
    """``importance`` is that of the worst thing in it; ``digest``: it is the daily one."""

    title: str
    body: str
    importance: Importance
    digest: bool = False


def message_of(telling: Telling, office: str, now_ms: int, zone: tzinfo, page: str = "") -> Message:
    """``page``: where the health page is, for people in the office; empty where that is not known."""
    lines = list(_digest(telling, zone) if telling.kind == "digest" else _alert(telling, zone))
    lines += ["", f"{_moment(now_ms, zone)}, Earmark at {office}."]
    lines += [f"More, and to say that you know: {page}"] if page else []
    importance: Importance = telling.worst if telling.news or telling.again else "well"
    return Message(_title(telling, office), "\n".join(lines).strip(), importance, telling.kind == "digest")


def trial_message(office: str, by: str, now_ms: int, zone: tzinfo) -> Message:
    body = f"{by} has asked for this trial. Alerts of the call recorder come this way.\n\n{_moment(now_ms, zone)}."
    return Message(f"Earmark at {office}: trial", body, "note")


def joined(messages: Sequence[Message]) -> Message:
    """Several that had to wait, as one."""
    if len(messages) == 1:
        return messages[0]
    order: tuple[Importance, ...] = ("fault", "attention", "note", "well")
    bodies = "\n\n----\n\n".join(f"{each.title}\n\n{each.body}" for each in messages)
    worst = min((each.importance for each in messages), key=order.index)
    return Message(f"{messages[-1].title} (and {len(messages) - 1} that had to wait)", bodies, worst)


def _title(telling: Telling, office: str) -> str:
    at = f"Earmark at {office}: "
    there = in_order(each.finding for each in (*telling.news, *telling.again))
    if telling.kind == "digest":
        count = len(there)
        return at + ("all is well" if not count else "1 thing to see to" if count == 1 else f"{count} things to see to")
    if not there:
        return f"{at}well again: {_check(telling.well[0].finding)}"
    still = "" if telling.news else "still: "
    more = f" (and {len(there) - 1} more)" if len(there) > 1 else ""
    return f"{at}{still}{_check(there[0])}{more}"


def _alert(telling: Telling, zone: tzinfo) -> Iterator[str]:
    yield from _told(telling.news, "", zone)
    yield from _told(telling.again, "Still", zone)
    yield from _well(telling.well, zone)


def _digest(telling: Telling, zone: tzinfo) -> Iterator[str]:
    if not telling.again and not telling.known:
        yield "Nothing is wrong."
        yield ""
    yield from _told(telling.again, "", zone)
    if telling.known:
        yield "Somebody knows of these:"
        for each in _in_order(telling.known):
            by = each.acknowledged.by if each.acknowledged else ""
            yield f"- {each.finding.what} (acknowledged by {by})"
        yield ""
    yield from _well(telling.well, zone)


def _told(standing: Sequence[Standing], prefix: str, zone: tzinfo) -> Iterator[str]:
    for each in _in_order(standing):
        found = each.finding
        name = _NAMES[found.severity]
        yield f"{f'{prefix}: {name.lower()}' if prefix else name}, since {_moment(each.since_ms, zone)}"
        yield found.what
        yield f"What to do: {found.fix.words}" + (f" ({found.fix.command})" if found.fix.command else "")
        yield ""


def _well(over: Sequence[Standing], zone: tzinfo) -> Iterator[str]:
    if not over:
        return
    yield "Well again:"
    for each in over:
        until = "" if each.gone_at_ms is None else f", to {_moment(each.gone_at_ms, zone)}"
        yield f"- {each.finding.what} (from {_moment(each.since_ms, zone)}{until})"
    yield ""


def _in_order(standing: Sequence[Standing]) -> list[Standing]:
    places = {found.id: place for place, found in enumerate(in_order(each.finding for each in standing))}
    return sorted(standing, key=lambda each: places[each.finding.id])


def _check(finding: Finding) -> str:
    name = CHECKS.get(finding.check, finding.check).lower()
    return f"{name}, {finding.subject}" if finding.check in _NAMED_SUBJECTS and finding.subject else name


#: Checks whose subject is the name of a line or a program, which people know.
_NAMED_SUBJECTS = frozenset({"line-registered", "line-quiet", "one-sided", "no-speech", "unrecorded"})


def _moment(at_ms: int, zone: tzinfo) -> str:
    there = datetime.fromtimestamp(at_ms / 1000, zone)
    return f"{there:%-d %B %Y, %H:%M}"
