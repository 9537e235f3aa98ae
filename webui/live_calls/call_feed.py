"""Calls in progress, as the lines process tells them, handed on to every page that is open.

One connection to ``lines.sock`` and one to ``recorder.sock`` serve all pages; they are made when the first page asks.
While lines is away (restarting, say) the pages are told so, and the connection is tried again until it is back.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from firmware.adapters.control.client import ControlClient, Event
from firmware.adapters.control.event_follower import EventFollower
from firmware.core.errors import ServiceAway, TooBusy

#: Pages and paired desks served at once. Each holds one of the web server's threads, which everybody else needs too.
MOST_PAGES = 20
MOST_DESKS = 40

Connection = Literal["connecting", "live"]


@dataclass(frozen=True)
class CallsNow:
    """What a page shows.

    Attributes:
        connection: whether lines answers.
        calls: the calls in progress by call id, in the order in which they were first told.
        recordings: grows whenever a recording begins or ends, so that a list of them can be brought up to date.
    """

    connection: Connection = "connecting"
    calls: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    recordings: int = 0


def calls_now(lines: ControlClient) -> CallsNow:
    """Asked anew, for a page that is being drawn: what its script or nobody brings up to date later."""
    try:
        return CallsNow("live", _calls_told(lines))
    except ServiceAway:
        return CallsNow()


def _calls_told(lines: ControlClient) -> dict[str, Mapping[str, Any]]:
    """What lines says is going on, by call id."""
    return {str(call["call_id"]): call for call in lines.get("/calls")["calls"] if call["state"] != "ended"}


class CallFeed:
    """The calls in progress and who watches them. Safe to use from any thread."""

    def __init__(self, lines: ControlClient, recorder: ControlClient) -> None:
        self._lines = lines
        self._changed = threading.Condition()
        self._now = CallsNow()
        self._watching = {False: 0, True: 0}  # by whether it is a desk
        self._closed = False
        self._started = False
        self._followers = (
            EventFollower("follow-lines", lines, self._lines_answers, self._call_happened, self._lines_away),
            EventFollower(
                "follow-recorder", recorder, self._recordings_changed, self._recording_happened, lambda: None
            ),
        )

    def open_page(self, *, at_desk: bool = False) -> OpenPage:
        """Begin to watch. Paired desks have places of their own: whoever else looks, a desk can see that it paused.

        Raises:
            TooBusy: :data:`MOST_PAGES` or :data:`MOST_DESKS` watch already.
        """
        most, kind = (MOST_DESKS, "desks") if at_desk else (MOST_PAGES, "pages")
        with self._changed:
            if self._watching[at_desk] >= most:
                raise TooBusy(f"{most} {kind} already show the calls in progress.", "Close one that is not needed.")
            self._watching[at_desk] += 1
            if not self._started and not self._closed:
                self._started = True
                for follower in self._followers:
                    follower.start()
        return OpenPage(self, at_desk)

    def page_closed(self, at_desk: bool) -> None:
        with self._changed:
            self._watching[at_desk] -= 1

    def wait_until_other_than(self, shown: CallsNow | None, timeout_s: float) -> CallsNow | None:
        """The state once it is not ``shown``; None when it still is after the time.

        Raises:
            EOFError: the feed has closed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._now is not shown, timeout_s)
            if self._closed:
                raise EOFError
            return None if self._now is shown else self._now

    def close(self) -> None:
        """End every page's stream."""
        for follower in self._followers:
            follower.stop()
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def pages(self) -> int:
        """How many pages watch now, desks included."""
        with self._changed:
            return sum(self._watching.values())

    def _become(self, now: CallsNow) -> None:
        self._now = now
        self._changed.notify_all()

    def _lines_answers(self) -> None:
        calls = _calls_told(self._lines)
        with self._changed:
            self._become(replace(self._now, connection="live", calls=calls))

    def _lines_away(self) -> None:
        with self._changed:
            if self._now.connection != "connecting":
                self._become(replace(self._now, connection="connecting", calls={}))

    def _call_happened(self, event: Event) -> None:
        if event.kind != "call":
            return
        call_id = str(event.data["call_id"])
        with self._changed:
            calls = dict(self._now.calls)
            if event.data["state"] == "ended":
                calls.pop(call_id, None)
            else:
                calls[call_id] = event.data
            self._become(replace(self._now, calls=calls))

    def _recordings_changed(self) -> None:
        with self._changed:
            self._become(replace(self._now, recordings=self._now.recordings + 1))

    def _recording_happened(self, event: Event) -> None:
        if event.kind == "recording":
            self._recordings_changed()


class OpenPage:
    """One page's view of the feed. For one thread at a time."""

    def __init__(self, feed: CallFeed, at_desk: bool) -> None:
        self._feed = feed
        self._at_desk = at_desk
        self._shown: CallsNow | None = None
        self._open = True

    def take(self, timeout_s: float) -> CallsNow | None:
        """The state, as soon as it is not what was taken before; None when nothing changed in time.

        Raises:
            EOFError: the feed has closed.
        """
        now = self._feed.wait_until_other_than(self._shown, timeout_s)
        if now is not None:
            self._shown = now
        return now

    def close(self) -> None:
        """The page has gone. Safe to call twice."""
        if self._open:
            self._open = False
            self._feed.page_closed(self._at_desk)
