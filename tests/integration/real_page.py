"""The page and its processes as they really run, and a plain browser at them."""

from __future__ import annotations

import http.client
import re
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from firmware.core.home import Home


class Browser:
    """One browser at the sign-in form; its connection stays open."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookies: dict[str, str] = {}
        self.read_form("/sign-in")

    def read_form(self, path: str) -> None:
        """Forms that are posted from now on are that page's; a sign-in makes older ones stale."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(path)[1])
        assert found is not None
        self._token = found[1]

    def sign_in(self, name: str, pass_phrase: str, voucher: str = "") -> tuple[int, str]:
        """Status and text."""
        return self.post("/sign-in", user=name, password=pass_phrase, voucher=voucher)

    def get(self, path: str) -> tuple[int, str]:
        status, content = self.get_bytes(path)
        return status, content.decode()

    def get_bytes(self, path: str) -> tuple[int, bytes]:
        return self._ask("GET", path, None)

    def post(self, path: str, **fields: str) -> tuple[int, str]:
        status, content = self._ask("POST", path, urlencode({"csrf_token": self._token, **fields}))
        return status, content.decode()

    def close(self) -> None:
        self._connection.close()

    def _ask(self, method: str, path: str, form: str | None) -> tuple[int, bytes]:
        headers = {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        self._connection.request(method, path, form, headers)
        answer = self._connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, answer.read()


@contextmanager
def running(home: Home, name: str, ready: str) -> Iterator[subprocess.Popen[str]]:
    """``earmark <name>``, from when it says that it is ``ready``."""
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(home.root), name]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        lines = iter(process.stderr)
        assert any(ready in line for line in lines)
        reader = threading.Thread(target=lambda: deque(lines, maxlen=0))  # a full pipe would stop the process
        reader.start()
        try:
            yield process
        finally:
            process.terminate()
            process.wait(20)
            reader.join()
