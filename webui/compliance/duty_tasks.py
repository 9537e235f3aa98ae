"""What the law asks somebody to do soon: a breach whose 72 hours run, and words of directors that end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from flask import url_for

from firmware.core.access_policy import Action
from firmware.core.compliance.breach import Breach
from webui.access.gatekeeper import allowed
from webui.access.opener import Visitor
from webui.compliance.duty_desk import DutyDesk
from webui.compliance.facts import Facts
from webui.compliance.verdicts import Verdict
from webui.compliance.what_is_asked import groups
from webui.tasks.task import Task
from webui.tasks.to_do import Source
from webui.translation import gettext as _

#: Nobody's law: so long may a breach stay open once it is decided whom to tell.
_CLOSE_WITHIN = timedelta(days=14)


def duty_source(desk: DutyDesk) -> Source:
    """For those who record breaches; directors are told besides what they confirmed and is due again."""

    def tell(who: Visitor, today: date) -> Iterator[Task]:
        facts = desk.said(who)
        for breach in facts.breaches:
            if breach.is_open:
                yield _of_breach(breach, facts)
        if allowed(who, Action.CONFIRM_DUTIES):
            yield from _due_again(facts, today)

    return Source(_("what the law asks"), Action.RECORD_BREACHES, tell)


def _of_breach(breach: Breach, facts: Facts) -> Task:
    address = url_for("compliance.breach", breach_id=breach.breach_id)
    if breach.commissioner is None or breach.people is None:
        due = datetime.fromtimestamp(breach.due_ms / 1000, UTC).astimezone(facts.zone).date()
        what = _("Decide whom to tell of a breach")
        about = _("The 72 hours end on %(moment)s.") % {"moment": facts.shown_moment(breach.due_ms)}
        return Task(_("Breach"), what, about, _("Decide whom to tell"), address, due)
    known = datetime.fromtimestamp(breach.aware_at_ms / 1000, UTC).astimezone(facts.zone).date()
    return Task(
        _("Breach"), _("Say what was done, and close it"), breach.what, _("Close"), address, known + _CLOSE_WITHIN
    )


def _due_again(facts: Facts, today: date) -> Iterator[Task]:
    """Where the check still goes by that word: who has set what it stood in for is asked for it no more."""
    items = {item.duty: item for group in groups() for item in group.items if item.duty}
    for duty, word in facts.words.items():
        if not word.holds_on(today) or word.ends_soon(today):
            found = items[duty].check(facts)
            if found.verdict is Verdict.MET and not found.soon:
                continue
            about = _("Confirmed by %(name)s: %(note)s") % {"name": word.by, "note": word.note}
            address = url_for("compliance.duty", duty=duty.value)
            yield Task(_("Compliance"), items[duty].title, about, _("Confirm again"), address, word.until)
