"""The page of updates, with the box's own process behind it: sent, written, waited for, gone back."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.adapters.control.client import ControlClient
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.update.handed_over import handed_over
from firmware.cli.keeper.updates import update_at_work, update_routes
from firmware.core.errors import NotAllowed, SignInRefused, UpdateRefused
from firmware.core.local_time import DAYS
from firmware.core.system_update import Phase
from tests.integration.updated_box import BESIDE, DIRECTOR, GOOD, UpdatedBox, director_of, eventually, updated_box
from tests.integration.web_office import ADMINISTRATOR, LISTENER, WebOffice, form_token, recorded, sign_in, web_office
from webui.audit.evidence_kinds import kind_words


@pytest.fixture
def office(tmp_path: Path) -> Iterator[WebOffice]:
    with web_office(tmp_path, keeper_of=update_routes) as made:
        yield made


@pytest.fixture
def box(office: WebOffice) -> Iterator[UpdatedBox]:
    with updated_box(office) as made:
        yield made


@pytest.fixture
def browser(office: WebOffice) -> FlaskClient:
    found = office.browser()
    assert sign_in(found, DIRECTOR, director_of(office)).status_code == 303
    return found


def post(browser: FlaskClient, path: str, **fields: object) -> TestResponse:
    form = {"csrf_token": form_token(browser.get("/help")), **fields}
    return browser.post(f"/updates{path}", data=form, follow_redirects=True)


def send(browser: FlaskClient, content: bytes, **fields: str) -> TestResponse:
    return post(browser, "/send", file=(io.BytesIO(content), "earmark-1.5.0.raucb"), **fields)


def phase(box: UpdatedBox) -> Phase | None:
    newest = box.notes.update()
    return newest.phase if newest else None


def page(browser: FlaskClient) -> str:
    return browser.get("/updates").text


def test_an_update_sent_from_a_browser_is_written_and_waits_for_a_quiet_moment(
    office: WebOffice, box: UpdatedBox, browser: FlaskClient
) -> None:
    shown = page(browser)
    assert "Version 1.4.0" in shown
    assert f"Version {BESIDE}, known to run well" in shown
    content = GOOD + os.urandom(400_000)
    box.slots.go_on.clear()
    assert "The update is here." in send(browser, content).text
    eventually(lambda: "40 % written" in page(browser))
    assert 'http-equiv="refresh"' in page(browser), "it looks again by itself, without scripts"
    assert update_at_work(office.home), "the keeper tells the front panel"
    assert "Another update is on its way" in send(browser, content).text
    box.slots.go_on.set()
    eventually(lambda: "is ready. The box restarts" in page(browser))
    assert box.slots.written == content
    assert not update_at_work(office.home), "nobody minds a box that waits: its light shows its calls"
    assert list(box.home.sent_update.parent.iterdir()) == []
    acts = [entry["subject"]["act"] for entry in office.recorder.evidence if entry["kind"] == "box-act"]
    assert acts == ["apply-update"]
    begun = next(entry for entry in office.recorder.evidence if entry["kind"] == "update-begun")
    assert begun["detail"] == {"name": DIRECTOR, "version": "1.5.0", "version_before": "1.4.0"}
    assert kind_words("update-begun") == "Began an update of the box"


def test_what_nobody_trusted_has_signed_is_refused_and_the_page_says_so(
    office: WebOffice, box: UpdatedBox, browser: FlaskClient
) -> None:
    send(browser, GOOD.replace(b"signed", b"forged"))
    eventually(lambda: "not signed by anybody whom this box trusts" in page(browser))
    assert (box.slots.written, phase(box)) == (b"", None)
    assert "update-refused" in office.recorder.kinds()
    assert "Send and apply" in page(browser), "another may be tried"
    assert list(box.home.sent_update.parent.iterdir()) == []


def restart_of(box: UpdatedBox) -> str:
    """As its timer asks every minute."""
    return box.parts(box.home).restart.try_now()


def keep_hours(office: WebOffice, hours: str) -> None:
    settings = SettingsFile(office.home.settings_file)
    settings.replace(settings.read() | {"hours": {day: [hours] for day in DAYS}})


def test_the_box_restarts_once_the_office_is_closed_or_in_a_hurry_but_never_during_a_call(
    office: WebOffice, box: UpdatedBox, browser: FlaskClient
) -> None:
    keep_hours(office, "00:00-24:00")
    send(browser, GOOD)
    eventually(lambda: phase(box) is Phase.WAITING)
    assert "once the office is closed and no call is up" in page(browser)
    assert "At this moment: The office is open." in page(browser)
    assert restart_of(box) == "The office is open."
    office.lines.call("a-call", **recorded())
    assert "restarts as soon as no call is up" in post(browser, "/restart").text
    assert "At this moment: 1 call is in progress." in page(browser)
    assert restart_of(box) == "1 call is in progress."
    assert box.slots.restarts == 0
    office.lines.call("a-call", state="ended")
    assert restart_of(box) == ""
    assert box.slots.restarts == 1


def test_the_version_before_can_be_gone_back_to_from_the_page(
    office: WebOffice, box: UpdatedBox, browser: FlaskClient
) -> None:
    assert "goes back to the version before" in post(browser, "/go-back", at_once="yes").text
    newest = box.notes.update()
    assert newest is not None
    assert (newest.version, newest.went_back, newest.at_once, newest.who) == (BESIDE, True, True, DIRECTOR)
    assert box.slots.next == "B"
    assert [kind for kind in office.recorder.kinds() if "act" in kind or "update" in kind] == [
        "box-act",
        "update-taken-back",
    ]
    assert "is written and waits to be tried" in post(browser, "/go-back").text


class Shelf(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(GOOD)))
        self.end_headers()
        self.wfile.write(GOOD)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


def test_the_box_fetches_an_update_from_an_address_and_says_why_it_cannot(
    box: UpdatedBox, browser: FlaskClient
) -> None:
    post(browser, "/fetch", url="ftp://127.0.0.1/update.raucb")
    eventually(lambda: "no address of a web server" in page(browser))
    with HTTPServer(("127.0.0.1", 0), Shelf) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        post(browser, "/fetch", url=f"http://127.0.0.1:{server.server_port}/update.raucb")
        eventually(lambda: phase(box) is Phase.WAITING)
        thread.join()
    assert box.slots.written == GOOD
    eventually(lambda: not list(box.home.fetched_update.parent.iterdir()))


@pytest.mark.parametrize("name", [ADMINISTRATOR, LISTENER])
def test_nobody_but_a_director_updates_the_box(office: WebOffice, box: UpdatedBox, name: str) -> None:
    browser = office.signed_in(name)
    assert browser.get("/updates").status_code == 403
    assert "Updates" not in browser.get("/help").text.partition("<main")[0]
    for path in ("/send", "/fetch", "/restart", "/go-back"):
        assert post(browser, path).status_code == 403
    assert list(box.home.sent_update.parent.iterdir()) == []
    asked = ControlClient(office.home.box_socket)
    token = ControlClient(office.home.opener_socket, 30).post(
        "/sign-in", {"user": name, "password": office.pass_phrases[name]}
    )["token"]
    for path in ("apply", "restart", "go-back"):
        with pytest.raises(SignInRefused):
            asked.post(f"/update/{path}", {"source": "sent"})
        with pytest.raises(NotAllowed):
            asked.post(f"/update/{path}", {"source": "sent"}, token=token)


def test_a_form_without_its_token_or_without_a_file_leaves_nothing_behind(
    box: UpdatedBox, browser: FlaskClient
) -> None:
    answer = browser.post("/updates/send", data={"file": (io.BytesIO(GOOD), "x.raucb")})
    assert answer.status_code == 400
    assert post(browser, "/send").status_code == 422
    assert list(box.home.sent_update.parent.iterdir()) == []
    assert phase(box) is None


def test_nothing_but_a_plain_file_in_its_own_folder_is_handed_over(tmp_path: Path) -> None:
    folder, secret = tmp_path / "update", tmp_path / "secret"
    folder.mkdir()
    secret.write_text("anything")
    place = folder / "update.raucb"
    for make in (partial(place.symlink_to, secret), partial(os.mkfifo, place), partial(place.hardlink_to, secret)):
        make()
        with pytest.raises(UpdateRefused), handed_over(tmp_path, place):
            pass
        place.unlink()
    with pytest.raises(UpdateRefused, match="There is no update"), handed_over(tmp_path, place):
        pass
    (tmp_path / "elsewhere").symlink_to(folder)
    place.write_text("plain")
    with pytest.raises(UpdateRefused), handed_over(tmp_path, tmp_path / "elsewhere" / place.name):
        pass
    with handed_over(tmp_path, place) as file:
        place.rename(folder / "other")
        place.write_text("put there meanwhile")
        assert file.read_text() == "plain"
    assert not place.exists()


def test_a_file_that_its_sender_takes_away_meanwhile_was_handed_over_all_the_same(tmp_path: Path) -> None:
    sent = tmp_path / "sent.raucb"
    sent.write_bytes(GOOD)
    with handed_over(tmp_path, sent) as path:
        sent.unlink()
        assert path.read_bytes() == GOOD
