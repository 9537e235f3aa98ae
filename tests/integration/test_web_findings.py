"""What the box finds wrong with itself, on the health page; and its figures for programs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import TestResponse

from firmware.adapters.control.server import Handler, Request
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.supervision.disk_space import DiskSpace
from firmware.core.home import Home
from firmware.core.hook_health import judge_web_hook
from firmware.services.health_checks import Check, UpdateState, certificate_check, disk_check, made, update_check
from tests.hand_set_clock import HandSetClock
from tests.integration.programs import DIRECTOR, with_director
from tests.integration.web_office import ADMINISTRATOR, LISTENER, WebOffice, form_token, web_office
from webui import WebConfig, create_app
from webui.application import close_app

FULL: dict[str, Any] = {
    "id": "disk",
    "check": "disk",
    "title": "Room on the disk",
    "severity": "fault",
    "what": "The data disk has 12 MB left.",
    "fix": {"words": "Put a larger one in.", "command": "earmark data-disk", "page": "/holds"},
    "since_ms": 1_790_000_000_000,
    "acknowledged": None,
}
HOT = FULL | {"id": "temperature:cpu", "check": "temperature", "severity": "attention", "what": "It is at 78 °C."}
KNOWN = HOT | {"id": "power", "check": "power", "acknowledged": {"by": "Ada", "until_ms": 1_791_000_000_000}}
NOTE = HOT | {"id": "clock", "check": "clock", "severity": "note", "what": "No time server keeps the clock."}
CHECKS = [
    {"check": "disk", "title": "Room on the disk", "findings": 1},
    {"check": "power", "title": "Power", "findings": 0},
]


class Keeper:
    """The keeper's side, and what was asked of it."""

    def __init__(self) -> None:
        self.findings = [FULL, HOT, KNOWN, NOTE]
        self.acknowledged: list[Mapping[str, Any]] = []

    def routes(self, _: Home) -> Mapping[str, Handler]:
        return {"GET /findings": self._all, "POST /findings/acknowledge": self._acknowledge}

    def _all(self, _: Request) -> Mapping[str, Any]:
        return {"findings": self.findings, "checks": CHECKS, "waiting": 2}

    def _acknowledge(self, request: Request) -> Mapping[str, Any]:
        self.acknowledged.append(request.body)
        return {"finding": FULL}


def pages_that_fix_something() -> list[tuple[str, str]]:
    """What some checks find, and the page to which each leads."""
    checks = [
        disk_check(DiskSpace(Path("/")), 0, 0, lambda: "The data disk is locked."),
        disk_check(DiskSpace(Path("/")), 10**18, 10**18, str),
        update_check(lambda: UpdateState("It was left again.", "2.0.0")),
        certificate_check(lambda: 0, HandSetClock()),
        Check("web-hooks", lambda: judge_web_hook("CRM", 3600.0, "It answered 500.", 0, False)),
    ]
    return [(found.what, found.fix.page) for check in checks for found in made(check)]


def acknowledge(client: FlaskClient, asked: Mapping[str, str]) -> TestResponse:
    token = form_token(client.get("/health"))
    return client.post("/health/known", data={**asked, "csrf_token": token})


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


@pytest.fixture
def watched(tmp_path: Path, keeper: Keeper) -> Iterator[WebOffice]:
    with web_office(tmp_path, keeper_of=keeper.routes) as made:
        yield made


def test_what_is_wrong_comes_first_with_its_fix_and_what_somebody_knows_of_is_folded(watched: WebOffice) -> None:
    text = unescape(watched.signed_in(ADMINISTRATOR).get("/health").text)
    assert "2 things to see to." in text
    places = [text.index(words) for words in ("12 MB left", "It is at 78", "Somebody knows of 1", "Worth knowing: 1")]
    assert places == sorted(places)
    assert places[-1] < text.index("Programs</h2>")
    assert '<a href="/holds">Open Keeping</a>' in text
    assert "<code>earmark data-disk</code>" in text
    assert "Ada knows of it" in text
    assert "1 of 2 checks find nothing wrong" in text


