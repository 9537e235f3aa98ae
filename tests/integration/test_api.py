"""What programs may ask by a token: narrow, without cookies, and never anything of sound."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from firmware.core.call_record import Party
from tests.integration.programs import DIRECTOR, make_program, with_director
from tests.integration.sealed_call import seal_call
from tests.integration.web_office import LISTENER, NUMBER, WebOffice, form_token, new_record, recorded
from webui.api.description import description

API = "/api/v1"


@pytest.fixture
def director(office: WebOffice) -> WebOffice:
    with_director(office)
    return office


def told(answer: TestResponse) -> Any:
    """The JSON of an answer."""
    return answer.get_json()


def ask(office: WebOffice, token: str, path: str, **how: Any) -> TestResponse:
    headers: Mapping[str, str] = {"Authorization": f"Bearer {token}"} if token else {}
    browser = office.app.test_client()
    return browser.post(path, headers=headers, **how) if how.pop("post", False) else browser.get(path, headers=headers)


def test_a_till_pauses_and_resumes_its_extension_and_no_other(director: WebOffice) -> None:
    token = make_program(director, "Till", ["pause:201"])
    director.lines.call("a", **recorded())
    assert told(ask(director, token, f"{API}/extensions/201")) == {
        "extension": "201",
        "state": "on",
        "paused_at": None,
        "resumes_at": None,
    }
    paused = ask(director, token, f"{API}/extensions/201/pause", post=True)
    assert (paused.status_code, told(paused)["state"]) == (200, "paused")
    assert told(paused)["resumes_at"].endswith("Z")
    assert told(ask(director, token, f"{API}/extensions/201/resume", post=True))["state"] == "on"
    assert [(what, by) for _, what, by in director.lines.asked] == [
        ("pause", {"how": "api", "who": "Till"}),
        ("resume", {"how": "api", "who": "Till"}),
    ]
    before = len(director.lines.asked)
    for path in ("extensions/202/pause", "extensions/20/pause", "extensions/2011/pause"):
        refused = ask(director, token, f"{API}/{path}", post=True)
        assert (refused.status_code, refused.mimetype) == (403, "application/problem+json")
    assert ask(director, token, f"{API}/calls").status_code == 403
    assert len(director.lines.asked) == before


def test_a_call_that_may_not_be_paused_and_an_extension_without_one_say_so(director: WebOffice) -> None:
    token = make_program(director, "Till", ["pause:201"])
    none = ask(director, token, f"{API}/extensions/201/pause", post=True)
    assert (none.status_code, told(none)["title"]) == (404, "The call has ended")
    director.lines.call("a", **recorded(actions=[]))
    fixed = ask(director, token, f"{API}/extensions/201/pause", post=True)
    assert (fixed.status_code, told(fixed)["detail"]) == (409, "This call is always recorded and may not be paused.")
    director.lines.call("b", **recorded(state="held", paused=True, paused_at_ms=1, resumes_at_ms=2, actions=["resume"]))
    beside = told(ask(director, token, f"{API}/extensions/201"))
    assert beside == {"extension": "201", "state": "fixed", "paused_at": None, "resumes_at": None}
    director.lines.stop()
    away = ask(director, token, f"{API}/extensions/201/pause", post=True)
    assert (away.status_code, away.headers["Retry-After"]) == (503, "5")


def test_cookies_open_nothing_here_and_a_token_opens_no_page(director: WebOffice) -> None:
    signed_in = director.signed_in(DIRECTOR)
    refused = signed_in.get(f"{API}/calls")
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, 'Bearer realm="earmark"')
    assert "Set-Cookie" not in refused.headers
    token = make_program(director, "CRM", ["calls:list"])
    headers = {"Authorization": f"Bearer {token}"}
    assert director.app.test_client().get("/calls", headers=headers).status_code in (303, 401)
    for wrong in ("", "Basic abc", "Bearer", "Bearer a b", f"bearer{token}", "Bearer é"):
        assert director.app.test_client().get(f"{API}/token", headers={"Authorization": wrong}).status_code == 401
    answer = director.app.test_client().get(f"{API}/token", headers={"Authorization": f"bEARER {token}"})
    assert told(answer) == {"name": "CRM", "scopes": ["calls:list"], "expires_at": None}
    assert "Set-Cookie" not in answer.headers
    assert director.app.test_client().get(f"{API}/token?token={token}").status_code == 401


def test_rows_are_listed_a_page_at_a_time_and_hold_no_number_unless_the_token_may_see_them(director: WebOffice) -> None:
    start = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    calls = [seal_call(director.home, new_record(start + timedelta(minutes=each)), 1.0) for each in range(5)]
    withheld = new_record(start - timedelta(hours=1), far=Party(presentation="withheld"))
    calls.insert(0, seal_call(director.home, withheld, 1.0))
    rows, numbers = (
        make_program(director, "CRM", ["calls:list"]),
        make_program(director, "Other", ["calls:list", "calls:numbers"]),
    )
    found, address = [], f"{API}/calls?limit=2"
    while address:
        page = ask(director, rows, address)
        assert NUMBER not in page.text
        assert "number" not in page.text
        found += [each["id"] for each in told(page)["calls"]]
        address = f"{API}/calls?limit=2&before={told(page)['next']}" if told(page)["next"] else ""
    assert found == [call.recording_id for call in reversed(calls)]
    with_numbers = told(ask(director, numbers, f"{API}/calls"))["calls"]
    assert [each["far_number"] for each in with_numbers] == [NUMBER] * 5 + [None]
    since = told(ask(director, rows, f"{API}/calls?since=2026-03-02T10:02:30%2B01:00&direction=inbound"))["calls"]
    assert [each["id"] for each in since] == [call.recording_id for call in reversed(calls[4:])]
    assert told(ask(director, rows, f"{API}/calls/{found[0]}")) == told(ask(director, rows, f"{API}/calls"))["calls"][0]
    for wrong in (
        "limit=0",
        "limit=x",
        "since=yesterday",
        "since=2026-03-02T10:02:30",
        "number=0207",
        "line=A;",
        "limit=1&limit=2",
        "before=1",
        "direction=up",
    ):
        assert ask(director, rows, f"{API}/calls?{wrong}").status_code == 422, wrong
    assert ask(director, rows, f"{API}/calls/none").status_code == 404
    assert ask(director, rows, f"{API}/calls/{found[0]}/audio").status_code == 404


def test_a_tag_is_found_beside_the_call_once_however_often_it_was_sent(director: WebOffice) -> None:
    call = seal_call(director.home, new_record(), 1.0).recording_id
    token = make_program(director, "CRM", ["tags:write"])
    for _ in range(2):
        answer = ask(director, token, f"{API}/calls/{call}/tags", post=True, json={"tag": "order-4711"})
        assert (answer.status_code, told(answer)) == (200, {"tag": "order-4711"})
    assert director.recorder.kinds().count("call-tagged") == 1
    page = director.signed_in(LISTENER).get(f"/calls/{call}").text
    assert page.count("#order-4711") == 1
    assert "CRM" in page
    bodies: tuple[Any, ...] = (
        {"tag": ""},
        {"tag": "4111 1111 1111 1111"},
        {"tag": "4111111111111111"},
        {"tag": 1},
        {},
        [],
        {"tag": "a", "note": "b"},
    )
    for body in bodies:
        assert ask(director, token, f"{API}/calls/{call}/tags", post=True, json=body).status_code == 422, body
    assert ask(director, token, f"{API}/calls/{call}/tags", post=True, data="{").status_code == 415
    wrong = ask(director, token, f"{API}/calls/{call}/tags", post=True, data="{", content_type="application/json")
    assert wrong.status_code == 400
    assert ask(director, token, f"{API}/calls/none/tags", post=True, json={"tag": "a"}).status_code == 404


def test_a_revoked_token_opens_nothing_from_that_moment(director: WebOffice) -> None:
    token = make_program(director, "CRM", ["calls:list"])
    assert ask(director, token, f"{API}/calls").status_code == 200
    browser = director.signed_in(DIRECTOR)
    page = browser.get("/programs")
    address = page.text.split('action="/programs/')[1].split('"')[0]
    assert browser.post(f"/programs/{address}", data={"csrf_token": form_token(page)}).status_code == 303
    refused = ask(director, token, f"{API}/calls")
    assert (refused.status_code, told(refused)["detail"]) == (401, "This token is good no more: it was revoked.")
    assert token not in json.dumps(director.recorder.evidence)
    refusals = [entry["detail"] for entry in director.recorder.evidence if entry["kind"] == "program-refused"]
    assert refusals == [{"name": "CRM", "why": "it was revoked"}]


def test_only_a_director_makes_tokens(director: WebOffice) -> None:
    for name in director.pass_phrases:
        browser = director.signed_in(name)
        allowed = name == DIRECTOR
        assert (browser.get("/programs").status_code == 200) == allowed, name
    assert director.browser().get("/programs").status_code == 303


def test_the_description_is_served_to_anybody_and_names_every_route_there_is(office: WebOffice) -> None:
    answer = office.app.test_client().get(f"{API}/openapi.json")
    assert told(answer) == description()
    described = {
        (f"{API}{path}", method.upper()) for path, methods in description()["paths"].items() for method in methods
    }
    served = {
        (rule.rule.replace("<recording_id>", "{id}").replace("<", "{").replace(">", "}"), method)
        for rule in office.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/")
    }
    assert served == described | {(f"{API}/openapi.json", "GET")}
