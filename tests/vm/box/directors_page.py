"""A director's browser at the page of a box under test."""

from __future__ import annotations

import uuid
from pathlib import Path

from tests.integration.set_up_page import SetUpPage
from tests.vm.box.machine import ADDRESS


class DirectorsPage(SetUpPage):
    """Signed in."""

    def __init__(self, name: str, pass_phrase: str) -> None:
        super().__init__(443, ADDRESS)
        self.get("/sign-in")
        status, text = self.post("/sign-in", user=name, password=pass_phrase)
        assert status == 303, text
        self.get("/help")

    def send(self, path: str, file: Path, **fields: str) -> tuple[int, str]:
        """RFC 7578."""
        edge = uuid.uuid4().hex
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in {"csrf_token": self._token, **fields}.items()
        ]
        parts.append(f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\n\r\n')
        before, after = "".join(parts).encode(), f"\r\n--{edge}--\r\n".encode()
        headers = {
            "Content-Type": f"multipart/form-data; boundary={edge}",
            "Content-Length": str(len(before) + file.stat().st_size + len(after)),
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
        }
        with file.open("rb") as content:
            pieces = iter(lambda: content.read(1 << 20), b"")
            self._connection.request("POST", path, (piece for piece in (before, *pieces, after)), headers)
            answer = self._connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
