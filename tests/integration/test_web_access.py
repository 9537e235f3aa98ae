"""Who gets onto the page, and what everybody else gets."""

from __future__ import annotations

import logging
import socket
import threading
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from firmware.adapters.control.client import ControlClient
from firmware.core.call_record import Party
from tests.integration.sealed_call import list_call, seal_call
from tests.integration.web_office import (
    ADMINISTRATOR,
    LISTENER,
    NUMBER,
    WebOffice,
    form_token,
    new_record,
    open_recording,
    sign_in,
    web_office,
)
from webui.access.gatekeeper import safe_next
from webui.security_headers import is_own_host, own_names

SOME_ID = "01" * 16


def token_of(browser: FlaskClient, name: str = "earmark") -> str:
    cookie = browser.get_cookie(name)
    assert cookie is not None
    return cookie.value


def test_a_view_that_says_nothing_is_shut_even_to_a_listener(office: WebOffice) -> None:
    office.app.add_url_rule("/forgotten", view_func=lambda: "secret", endpoint="forgotten")
    answer = office.signed_in().get("/forgotten")
    assert answer.status_code == 403
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/calls",
        f"/calls/{SOME_ID}",
        f"/calls/{SOME_ID}/audio",
        "/in-progress",
        "/in-progress/events",
        "/health",
        "/help",
    ],
)
def test_a_stranger_is_sent_to_sign_in_whatever_they_ask_for(office: WebOffice, path: str) -> None:
    answer = office.browser().get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in?next=%2F")
    assert office.browser().get(path, headers={"Accept": "audio/ogg"}).status_code == 401


@pytest.mark.parametrize("path", [f"/calls/{SOME_ID}/listen", f"/calls/{SOME_ID}/download", "/sign-out"])
def test_a_stranger_cannot_post_anything(office: WebOffice, path: str) -> None:
    browser = office.browser()
    token = form_token(browser.get("/sign-in"))
    answer = browser.post(path, data={"csrf_token": token, "purpose": "curiosity", "format": "wav"})
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert office.recorder.evidence == []


def test_an_address_that_does_not_exist_keeps_a_person_signed_in(office: WebOffice) -> None:
    answer = office.signed_in().get("/nothing")
    assert answer.status_code == 404
    assert "Sign out" in answer.text
    assert office.browser().get("/nothing").status_code == 404


def test_signing_in_leads_to_where_one_wanted_to_go(office: WebOffice) -> None:
    answer = sign_in(office.browser(), LISTENER, office.pass_phrases[LISTENER], "/calls?number=0123")
    assert (answer.status_code, answer.location) == (303, "/calls?number=0123")


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "calls", "", "/a\r\nX: y"],
)
def test_signing_in_never_leads_off_the_box(target: str) -> None:
    assert safe_next(target) is None


def test_a_wrong_pass_phrase_reads_the_same_whether_or_not_the_name_exists(office: WebOffice) -> None:
    known = sign_in(office.browser(), LISTENER, "wrong wrong wrong wrong")
    unknown = sign_in(office.browser(), "nobody", "wrong wrong wrong wrong")
    assert known.status_code == unknown.status_code == 401
    assert alert(known.text) == alert(unknown.text)
    assert LISTENER not in alert(known.text)


def alert(page: str) -> str:
    return page.partition('role="alert">')[2].partition("</p>")[0]


