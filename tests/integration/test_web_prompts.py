"""Announcements by the page: heard, replaced by the office's own voice, taken away again, and none that is needed."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import firmware.prompts
from firmware.adapters.control.client import ControlClient, path_of
from firmware.adapters.control.server import ControlServer
from firmware.adapters.prompts.library import PromptLibrary
from firmware.adapters.prompts.prompt_files import put_prompt
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.box.routes import guarded
from firmware.cli.box.settings import settings_routes
from firmware.core.errors import PromptError
from tests.integration.test_web_settings import LINE
from tests.integration.updated_box import DIRECTOR, director_of
from tests.integration.web_office import ADMINISTRATOR, WebOffice, form_token, sign_in, web_office

SHIPPED = Path(next(iter(firmware.prompts.__path__)))
SPOKEN = (SHIPPED / "closed.wav").read_bytes()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[WebOffice]:
    with web_office(tmp_path) as office:
        store = SettingsFile(office.home.settings_file)
        store.replace(store.read() | {"lines": [LINE]})
        yield office


def kept(browser: FlaskClient, prompt: str, sound: bytes = b"", text: str = "") -> TestResponse:
    data: dict[str, Any] = {"csrf_token": form_token(browser.get("/settings/prompts")), "prompt": prompt, "text": text}
    if sound:
        data |= {"file": (io.BytesIO(sound), "spoken.wav")}
    return browser.post("/settings/prompts", data=data, content_type="multipart/form-data")


def removed(browser: FlaskClient, prompt: str) -> TestResponse:
    token = form_token(browser.get("/settings/prompts"))
    return browser.post(f"/settings/prompts/{prompt}/remove", data={"csrf_token": token})


def test_every_announcement_is_listed_with_its_words_and_can_be_heard(office: WebOffice) -> None:
    browser = office.signed_in(ADMINISTRATOR)
    page = browser.get("/settings/prompts")
    assert page.headers["Permissions-Policy"].count("microphone=(self)") == 1
    assert browser.get("/settings").headers["Permissions-Policy"].count("microphone=()") == 1
    assert 'src="/settings/prompts/call-recorded/sound"' in page.text
    assert "Played by main." in page.text
    sound = browser.get("/settings/prompts/call-recorded/sound")
    assert (sound.mimetype, sound.data) == ("audio/wav", (SHIPPED / "call-recorded.wav").read_bytes())
    assert browser.get("/settings/prompts/none-of-ours/sound").status_code == 404
    token = {"user": ADMINISTRATOR, "password": office.pass_phrases[ADMINISTRATOR]}
    client = ControlClient(office.home.opener_socket, 30)
    with pytest.raises(PromptError, match="cannot be a prompt"):
        client.get(path_of("prompts", "../prompts/closed", "sound"), token=client.post("/sign-in", token)["token"])


def test_the_offices_own_voice_is_played_instead_and_on_record_until_it_is_taken_away(office: WebOffice) -> None:
    browser, library = office.signed_in(ADMINISTRATOR), PromptLibrary(office.home.prompts)
    assert kept(browser, "call-recorded", SPOKEN).status_code == 303
    assert library.find("call-recorded").path == office.home.prompts / "call-recorded.wav"
    assert not office.home.new_prompt.exists()
    assert "The office&#39;s own" in browser.get("/settings/prompts").text.replace("office's", "office&#39;s")
    assert removed(browser, "call-recorded").status_code == 303
    assert library.find("call-recorded").path == SHIPPED / "call-recorded.wav"
    assert [kind for kind in office.recorder.kinds() if kind.startswith("prompt")] == ["prompt-kept", "prompt-removed"]


def test_one_that_a_line_plays_stays_and_one_that_settings_name_goes_from_them_too(office: WebOffice) -> None:
    browser, store = office.signed_in(ADMINISTRATOR), SettingsFile(office.home.settings_file)
    office.home.prompts.mkdir(exist_ok=True)
    shutil.copy(SHIPPED / "closed.wav", office.home.prompts / "ours.wav")
    played = {**LINE, "notice": {"inbound": "ours"}}
    store.replace(store.read() | {"prompts": {"ours": "ours.wav"}, "lines": [played]})
    refused = removed(browser, "ours")
    assert (refused.status_code, "is what line main plays" in refused.text) == (422, True)
    store.replace(store.read() | {"lines": [LINE]})
    assert removed(browser, "ours").status_code == 303
    assert store.read()["prompts"] == {}
    assert not (office.home.prompts / "ours.wav").exists()


@pytest.mark.parametrize(
    ("prompt", "sound", "why"),
    [
        ("Not an id", SPOKEN, "cannot be a prompt"),
        ("ours", b"no sound at all", "is not sound that can be read"),
        ("ours", b"", "No sound was sent"),
        ("", SPOKEN, "has no name"),
    ],
)
def test_what_cannot_be_played_is_refused_with_why(office: WebOffice, prompt: str, sound: bytes, why: str) -> None:
    answer = kept(office.signed_in(ADMINISTRATOR), prompt, sound)
    assert (answer.status_code, why in answer.text) == (422, True), answer.text
    assert "prompt-kept" not in office.recorder.kinds()


def test_what_is_looked_at_is_what_is_kept_whatever_its_place_holds_a_moment_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, folder, opened = tmp_path / "sent", tmp_path / "prompts", os.fdopen
    source.write_bytes(b"RIFF, and nothing that can be played")

    def and_replaced(*which: Any) -> Any:
        source.unlink()
        source.write_bytes(SPOKEN)
        return opened(*which)

    monkeypatch.setattr(os, "fdopen", and_replaced)
    with pytest.raises(PromptError, match="cannot be played"):
        put_prompt(folder, "ours.wav", source)
    source.unlink()
    os.mkfifo(source)
    monkeypatch.undo()
    with pytest.raises(PromptError, match="is no file"):
        put_prompt(folder, "ours.wav", source)
    assert not folder.exists()


def test_a_director_hears_them_and_changes_none(office: WebOffice) -> None:
    phrase, director = director_of(office), office.browser()
    sign_in(director, DIRECTOR, phrase)
    page = director.get("/settings/prompts")
    assert (page.status_code, "Your own voice" in page.text) == (200, False)
    assert kept(director, "ours", SPOKEN).status_code == 403


def test_on_the_box_root_puts_it_where_the_lines_find_it(office: WebOffice) -> None:
    browser = office.signed_in(ADMINISTRATOR)
    with ControlServer(office.home.box_socket, guarded(settings_routes(office.home), lambda token, act: "")):
        assert kept(browser, "ours", SPOKEN).status_code == 303
        assert PromptLibrary(office.home.prompts).find("ours").duration_ms > 1000
        office.home.new_prompt.write_bytes(b"RIFF, and nothing that can be played")
        assert removed(browser, "ours").status_code == 303
    assert not (office.home.prompts / "ours.wav").exists()
