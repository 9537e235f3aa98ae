"""The recorder's main loop: rings in, ticks, and what the control socket may ask of it."""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any

from firmware.adapters.control.event_feed import EventFeed
from firmware.adapters.control.peer_policy import these_users
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.ring.channel import (
    CallNotRecorded,
    RecordUpdated,
    RingClosed,
    RingOffered,
    RingReceiver,
    WriterArrived,
    WriterGone,
    WriterMessage,
)
from firmware.adapters.ring.reader import RingReader
from firmware.adapters.supervision import notify
from firmware.cli.evidence_rights import EvidenceRights
from firmware.cli.recorder.data_disk import DataDiskWatch
from firmware.core.errors import AudioPathError, StorageError
from firmware.core.evidence_chain import EvidenceFault
from firmware.ports.erasing import Erasure
from firmware.ports.office_keys import RewrappedSlot
from firmware.services.recorder_places import RecorderPlaces

_LOG = logging.getLogger(__name__)
TICK_S = 0.125
_SOONEST_TICK_S = 0.05
_HEARTBEAT_S = 1.0
_CHECKPOINT_S = 3600.0
_AGAIN_S = 60.0
# Lines comes back within a second of a recorder's start: a call nobody claims by then was cut off with its process.
_CLAIM_WITHIN_S = 5.0
_FLUSH_WITHIN_S = 10.0
_URGENT = (RingOffered, RingClosed, WriterGone)


