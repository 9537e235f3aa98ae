"""Sends the reports that a director has ordered, once their week or month is over: counts only, by e-mail."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import time, tzinfo

from firmware.core.alert_message import Message
from firmware.core.errors import ActionRefused, EarmarkError
from firmware.core.report_order import REPORTS, ReportKey, ReportOrder, Sending
from firmware.core.report_period import Period
from firmware.ports.alerts import Attachment, Destination, Mailer
from firmware.ports.listening_keys import EvidenceDesk
from firmware.ports.reports import ReportSendings

_LOG = logging.getLogger(__name__)
Printer = Callable[[ReportKey, Period], bytes]


@dataclass(frozen=True)
class PostPlan:
    """What the settings say. ``way``: by whose mail server; None: there is none. ``page``: where reports are seen."""

    way: Destination | None
    at: time = time(8)
    office: str = "Office"
    page: str = ""


class ReportPost:
    """A ``KeeperTask``. One that cannot be sent is tried again each time; nobody is sent the same twice.

    Args:
        printer: makes the paper, in a process of its own; raises EarmarkError.
        plan: asked each time, so that new settings count at once.
    """

    name = "reports by e-mail"
    every_s = 900.0

    def __init__(
        self,
        sendings: ReportSendings,
        mailer: Mailer,
        printer: Printer,
        evidence: EvidenceDesk,
        plan: Callable[[], PostPlan],
        zone: tzinfo,
    ) -> None:
        self._sendings = sendings
        self._mailer = mailer
        self._printer = printer
        self._evidence = evidence
        self._plan = plan
        self._zone = zone
        self._turn = threading.Lock()
        self._attention: tuple[str, ...] = ()
        self._untold: list[tuple[ReportOrder, Period]] = []

    @property
    def attention(self) -> Sequence[str]:
        return self._attention

    def run(self, now_ms: int) -> None:
        with self._turn:
            self._run(now_ms)

    def send_now(self, report: ReportKey, now_ms: int) -> Sending:
        """The newest whole week or month of a report that is ordered, whether it went before or not. Any thread; it
        may take minutes.

        Raises:
            ActionRefused: nobody ordered it.
        """
        with self._turn:
            order = next((each for each in self._sendings.standing() if each.report == report), None)
            if order is None:
                raise ActionRefused("That report does not go out by e-mail.", "Set how often, and to whom, first.")
            plan = self._plan()
            period = order.due(now_ms, plan.at, self._zone)
            trouble = self._send(order, period, plan)
            first, last = period.first.isoformat(), period.last.isoformat()
            sending = Sending(report, first, last, now_ms, len(order.addresses), trouble)
            if sending.went or order.covers(period, self._zone):  # no other is tried again
                self._sendings.note(sending)
            if sending.went:
                self._untold.append((order, period))
                with suppress(EarmarkError):  # it is told at the next run
                    self._tell()
            return sending

    def _run(self, now_ms: int) -> None:
        plan = self._plan()
        troubles = []
        for order in self._sendings.standing():
            period = order.due(now_ms, plan.at, self._zone)
            first, last = period.first.isoformat(), period.last.isoformat()
            if not order.covers(period, self._zone) or self._sendings.went(order.report, first, last):
                continue
            trouble = self._send(order, period, plan)
            self._sendings.note(Sending(order.report, first, last, now_ms, len(order.addresses), trouble))
            if trouble:
                troubles.append(f"The report {REPORTS[order.report]} could not be sent: {trouble}. It is tried again.")
            else:
                self._untold.append((order, period))
        self._attention = tuple(troubles)
        self._tell()

    def _send(self, order: ReportOrder, period: Period, plan: PostPlan) -> str:
        """Why not; empty when it went."""
        if plan.way is None:
            return "no mail server is set up under alerts"
        try:
            paper = self._printer(order.report, period)
        except EarmarkError as error:
            _LOG.error("the report %s could not be made: %s", order.report, error)
            return f"it could not be made ({error.what.rstrip('.')})"
        name = f"earmark-{order.report}-{period.first}-{period.last}.pdf"
        message = message_of(order, period, plan)
        return self._mailer.mail(plan.way, order.addresses, message, Attachment(name, "application/pdf", paper))

    def _tell(self) -> None:
        """In the evidence; what cannot be entered now is at the next run. It was sent: it must not be sent again."""
        while self._untold:
            order, period = self._untold[0]
            ids = {"report": order.report, "first": period.first.isoformat(), "last": period.last.isoformat()}
            self._evidence.enter("report-sent", ids, {"report": REPORTS[order.report], "to": list(order.addresses)})
            self._untold.pop(0)


def message_of(order: ReportOrder, period: Period, plan: PostPlan) -> Message:
    """What stands in the e-mail itself: as little as tells what the paper is."""
    name = REPORTS[order.report]
    about = f"{name}, {period.shown}"
    more = f" at {plan.page}" if plan.page else ""
    body = (
        f"The report is attached: {about}.\n\n"
        "It holds counts only: nobody's number, extension or name, and no purpose. "
        f"These are on the page{more}, for those who may see them.\n\n"
        f"It goes out each {order.every}, as a director has set it on the page under Reports, By e-mail."
    )
    return Message(f"Earmark at {plan.office}: {about}", body, "note")
