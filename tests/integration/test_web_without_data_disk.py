"""The data disk is locked: people sign in, the health page says what waits, and the rest says why it shows nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from firmware.adapters.control.client import ControlClient
from firmware.cli.set_up.making import set_up_office
from firmware.config.settings_model import Settings, SignInSettings
from firmware.core.access_policy import Role
from firmware.core.errors import ServiceAway
from firmware.core.home import Home
from tests.integration.recorder_at_work import Lines, RecorderAtWork, eventually, speech
from tests.integration.web_office import sign_in
from webui import WebConfig, create_app
from webui.application import close_app

LISTENER = "alex"
AWAY = "The data disk is locked or missing"


@contextmanager
def opener_at_work(home: Home) -> Iterator[None]:
    """``earmark opener`` as a process of its own."""
    said = (home.root / "opener.log").open("wb")
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(home.root), "opener"]
    process = subprocess.Popen(command, stdout=said, stderr=said)

    def answers() -> bool:
        assert process.poll() is None, (home.root / "opener.log").read_text()
        try:
            return bool(ControlClient(home.opener_socket).get("/health"))
        except ServiceAway:
            return False

    try:
        eventually(answers, 20, "the opener does not start")
        yield
    finally:
        process.terminate()
        process.wait(10)
        said.close()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[FlaskClient]:
    """Signed in at a box whose data disk is locked, and which has recorded one call since it started."""
    home = Home(tmp_path / "home")
    settings = Settings(sign_in=SignInSettings(second_factor="offered"))
    told = set_up_office(home, settings, ((LISTENER, Role.DIRECTOR),), datetime.now(UTC))
    shutil.rmtree(home.data)
    for folder in (home.recordings, home.evidence):
        folder.mkdir(parents=True)
    recorder, lines = RecorderAtWork(home), Lines(home)
    app = create_app(WebConfig(home=home, office="Demonstration office", tls=False))
    try:
        recorder.start()
        call = lines.call(speech(2), speech(2))
        call.wait_until_taken()
        call.say(2)
        call.hang_up()
        lines.wait_until_finished()
        with opener_at_work(home):
            found = app.test_client()
            answer = sign_in(found, LISTENER, told.people[0].pass_phrase)
            assert answer.status_code == 303, answer.text
            yield found
    finally:
        close_app(app)
        lines.stop()
        recorder.end()


def test_people_sign_in_and_are_told_why_there_is_nothing_to_hear(browser: FlaskClient) -> None:
    calls = browser.get("/calls")
    assert calls.status_code == 503
    assert AWAY in calls.text
    health = browser.get("/health")
    assert health.status_code == 200
    assert f"{AWAY}. 1 call waits in the spool." in health.text
    assert "Waiting in the spool" in health.text


def test_no_page_breaks_and_each_that_shows_nothing_says_why(browser: FlaskClient) -> None:
    for page in ("/", "/in-progress", "/account", "/help", "/people", "/requests", "/holds", "/cases", "/evidence"):
        answer = browser.get(page, follow_redirects=True)
        assert answer.status_code in (200, 503), f"{page}: {answer.text}"
        why = AWAY in answer.text or "is locked, missing or failing" in answer.text
        assert answer.status_code == 200 or why, f"{page}: {answer.text}"
