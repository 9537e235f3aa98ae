"""Reading the evidence: by day, by what happened, by whom; newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from firmware.core.access_policy import Action
from webui.access.gatekeeper import allowed, needs, visitor
from webui.audit.audit_desk import AuditDesk, ShownLine, Wanted
from webui.audit.evidence_kinds import GROUPS, kind_words, kinds_of
from webui.audit.evidence_words import detail_words, short_id
from webui.translation import gettext as _
from webui.wording import day_heading, local_day

_IDS = ("recording", "call", "request", "hold", "desk", "case")


@dataclass(frozen=True)
class ReadableLine:
    """A line in plain words. ``who`` did it, ``whom`` it was done to, as far as the reader may know."""

    number: int | None
    at: datetime | None = None
    what: str = ""
    who: str = ""
    whom: str = ""
    recording_id: str = ""
    details: tuple[tuple[str, str], ...] = ()
    ids: tuple[tuple[str, str], ...] = ()
    erased: bool = False
    altered: bool = False


@dataclass(frozen=True)
class Day:
    heading: str
    lines: list[ReadableLine]


def audit_views(desk: AuditDesk, zone: ZoneInfo) -> Blueprint:
    """For those who may read the evidence; the opener leaves out what a role may not see."""
    views = Blueprint("audit", __name__, url_prefix="/evidence")

    @views.get("")
    @needs(Action.READ_EVIDENCE)
    def page() -> ResponseReturnValue:
        who = visitor()
        wanted, mistake = _wanted(request.args, zone)
        found = desk.lines(who, wanted)
        return render_template(
            "audit/page.html",
            days=_by_day((readable(each, found.names, zone) for each in found.lines), zone),
            older=found.older,
            with_details=found.with_details,
            people=sorted(desk.people(who).items(), key=lambda each: each[1]) if found.with_details else [],
            groups=GROUPS,
            typed=request.args,
            narrowed=any(request.args.get(name) for name in ("day", "what", "person", "recording")),
            may_see_calls=allowed(who, Action.SEE_RECORDINGS),
            mistake=mistake,
            today=datetime.now(UTC).date(),
        )

    @views.get("/day")
    @needs(Action.READ_EVIDENCE)
    def day_file() -> ResponseReturnValue:
        day = _day(request.args.get("day", ""))
        if day is None:
            abort(404)
        parts = desk.day(visitor(), day.isoformat())
        first = next(parts)  # what is in the way is told by a page, not in the middle of a file

        def whole() -> Iterable[bytes]:
            yield first
            yield from parts

        answer = Response(whole(), mimetype="text/plain")
        answer.headers["Content-Disposition"] = f'attachment; filename="{day.isoformat()}.log"'
        return answer

    return views


def readable(line: ShownLine, names: Mapping[str, str], zone: ZoneInfo) -> ReadableLine:
    """A line in plain words."""
    if line.number is None:
        return ReadableLine(None)
    detail, subject = line.detail or {}, line.subject
    about = subject.get("about", "")
    person = subject.get("person") or subject.get("invited_by", "")
    return ReadableLine(
        number=line.number,
        at=line.at,
        what=kind_words(line.kind),
        who=names.get(person) or _said(detail, about),
        whom=names.get(about, "") or (str(detail.get("name", "")) if about else ""),
        recording_id=subject.get("recording", ""),
        details=tuple(detail_words(detail, zone)),
        ids=tuple((name, short_id(value)) for name, value in subject.items()),
        erased=line.had_detail and line.detail is None,
        altered=not line.sound,
    )


def _said(detail: Mapping[str, Any], about: str) -> str:
    """Whom the detail says it was; ``name`` is whom it was done to where that is somebody else."""
    return str(detail.get("by") or detail.get("who") or ("" if about else detail.get("name", "")) or "")


def _by_day(lines: Iterable[ReadableLine], zone: ZoneInfo) -> list[Day]:
    today = local_day(datetime.now(UTC), zone)

    def heading(line: ReadableLine) -> str:
        return day_heading(local_day(line.at, zone), today) if line.at else _("Damaged")

    return [Day(words, list(found)) for words, found in groupby(lines, key=heading)]


def _wanted(typed: Mapping[str, str], zone: ZoneInfo) -> tuple[Wanted, str]:
    """What to look for, and what was wrong with what was typed."""
    day, mistake = _day(typed.get("day", "")), ""
    if typed.get("day") and day is None:
        mistake = _("That is no day: choose one, such as 2026-03-01.")
    what = typed.get("what", "")
    kinds = kinds_of(what) or ((what,) if any(what in group for group in GROUPS.values()) else ())
    return Wanted(
        since=_midnight(day, zone) if day else None,
        until=_midnight(day + timedelta(days=1), zone) if day else None,
        kinds=kinds,
        person_id=typed.get("person", ""),
        recording_id=typed.get("recording", ""),
        before=typed.get("before", ""),
    ), mistake


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year < 9000 else None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
