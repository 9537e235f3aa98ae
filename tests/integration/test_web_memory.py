"""What stays in the memory of the web process of somebody who signed in there: not their pass phrase."""

from __future__ import annotations

import http.client
import os
import re
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest

from firmware.cli.demo.office import demo_settings
from firmware.cli.set_up.making import set_up_office
from firmware.config.settings_model import Settings, WebSettings
from firmware.core.access_policy import Role
from firmware.core.home import Home
from tests.functional.office.ports import free_ports
from tests.functional.office.secrets import Secret, found_in_memory


@dataclass(frozen=True)
class Page:
    """A web process and an opener, with one listener."""

    port: int
    web_pid: int
    pass_phrase: str
    open: ExitStack

    def ask(
        self, method: str, path: str, form: dict[str, str] | None = None, cookies: str = ""
    ) -> tuple[int, str, str]:
        """Status, cookies set, and text. The connection stays open, as a browser leaves it."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=context)
        self.open.callback(connection.close)
        headers = {"Accept": "text/html", "Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, path, urlencode(form) if form else None, headers)
        answer = connection.getresponse()
        given = [cookie.partition(";")[0] for cookie in answer.headers.get_all("Set-Cookie", [])]
        return answer.status, "; ".join(given), answer.read().decode()

    def sign_in(self, pass_phrase: str) -> int:
        _, cookies, text = self.ask("GET", "/sign-in")
        token = re.search(r'name="csrf_token" value="([^"]+)"', text)
        assert token is not None
        form = {"csrf_token": token[1], "user": "anna", "password": pass_phrase}
        return self.ask("POST", "/sign-in", form, cookies)[0]

    def kept(self, secret: str) -> list[str]:
        """In which forms the web process still has a secret: as typed, as sent, and in Python's wider texts."""
        forms = {"as typed": secret, "as sent": urlencode({"": secret})[1:]}
        secrets = [Secret(name, text.encode()) for name, text in forms.items()]
        return found_in_memory(self.web_pid, [*secrets, Secret("as UTF-32", secret.encode("utf-32-le"))])


@contextmanager
def running(home: Home, name: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(home.root), name]
    ready = "ready on" if name == "opener" else "serving the page"
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert any(ready in line for line in process.stderr)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)
        process.stderr.close()


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    home, port = Home(tmp_path / "var"), free_ports().web
    settings: Settings = demo_settings().model_copy(
        update={"web": WebSettings(bind=f"127.0.0.1:{port}", tls=True, host_names=(f"127.0.0.1:{port}",))}
    )
    people = (("admin", Role.ADMINISTRATOR), ("anna", Role.SERVICES_MANAGER))
    told = set_up_office(home, settings, people, datetime.now(UTC))
    pass_phrase = next(person.pass_phrase for person in told.people if person.name == "anna")
    with running(home, "opener"), running(home, "web") as web, ExitStack() as stack:
        yield Page(port, web.pid, pass_phrase, stack)


def test_a_pass_phrase_does_not_stay_in_the_web_process(page: Page) -> None:
    wrong = "some other words that were typed in vain"
    assert page.sign_in(wrong) == 401
    assert page.sign_in(page.pass_phrase) == 303
    if os.geteuid() != 0:
        with pytest.raises(PermissionError):
            page.kept(wrong)
        return
    assert page.kept("Demonstration office") != [], "the search itself does not work"
    assert (page.kept(wrong), page.kept(page.pass_phrase)) == ([], [])
