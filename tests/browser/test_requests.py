"""Somebody asks for a call, a director opens it, it is heard, and its time comes: in a real Chromium."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from firmware.adapters.control.client import ControlClient
from firmware.core.access_policy import Role
from firmware.core.call_record import CallRecord
from tests.browser.windows import DESK, PHONE, Watched, assert_well_made
from tests.integration.further_people import add_people, office_key_of
from tests.integration.sealed_call import seal_call
from tests.integration.web_office import LISTENER, WebOffice, new_record

pytestmark = pytest.mark.browser

ROLES = {"dora": Role.DIRECTOR, "lena": Role.LINE_MANAGER}
ZONE = ZoneInfo("Europe/London")


@pytest.fixture
def people(office: WebOffice) -> dict[str, str]:
    """A director and a line manager, by name, with their pass phrases."""
    return add_people(office.home, office_key_of(office.home, LISTENER, office.pass_phrases[LISTENER]), ROLES)


@pytest.fixture
def calls(office: WebOffice) -> list[CallRecord]:
    """Three calls of some minutes ago; the last is of another extension."""
    now = datetime.now(UTC)
    began = [now - timedelta(minutes=minutes) for minutes in (5, 9, 13)]
    return [
        seal_call(office.home, new_record(at, office=office_party), 4.0)
        for at, office_party in zip(began, ("201", "201", "202"), strict=True)
    ]


@pytest.fixture
def windows(chromium: Browser) -> Iterator[dict[str, Watched]]:
    contexts = {name: chromium.new_context(viewport=size) for name, size in (("dora", DESK), ("lena", PHONE))}
    yield {name: Watched(context) for name, context in contexts.items()}
    for context in contexts.values():
        context.close()


def sign_in(page: Page, site: str, name: str, pass_phrase: str) -> None:
    page.goto(site)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Pass phrase").fill(pass_phrase)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def ask(page: Page, site: str) -> None:
    """By the keyboard alone."""
    page.goto(f"{site}/requests")
    page.get_by_role("link", name="Ask for calls").focus()
    page.keyboard.press("Enter")
    page.get_by_label("What do you need to hear them for?").focus()
    page.keyboard.type("Complaint 4711: what was promised")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Day", exact=True)).to_be_focused()
    page.get_by_label("Day", exact=True).fill(datetime.now(ZONE).date().isoformat())
    page.get_by_label("Extension").fill("201")
    page.get_by_label("In your words").fill("The second call about the boiler")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your request was handed in.")).to_be_visible()


def decide(page: Page, site: str) -> None:
    page.goto(f"{site}/to-do")
    expect(page.get_by_role("link", name=re.compile("To do 1"))).to_be_visible()
    page.get_by_role("link", name=re.compile("Decide which calls lena may hear")).click()
    expect(page.get_by_role("checkbox")).to_have_count(2)  # not the one of extension 202
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Open the chosen calls").click()
    expect(page.get_by_text("1 call is open to lena.")).to_be_visible()


def listen(page: Page, site: str, tmp_path: Path) -> None:
    page.goto(f"{site}/requests")
    assert_well_made(page)
    page.screenshot(path=tmp_path / "open.png", full_page=True)
    page.get_by_role("link", name=re.compile("Listen to the call")).click()
    page.get_by_label("Why do you need to hear this call?").fill("complaint 4711")
    page.get_by_role("button", name="Open the recording").click()
    expect(page.locator("#wave")).to_have_attribute("data-drawn", "voices")
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


def test_a_call_is_asked_for_opened_heard_and_shut_again(
    windows: dict[str, Watched],
    site: str,
    office: WebOffice,
    people: dict[str, str],
    calls: list[CallRecord],
    tmp_path: Path,
) -> None:
    dora, lena = windows["dora"].page, windows["lena"].page
    for name, page in (("dora", dora), ("lena", lena)):
        sign_in(page, site, name, people[name])
    ask(lena, site)
    decide(dora, site)
    listen(lena, site, tmp_path)
    assert lena.get_by_role("heading", name="Download").count() == 0
    assert_well_made(lena)
    lena.screenshot(path=tmp_path / "heard.png", full_page=True)
    (subject,) = [entry["subject"] for entry in office.recorder.evidence if entry["kind"] == "listened"]
    assert (subject["recording"], len(subject["request"])) == (calls[0].recording_id, 32)

    ends_at_ms = approve_for_moments(office, people, calls[0].recording_id)
    lena.reload()
    expect(lena.get_by_text("This call is open to you until")).to_be_visible()
    lena.wait_for_timeout(max(0, ends_at_ms - time.time_ns() // 1_000_000))
    assert lena.evaluate("fetch(document.getElementById('audio').src).then((answer) => answer.status)") == 403
    lena.reload()
    expect(lena.get_by_text("This call is not open to you, or no longer.")).to_be_visible()
    lena.goto(f"{site}/requests")
    expect(lena.get_by_text("No call is open to you now.")).to_be_visible()


def approve_for_moments(office: WebOffice, people: dict[str, str], recording_id: str) -> int:
    """Approve the call once more, until some seconds from now: the page knows days only. Gives the end, Unix ms."""
    opener = ControlClient(office.home.opener_socket, 30)
    tokens = {
        name: str(opener.post("/sign-in", {"user": name, "password": people[name]})["token"])
        for name in ("lena", "dora")
    }
    asked = opener.post("/requests", {"purpose": "once more", "calls": [recording_id]}, token=tokens["lena"])
    ends_at_ms = time.time_ns() // 1_000_000 + 4000
    body = {"calls": [recording_id], "ends_at_ms": ends_at_ms, "reason": ""}
    opener.post(f"/requests/{asked['request_id']}/approve", body, token=tokens["dora"])
    return ends_at_ms


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_pages_are_well_made(
    chromium: Browser,
    site: str,
    people: dict[str, str],
    calls: list[CallRecord],
    size: ViewportSize,
    tmp_path: Path,
) -> None:
    for name, paths in (("lena", ("/requests/ask", "/requests")), ("dora", ("/requests", "decide", "/requests"))):
        context = chromium.new_context(viewport=size)
        window = Watched(context)
        page = window.page
        sign_in(page, site, name, people[name])
        for number, path in enumerate(paths):
            if path == "decide":
                page.get_by_role("link", name=re.compile("Decide at the request of lena")).click()
            else:
                page.goto(f"{site}{path}")
            assert_well_made(page)
            page.screenshot(path=tmp_path / f"{name}-{number}-{size['width']}.png", full_page=True)
        if name == "lena":
            ask(page, site)
            assert_well_made(page)
            page.screenshot(path=tmp_path / f"lena-asked-{size['width']}.png", full_page=True)
        context.close()
        assert window.complaints == []


def test_a_refusal_and_its_reason_reach_who_asked(
    windows: dict[str, Watched], site: str, people: dict[str, str], calls: list[CallRecord]
) -> None:
    dora, lena = windows["dora"].page, windows["lena"].page
    sign_in(lena, site, "lena", people["lena"])
    ask(lena, site)
    sign_in(dora, site, "dora", people["dora"])
    dora.goto(f"{site}/requests")
    dora.get_by_role("link", name=re.compile("Decide at the request of lena")).click()
    dora.get_by_label("Why not? lena will read it").fill("Not about work")
    dora.get_by_role("button", name="Refuse the request").click()
    expect(dora.get_by_text("The request of lena was refused")).to_be_visible()
    lena.goto(f"{site}/requests")
    expect(lena.get_by_text("By dora: “Not about work”")).to_be_visible()


def test_several_calls_of_one_case_are_opened_for_one_purpose(
    desk: Watched, site: str, office: WebOffice, people: dict[str, str], calls: list[CallRecord], tmp_path: Path
) -> None:
    page = desk.page
    sign_in(page, site, "dora", people["dora"])
    page.goto(f"{site}/calls/{calls[0].recording_id}")
    page.get_by_label("Why do you need to hear this call?").fill("what was promised about delivery")
    page.get_by_label("Case").fill("Complaint 4711")
    page.get_by_role("button", name="Open the recording").click()
    expect(page.locator("#wave")).to_have_attribute("data-drawn", "voices")
    page.goto(f"{site}/calls/{calls[1].recording_id}")
    expect(page.get_by_text("You are working on the case “Complaint 4711”")).to_be_visible()
    assert_well_made(page)
    page.screenshot(path=tmp_path / "case.png", full_page=True)
    page.get_by_role("button", name="Open it for this case").click()
    expect(page.locator("#wave")).to_have_attribute("data-drawn", "voices")
    details = [entry["detail"] for entry in office.recorder.evidence if entry["kind"] == "listened"]
    assert [detail["case"] for detail in details] == ["Complaint 4711"] * 2
    assert {detail["purpose"] for detail in details} == {"what was promised about delivery"}