def test_each_page_that_a_finding_leads_to_is_there_and_is_called_by_name(watched: WebOffice, keeper: Keeper) -> None:
    stored = pages_that_fix_something()
    assert {page for _, page in stored} >= {"/disk", "/updates", "/certificate", "/programs"}
    client = watched.signed_in(ADMINISTRATOR)
    for what, page in stored:
        keeper.findings = [FULL | {"fix": {"words": "Look.", "command": "", "page": page}}]
        assert f'<a href="{page}">Open the page for it</a>' not in client.get("/health").text, what
        assert client.get(page).status_code != 404, what


def test_nobody_is_led_to_where_they_are_turned_away(watched: WebOffice, keeper: Keeper) -> None:
    with_director(watched)
    for role, leads in ((DIRECTOR, True), (ADMINISTRATOR, False)):
        client = watched.signed_in(role)
        keeper.findings = [FULL | {"fix": {"words": "Look.", "command": "", "page": "/programs"}}]
        assert ('<a href="/programs">Open Programs</a>' in client.get("/health").text) is leads
        assert (client.get("/programs").status_code == 200) is leads


def test_who_says_that_they_know_is_in_the_evidence_and_the_keeper_is_told_for_how_long(
    watched: WebOffice, keeper: Keeper
) -> None:
    client = watched.signed_in(ADMINISTRATOR)
    done = acknowledge(client, {"finding": "disk", "for_days": "7"})
    assert done.status_code == 303
    (told,) = keeper.acknowledged
    assert (told["finding"], told["by"]) == ("disk", ADMINISTRATOR)
    assert told["until_ms"] > 7 * 86_400_000
    entry = watched.recorder.evidence[-1]
    assert (entry["kind"], entry["subject"]["check"]) == ("finding-acknowledged", "disk")
    assert entry["detail"]["finding"] == "The data disk has 12 MB left."


def test_what_is_not_wrong_any_more_cannot_be_acknowledged(watched: WebOffice, keeper: Keeper) -> None:
    client = watched.signed_in(LISTENER)
    token = form_token(client.get("/health"))
    keeper.findings = []
    done = client.post("/health/known", data={"finding": "disk", "csrf_token": token})
    assert done.status_code == 422
    assert "not any more" in unescape(done.text)
    assert keeper.acknowledged == []


def test_figures_are_read_with_a_token_of_their_own_and_name_nobody(watched: WebOffice) -> None:
    digest = hashlib.sha256(b"the token").hexdigest()
    config = WebConfig(watched.home, "Office", tls=False, metrics_token_sha256=lambda: digest)
    app = create_app(config)
    try:
        client = app.test_client()
        assert client.get("/metrics").status_code == 401
        assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
        answer = client.get("/metrics", headers={"Authorization": "Bearer the token"})
    finally:
        close_app(app)
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    up = {sample.labels["process"]: sample.value for sample in families["earmark_process_up"].samples}
    assert up == {"lines": 1.0, "recorder": 1.0, "opener": 1.0, "keeper": 1.0}
    assert {s.labels["check"]: s.value for s in families["earmark_findings"].samples} == {"disk": 1.0, "power": 0.0}
    assert {s.labels["severity"]: s.value for s in families["earmark_findings_unknown"].samples} == {
        "fault": 1.0,
        "attention": 1.0,
        "note": 1.0,
    }
    assert families["earmark_alerts_waiting"].samples[0].value == 2
    assert "0163" not in answer.text


def test_without_a_token_in_the_settings_there_are_no_figures(watched: WebOffice) -> None:
    document = SettingsFile(watched.home.settings_file).read()
    assert document.get("alerts", {}).get("metrics_token_sha256", "") == ""
    assert watched.app.test_client().get("/metrics").status_code == 404
