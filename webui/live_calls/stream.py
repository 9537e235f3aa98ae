"""Server-sent events (WHATWG HTML 9.2) for one open page: what it shows, again whenever that changes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response

from firmware.core.errors import EarmarkError
from webui.live_calls.call_feed import OpenPage
from webui.live_calls.calls_now import CallsNow
from webui.translation import language, speaking


@dataclass(frozen=True)
class Pace:
    """How often a stream says something, and looks after its viewer.

    ``sign_of_life_s``: a comment at least this often shows the browser that we are there, and us that the browser is.
    ``check_s``: how often it is asked whether the viewer may still look.
    """

    sign_of_life_s: float = 5.0
    check_s: float = 5.0


class NewsStream:
    """The bytes of one page's stream. Ends when the viewer may no longer look.

    Args:
        page: the calls in progress.
        document: what this viewer is shown of them; sent when it is not what was sent last.
        may_look: asked again and again; an error counts as no.
        farewell: the kind of the last event, once ``may_look`` says no.
    """

    def __init__(
        self,
        page: OpenPage,
        document: Callable[[CallsNow], Mapping[str, Any]],
        may_look: Callable[[], bool],
        farewell: str,
        pace: Pace,
    ) -> None:
        self._page = page
        self._document = document
        self._may_look = may_look
        self._farewell = farewell
        self._pace = pace
        self._language = language()

    def response(self) -> Response:
        answer = Response(self, mimetype="text/event-stream")
        answer.call_on_close(self._page.close)
        return answer

    def __iter__(self) -> Iterator[bytes]:
        checked = said = time.monotonic()
        sent: Mapping[str, Any] | None = None
        yield b"retry: 2000\n\n"
        while True:
            try:
                now = self._page.take(min(self._pace.sign_of_life_s, self._pace.check_s))
            except EOFError:
                return
            at = time.monotonic()
            if at - checked > self._pace.check_s:
                checked = at
                if not self._still_may_look():
                    yield f"event: {self._farewell}\ndata: {{}}\n\n".encode()
                    return
            document = None if now is None else self._in_words(now)
            if document is not None and document != sent:
                sent, said = document, at
                yield _event(document)
            elif at - said > self._pace.sign_of_life_s:
                said = at
                yield b": still here\n\n"

    def _in_words(self, now: CallsNow) -> Mapping[str, Any]:
        with speaking(self._language):
            return self._document(now)

    def _still_may_look(self) -> bool:
        try:
            return self._may_look()
        except EarmarkError:
            return False


def _event(document: Mapping[str, Any]) -> bytes:
    """The box's time goes along, so that a browser whose clock is wrong still shows true durations."""
    timed = {"now_ms": time.time_ns() // 1_000_000, **document}
    return b"event: calls\ndata: " + json.dumps(timed, separators=(",", ":")).encode() + b"\n\n"
