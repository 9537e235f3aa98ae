"""Somebody on the network guesses at a pass phrase, over HTTP, against the page and the opener as they really run."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from firmware.adapters.control.client import ControlClient, path_of
from firmware.adapters.control.server import ControlServer, Request
from firmware.cli.demo.office import demo_settings
from firmware.cli.set_up.making import set_up_office
from firmware.config.settings_model import WebSettings
from firmware.core.access_policy import Role
from firmware.core.home import Home
from tests.functional.office.ports import free_ports
from tests.integration.real_page import Browser, running

GUESSERS = 3
PEOPLE = (("director", Role.DIRECTOR), ("listener", Role.SERVICES_MANAGER))


@dataclass
class Attack:
    """Several browsers that guess at one name, until ``tries`` are made or it is stopped."""

    port: int
    name: str
    tries: int
    answers: int = 0
    made: int = 0

    def __post_init__(self) -> None:
        self._numbers = count()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.half_way = threading.Event()
        self._threads = [threading.Thread(target=self._guess) for _ in range(GUESSERS)]

    def __enter__(self) -> Attack:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self.wait()

    def wait(self) -> None:
        for thread in self._threads:
            thread.join()

    def _guess(self) -> None:
        browser = Browser(self.port)
        while not self._stop.is_set() and (number := next(self._numbers)) < self.tries:
            status, text = browser.sign_in(self.name, f"guess number {number}")
            assert status in (401, 429, 503), (status, text)
            with self._lock:
                self.made += 1
                self.answers += "pass phrase is wrong" in text
            if number >= self.tries // 2:
                self.half_way.set()
        browser.close()


@dataclass(frozen=True)
class Site:
    home: Home
    port: int
    pass_phrases: Mapping[str, str]

    def voucher(self, by: str, name: str) -> str:
        """The code by which one listener lets another in."""
        opener = ControlClient(self.home.opener_socket, 60)
        token = str(opener.post("/sign-in", {"user": by, "password": self.pass_phrases[by]})["token"])
        people = opener.get("/people", token=token)["people"]
        person_id = next(each["person_id"] for each in people if each["name"] == name)
        return str(opener.post(path_of("people", person_id, "vouch"), {"for": "lock"}, token=token)["code"])


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    home, port = Home(tmp_path / "var"), free_ports().web
    settings = demo_settings().model_copy(update={"web": WebSettings(bind=f"127.0.0.1:{port}", tls=False)})
    told = set_up_office(home, settings, PEOPLE, datetime.now(UTC))
    entries: list[Mapping[str, Any]] = []

    def take(request: Request) -> Mapping[str, Any]:
        entries.append(request.body)
        return {"line": len(entries)}

    with ExitStack() as stack:
        stack.enter_context(ControlServer(home.recorder_socket, {"POST /evidence": take}))
        stack.enter_context(running(home, "opener", "ready on"))
        stack.enter_context(running(home, "web", "serving the page"))
        yield Site(home, port, {person.name: person.pass_phrase for person in told.people})


@pytest.mark.parametrize("tries", [300, pytest.param(10_000, marks=pytest.mark.long)])
def test_guesses_get_ten_answers_at_most_and_the_real_person_is_vouched_in_meanwhile(site: Site, tries: int) -> None:
    with Attack(site.port, "listener", tries) as attack:
        assert attack.half_way.wait(600)
        voucher = site.voucher("director", "listener")
        browser = Browser(site.port)
        right = site.pass_phrases["listener"]
        assert browser.sign_in("listener", right)[0] == 401, "the delay holds for the right pass phrase, too"
        status = 0
        while status != 303:  # 429 and 503: too many are signing in at this moment
            status, text = browser.sign_in("listener", right, voucher)
            assert status in (303, 429, 503), text
        browser.close()
        attack.wait()
    assert attack.made == tries
    assert 3 <= attack.answers <= 10
