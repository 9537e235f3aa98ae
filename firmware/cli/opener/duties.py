"""The opener's routes for what the law asks of the office. All need the token of a session; whose it is decides.

``GET /duties``                           what was said so far, breaches (what they are about only for who may record
                                          them), people, and how requests and erasures stand, in counts;
                                          ``?only=said``: what was said and breaches alone, which costs little
``POST /duties/{duty}/confirm``           {on, until: "" for as long as it holds, because}
``GET /lessons``                          which pages of the training the person read, and when
``POST /lessons/{lesson}/read``           {}
``POST /breaches``                        {aware_at_ms, what, whose, effects} → {breach_id}
``POST /breaches/{breach_id}/answer``     {whom: "commissioner" | "people", needed, at_ms, because}
``POST /breaches/{breach_id}/close``      {measures}
``POST /evidence-pack``                   {contents: [...]}: enters that somebody takes one
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from firmware.adapters.catalogue.cases import CaseTables
from firmware.adapters.catalogue.duties import DutyTables
from firmware.adapters.catalogue.retention_figures import RetentionCounts
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.settings.followed_file import FollowedFile
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.core.bank_holidays import is_day_off
from firmware.core.compliance.breach import TOLD, Answer, Breach, Told
from firmware.core.compliance.duty import Confirmation, Duty
from firmware.core.compliance.notice_prompts import notice_prompts
from firmware.core.compliance.training import Lesson
from firmware.core.home import Home
from firmware.core.people import Person
from firmware.ports.clock import Clock
from firmware.ports.settings_store import PeopleStore
from firmware.services.duties import Duties, DutyReception, NewBreach
from firmware.services.office_standing import OfficeStanding

_LONGEST = 2000
_LONGEST_VERSION = 20
_MOST_CONTENTS = 20


def duty_routes(
    home: Home, reception: DutyReception, people: PeopleStore, clock: Clock, zone: ZoneInfo
) -> dict[str, Handler]:
    """The services over a data folder, asked for what the module's text says."""
    tables = DutyTables(home.catalogue)
    duties = Duties(reception, tables, clock, zone)
    figures, cases = RetentionCounts(home.catalogue), CaseTables(home.catalogue)
    notices = FollowedFile(home.settings_file, partial(_notices, home), notice_prompts({}))
    office = OfficeStanding(reception, people, cases, figures, tables, notices, clock, zone, is_day_off)
    return {**_saying(duties), **_breaches(duties), "GET /duties": lambda request: _standing(duties, office, request)}


def _notices(home: Home) -> frozenset[str]:
    return notice_prompts(SettingsFile(home.settings_file).read())


def _standing(duties: Duties, office: OfficeStanding, request: Request) -> Mapping[str, Any]:
    said = duties.said(request.token)
    told = {
        "confirmations": [_confirmation(each) for each in said.confirmations],
        "breaches": [_breach(each, in_full=said.in_full) for each in said.breaches],
    }
    if request.query.get("only") == "said":
        return told
    standing = office.standing(request.token)
    return {
        **told,
        "people": [_person(each, said.lessons.get(each.person_id, {})) for each in standing.people],
        "requests": asdict(standing.requests),
        "not_erased": standing.not_erased,
        "recorded_lately": standing.recorded_lately,
        "untold_lately": standing.untold_lately,
    }