def test_the_cookie_holds_an_opaque_token_that_scripts_and_other_sites_cannot_have(office: WebOffice) -> None:
    answer = sign_in(office.browser(), LISTENER, office.pass_phrases[LISTENER])
    [cookie] = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("earmark=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Max-Age" not in cookie
    assert "Expires" not in cookie
    assert office.pass_phrases[LISTENER] not in cookie


def test_with_tls_every_cookie_is_secure_and_bound_to_the_host(tmp_path: Path) -> None:
    with web_office(tmp_path, tls=True) as office:
        browser = office.browser()
        page = browser.get("/sign-in", base_url="https://localhost")
        data = {"csrf_token": form_token(page), "user": LISTENER, "password": office.pass_phrases[LISTENER]}
        answer = browser.post("/sign-in", base_url="https://localhost", data=data)
        assert answer.status_code == 303, answer.text
        cookies = [*page.headers.getlist("Set-Cookie"), *answer.headers.getlist("Set-Cookie")]
        assert len(cookies) >= 2
        assert all(cookie.startswith("__Host-") and "Secure" in cookie for cookie in cookies)


def test_signing_out_makes_the_token_worthless_everywhere(office: WebOffice) -> None:
    browser = office.signed_in()
    token = token_of(browser)
    answer = browser.post("/sign-out", data={"csrf_token": form_token(browser.get("/help"))})
    assert (answer.status_code, answer.location) == (303, "/signed-out")
    thief = office.browser()
    thief.set_cookie("earmark", token)
    assert thief.get("/calls").status_code == 303


def bytes_unsealed(office: WebOffice) -> int:
    return int(office.app.extensions["earmark"].room.bytes_held)


def test_signing_out_forgets_what_was_unsealed_even_while_the_opener_is_away(office: WebOffice) -> None:
    record = seal_call(office.home, new_record(), seconds=2)
    browser = office.signed_in()
    open_recording(browser, record.recording_id)
    token = form_token(browser.get("/help"))
    assert bytes_unsealed(office) > 0
    office.opener.stop()
    answer = browser.post("/sign-out", data={"csrf_token": token})
    assert answer.status_code == 303
    assert bytes_unsealed(office) == 0
    assert browser.get_cookie("earmark") is None
    assert "opener did not answer" in browser.get(answer.location).text


def test_a_session_that_the_opener_ended_is_over_at_the_next_click(office: WebOffice) -> None:
    record = seal_call(office.home, new_record(), seconds=2)
    browser = office.signed_in()
    open_recording(browser, record.recording_id)
    ControlClient(office.home.opener_socket).post("/sign-out", {"token": token_of(browser)})
    assert browser.get("/calls").status_code == 303
    assert bytes_unsealed(office) == 0


@pytest.mark.parametrize(("name", "pass_phrase"), [("x" * 65, "wrong"), (LISTENER, "x" * 1001), ("", ""), ("\0", "\0")])
def test_a_sign_in_that_cannot_be_one_reads_like_any_wrong_one(office: WebOffice, name: str, pass_phrase: str) -> None:
    answer = sign_in(office.browser(), name, pass_phrase)
    assert answer.status_code == 401
    assert "The name or the pass phrase is wrong." in answer.text


def test_news_that_a_page_fetches_by_itself_does_not_prolong_a_session(office: WebOffice) -> None:
    browser = office.signed_in()
    client = ControlClient(office.home.opener_socket)

    def ends_at() -> int:
        return int(client.get("/session", token=token_of(browser), query={"activity": "no"})["expires_at_ms"])

    before = ends_at()
    browser.get("/calls", headers={"Earmark-Background": "yes"})
    assert ends_at() == before
    browser.get("/calls")
    assert ends_at() > before


def test_a_form_without_its_token_is_refused_and_changes_nothing(office: WebOffice) -> None:
    browser = office.signed_in()
    answer = browser.post("/sign-out")
    assert answer.status_code == 400
    assert "Please try again" in answer.text
    assert browser.get("/calls").status_code == 200


def test_a_form_token_from_before_signing_in_is_worth_nothing_after_it(office: WebOffice) -> None:
    browser = office.browser()
    early = form_token(browser.get("/sign-in"))
    sign_in(browser, LISTENER, office.pass_phrases[LISTENER])
    assert browser.post("/sign-out", data={"csrf_token": early}).status_code == 400


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_request_made_on_another_site_is_refused_even_with_a_token(office: WebOffice, site: str) -> None:
    browser = office.signed_in()
    token = form_token(browser.get("/help"))
    answer = browser.post("/sign-out", data={"csrf_token": token}, headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 403
    assert browser.get("/calls").status_code == 200


def test_a_request_by_a_name_that_is_not_ours_is_not_answered(office: WebOffice) -> None:
    answer = office.browser().get("/sign-in", headers={"Host": "attacker.example"})
    assert answer.status_code == 400
    assert "csrf_token" not in answer.text


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:8443", "192.168.1.20:8443", "[::1]:8443", socket.gethostname(), "recorder.example"]
)
def test_our_own_names_and_plain_addresses_are_answered(host: str) -> None:
    assert is_own_host(host, own_names(["recorder.example"]))


@pytest.mark.parametrize("host", ["", "localhost.attacker.example", "127.0.0.1.attacker.example", "[", "recorder"])
def test_other_names_are_not(host: str) -> None:
    assert not is_own_host(host, frozenset({"localhost"}))


@pytest.mark.parametrize("path", ["/sign-in", "/calls", "/nothing", "/static/page.css", "/in-progress/events"])
def test_every_answer_is_guarded_and_no_page_is_kept_by_the_browser(office: WebOffice, path: str) -> None:
    with office.browser().get(path) as answer:
        headers = answer.headers
    assert headers["Content-Security-Policy"].startswith("default-src 'self'; ")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert ("no-store" in headers["Cache-Control"]) == (not path.startswith("/static"))


@pytest.mark.parametrize("path", ["/calls", f"/calls/{SOME_ID}", f"/calls/{SOME_ID}/audio"])
def test_an_administrator_gets_no_recordings(office: WebOffice, path: str) -> None:
    answer = office.signed_in(ADMINISTRATOR).get(path)
    assert answer.status_code == 403
    assert "Not allowed" in answer.text


@pytest.mark.parametrize("action", ["listen", "download"])
def test_an_administrator_cannot_open_a_recording(office: WebOffice, action: str) -> None:
    record = seal_call(office.home, new_record())
    browser = office.signed_in(ADMINISTRATOR)
    data = {"csrf_token": form_token(browser.get("/help")), "purpose": "curiosity", "format": "wav"}
    assert browser.post(f"/calls/{record.recording_id}/{action}", data=data).status_code == 403
    assert "listened" not in office.recorder.kinds()


def test_an_administrator_sees_health_and_help_but_nowhere_a_number(office: WebOffice) -> None:
    list_call(office.home, new_record(far=Party(NUMBER)))
    office.lines.call("a", state="connected", recording=True)
    browser = office.signed_in(ADMINISTRATOR)
    assert browser.get("/").location == "/in-progress"
    for path in ("/in-progress", "/health", "/help"):
        page = browser.get(path)
        assert page.status_code == 200
        assert NUMBER not in page.text
        assert 'href="/calls"' not in page.text


def test_when_the_opener_is_away_the_page_says_so_and_lets_nobody_in(office: WebOffice) -> None:
    browser = office.signed_in()
    office.opener.stop()
    answer = browser.get("/calls")
    assert answer.status_code == 503
    assert "does not answer" in answer.text
    assert "Try again in a minute" in answer.text
    assert str(office.home.run) not in answer.text


def test_more_sign_ins_at_once_than_the_box_can_check_are_asked_to_wait(office: WebOffice) -> None:
    browsers = [office.browser() for _ in range(12)]
    tokens = [form_token(browser.get("/sign-in")) for browser in browsers]
    together = threading.Barrier(len(browsers))
    statuses: list[int] = []

    def try_it(browser: FlaskClient, token: str) -> None:
        data = {"csrf_token": token, "user": LISTENER, "password": office.pass_phrases[LISTENER]}
        together.wait()
        statuses.append(browser.post("/sign-in", data=data).status_code)

    threads = [threading.Thread(target=try_it, args=pair) for pair in zip(browsers, tokens, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) == {303, 429}
    assert statuses.count(303) >= 4


def test_no_log_line_holds_a_number_a_token_or_a_pass_phrase(
    office: WebOffice, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    record = seal_call(office.home, new_record(far=Party(NUMBER)), seconds=2)
    browser = office.signed_in()
    browser.get(f"/calls?number={NUMBER}")
    open_recording(browser, record.recording_id, "complaint by somebody")
    browser.get(f"/calls/{record.recording_id}/audio")
    browser.get("/calls?number=Nobody%20Known")
    sign_in(office.browser(), LISTENER, "a wrong pass phrase here")
    browser.get("/health")
    text = caplog.text
    assert NUMBER not in text
    assert NUMBER[1:] not in text
    assert token_of(browser) not in text
    assert office.pass_phrases[LISTENER] not in text
    assert "a wrong pass phrase here" not in text
    assert "complaint by somebody" not in text
