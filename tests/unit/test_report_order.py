"""Reports by e-mail: when one is due, to whom it may go, and that nobody gets the same twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.adapters.alerts.mail_way import addressed_to, is_mail
from firmware.core.alert_message import Message
from firmware.core.errors import ServiceAway, SettingsError, StorageError
from firmware.core.report_order import ReportKey, ReportOrder, Sending, read_addresses, read_every, read_report
from firmware.core.report_period import Period
from firmware.ports.alerts import Attachment, Destination
from firmware.services.report_post import PostPlan, ReportPost

ZONE = ZoneInfo("Europe/London")
ORDER = ReportOrder("calls", "month", ("board@example.org",), "dora", 0)
WAY = Destination(
    "office-mail", "mailtos://box:secret@mail.example.org/old@example.org?to=alerts@example.org&cc=x@example.org"
)


def ms(*when: int) -> int:
    return round(datetime(*when, tzinfo=ZONE).timestamp() * 1000)  # type: ignore[misc, arg-type]  # a date's parts


@pytest.mark.parametrize(
    ("every", "now", "first"),
    [
        ("month", (2026, 11, 1, 8, 0), date(2026, 10, 1)),
        ("month", (2026, 11, 1, 7, 59), date(2026, 9, 1)),
        ("month", (2026, 11, 30, 23, 0), date(2026, 10, 1)),
        ("week", (2026, 11, 23, 8, 0), date(2026, 11, 16)),
        ("week", (2026, 11, 23, 7, 0), date(2026, 11, 9)),
        ("week", (2026, 11, 22, 20, 0), date(2026, 11, 9)),
    ],
)
def test_a_report_is_due_on_the_morrow_of_its_week_or_month(every: Any, now: tuple[int, ...], first: date) -> None:
    assert replace(ORDER, every=every).due(ms(*now), time(8), ZONE).first == first


def test_who_orders_a_report_is_not_sent_old_ones() -> None:
    period = Period(date(2026, 10, 1), date(2026, 10, 31))
    assert replace(ORDER, ordered_at_ms=ms(2026, 10, 31, 23, 59)).covers(period, ZONE)
    assert not replace(ORDER, ordered_at_ms=ms(2026, 11, 1, 0, 0)).covers(period, ZONE)


def test_addresses_are_taken_as_people_type_them() -> None:
    assert read_addresses(" a@example.org, b.c+d@x-y.example.co.uk;a@example.org\n") == (
        "a@example.org",
        "b.c+d@x-y.example.co.uk",
    )
    for wrong in ("", "a", "a@b", "a@example.org?bcc=b@example.org", "a@example.org%0d", "é@example.org", "a@-b.org"):
        with pytest.raises(SettingsError):
            read_addresses(wrong)
    with pytest.raises(SettingsError):
        read_addresses(" ".join(f"a{n}@example.org" for n in range(11)))
    with pytest.raises(SettingsError):
        read_every("day")
    with pytest.raises(SettingsError):
        read_report("secrets")


@given(st.lists(st.emails(), min_size=1, max_size=5))
def test_only_those_who_are_named_get_it_and_the_server_stays(addresses: list[str]) -> None:
    parts = urlsplit(addressed_to(WAY.url, addresses))
    assert (parts.scheme, parts.netloc, parts.path) == ("mailtos", "box:secret@mail.example.org", "")
    assert parse_qs(parts.query) == {"to": [",".join(addresses)]}
    assert is_mail(WAY.url)
    assert not is_mail("jsons://example.org/mailto")


@dataclass
class Office:
    """The keeper's surroundings: its table, the mail server, who makes papers, the evidence."""

    orders: list[ReportOrder]
    noted: dict[tuple[str, str, str], Sending] = field(default_factory=dict)
    mails: list[tuple[tuple[str, ...], Message, Attachment]] = field(default_factory=list)
    entered: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    refuses: str = ""
    away: bool = False
    damaged: bool = False
    way: Destination | None = WAY

    def standing(self) -> Sequence[ReportOrder]:
        return self.orders

    def went(self, report: ReportKey, first: str, last: str) -> bool:
        found = self.noted.get((report, first, last))
        return found is not None and found.went

    def note(self, sending: Sending) -> None:
        self.noted[sending.report, sending.first, sending.last] = sending

    def mail(self, way: Destination, to: Sequence[str], message: Message, attachment: Attachment) -> str:
        if not self.refuses:
            self.mails.append((tuple(to), message, attachment))
        return self.refuses

    def paper(self, report: ReportKey, period: Period) -> bytes:
        if self.damaged:
            raise StorageError("The data disk is locked.", "Unlock it.")
        return f"{report} {period.shown}".encode()

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any] | None = None) -> int:
        if self.away:
            raise ServiceAway("The recorder does not answer.")
        self.entered.append((kind, subject))
        return len(self.entered)

    def post(self) -> ReportPost:
        return ReportPost(self, self, self.paper, self, lambda: PostPlan(self.way, time(8), "Office"), ZONE)


FIRST_OF_NOVEMBER = ms(2026, 11, 1, 9, 0)


def test_a_report_goes_once_and_stands_in_the_evidence() -> None:
    office = Office([ORDER])
    post = office.post()
    for hours in range(3):
        post.run(FIRST_OF_NOVEMBER + hours * 3_600_000)
    ((to, message, attachment),) = office.mails
    assert to == ("board@example.org",)
    assert message.title == "Earmark at Office: Calls and hours, 1 to 31 October 2026"
    assert "dora" not in message.body
    assert attachment.name == "earmark-calls-2026-10-01-2026-10-31.pdf"
    assert attachment.content == b"calls 1 to 31 October 2026"
    assert [kind for kind, _ in office.entered] == ["report-sent"]
    post.run(ms(2026, 12, 1, 9, 0))
    assert len(office.mails) == 2


@pytest.mark.parametrize("trouble", [{"refuses": "it does not answer"}, {"way": None}, {"damaged": True}])
def test_what_cannot_be_sent_is_told_and_tried_again(trouble: dict[str, Any]) -> None:
    office = Office([ORDER], **trouble)
    post = office.post()
    post.run(FIRST_OF_NOVEMBER)
    (told,) = post.attention
    assert "Calls and hours could not be sent" in told
    assert not office.mails
    assert not office.entered
    office.refuses, office.way, office.damaged = "", WAY, False
    post.run(FIRST_OF_NOVEMBER + 1000)
    assert len(office.mails) == 1
    assert post.attention == ()


def test_a_recorder_that_is_away_has_no_report_sent_twice() -> None:
    office = Office([ORDER], away=True)
    post = office.post()
    for _ in range(2):
        with pytest.raises(ServiceAway):
            post.run(FIRST_OF_NOVEMBER)
    office.away = False
    post.run(FIRST_OF_NOVEMBER)
    assert len(office.mails) == len(office.entered) == 1


def test_a_week_ends_in_the_zone_of_the_office() -> None:
    order = replace(ORDER, every="week")
    monday = round(datetime(2026, 6, 1, 7, 30, tzinfo=UTC).timestamp() * 1000)  # 08:30 in London's summer
    assert order.due(monday, time(8), ZONE).last == date(2026, 5, 31)
    assert order.due(monday, time(8), ZoneInfo("UTC")).last == date(2026, 5, 24)
