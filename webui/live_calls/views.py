"""The calls in progress, told to pages by server-sent events (WHATWG HTML 9.2)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from firmware.core.access_policy import Action
from firmware.core.errors import EarmarkError
from webui.access.gatekeeper import Gatekeeper, allowed, background, needs, visitor
from webui.access.opener import Visitor
from webui.live_calls.call_feed import CallFeed, OpenPage
from webui.live_calls.call_view import calls_document

#: A comment at least this often shows the browser that we are there, and us that the browser is.
_SIGN_OF_LIFE_S = 5.0
_CHECK_SESSION_S = 5.0  # numbers go no further to somebody who signed out elsewhere


def live_call_views(feed: CallFeed, gatekeeper: Gatekeeper) -> Blueprint:
    """The page and the stream. Without the right to see calls the parties stay hidden; that calls go on does not."""
    views = Blueprint("live_calls", __name__)

    @views.get("/in-progress")
    @needs(Action.SEE_HEALTH)
    def page() -> ResponseReturnValue:
        return render_template("live_calls/page.html")

    @views.get("/in-progress/events")
    @needs(Action.SEE_HEALTH)
    @background
    def events() -> ResponseReturnValue:
        open_page = feed.open_page()
        stream = _Stream(open_page, gatekeeper, visitor())
        answer = Response(stream, mimetype="text/event-stream")
        answer.call_on_close(stream.close)
        return answer

    return views


class _Stream:
    """The bytes of one page's stream. Ends when its session does."""

    def __init__(self, page: OpenPage, gatekeeper: Gatekeeper, who: Visitor) -> None:
        self._page = page
        self._gatekeeper = gatekeeper
        self._who = who
        self._with_parties = allowed(who, Action.SEE_CALLS)

    def __iter__(self) -> Iterator[bytes]:
        checked = time.monotonic()
        yield b"retry: 2000\n\n"
        while True:
            try:
                now = self._page.take(_SIGN_OF_LIFE_S)
            except EOFError:
                return
            if time.monotonic() - checked > _CHECK_SESSION_S:
                checked = time.monotonic()
                if not self._session_stands():
                    yield b"event: signed-out\ndata: {}\n\n"
                    return
            if now is None:
                yield b": still here\n\n"
            else:
                document = calls_document(now, time.time_ns() // 1_000_000, self._with_parties)
                yield b"event: calls\ndata: " + json.dumps(document, separators=(",", ":")).encode() + b"\n\n"

    def close(self) -> None:
        self._page.close()

    def _session_stands(self) -> bool:
        try:
            return self._gatekeeper.still_there(self._who)
        except EarmarkError:
            return False
