"""Alerts over a real mail server and a real webhook: told, not lost, and nobody's number in them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from firmware.adapters.alerts.alert_file import AlertFile
from firmware.adapters.alerts.apprise_messenger import AppriseMessenger
from firmware.core.alerting import AlertRules
from firmware.core.errors import NoSuchFinding
from firmware.core.health_check import Finding, Fix
from firmware.ports.alerts import Destination
from firmware.services.alerting import Alerting, AlertPlan
from tests.hand_set_clock import HandSetClock
from tests.integration.mailboxes import Mailbox, Webhook, mailbox, webhook

RULES = AlertRules(lasts_ms=0)
FULL = Finding("disk", "fault", "The data disk has only 12 MB left.", Fix("Put a larger one in.", "earmark data-disk"))
HOT = Finding("temperature", "attention", "cpu is at 78 °C.", Fix("Give it air."), "cpu")
TALKATIVE = Finding(
    "processes", "fault", "The call from +44 1632 960123 to 01632960456 was lost.", Fix("Look."), "lines"
)


class Told:
    """Alerts of a test's, over real places; ``restarted`` as after a power cut."""

    def __init__(self, folder: Path, destinations: Sequence[Destination]) -> None:
        self.clock = HandSetClock()
        self.file = folder / "health" / "alerts.json"
        self.plan = AlertPlan(tuple(destinations), RULES, time(8), office="Bean & Co", page="https://box.test/health")
        self.alerting = self._new()

    def _new(self) -> Alerting:
        return Alerting(AlertFile(self.file), AppriseMessenger(), self.clock, lambda: self.plan, UTC)

    def restarted(self) -> None:
        self.alerting = self._new()

    def look(self, *findings: Finding, after_s: float = 60) -> None:
        self.clock.now_s += after_s
        self.alerting.look(findings)
        self.alerting.deliver()

    def until(self, hour: int) -> float:
        """Seconds until the clock next shows that hour."""
        now = datetime.fromtimestamp(self.clock.wall_ms() / 1000, UTC)
        return float(((hour - now.hour - 1) % 24) * 3600 + (60 - now.minute) * 60)


@pytest.fixture
def mail() -> Iterator[Mailbox]:
    with mailbox() as made:
        yield made


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with webhook(Webhook()) as made:
        yield made


@pytest.fixture
def told(tmp_path: Path, mail: Mailbox, hook: Webhook) -> Told:
    return Told(tmp_path, [Destination("mail", mail.url), Destination("hook", hook.url, "faults", digest=False)])


def test_a_fault_is_told_by_mail_and_webhook_and_no_number_and_no_password_goes_along(
    told: Told, mail: Mailbox, hook: Webhook, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told.look(FULL, TALKATIVE)
    (text,), (post,) = mail.texts(), hook.posts
    assert text.startswith("Earmark at Bean & Co: programs (and 1 more)\n")
    for words in ("The data disk has only 12 MB left.", "Put a larger one in. (earmark data-disk)", "box.test/health"):
        assert words in text
        assert words in post["message"]
    assert post["type"] == "failure"
    everything = f"{text} {post} {caplog.text} {told.file.read_text()}"
    assert "…123" in everything
    for secret in ("960123", "960456", "1632", "SecretOfTheHook"):
        assert secret not in everything


def test_the_title_of_an_alert_says_what_is_wrong_and_where(told: Told, mail: Mailbox) -> None:
    told.look(Finding("one-sided", "attention", "Only one side was heard.", Fix("Listen."), "main"))
    assert mail.texts()[0].startswith("Earmark at Bean & Co: hearing both sides, main\n")


def test_what_is_no_fault_goes_only_to_who_wants_everything_and_a_digest_to_who_wants_it(
    told: Told, mail: Mailbox, hook: Webhook
) -> None:
    told.look(HOT)
    assert [len(mail.mails), len(hook.posts)] == [1, 0]
    told.alerting.acknowledge(HOT.id, "Ada")
    told.look(HOT, after_s=told.until(8) + 60)
    assert [len(mail.mails), len(hook.posts)] == [2, 0]
    digest = mail.texts()[1]
    assert digest.startswith("Earmark at Bean & Co: all is well\n")
    assert "cpu is at 78 °C. (acknowledged by Ada)" in digest
    told.look(HOT, after_s=3600)
    assert len(mail.mails) == 2


def test_a_place_that_does_not_answer_is_a_finding_and_loses_nothing_not_even_by_a_restart(
    told: Told, mail: Mailbox, hook: Webhook
) -> None:
    mail.refuses = True
    told.look(FULL)
    assert len(hook.posts) == 1
    (trouble,) = told.alerting.troubles()
    assert (trouble.check, trouble.subject) == ("alerts", "mail")
    assert "mail:" in trouble.what
    told.look(FULL, trouble, after_s=5)  # the others hear of it
    assert told.alerting.waiting() == 2
    assert len(hook.posts) == 1, "it is no fault"
    told.restarted()
    assert told.alerting.waiting() == 2
    mail.refuses = False
    told.look(FULL, after_s=60)
    assert [mail["subject"].partition(": ")[2] for mail in mail.mails] == ["room on the disk", "alerts"]
    assert told.alerting.waiting() == 0
    assert told.alerting.troubles() == []
    assert len(hook.posts) == 1, "what had arrived does not come twice"


def test_many_that_had_to_wait_come_as_one(told: Told, mail: Mailbox) -> None:
    mail.refuses = True
    for number in range(6):
        told.look(Finding("processes", "attention", f"Thing {number}.", Fix("Look."), f"thing {number}"), after_s=1)
    mail.refuses = False
    told.look(after_s=3600)
    texts = mail.texts()
    assert len(texts) == 1
    assert "that had to wait" in texts[0]
    assert all(f"Thing {number}." in texts[0] for number in range(6))


def test_a_destination_can_be_tried_and_an_address_that_is_none_is_said_so(told: Told, hook: Webhook) -> None:
    hook.status = 500
    told.plan = AlertPlan((*told.plan.destinations, Destination("odd", "nonsense://somewhere")), RULES)
    tried = dict(told.alerting.send_trial("Ada"))
    assert tried["mail"] == ""
    assert "did not take" in tried["hook"]
    assert "none that Apprise knows" in tried["odd"]
    assert not any("SecretOfTheHook" in why for why in tried.values())


def test_a_place_that_the_settings_name_no_longer_is_waited_for_no_longer(told: Told, mail: Mailbox) -> None:
    mail.refuses = True
    told.look(FULL)
    assert told.alerting.waiting() == 1
    told.plan = AlertPlan(told.plan.destinations[1:], RULES)
    told.look(FULL)
    assert (told.alerting.waiting(), told.alerting.troubles()) == (0, [])


def test_a_file_that_is_damaged_or_cannot_be_written_silences_nobody(told: Told, mail: Mailbox) -> None:
    told.look(HOT)
    told.file.write_text('{"book": 7')
    told.restarted()
    told.look(HOT)
    assert len(mail.mails) == 2
    told.file.unlink()
    told.file.mkdir()
    told.look(HOT, FULL)
    assert len(mail.mails) == 3
    assert [each.subject for each in told.alerting.troubles()] == ["store"]


def test_only_what_is_wrong_can_be_acknowledged(told: Told) -> None:
    with pytest.raises(NoSuchFinding):
        told.alerting.acknowledge("disk", "Ada")