class RecorderProcess:
    """Runs in the main thread until ``stop`` is called (from a signal handler or another thread)."""

    def __init__(
        self,
        receiver: RingReceiver,
        recorder: RecorderPlaces,
        watch: DataDiskWatch,
        feed: EventFeed,
        also: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        """``also``: what else a person must know."""
        self._receiver = receiver
        self._recorder = recorder
        self._watch = watch
        self._feed = feed
        self._also = also
        self._stopping = False
        self._known: frozenset[str] = frozenset()
        self._ticked = threading.Condition()
        self._ticks = 0
        self._snapshot: dict[str, Any] = {"state": "starting", "recordings": [], "lost_samples": 0} | watch.status()

    def stop(self) -> None:
        """Ask the loop to end. Safe in a signal handler."""
        self._stopping = True

    def snapshot(self) -> dict[str, Any]:
        """The state, at most a second old. Any thread."""
        return self._snapshot

    def wait_for_flush(self) -> None:
        """Until everything that was a second old when this was called is durable. Any thread but the main one.

        Raises:
            StorageError: the main loop does not get there.
        """
        with self._ticked:
            wanted = self._ticks + 2  # the tick that may be running now has not seen all of it
            if not self._ticked.wait_for(lambda: self._ticks >= wanted, _FLUSH_WITHIN_S):
                raise StorageError("The recorder did not flush in time.", "Check the data disk.")

    def run(self) -> None:
        """The loop.

        Raises:
            StorageError: a flush failed (see ``CallRecorder.tick``), or the data disk has gone.
        """
        last = time.monotonic()
        due, next_heartbeat, next_checkpoint, claimed_by = last, last, last + _CHECKPOINT_S, last + _CLAIM_WITHIN_S
        while not self._stopping:
            messages = self._receiver.poll(max(0.0, due - time.monotonic()))
            for message in messages:
                self._hear(message)
            if any(isinstance(message, _URGENT) for message in messages):
                due = min(due, last + _SOONEST_TICK_S)
            now = time.monotonic()
            if now < due:
                continue
            last, due = now, now + TICK_S
            self._tick(now)
            if now >= next_heartbeat:
                next_heartbeat = now + _HEARTBEAT_S
                if self._watch.beat():
                    claimed_by = now + _CLAIM_WITHIN_S
                self._recorder.move_over()
                self._beat()
            if now > claimed_by and self._done(self._give_up_waiting):
                claimed_by = math.inf
            if now >= next_checkpoint:
                next_checkpoint = now + (_CHECKPOINT_S if self._done(self._recorder.checkpoint) else _AGAIN_S)
        self._recorder.stop(time.monotonic())

    def _hear(self, message: WriterMessage) -> None:
        match message:
            case WriterArrived():
                _LOG.info("lines instance '%s' (process %d) is there", message.instance, message.pid)
            case RingOffered():
                self._take(message)
            case RecordUpdated():
                self._recorder.updated(message.record)
            case RingClosed():
                self._recorder.closed(message.record)
            case CallNotRecorded():
                self._recorder.not_recorded(message.writer, message.record)
            case WriterGone():
                self._recorder.writer_gone(message.writer)

    def _take(self, offer: RingOffered) -> None:
        try:
            ring = RingReader(offer.ring_fd, offer.ack_fd)
        except AudioPathError as error:
            _LOG.error("%s", error)
            self._receiver.fault(offer.writer, offer.record.recording_id, str(error))
            return
        self._recorder.offered(offer.writer, offer.record, ring)

    def _tick(self, now_s: float) -> None:
        self._recorder.tick(now_s)
        notify.watchdog()
        present = self._recorder.recording_ids
        if present != self._known:
            self._tell_changes(present)
            self._take_snapshot()
        with self._ticked:
            self._ticks += 1
            self._ticked.notify_all()

    def _beat(self) -> None:
        self._take_snapshot()
        self._feed.publish("heartbeat", self._snapshot)

    def _take_snapshot(self) -> None:
        status, disk = self._recorder.status(), self._watch.status()
        status = status | disk | {"attention": [*disk["attention"], *status["attention"], *self._also()]}
        try:
            free_bytes = self._recorder.measure().free_bytes
        except StorageError as error:
            status |= {"state": "fault", "attention": [*status["attention"], str(error)]}
        else:
            status["free_bytes"] = free_bytes
        self._snapshot = status

    def _tell_changes(self, present: Set[str]) -> None:
        for recording_id in present - self._known:
            self._feed.publish("recording", {"recording_id": recording_id, "state": "recording"})
        for recording_id in self._known - present:
            self._feed.publish("recording", {"recording_id": recording_id, "state": "finished"})
        self._known = frozenset(present)

    def _done(self, task: Callable[[], None]) -> bool:
        """Do something that a full disk may prevent and that can be done later."""
        try:
            task()
        except StorageError as error:
            _LOG.error("%s", error)
            return False
        return True

    def _give_up_waiting(self) -> None:
        ended = self._recorder.give_up_waiting()
        if ended:
            _LOG.warning("%d recordings ended where the last stop cut them off", ended)


def routes(process: RecorderProcess, desk: RecorderPlaces) -> dict[str, Handler]:
    """The recorder's control socket."""
    is_keeper, is_opener = these_users("earmark-keeper"), these_users("earmark-opener")
    rights = EvidenceRights.of_the_box()

    def health(_: Request) -> Mapping[str, Any]:
        return {**process.snapshot(), "pid": os.getpid()}

    def flush(_: Request) -> Mapping[str, Any]:
        process.wait_for_flush()
        return {}

    def evidence(request: Request) -> Mapping[str, Any]:
        kind, body = request.text("kind", 60), request.body
        subject, detail = body.get("subject") or {}, body.get("detail")
        rights.check(request.peer, kind)
        if not _is_table_of_texts(subject) or not (detail is None or isinstance(detail, dict)):
            raise RequestRefused("'subject' is a table of opaque ids, 'detail' a table or null.")
        try:
            return {"line": desk.enter(kind, subject, detail)}
        except EvidenceFault as fault:
            raise RequestRefused(f"The entry cannot be written: {fault}.") from fault

    def erased(request: Request) -> Mapping[str, Any]:
        if not is_keeper(request.peer):
            raise RequestRefused("Only the keeper says what was erased.", status=403)
        try:
            desk.erased([Erasure(**each) for each in request.body["recordings"]])
        except (TypeError, KeyError, EvidenceFault) as fault:
            raise RequestRefused("'recordings' is a list of erasures.") from fault
        return {}

    def details_erased(request: Request) -> Mapping[str, Any]:
        if not is_keeper(request.peer):
            raise RequestRefused("Only the keeper says whose details were erased.", status=403)
        first, last = (request.body.get(name) for name in ("first", "last"))
        if not (isinstance(first, int) and isinstance(last, int) and 0 < first <= last):
            raise RequestRefused("'first' and 'last' are numbers of lines.")
        desk.details_erased(first, last)
        return {}

    def rewrapped(request: Request) -> Mapping[str, Any]:
        if not is_opener(request.peer):
            raise RequestRefused("Only the opener says which keyslots were wrapped anew.", status=403)
        try:
            desk.rewrapped([RewrappedSlot(**each) for each in request.body["slots"]])
        except (TypeError, KeyError, EvidenceFault) as fault:
            raise RequestRefused("'slots' is a list of keyslots.") from fault
        return {}

    return {
        "GET /health": health,
        "POST /flush": flush,
        "POST /evidence": evidence,
        "POST /evidence/erased": erased,
        "POST /evidence/details-erased": details_erased,
        "POST /evidence/rewrapped": rewrapped,
    }


def _is_table_of_texts(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for pair in value.items() for each in pair)
