"""An update from a URL, in a process that has no rights over the box: bounded, and taken up again where it broke off.

What comes is not looked at here. Who signed it is checked by RAUC, in what then is a file like any other.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from firmware.adapters.store.durable_files import replace_file, storage_errors, write_all
from firmware.core.errors import ServiceAway, StorageFull, UpdateRefused

_PART = 1 << 18
_PATIENCE_S = 30.0
#: Left for recordings while an update comes.
_LEAVES_BYTES = 500_000_000


class UpdateDownload:
    """
    Args:
        folder: its own; it must exist.
        largest: bytes; more than that is no update.
    """

    def __init__(self, folder: Path, largest: int) -> None:
        self._file = folder / "update.raucb"
        self._part = folder / "update.part"
        self._origin = folder / "update.json"
        self._largest = largest

    @property
    def file(self) -> Path:
        return self._file

    def forget(self) -> None:
        for path in (self._file, self._part, self._origin):
            path.unlink(missing_ok=True)

    def fetch(self, url: str, progress: Callable[[int, int], None], stopping: Callable[[], bool]) -> None:
        """Fetch it to ``file``. May take long.

        Args:
            progress: given bytes that are here, and bytes in all (0: the server does not say).

        Raises:
            UpdateRefused: the address is no URL, the server has no such file, or it is too large.
            ServiceAway: the server does not answer, or broke off; what has come is kept for the next try.
            StorageError, StorageFull: it cannot be written.
        """
        if urlsplit(url).scheme not in ("http", "https"):
            raise UpdateRefused(f"{url} is no address of a web server.", "Give one that begins with https://.")
        here, tag = self._here_already(url)
        with _answer(url, here, tag) as answer:
            if answer.status != http.client.PARTIAL_CONTENT:
                here = 0
            whole = here + int(answer.headers.get("Content-Length") or 0)
            self._must_fit(whole, here)
            replace_file(self._origin, json.dumps({"url": url, "tag": answer.headers.get("ETag", "")}).encode())
            self._take(answer, here, whole, progress, stopping)
        with storage_errors("written", self._file):
            self._part.replace(self._file)

    def _take(
        self,
        answer: http.client.HTTPResponse,
        here: int,
        whole: int,
        progress: Callable[[int, int], None],
        stopping: Callable[[], bool],
    ) -> None:
        how = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | (0 if here else os.O_TRUNC)
        with storage_errors("written", self._part):
            file = os.open(self._part, how, 0o600)
            try:
                os.lseek(file, here, os.SEEK_SET)
                for part in _parts(answer):
                    here += len(part)
                    self._must_fit(here, here)
                    write_all(file, part)
                    progress(here, whole)
                    if stopping():
                        raise ServiceAway("The download was stopped.", "Ask for it again: it goes on where it was.")
                os.fsync(file)
            finally:
                os.close(file)
        if here < whole:
            raise ServiceAway(f"The server broke off after {here} of {whole} bytes.", "Try it again: it goes on there.")

    def _must_fit(self, whole: int, here: int) -> None:
        if whole > self._largest:
            what = f"What is there has over {self._largest // 1_000_000} MB: that is no update."
            raise UpdateRefused(what, "Check the URL.")
        left = os.statvfs(self._file.parent)
        if whole - here > left.f_bavail * left.f_frsize - _LEAVES_BYTES:
            raise StorageFull("There is no room for the update beside the recordings.", "Free space on the data disk.")

    def _here_already(self, url: str) -> tuple[int, str]:
        """How much of it came before, and the mark by which the server knows that it is still the same."""
        try:
            origin = json.loads(self._origin.read_bytes())
            size = self._part.stat().st_size
        except (OSError, ValueError):
            return 0, ""
        known = isinstance(origin, dict) and origin.get("url") == url and origin.get("tag")
        return (size, str(origin["tag"])) if known else (0, "")


@contextlib.contextmanager
def _answer(url: str, here: int, tag: str) -> Iterator[http.client.HTTPResponse]:
    headers = {"Range": f"bytes={here}-", "If-Range": tag} if here and tag else {}
    asked = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=_PATIENCE_S) as answer:
            yield answer
    except urllib.error.HTTPError as error:
        raise UpdateRefused(f"The server refuses {url}: {error.code} {error.reason}.", "Check the URL.") from error
    except (urllib.error.URLError, TimeoutError) as error:
        raise ServiceAway(f"{urlsplit(url).hostname} cannot be reached: {error}.", "Check the network.") from error


def _parts(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    try:
        while part := answer.read(_PART):
            yield part
    except (http.client.HTTPException, TimeoutError, ConnectionError) as error:
        raise ServiceAway(f"The server broke off: {error}.", "Try it again: it goes on where it was.") from error
