"""A web hook that takes nothing any more is found by the keeper's checks, and well again once it took a trial."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from firmware.core.call_news import CallNews
from firmware.core.hook_health import FAILING_AFTER_S
from firmware.core.hook_queue import Outcome
from firmware.core.web_hook import SECRET_BYTES, WebHook, new_secret
from firmware.services.hook_courier import HookCourier
from tests.hand_set_clock import HandSetClock
from tests.integration.recorder_at_work import eventually


@dataclass
class Crm:
    """``HookSender``: takes a message, or not."""

    answer: Outcome = field(default_factory=lambda: Outcome("not_taken", "It answered 500."))
    asked: list[str] = field(default_factory=list)

    def send(self, url: str, headers: dict[str, str], body: bytes) -> Outcome:
        self.asked.append(url)
        return self.answer


@pytest.fixture
def clock() -> HandSetClock:
    return HandSetClock()


@pytest.fixture
def crm() -> Crm:
    return Crm()


@pytest.fixture
def courier(crm: Crm, clock: HandSetClock) -> Iterator[HookCourier]:
    made = HookCourier(crm, clock, lambda hook: None)
    made.call([WebHook("ab" * 16, "CRM", "https://crm.example/x", new_secret(bytes(SECRET_BYTES)), False, 0, "dora")])
    yield made
    made.stop()


def test_what_takes_no_news_for_long_is_found_and_over_once_it_took_a_trial(
    courier: HookCourier, crm: Crm, clock: HandSetClock
) -> None:
    courier.tell([CallNews("call.started", clock.wall_ms(), {"call_id": "a", "state": "up"})])
    eventually(lambda: courier.fares()[0]["trouble"], 20, "it is not tried")
    assert courier.findings() == []
    clock.now_s += FAILING_AFTER_S + 60
    found = courier.findings()
    assert [(each.id, each.severity, each.fix.page) for each in found] == [("web-hooks:CRM", "attention", "/programs")]
    assert found[0].what == "The web hook “CRM” has taken no news of calls for 31 minutes. It answered 500."
    crm.answer = Outcome("taken")
    assert courier.try_now("ab" * 16) == ""
    assert courier.findings() == []
    eventually(lambda: not courier.fares()[0]["waiting"], 20, "what waited is not sent now")


def test_what_says_that_it_wants_no_more_is_found_at_once(courier: HookCourier, crm: Crm, clock: HandSetClock) -> None:
    crm.answer = Outcome("gone")
    courier.tell([CallNews("call.started", clock.wall_ms(), {"call_id": "a", "state": "up"})])
    eventually(courier.findings, 20, "it is not found")
    assert "wants no more news of calls" in courier.findings()[0].what
