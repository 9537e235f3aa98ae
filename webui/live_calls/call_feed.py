"""Calls in progress, as the processes that hold or hear them tell, handed on to every page that is open.

One connection to each of these processes and one to the recorder serve all pages; they are made when the first page
asks. While one is away (restarting, say) the pages are told so, and the connection is tried again until it is back.
Which processes there are may change meanwhile.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial

from firmware.adapters.control.client import ControlClient, Event
from firmware.adapters.control.event_follower import EventFollower
from firmware.core.errors import TooBusy
from firmware.core.lines_instance import LinesInstance
from webui.live_calls.calls_now import CallsNow
from webui.live_calls.lines import Lines, calls_told
from webui.translation import gettext as _

#: Pages and paired desks served at once. Each holds one of the web server's threads, which everybody else needs too.
MOST_PAGES = 20
MOST_DESKS = 40


class CallFeed:
    """The calls in progress and who watches them. Safe to use from any thread."""

    def __init__(self, lines: Lines, recorder: ControlClient) -> None:
        self._lines = lines
        self._changed = threading.Condition()
        self._now = CallsNow()
        self._watching = {False: 0, True: 0}  # by whether it is a desk
        self._closed = False
        self._started = False
        self._lines_followers: dict[LinesInstance, EventFollower] = {}
        # It speaks every second, or is tried: the beat by which we look which processes there are.
        self._recorder_follower = EventFollower(
            "follow-recorder", recorder, self._recordings_changed, self._recorder_spoke, self._look
        )

    def open_page(self, *, at_desk: bool = False) -> OpenPage:
        """Begin to watch. Paired desks have places of their own: whoever else looks, a desk can see that it paused.

        Raises:
            TooBusy: :data:`MOST_PAGES` or :data:`MOST_DESKS` watch already.
        """
        most, kind = (MOST_DESKS, "desks") if at_desk else (MOST_PAGES, "pages")
        with self._changed:
            if self._watching[at_desk] >= most:
                raise TooBusy(
                    _("%(most)s %(kind)s already show the calls in progress.") % {"most": most, "kind": kind},
                    _("Close one that is not needed."),
                )
            self._watching[at_desk] += 1
            if not self._started and not self._closed:
                self._started = True
                self._look()
                self._recorder_follower.start()
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
        self._recorder_follower.stop()
        with self._changed:
            self._closed = True
            for follower in self._lines_followers.values():
                follower.stop()
            self._changed.notify_all()

    @property
    def pages(self) -> int:
        """How many pages watch now, desks included."""
        with self._changed:
            return sum(self._watching.values())

    @property
    def now(self) -> CallsNow:
        """What is known; nothing, before the first page asked."""
        with self._changed:
            return self._now

    def _become(self, now: CallsNow) -> None:
        if now is not self._now:
            self._now = now
            self._changed.notify_all()

    def _look(self) -> None:
        """Follow the processes that the settings name now, and no others."""
        instances = self._lines.instances
        with self._changed:
            if self._closed:
                return
            self._become(self._now.of(instances))
            for gone in self._lines_followers.keys() - set(instances):
                self._lines_followers.pop(gone).stop()
            for instance in instances:
                if instance not in self._lines_followers:
                    self._lines_followers[instance] = self._follower(instance)
                    self._lines_followers[instance].start()

    def _follower(self, instance: LinesInstance) -> EventFollower:
        return EventFollower(
            f"follow-lines-{instance}",
            self._lines.client(instance),
            partial(self._lines_answer, instance),
            partial(self._call_happened, instance),
            partial(self._lines_away, instance),
        )

    def _lines_answer(self, instance: LinesInstance) -> None:
        calls = calls_told(self._lines.client(instance))
        with self._changed:
            self._become(self._now.with_calls(instance, calls))

    def _lines_away(self, instance: LinesInstance) -> None:
        with self._changed:
            self._become(self._now.with_calls(instance, None))

    def _call_happened(self, instance: LinesInstance, event: Event) -> None:
        if event.kind != "call":
            return
        call_id = str(event.data["call_id"])
        with self._changed:
            calls = dict(self._now.held.get(instance) or {})
            if event.data["state"] == "ended":
                calls.pop(call_id, None)
            else:
                calls[call_id] = event.data
            self._become(self._now.with_calls(instance, calls))

    def _recordings_changed(self) -> None:
        with self._changed:
            self._become(replace(self._now, recordings=self._now.recordings + 1))

    def _recorder_spoke(self, event: Event) -> None:
        self._look()
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
