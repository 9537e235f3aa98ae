"""Events for any number of readers, none of whom can hold up the one who publishes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Event:
    """One event of a stream: its kind (``call``, ``heartbeat`` …) and JSON values."""

    kind: str
    data: Mapping[str, Any]


class Subscription:
    """One reader's queue. ``ended`` once the reader fell too far behind or the feed was closed."""

    def __init__(self, first: Iterable[Event], limit: int) -> None:
        self._events: deque[Event] = deque(first)
        self._limit = limit + len(self._events)
        self._changed = threading.Condition()
        self._ended = False

    def offer(self, event: Event) -> bool:
        """Queue an event; never waits for the reader. False: the reader is too far behind and is given up."""
        with self._changed:
            if self._ended:
                return False
            if len(self._events) >= self._limit:
                self._ended = True
            else:
                self._events.append(event)
            self._changed.notify()
            return not self._ended

    def end(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify()

    def take(self, timeout_s: float) -> Event | None:
        """The next event, or None when none came in time. Reader's thread.

        Raises:
            EOFError: the subscription has ended and every event queued before that was taken.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._events or self._ended, timeout_s)
            if self._events:
                return self._events.popleft()
            if self._ended:
                raise EOFError
            return None


class EventFeed:
    """Publishes to every subscriber. A reader that falls ``limit`` events behind is cut off and must ask anew:
    a stream with a hole in it would tell a page that a call still goes on.

    Args:
        greeting: what a new subscriber is told first (the present state). Called in the control thread of that reader
            while publishing is held back, so that nothing falls between: it must only read a snapshot.
    """

    def __init__(self, greeting: Callable[[], Iterable[Event]] = tuple, limit: int = 1024) -> None:
        self._greeting = greeting
        self._limit = limit
        self._lock = threading.Lock()
        self._subscriptions: list[Subscription] = []
        self._closed = False

    def publish(self, kind: str, data: Mapping[str, Any]) -> None:
        """Tell every subscriber. Any thread; takes microseconds whatever the readers do."""
        event = Event(kind, data)
        with self._lock:
            self._subscriptions = [subscription for subscription in self._subscriptions if subscription.offer(event)]

    def subscribe(self) -> Subscription:
        with self._lock:
            subscription = Subscription(self._greeting(), self._limit)
            if self._closed:
                subscription.end()
            else:
                self._subscriptions.append(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        with self._lock:
            self._subscriptions = [other for other in self._subscriptions if other is not subscription]
        subscription.end()

    @property
    def subscribers(self) -> int:
        with self._lock:
            return len(self._subscriptions)

    def close(self) -> None:
        """End every subscription. Later subscribers get the greeting and the end."""
        with self._lock:
            self._closed = True
            ended, self._subscriptions = self._subscriptions, []
        for subscription in ended:
            subscription.end()
