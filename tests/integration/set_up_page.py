"""A browser at the page of a box that is not set up yet."""

from __future__ import annotations

import html
import http.client
import re
import ssl
from urllib.parse import urlencode


class SetUpPage:
    """``code`` is what stands on the label."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # the box vouches for itself at this point
        self._connection = http.client.HTTPSConnection(host, port, timeout=60, context=context)
        self._cookies: dict[str, str] = {}

    def begin(self, code: str) -> int:
        """The answer's status: 303 leads on."""
        self.get("/")
        return self.post("/set-up/code", code=code)[0]

    def make(self, office: str, director: str) -> tuple[str, list[str]]:
        """The pass phrase and the 24 words that are shown."""
        self.get("/set-up/office")
        status, text = self.post("/set-up/office", office=office, director=director)
        assert status == 303, text
        _, text = self.get("/set-up/keys")
        (pass_phrase,) = re.findall(r'<p class="words">([^<]+)</p>', text)
        return html.unescape(pass_phrase), re.findall(r"<li>([a-z]+)</li>", text)

    def disk_phrase(self) -> str:
        """What is shown for the data disk; empty where there is none."""
        found = re.search(r'<p class="words disk">([^<]+)</p>', self.get("/set-up/keys")[1])
        return found[1] if found else ""

    def confirm(self, pass_phrase: str, words: list[str]) -> tuple[int, str]:
        """Type what is asked for from the words."""
        _, text = self.get("/set-up/written-down")
        asked = [int(number) for number in re.findall(r'name="word_(\d+)"', text)]
        assert len(asked) == 3
        typed = {f"word_{number}": words[number - 1] for number in asked}
        return self.post("/set-up/written-down", pass_phrase=pass_phrase, **typed)

    def get(self, path: str) -> tuple[int, str]:
        return self._ask("GET", path, None)

    def post(self, path: str, **fields: str | list[str]) -> tuple[int, str]:
        return self._ask("POST", path, urlencode({"csrf_token": self._token, **fields}, doseq=True))

    def close(self) -> None:
        self._connection.close()

    def _ask(self, method: str, path: str, form: str | None) -> tuple[int, str]:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        self._connection.request(method, path, form, headers)
        answer = self._connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        text = answer.read().decode("utf-8", "replace")
        if found := re.search(r'name="csrf_token" value="([^"]+)"', text):
            self._token = found[1]
        return answer.status, text
