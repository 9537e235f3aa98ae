"""What comes next in a case, by how far it is. Pure."""

from __future__ import annotations

from firmware.core.case_clock import CaseKind
from webui.cases.case_desk import ShownCase
from webui.translation import gettext as _
from webui.translation import ngettext


def next_step(case: ShownCase) -> tuple[str, str]:
    """What is to be done, and what the button says."""
    name = {"name": case.subject}
    found = [call for call in case.calls if call.state == "found"]
    if case.waits_for_proof:
        return _("Have %(name)s prove who they are, and note the day") % name, _("Note the proof")
    if case.waits_for_clarification:
        return _("Note the day on which %(name)s says what they meant") % name, _("Note the answer")
    if case.kind is CaseKind.COMPLAINT:
        return _("Acknowledge the complaint of %(name)s, and answer it") % name, _("Answer")
    if not case.calls:
        return _("Look for the calls of %(name)s") % name, _("Find calls")
    if found:
        words = ngettext(
            "Look through a call found for %(name)s", "Look through %(num)s calls found for %(name)s", len(found)
        )
        return words % (name | {"num": len(found)}), _("Decide on calls")
    return _WHAT.get(case.kind, _answer)(case)


def _hand_out(case: ShownCase) -> tuple[str, str]:
    if any(paper.kind == "bundle" for paper in case.papers):
        return _("Close the case of %(name)s, once the copy is in their hands") % {"name": case.subject}, _("Close")
    return _("Hand the copy to %(name)s, and close the case") % {"name": case.subject}, _("Make the copy")


def _erase(case: ShownCase) -> tuple[str, str]:
    return _("Erase what may go, tell %(name)s, and close the case") % {"name": case.subject}, _("Erase")


def _restrict(case: ShownCase) -> tuple[str, str]:
    return _("Restrict the calls, tell %(name)s, and close the case") % {"name": case.subject}, _("Restrict")


def _answer(case: ShownCase) -> tuple[str, str]:
    return _("Answer %(name)s, and close the case") % {"name": case.subject}, _("Answer")


_WHAT = {
    CaseKind.SUBJECT_ACCESS: _hand_out,
    CaseKind.AUTHORITY: _hand_out,
    CaseKind.ERASURE: _erase,
    CaseKind.RESTRICTION: _restrict,
}
