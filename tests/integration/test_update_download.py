"""An update fetched over HTTP from a server that breaks off, changes its mind, or has something else altogether."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.adapters.update.download import UpdateDownload
from firmware.core.errors import ServiceAway, UpdateRefused

CONTENT = bytes(range(256)) * 8192
LARGEST = len(CONTENT) + 1000


class Shelf(http.server.BaseHTTPRequestHandler):
    """Serves one file, from where it is asked to if it is still the same (RFC 9110, 13.1.5 and 14.2)."""

    content = CONTENT
    tag = '"first"'
    breaks_after = 0
    asked: list[str]

    def do_GET(self) -> None:
        if self.path != "/update.raucb":
            self.send_error(404)
            return
        self.asked.append(self.headers.get("Range", ""))
        begin = 0
        if self.headers.get("Range") and self.headers.get("If-Range") == self.tag:
            begin = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if begin else 200)
        self.send_header("ETag", self.tag)
        self.send_header("Content-Length", str(len(self.content) - begin))
        self.end_headers()
        end = begin + self.breaks_after if self.breaks_after else len(self.content)
        self.wfile.write(self.content[begin:end])

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def shelf() -> Iterator[tuple[type[Shelf], str]]:
    handler = type("Handler", (Shelf,), {"asked": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield handler, f"http://127.0.0.1:{server.server_port}/update.raucb"
        server.shutdown()
        thread.join()


@pytest.fixture
def download(tmp_path: Path) -> UpdateDownload:
    return UpdateDownload(tmp_path, LARGEST)


def fetch(download: UpdateDownload, url: str) -> list[tuple[int, int]]:
    told: list[tuple[int, int]] = []
    download.fetch(url, lambda here, whole: told.append((here, whole)), lambda: False)
    return told


def test_a_download_goes_on_where_the_server_broke_off(
    shelf: tuple[type[Shelf], str], download: UpdateDownload
) -> None:
    handler, url = shelf
    handler.breaks_after = 1_000_000
    for _ in range(2):
        with pytest.raises(ServiceAway, match="broke off"):
            fetch(download, url)
        assert not download.file.exists()
    handler.breaks_after = 0
    assert fetch(download, url)[-1] == (len(CONTENT), len(CONTENT))
    assert download.file.read_bytes() == CONTENT
    assert handler.asked == ["", "bytes=1000000-", "bytes=2000000-"]
    download.forget()
    assert not download.file.exists()


def test_what_was_changed_meanwhile_is_fetched_from_its_beginning(
    shelf: tuple[type[Shelf], str], download: UpdateDownload
) -> None:
    handler, url = shelf
    handler.breaks_after = 1_000_000
    with pytest.raises(ServiceAway):
        fetch(download, url)
    handler.breaks_after, handler.tag, handler.content = 0, '"second"', CONTENT[::-1]
    fetch(download, url)
    assert download.file.read_bytes() == CONTENT[::-1]


def test_what_is_not_there_or_too_large_or_no_address_is_refused(
    shelf: tuple[type[Shelf], str], download: UpdateDownload, tmp_path: Path
) -> None:
    handler, url = shelf
    with pytest.raises(UpdateRefused, match="404"):
        fetch(download, url + "x")
    for address in ("file:///etc/passwd", "ftp://127.0.0.1/update.raucb"):
        with pytest.raises(UpdateRefused, match="no address of a web server"):
            fetch(download, address)
    handler.content = CONTENT + bytes(2000)
    with pytest.raises(UpdateRefused, match="that is no update"):
        fetch(download, url)
    assert list(tmp_path.iterdir()) == []