def _saying(duties: Duties) -> dict[str, Handler]:
    def confirm(request: Request) -> Mapping[str, Any]:
        duty = _duty(request.parameters["duty"])
        until = request.day("until") if request.text("until", 10) else None
        said = duties.confirm(request.token, duty, request.day("on"), until, request.text("because", _LONGEST))
        return _confirmation(said)

    def own_lessons(request: Request) -> Mapping[str, Any]:
        return {"lessons": _lessons(duties.own_lessons(request.token))}

    def read(request: Request) -> Mapping[str, Any]:
        return {"on": duties.read(request.token, _lesson(request.parameters["lesson"])).isoformat()}

    def pack(request: Request) -> Mapping[str, Any]:
        contents = request.body.get("contents") if isinstance(request.body, dict) else None
        if not isinstance(contents, list) or len(contents) > _MOST_CONTENTS:
            raise RequestRefused("'contents' is a list of what the pack has in it.")
        duties.pack_made(request.token, [str(each)[:100] for each in contents])
        return {}

    return {
        "POST /duties/{duty}/confirm": confirm,
        "GET /lessons": own_lessons,
        "POST /lessons/{lesson}/read": read,
        "POST /evidence-pack": pack,
    }


def _breaches(duties: Duties) -> dict[str, Handler]:
    def record(request: Request) -> Mapping[str, Any]:
        what, whose, effects = (request.text(name, _LONGEST) for name in ("what", "whose", "effects"))
        breach = duties.record_breach(request.token, NewBreach(_moment(request, "aware_at_ms"), what, whose, effects))
        return {"breach_id": breach.breach_id, "version": breach.version}

    def answer(request: Request) -> Mapping[str, Any]:
        needed = request.body.get("needed") is True
        told = Answer(needed, _moment(request, "at_ms"), request.text("because", _LONGEST), "")
        breach_id, seen = request.parameters["breach_id"], request.text("seen", _LONGEST_VERSION)
        return _changed(duties.answer_breach(request.token, breach_id, _whom(request), told, seen))

    def close(request: Request) -> Mapping[str, Any]:
        measures, seen = request.text("measures", _LONGEST), request.text("seen", _LONGEST_VERSION)
        return _changed(duties.close_breach(request.token, request.parameters["breach_id"], measures, seen))

    return {
        "POST /breaches": record,
        "POST /breaches/{breach_id}/answer": answer,
        "POST /breaches/{breach_id}/close": close,
    }


def _changed(breach: Breach) -> dict[str, Any]:
    return {**_breach(breach), "version": breach.version}


def _confirmation(said: Confirmation) -> dict[str, Any]:
    return {
        "duty": said.duty.value,
        "on": said.on.isoformat(),
        "until": said.until.isoformat(),
        "note": said.note,
        "by": said.by,
        "entered_at_ms": said.entered_at_ms,
    }


def _person(person: Person, lessons: Mapping[Lesson, date]) -> dict[str, Any]:
    return {
        "person_id": person.person_id,
        "name": person.name,
        "role": person.role.value,
        "joined_at_ms": person.joined_at_ms,
        "waits": person.awaits_key,
        "lessons": _lessons(lessons),
    }


def _lessons(read: Mapping[Lesson, date]) -> dict[str, str]:
    return {lesson.value: day.isoformat() for lesson, day in read.items()}


def _breach(breach: Breach, *, in_full: bool = True) -> dict[str, Any]:
    shown = asdict(breach)
    if not in_full:
        shown |= {"what": "", "whose": "", "effects": "", "by": "", "measures": ""}
        for whom in TOLD:
            shown[whom] = shown[whom] and {**shown[whom], "because": "", "by": ""}
    return shown


def _duty(name: str) -> Duty:
    try:
        return Duty(name)
    except ValueError:
        raise RequestRefused("There is no such duty.") from None


def _lesson(name: str) -> Lesson:
    try:
        return Lesson(name)
    except ValueError:
        raise RequestRefused("The training has no such page.") from None


def _whom(request: Request) -> Told:
    found = next((each for each in TOLD if each == request.text("whom", 20)), None)
    if found is None:
        raise RequestRefused(f"'whom' is one of: {', '.join(TOLD)}.")
    return found


def _moment(request: Request, name: str) -> int:
    found = request.body.get(name) if isinstance(request.body, dict) else None
    if not isinstance(found, int) or isinstance(found, bool):
        raise RequestRefused(f"{name!r} is Unix time in milliseconds.")
    return found
