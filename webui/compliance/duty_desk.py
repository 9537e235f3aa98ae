"""What people said of the office's duties, breaches and how things stand, as the opener tells it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from firmware.adapters.control.client import ControlClient, path_of
from firmware.core.access_policy import Role
from firmware.core.compliance.breach import Answer, Breach
from firmware.core.compliance.duty import Confirmation, Duty
from firmware.core.compliance.office_facts import OfficeFacts
from firmware.core.compliance.training import Lesson, lessons_left
from webui.access.opener import Visitor
from webui.compliance.facts import Facts, RequestCounts, Trainee
from webui.people.people_desk import Recipients

#: Of a duty or a page of the training that a newer opener knows and this page does not, nothing is shown.
_DUTIES = frozenset(each.value for each in Duty)
_LESSONS = frozenset(each.value for each in Lesson)
#: Who is fitted out with no telephone by their role.
_NO_TELEPHONE = frozenset({Role.INSTALLER.value})


@dataclass(frozen=True)
class NewBreach:
    """As it was typed; ``aware_at`` is when the office knew of it."""

    aware_at: datetime
    what: str
    whose: str
    effects: str


class DutyDesk:
    """Asks the opener's control socket in a visitor's name. Safe to use from any thread.

    Every method raises ``ServiceAway`` when the opener does not answer, ``NotAllowed`` when it refuses, and
    ``SettingsError`` or ``ActionRefused`` for what makes no sense or is not possible.
    """

    def __init__(
        self,
        opener: ControlClient,
        office: Callable[[], OfficeFacts],
        recipients: Callable[[], Recipients | None],
        zone: ZoneInfo,
    ) -> None:
        self._opener = opener
        self._office = office
        self._recipients = recipients
        self._zone = zone

    @property
    def zone(self) -> ZoneInfo:
        return self._zone

    def office(self) -> OfficeFacts:
        """What the settings say at this moment. No visitor is needed for it."""
        return self._office()

    def said(self, who: Visitor) -> Facts:
        """What directors confirmed, and breaches; nothing else, which would cost more to ask."""
        return self._said(self._opener.get("/duties", token=who.token, query={"only": "said"}))

    def facts(self, who: Visitor) -> Facts:
        """Everything the checks go by, now."""
        told = self._opener.get("/duties", token=who.token)
        said, listeners = self._said(told), self._recipients()
        today = said.today
        return replace(
            said,
            people=tuple(self._trainee(each, today) for each in told["people"] if each["role"] not in _NO_TELEPHONE),
            requests=RequestCounts(**told["requests"]),
            not_erased=int(told["not_erased"]),
            recorded_lately=int(told["recorded_lately"]),
            untold_lately=int(told["untold_lately"]),
            listeners=len(listeners.names) if listeners else 0,
            listeners_changed_at_ms=round(listeners.changed_at.timestamp() * 1000) if listeners else 0,
        )

    def said_of(self, who: Visitor, duty: Duty) -> Sequence[Confirmation]:
        """Everything that was ever said of it, the newest first."""
        told = self._opener.get("/duties", token=who.token, query={"only": "said"})["confirmations"]
        return [_confirmation(each) for each in told if each["duty"] == duty.value]

    def confirm(self, who: Visitor, duty: Duty, typed: Mapping[str, str]) -> Confirmation:
        """``typed``: the form's ``on``, ``until`` (empty for as long as it holds) and ``because``."""
        body = {"on": typed.get("on", "")[:10], "until": typed.get("until", "")[:10]}
        body["because"] = typed.get("because", "")[:2000]
        return _confirmation(self._opener.post(path_of("duties", duty.value, "confirm"), body, token=who.token))

    def own_lessons(self, who: Visitor) -> Mapping[Lesson, date]:
        return _lessons(self._opener.get("/lessons", token=who.token)["lessons"])

    def read(self, who: Visitor, lesson: Lesson) -> None:
        self._opener.post(path_of("lessons", lesson.value, "read"), {}, token=who.token)

    def record_breach(self, who: Visitor, new: NewBreach) -> str:
        """Its id."""
        body = {"aware_at_ms": round(new.aware_at.timestamp() * 1000), "what": new.what[:2000]}
        body |= {"whose": new.whose[:2000], "effects": new.effects[:2000]}
        return str(self._opener.post("/breaches", body, token=who.token)["breach_id"])

    def answer_breach(
        self, who: Visitor, breach_id: str, whom: str, told_at: datetime | None, because: str, seen: str
    ) -> None:
        """``told_at`` None: they need not be told. ``seen``: the version of the breach that they saw."""
        at_ms = round((told_at or datetime.now(UTC)).timestamp() * 1000)
        body = {"whom": whom[:20], "needed": told_at is not None, "at_ms": at_ms, "because": because[:2000]}
        body["seen"] = seen[:20]
        self._opener.post(path_of("breaches", breach_id, "answer"), body, token=who.token)

    def close_breach(self, who: Visitor, breach_id: str, measures: str, seen: str) -> None:
        body = {"measures": measures[:2000], "seen": seen[:20]}
        self._opener.post(path_of("breaches", breach_id, "close"), body, token=who.token)

    def take_pack(self, who: Visitor, contents: Sequence[str]) -> None:
        """Have it entered that an evidence pack is taken."""
        self._opener.post("/evidence-pack", {"contents": list(contents)}, token=who.token)

    def _said(self, told: Mapping[str, Any]) -> Facts:
        words, breaches = _newest(told["confirmations"]), tuple(_breach(each) for each in told["breaches"])
        return Facts(self._office(), datetime.now(UTC), self._zone, words=words, breaches=breaches)

    def _trainee(self, told: Mapping[str, Any], today: date) -> Trainee:
        return Trainee(
            str(told["name"]), int(told["joined_at_ms"] or 0), lessons_left(_lessons(told["lessons"]), today)
        )


def _newest(told: Sequence[Mapping[str, Any]]) -> Mapping[Duty, Confirmation]:
    said = [_confirmation(each) for each in reversed(told) if each["duty"] in _DUTIES]
    return {each.duty: each for each in said}


def _confirmation(told: Mapping[str, Any]) -> Confirmation:
    on, until = date.fromisoformat(told["on"]), date.fromisoformat(told["until"])
    by, entered_at_ms = str(told["by"]), int(told["entered_at_ms"])
    return Confirmation(Duty(told["duty"]), on, until, str(told["note"]), "", by, entered_at_ms)


def _lessons(told: Mapping[str, str]) -> Mapping[Lesson, date]:
    return {Lesson(name): date.fromisoformat(day) for name, day in told.items() if name in _LESSONS}


def _breach(told: Mapping[str, Any]) -> Breach:
    answers = {whom: Answer.from_json(told[whom]) if told[whom] else None for whom in ("commissioner", "people")}
    return Breach(**{**told, **answers})
