"""Tells people what is wrong: keeps the book of what was told, and the queue of what has not reached everybody.

``look`` is called every few seconds by one thread, ``deliver`` by another: a destination that hangs holds up no check.
What is to be told is kept before it is sent, so that a power cut loses no alert; one may come twice.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, tzinfo

from firmware.core.alert_message import Message, joined, message_of, trial_message
from firmware.core.alerting import AlertBook, AlertRules, Now, Standing, Telling, acknowledge, attend
from firmware.core.daily_window import DailyWindow, last_due
from firmware.core.errors import NoSuchFinding, StorageError
from firmware.core.health_check import Finding, Fix, in_order
from firmware.ports.alerts import AlertState, AlertStore, Destination, Messenger, Waiting
from firmware.ports.clock import Clock

_LOG = logging.getLogger(__name__)
_RETRY_S = (30.0, 60.0, 300.0, 900.0)
#: For one destination; more are sent as one, up to so many.
_SENT_SINGLY = 3
_SENT_TOGETHER = 25
#: With so many waiting the oldest of all are given up: the page tells what is wrong now.
_MOST_WAITING = 500


@dataclass(frozen=True)
class AlertPlan:
    """What the settings say."""

    destinations: tuple[Destination, ...] = ()
    rules: AlertRules = field(default_factory=AlertRules)
    digest_at: time = time(8)
    quiet: DailyWindow | None = None
    office: str = "Office"
    page: str = ""


class Alerting:
    """Any thread may ask for what stands; see the module for who calls what else.

    Args:
        plan: asked each time, so that new settings count at once.
    """

    def __init__(
        self, store: AlertStore, messenger: Messenger, clock: Clock, plan: Callable[[], AlertPlan], zone: tzinfo
    ) -> None:
        self._store = store
        self._messenger = messenger
        self._clock = clock
        self._plan = plan
        self._zone = zone
        self._turn = threading.Condition()
        self._state = self._read()
        self._kept: object = None
        self._began_s = clock.monotonic_s()
        self._failed: dict[str, _Failing] = {}
        self._store_trouble = ""

    # -- what stands ----------------------------------------------------------------------------------------------

    def standing(self) -> list[Standing]:
        """What is wrong now, worst first."""
        with self._turn:
            there = {each.finding.id: each for each in self._state.book.standing.values() if each.gone_at_ms is None}
        return [there[found.id] for found in in_order(each.finding for each in there.values())]

    def waiting(self) -> int:
        """How many messages have not reached everybody."""
        with self._turn:
            return len(self._state.waiting)

    def is_known(self, standing: Standing) -> bool:
        return standing.known_at(self._clock.wall_ms())

    def troubles(self) -> list[Finding]:
        """What is wrong with telling itself: the check ``alerts``."""
        with self._turn:
            failed, store = dict(self._failed), self._store_trouble
        fix = Fix("Check its address in the settings, and that the network is there.", "earmark alerts test")
        found = [
            Finding("alerts", "attention", f"Alerts do not reach {name}: {each.why}. They wait.", fix, name)
            for name, each in failed.items()
        ]
        if store:
            found.append(Finding("alerts", "attention", store, Fix("Make room on the state partition."), "store"))
        return found

    # -- one thread -----------------------------------------------------------------------------------------------

    def look(self, findings: Iterable[Finding]) -> None:
        """Take in what was found now, and decide what is told."""
        plan, now_ms = self._plan(), self._clock.wall_ms()
        clean = [each.without_numbers() for each in findings]
        with self._turn:
            book, tellings = attend(self._state.book, clean, self._now(plan, now_ms), plan.rules)
            self._state = replace(self._state, book=book)
            for telling in tellings:
                self._enqueue(plan, telling, now_ms)
            self._keep()

    def acknowledge(self, finding_id: str, by: str, until_ms: int | None = None) -> Standing:
        """Somebody knows. Any thread.

        Raises:
            NoSuchFinding: nothing of that name is wrong now.
        """
        with self._turn:
            try:
                book = acknowledge(self._state.book, finding_id, by, self._clock.wall_ms(), until_ms)
            except KeyError:
                raise NoSuchFinding(
                    "That is not wrong, or not any more.", "See what is wrong with: earmark health"
                ) from None
            self._state = replace(self._state, book=book)
            self._keep()
            return book.standing[finding_id]

    def send_trial(self, by: str) -> Sequence[tuple[str, str]]:
        """Try every destination now; by name, why it did not take the message. Waits for all of them. Any thread."""
        plan = self._plan()
        message = trial_message(plan.office, by, self._clock.wall_ms(), self._zone)
        return [(each.name, self._messenger.send(each, message)) for each in plan.destinations]

    # -- the courier's thread -------------------------------------------------------------------------------------

    def wait_for_messages(self, timeout_s: float) -> None:
        """Until something new is to be delivered, or for so long."""
        with self._turn:
            self._turn.wait(timeout_s)

    def deliver(self) -> None:
        """Try what is due, each destination by itself."""
        destinations = {each.name: each for each in self._plan().destinations}
        self._forget_others(destinations.keys())
        for name, destination in destinations.items():
            failing = self._failed.get(name)
            if failing is not None and self._clock.monotonic_s() < failing.again_at_s:
                continue
            self._deliver_to(destination)

    def _deliver_to(self, destination: Destination) -> None:
        while batch := self._batch(destination.name):
            why = self._messenger.send(destination, joined([each.message for each in batch]))
            with self._turn:
                if why:
                    self._note_failure(destination.name, why)
                    return
                self._failed.pop(destination.name, None)
                self._state = replace(
                    self._state, waiting=tuple(_without(self._state.waiting, destination.name, batch))
                )
                self._keep()

    def _batch(self, name: str) -> list[Waiting]:
        with self._turn:
            waiting = [each for each in self._state.waiting if name in each.to]
        return waiting[:_SENT_TOGETHER] if len(waiting) > _SENT_SINGLY else waiting[:1]

    def _note_failure(self, name: str, why: str) -> None:
        times = self._failed[name].times + 1 if name in self._failed else 0
        again_s = self._clock.monotonic_s() + _RETRY_S[min(times, len(_RETRY_S) - 1)]
        self._failed[name] = _Failing(why, times, again_s)
        _LOG.warning("an alert did not reach %s: %s", name, why)

    def _forget_others(self, names: Iterable[str]) -> None:
        """Whoever the settings name no longer is waited for no longer."""
        known = frozenset(names)
        with self._turn:
            self._failed = {name: each for name, each in self._failed.items() if name in known}
            kept = [replace(each, to=tuple(name for name in each.to if name in known)) for each in self._state.waiting]
            waiting = tuple(each for each in kept if each.to)
            if waiting != self._state.waiting:
                self._state = replace(self._state, waiting=waiting)
                self._keep()

    # -- parts ----------------------------------------------------------------------------------------------------

    def _now(self, plan: AlertPlan, now_ms: int) -> Now:
        there = datetime.fromtimestamp(now_ms / 1000, self._zone)
        quiet = plan.quiet is not None and plan.quiet.is_open(there)
        watched_ms = round((self._clock.monotonic_s() - self._began_s) * 1000)
        return Now(now_ms, quiet, last_due(plan.digest_at, now_ms, self._zone), watched_ms)

    def _enqueue(self, plan: AlertPlan, telling: Telling, now_ms: int) -> None:
        message: Message = message_of(telling, plan.office, now_ms, self._zone, plan.page)
        if telling.kind == "alert":
            _LOG.warning("alert: %s", message.title)
        to = tuple(each.name for each in plan.destinations if each.takes(message))
        if to:
            waiting = (*self._state.waiting, Waiting(message, to))[-_MOST_WAITING:]
            self._state = replace(self._state, waiting=waiting)
            self._turn.notify_all()

    def _read(self) -> AlertState:
        try:
            state = self._store.read()
        except StorageError as error:
            _LOG.error("%s", error)
            state = AlertState()
        if state.book == AlertBook():  # a new box owes nobody yesterday's digest
            state = replace(state, book=AlertBook(digest_at_ms=self._clock.wall_ms()))
        return state

    def _keep(self) -> None:
        """Only when something has changed that a restart must know: figures change all the time, and flash wears."""
        gist = (_gist(self._state.book), self._state.waiting)
        if gist == self._kept:
            return
        try:
            self._store.keep(self._state)
        except StorageError as error:
            self._store_trouble = f"What was told cannot be kept: {error.what}"
        else:
            self._kept, self._store_trouble = gist, ""


@dataclass(frozen=True)
class _Failing:
    why: str
    times: int
    again_at_s: float


def _gist(book: AlertBook) -> object:
    said = [replace(each, finding=replace(each.finding, what="")) for each in book.standing.values()]
    return said, book.over, book.alerts_at_ms, book.digest_at_ms


def _without(waiting: Iterable[Waiting], name: str, delivered: Sequence[Waiting]) -> Iterable[Waiting]:
    """The same, with those reached that were delivered."""
    for each in waiting:
        to = each.to
        if any(each.message is sent.message for sent in delivered):
            to = tuple(other for other in to if other != name)
        if to:
            yield replace(each, to=to)
