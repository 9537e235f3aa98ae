"""What each part of the page knows of something to do. Only what costs little to ask is counted on every page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import url_for

from firmware.adapters.control.client import ControlClient
from firmware.core.access_policy import Action, Role, is_appointed
from firmware.core.errors import ServiceAway
from webui.access.gatekeeper import allowed
from webui.access.opener import Visitor
from webui.call_log.call_log_desk import CallLogDesk
from webui.cases.case_desk import CaseDesk
from webui.health.findings import findings_of
from webui.holds.keeping_desk import KeepingDesk
from webui.holds.retention_desk import RetentionDesk
from webui.people.people_desk import Colleague, PeopleDesk
from webui.requests.request_desk import OpenCall, RequestDesk
from webui.tasks.case_steps import next_step
from webui.tasks.task import Task
from webui.tasks.to_do import Source
from webui.translation import from_the_box, ngettext
from webui.translation import gettext as _
from webui.updates.update_desk import UpdateDesk
from webui.wording import local_day

#: Nobody's law: so long may colleagues wait for an answer, or for a sign-in, before it counts as overdue.
_ANSWER_WITHIN = timedelta(days=2)
_EXPLAIN_WITHIN = timedelta(days=7)
#: Time is left to think about a hold before its review, and to place one before calls are erased.
_REVIEW_AHEAD = timedelta(days=14)
_FIX_WITHIN = {"fault": timedelta(days=1), "attention": timedelta(days=7)}


@dataclass(frozen=True)
class Desks:
    """Whom to ask. ``zone``: of the office, whose days count."""

    requests: RequestDesk
    cases: CaseDesk
    keeping: KeepingDesk
    retention: RetentionDesk
    people: PeopleDesk
    call_log: CallLogDesk
    keeper: ControlClient
    updates: UpdateDesk
    zone: ZoneInfo

    def sources(self) -> tuple[Source, ...]:
        return (
            Source(_("requests"), Action.DECIDE_REQUESTS, self._requests_to_decide),
            Source(_("calls opened to you"), Action.LISTEN_GRANTED, self._calls_to_hear),
            Source(_("cases"), Action.WORK_ON_CASES, self._cases_to_answer, count=self._open_cases),
            Source(_("holds"), Action.PLACE_HOLDS, self._holds_to_review),
            Source(_("people"), Action.CONFIRM_PEOPLE, self._people_to_confirm),
            Source(_("what is wrong with the box"), Action.ACKNOWLEDGE, self._findings),
            Source(_("the call log"), Action.EXPLAIN_MISSED, self._missed_recordings),
            Source(_("retention"), Action.SEE_RETENTION, self._retention, waits=False),
            Source(_("erasures"), Action.SEE_RETENTION, self._erasures, waits=False),
            Source(_("people"), Action.SEE_PEOPLE, self._people_who_join, waits=False),
            Source(_("updates"), Action.UPDATE, self._updates, waits=False),
        )

    # -- what waits for somebody --------------------------------------------------------------------------------------

    def _requests_to_decide(self, who: Visitor, today: date) -> Iterator[Task]:
        for asked in self.requests.everybodys(who, decided=False):
            yield Task(
                _("Request"),
                _("Decide which calls %(name)s may hear") % {"name": asked.requester},
                asked.purpose,
                _("Decide"),
                url_for("requests.one", request_id=asked.request_id),
                local_day(asked.asked_at, self.zone) + _ANSWER_WITHIN,
            )

    def _calls_to_hear(self, who: Visitor, today: date) -> Iterator[Task]:
        purposes = {asked.request_id: asked.purpose for asked in self.requests.mine(who)}
        by_request: dict[str, list[OpenCall]] = defaultdict(list)
        for call in self.requests.open_calls(who).values():
            by_request[call.request_id].append(call)
        for request_id, calls in by_request.items():
            alone = calls[0].recording_id if len(calls) == 1 else ""
            what = ngettext("Hear a call that is open to you", "Hear %(num)s calls that are open to you", len(calls))
            yield Task(
                _("Request"),
                what % {"num": len(calls)},
                purposes.get(request_id, ""),
                _("Listen"),
                url_for("recordings.one_call", recording_id=alone) if alone else url_for("requests.page"),
                local_day(min(call.ends_at for call in calls) - timedelta(seconds=1), self.zone),
            )

    def _open_cases(self, who: Visitor) -> int:
        return len(self.cases.all(who, closed=False))

    def _cases_to_answer(self, who: Visitor, today: date) -> Iterator[Task]:
        for listed in self.cases.all(who, closed=False):
            case = self.cases.one(who, listed.case_id)  # with its calls and papers
            what, step = next_step(case)
            about = (
                f"{case.reference} · {from_the_box(case.kind.shown)} · {case.subject} · {from_the_box(case.standing)}"
            )
            yield Task(_("Case"), what, about, step, url_for("cases.one", case_id=case.case_id), case.due_on)

    def _holds_to_review(self, who: Visitor, today: date) -> Iterator[Task]:
        for hold in self.keeping.holds(who):
            address = url_for("holds.one", hold_id=hold.hold_id)
            if hold.is_lost:
                what = _("Place a hold anew, and release the lost one")
                yield Task(_("Hold"), what, hold.purpose, _("Look"), address, today)
            elif hold.stands and hold.review_on <= today + _REVIEW_AHEAD:
                what = _("Say whether a hold is still needed")
                yield Task(_("Hold"), what, hold.purpose, _("Review"), address, hold.review_on)

    def _people_to_confirm(self, who: Visitor, today: date) -> Iterator[Task]:
        for person in self.people.everybody(who).people:
            if person.waits and _may_confirm(who, person):
                yield Task(
                    _("People"),
                    _("Confirm %(name)s, who waits to sign in") % {"name": person.name},
                    person.role_shown,
                    _("Compare digits"),
                    url_for("people.one", person_id=person.person_id),
                    local_day(person.joined_at, self.zone) + _ANSWER_WITHIN if person.joined_at else today,
                )

    def _findings(self, who: Visitor, today: date) -> Iterator[Task]:
        found = findings_of(self.keeper)
        if found is None:
            raise ServiceAway(_("The keeper does not answer."), _("Look at Health."))
        for each in found.wrong:
            within = _FIX_WITHIN.get(each.severity, _ANSWER_WITHIN)
            due = local_day(each.since, self.zone) + within
            yield Task(
                _("Health"),
                from_the_box(each.what),
                from_the_box(each.words),
                _("Put it right"),
                url_for("health.page"),
                due,
            )

    def _missed_recordings(self, who: Visitor, today: date) -> Iterator[Task]:
        missed = self.call_log.missed(explained=False)
        if not missed:
            return
        oldest = datetime.fromtimestamp(min(row.kept.row.call.started_at_ms for row in missed) / 1000, UTC)
        what = ngettext("Say why a call has no recording", "Say why %(num)s calls have no recording", len(missed))
        yield Task(
            _("Call log"),
            what % {"num": len(missed)},
            _("The telephone system logged what the box should have recorded."),
            _("Explain"),
            url_for("call_log.page"),
            local_day(oldest, self.zone) + _EXPLAIN_WITHIN,
        )

    # -- what comes by itself -----------------------------------------------------------------------------------------

    def _retention(self, who: Visitor, today: date) -> Iterator[Task]:
        kept = self.retention.shown(who)
        page = url_for("holds.page")
        for change in kept.waiting or ():
            what = _("Calls of the class %(name)s are to be kept for %(wanted)s only, once a director confirms it")
            words = what % {"name": change.name, "wanted": change.wanted}
            about = _("Until then they are kept for %(keeps)s.") % {"keeps": change.keeps}
            step = _("Confirm") if allowed(who, Action.CHANGE_RETENTION) else _("Look")
            yield Task(_("Keeping"), words, about, step, page)
        if kept.next_at is not None and kept.next_calls:
            what = ngettext(
                "A call is erased: its time is over", "%(num)s calls are erased: their time is over", kept.next_calls
            )
            about = _("Place a hold before then on what must stay.")
            day = local_day(kept.next_at, self.zone)
            yield Task(_("Keeping"), what % {"num": kept.next_calls}, about, _("Look"), page, max(day, today))

    def _erasures(self, who: Visitor, today: date) -> Iterator[Task]:
        under_way = [each for each in self.keeping.erasures(who) if each.state != "gone"]
        if not under_way:
            return
        gone = [local_day(each.gone_at, self.zone) for each in under_way if each.gone_at is not None]
        what = ngettext(
            "An erased recording leaves the backups, too",
            "%(num)s erased recordings leave the backups, too",
            len(under_way),
        )
        about = _("Nothing needs to be done. Then no copy anywhere can be opened.")
        page = url_for("holds.page")
        yield Task(_("Keeping"), what % {"num": len(under_way)}, about, _("Look"), page, max(gone, default=None))

    def _people_who_join(self, who: Visitor, today: date) -> Iterator[Task]:
        everybody, page = self.people.everybody(who), url_for("people.page")
        for invited in everybody.invitations:
            what = _("%(name)s was invited, and has not joined yet") % {"name": invited.name}
            about = _("The code is worth nothing after that day.")
            yield Task(_("People"), what, about, _("Look"), page, local_day(invited.expires_at, self.zone))
        for person in everybody.people:
            if person.locked_until is not None:
                what = _("%(name)s is locked out after wrong pass phrases") % {"name": person.name}
                about = _("It ends by itself within half an hour, or when a colleague vouches for them.")
                address = url_for("people.one", person_id=person.person_id)
                yield Task(_("People"), what, about, _("Look"), address, local_day(person.locked_until, self.zone))

    def _updates(self, who: Visitor, today: date) -> Iterator[Task]:
        waiting = self.updates.shown().waiting
        if waiting is not None:
            what = _("Version %(version)s waits for a restart") % {"version": waiting.version}
            yield Task(_("Updates"), what, waiting.until, _("Look"), url_for("updates.page"))


def _may_confirm(who: Visitor, person: Colleague) -> bool:
    """Directors alone confirm those whom they alone appoint."""
    try:
        appointed = is_appointed(Role(person.role))
    except ValueError:
        return False
    return not person.is_you and (not appointed or allowed(who, Action.MAKE_DIRECTORS))
