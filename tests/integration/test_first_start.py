"""A new box: its code, its first director, and nothing decided before the keys are on paper."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from firmware.adapters.control.client import ControlClient
from firmware.adapters.settings.people_file import PeopleFile
from firmware.adapters.settings.set_up_book_file import SetUpBookFile
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.store.data_disk import MarkedDataDisk
from firmware.cli.set_up import making as set_up
from firmware.cli.set_up import moving_in
from firmware.cli.set_up.first_start_desk import FirstStartDesk
from firmware.cli.set_up.first_start_disk import DiskOfTheBox
from firmware.cli.set_up.fitting import LineFitting
from firmware.cli.set_up.making import draft_office, finish_opening, open_office
from firmware.cli.set_up.trial_runner import ChildTrial, trial_of, write_trial
from firmware.config.loader import load_settings
from firmware.config.settings_model import Settings
from firmware.core.access_policy import Role
from firmware.core.errors import AlreadySetUp, WrongDiskKey
from firmware.core.home import Home
from firmware.core.set_up_book import Said
from tests.functional.office.ports import free_ports
from tests.integration.set_up_page import SetUpPage
from webui.first_start.application import create_first_start

NOW = datetime(2026, 7, 1, tzinfo=UTC)
NO_DISK = DiskOfTheBox(ControlClient(Path("/nowhere/box.sock")))


@contextmanager
def first_start(home: Home, port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and the code that it shows."""
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(home.root), "first-start"]
    with subprocess.Popen([*command, "--bind", f"127.0.0.1:{port}"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        shown = next(line for line in process.stdout if "code" in line)
        try:
            yield process, shown.split()[-1]
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """As a box's: its folders are made at each start, before there is an office."""
    home = Home(tmp_path / "home")
    for folder in (home.prompts, home.spool, home.data):
        folder.mkdir(parents=True)
    return home


def test_a_box_is_set_up_from_a_browser_with_the_code_on_its_label(home: Home) -> None:
    port = free_ports().web
    with first_start(home, port) as (process, code):
        page = SetUpPage(port)
        assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{4}", code)
        assert page.begin("AAAA-AAAA") == 401
        assert page.begin(code.lower().replace("-", " ")) == 303
        pass_phrase, words = page.make("Harbour & Sons", "dora")
        assert page.confirm(pass_phrase, ["wrong"] * 24)[0] == 422
        assert page.confirm("not this one at all", words)[0] == 422
        assert not home.settings_file.exists(), "nobody has shown yet that the keys are on paper"
        status, text = page.confirm(pass_phrase, words)
        page.close()
        assert (status, "The box is set up" in text) == (200, True)
        assert process.wait(20) == 0
    settings = load_settings(SettingsFile(home.settings_file))
    assert (settings.office.name, settings.web.bind) == ("Harbour & Sons", f"127.0.0.1:{port}")
    assert [person.name for person in PeopleFile(home.people_file).people()] == ["dora"]
    assert MarkedDataDisk(home).look() == ""
    assert not [path for path in home.root.iterdir() if path.name.startswith(".")], "no draft is left behind"


def test_codes_cannot_be_tried_out_and_another_browser_takes_over_only_with_the_code(home: Home) -> None:
    port = free_ports().web
    with first_start(home, port) as (_, code):
        one, other = SetUpPage(port), SetUpPage(port)
        assert other.get("/set-up/office")[0] == 401, "the disk is not looked at for whoever has not given the code"
        assert one.begin(code) == 303
        one.make("Harbour", "dora")
        assert other.get("/set-up/keys")[0] == 401
        assert other.begin(code) == 303
        assert one.get("/set-up/keys")[0] == 401, "what was drafted before is gone"
        assert [other.begin("WRNG-WRNG") for _ in range(5)] == [401] * 5
        assert other.begin(code) == 429
        assert other.get("/set-up/office")[0] == 200, "who is in already is not shut out"
        for page in (one, other):
            page.close()


def test_the_code_is_the_same_at_each_start_and_nobody_elses_to_read(home: Home) -> None:
    codes = []
    for port in (free_ports().web, free_ports().web):
        with first_start(home, port) as (_, code):
            codes.append(code)
    assert codes[0] == codes[1]
    assert (home.root / "first-start").stat().st_mode & 0o777 == 0o700
    assert (home.root / "first-start/code").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("moves", range(8))
def test_a_plug_pulled_while_the_office_is_opened_is_made_up_for_at_the_next_start(
    home: Home, moves: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = draft_office(home, Settings(), (("dora", Role.DIRECTOR),), NOW)
    left = iter(range(moves))

    def sync_until_the_plug_is_pulled(folder: Path) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    with monkeypatch.context() as pulled, suppress(KeyboardInterrupt):
        for module in (set_up, moving_in):
            pulled.setattr(module, "sync_folder", sync_until_the_plug_is_pulled)
        open_office(home)
    finish_opening(home)
    assert PeopleFile(home.people_file).people()[0].name == made.people[0].name
    assert load_settings(SettingsFile(home.settings_file)).web.tls
    assert MarkedDataDisk(home).look() == ""
    with pytest.raises(AlreadySetUp):
        draft_office(home, Settings(), (), NOW)


def test_a_blank_data_disk_is_encrypted_with_a_phrase_of_its_own_once_the_keys_are_on_paper(home: Home) -> None:
    phrases: list[str] = []

    class Blank:
        def is_blank(self) -> bool:
            return not phrases

        def encrypt(self, pass_phrase: str) -> None:
            assert not home.settings_file.exists(), "an office whose disk cannot be encrypted is none yet"
            phrases.append(pass_phrase)

        def is_locked(self) -> bool:
            return False

        def unlock(self, pass_phrase: str) -> None:
            raise AssertionError("it is not locked")

    desk = FirstStartDesk(home, "ABCD2345", "127.0.0.1:8443", Blank(), LineFitting(home, ChildTrial(home)))
    token = desk.enter("abcd-2345", "192.168.1.7")
    desk.make(token, "Harbour", "dora")
    director, pass_phrase = desk.pass_phrase(token)
    shown = desk.disk_phrase(token)
    assert (director, len(shown.split()), phrases) == ("dora", 5, [])
    assert shown != pass_phrase
    words = desk.recovery_words(token)
    desk.confirm(token, pass_phrase, [words[number - 1] for number in desk.asked_words(token)])
    assert phrases == [shown]
    assert desk.done.is_set()


def test_a_data_disk_of_a_set_up_that_was_cut_short_is_unlocked_with_the_phrase_on_the_paper(home: Home) -> None:
    class Locked:
        locked = True

        def is_blank(self) -> bool:
            return False

        def encrypt(self, pass_phrase: str) -> None:
            raise AssertionError("it is encrypted already")

        def is_locked(self) -> bool:
            return self.locked

        def unlock(self, pass_phrase: str) -> None:
            if pass_phrase != "seven green bottles standing":
                raise WrongDiskKey("That does not open the data disk.")
            self.locked = False

    disk = Locked()
    fitting = LineFitting(home, ChildTrial(home))
    desk = FirstStartDesk(home, "ABCD2345", "127.0.0.1:8443", disk, fitting)
    pages = create_first_start(desk, fitting)
    pages.config["WTF_CSRF_ENABLED"] = False
    browser = pages.test_client()

    def post(path: str, **fields: str) -> TestResponse:
        return browser.post(path, data=fields, base_url="https://localhost")

    assert post("/set-up/code", code="abcd-2345").status_code == 303
    assert "disk_phrase" in browser.get("/set-up/office", base_url="https://localhost").text
    office = {"office": "Harbour", "director": "dora"}
    refused = post("/set-up/office", **office, disk_phrase="not that one")
    assert (refused.status_code, "That does not open the data disk" in refused.text) == (422, True)
    assert disk.locked
    assert post("/set-up/office", **office, disk_phrase="seven green bottles standing").status_code == 303
    assert not disk.locked
    assert "disk_phrase" not in browser.get("/set-up/office", base_url="https://localhost").text


def test_what_an_installer_drafts_and_notes_is_the_office_s_once_the_director_has_made_the_keys(home: Home) -> None:
    fitting = LineFitting(home, ChildTrial(home))
    desk = FirstStartDesk(home, "ABCD2345", "127.0.0.1:8443", NO_DISK, fitting)
    pages = create_first_start(desk, fitting)
    browser = pages.test_client()

    def get(path: str) -> TestResponse:
        return browser.get(path, base_url="https://localhost")

    def post(path: str, **fields: str) -> TestResponse:
        token = re.findall(r'name="csrf_token" value="([^"]+)"', get("/set-up/").text)[0]
        sent = {"csrf_token": token, **fields}
        return browser.post(path, data=sent, base_url="https://localhost", headers={"Referer": "https://localhost/"})

    for shut in ("/set-up/installer", "/set-up/installer/test/levels", "/settings/lines", "/set-up/parts"):
        assert get(shut).status_code == 401, "nothing is shown to who has not given the code"
    assert post("/set-up/code", code="abcd-2345").location == "/set-up/parts"
    assert "No line is set up yet" in get("/set-up/installer").text
    assert "Set up the lines first" in get("/set-up/installer/test").text
    form = get("/settings/lines/new?kind=analogue")
    assert form.status_code == 200, form.text
    assert get("/settings/retention").status_code == 404, "the office says the rest"
    document = dict(fitting.ask_clerk("show")["document"])
    wire = {**fitting.ask_clerk("show")["blanks"]["analogue"], "name": "wire", "notice_given_by": "the PBX"}
    wire = {**wire, "analogue": {**wire["analogue"], "device": "hw:1"}}
    judged = fitting.ask_clerk("judge", document={**document, "lines": [wire]})
    assert not judged["mistakes"], judged
    fitting.keep(judged["document"])
    write_trial(trial_of(home), fitting.settings())
    assert "1 line is set up: wire" in get("/set-up/installer").text
    assert post("/set-up/installer/fallback", note="x").status_code == 422
    assert post("/set-up/installer/fallback", note="the provider diverts to 07700 900123").status_code == 303
    desk.make(desk.enter("abcd-2345", "192.168.1.7"), "Harbour", "dora")
    assert get("/set-up/installer").status_code == 401, "the director is alone with the box"
    token = desk.enter("abcd-2345", "192.168.1.7")
    desk.make(token, "Harbour", "dora")
    words = desk.recovery_words(token)
    desk.confirm(token, desk.pass_phrase(token)[1], [words[number - 1] for number in desk.asked_words(token)])
    settings = load_settings(SettingsFile(home.settings_file))
    assert (settings.office.name, [line.name for line in settings.lines]) == ("Harbour", ["wire"])
    book = SetUpBookFile(home.set_up_book).read()
    assert book.leads
    assert book.words[Said.FALLBACK_TRIED].note == "the provider diverts to 07700 900123"
    assert not list((home.root / "first-start").rglob("settings.json")), "what was drafted holds passwords"
