"""Lines and the recorder find each other, lose each other and find each other again; no ring is forgotten."""

from __future__ import annotations

import dataclasses
import os
import queue
import socket
import stat
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import orjson
import pytest

from firmware.adapters.control.peer_policy import PeerCredentials
from firmware.adapters.ring.channel import (
    CallNotRecorded,
    RecorderConnected,
    RecorderEvent,
    RecorderFault,
    RecorderGone,
    RecordUpdated,
    RingClosed,
    RingDropped,
    RingFinished,
    RingOffered,
    RingReceiver,
    RingSender,
    RingTaken,
    WriterArrived,
    WriterGone,
    WriterMessage,
)
from firmware.adapters.ring.reader import RingReader
from firmware.adapters.ring.writer import RingWriter
from firmware.core.call_record import CallRecord, Party
from firmware.core.errors import AddressInUse, StorageError

WAIT_S = 10
_Message = TypeVar("_Message", WriterArrived, RingOffered, RecordUpdated, RingClosed, CallNotRecorded, WriterGone)
_Event = TypeVar("_Event", RecorderConnected, RecorderGone, RingTaken, RingFinished, RecorderFault, RingDropped)


def record(number: int) -> CallRecord:
    return CallRecord(
        recording_id=f"{number:032x}",
        call_id=str(number),
        line="main",
        direction="inbound",
        far_party=Party(number="01632960001"),
        office_party=Party(number="01632960100"),
        started_at_ms=1_700_000_000_000,
        decided_by="always",
    )


class Lines:
    """A sender, and what it reports."""

    def __init__(self, path: Path, memory_bound: int = 200_000_000) -> None:
        self.events: queue.Queue[RecorderEvent] = queue.Queue()
        self.sender = RingSender(path, instance="sip", on_event=self.events.put, memory_bound=memory_bound)
        self.sender.start()

    def expect(self, kind: type[_Event]) -> _Event:
        while True:
            event = self.events.get(timeout=WAIT_S)
            if isinstance(event, kind):
                return event

    def call(self, number: int, samples: bytes = bytes(320)) -> CallRecord:
        ring = RingWriter.create(record(number).recording_id)
        for channel in (0, 1):
            ring.write_pcm(channel, samples)
        self.sender.offer(record(number), ring)
        self._ring = ring
        return record(number)

    def hang_up(self, number: int) -> None:
        self._ring.close(160)
        self.sender.closed(dataclasses.replace(record(number), end_cause="caller hung up"))


class Recorder:
    """A receiver, and what it has been told."""

    def __init__(self, path: Path) -> None:
        self.receiver = RingReceiver(path)
        self._messages: list[WriterMessage] = []

    def expect(self, kind: type[_Message]) -> _Message:
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            for place, message in enumerate(self._messages):
                if isinstance(message, kind):
                    del self._messages[place]
                    return message
            self._messages += self.receiver.poll(timeout_s=1)
        raise AssertionError(f"no {kind.__name__}")

    def take(self) -> tuple[RingOffered, RingReader]:
        offer = self.expect(RingOffered)
        return offer, RingReader(offer.ring_fd, offer.ack_fd)

    def close(self) -> None:
        self.receiver.close()
        for message in self._messages:
            if isinstance(message, RingOffered):
                os.close(message.ring_fd)
                os.close(message.ack_fd)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rings.sock"


@pytest.fixture
def lines(path: Path) -> Iterator[Lines]:
    made = Lines(path)
    yield made
    made.sender.stop(linger_s=0)


@pytest.fixture
def recorder(path: Path) -> Iterator[Recorder]:
    made = Recorder(path)
    yield made
    made.close()


def test_a_call_is_handed_over_told_of_closed_and_finished(lines: Lines, recorder: Recorder) -> None:
    arrived = recorder.expect(WriterArrived)
    assert (arrived.instance, arrived.pid) == ("sip", os.getpid())
    assert lines.expect(RecorderConnected).pid == os.getpid()
    assert lines.sender.connected

    lines.call(1, samples=b"\1\2" * 160)
    offer, reader = recorder.take()
    assert offer.record == record(1)
    assert reader.block(0, 0, 160).tobytes() == b"\1\2" * 160
    recorder.receiver.taken(offer.writer, offer.record.recording_id)
    assert lines.expect(RingTaken).recording_id == offer.record.recording_id

    lines.sender.update(dataclasses.replace(record(1), answered_at_ms=5))
    assert recorder.expect(RecordUpdated).record.answered_at_ms == 5
    lines.hang_up(1)
    assert recorder.expect(RingClosed).record.end_cause == "caller hung up"
    assert reader.readable(0) == 160
    reader.acknowledge(160)
    assert lines.sender.acknowledged(offer.record.recording_id) == 160
    recorder.receiver.finished(offer.writer, offer.record.recording_id)
    assert lines.expect(RingFinished).recording_id == offer.record.recording_id
    assert lines.sender.unfinished == 0
    reader.close()


def test_calls_made_while_the_recorder_is_away_wait_for_it(lines: Lines, path: Path) -> None:
    lines.call(1)
    lines.hang_up(1)
    lines.call(2)
    recorder = Recorder(path)
    try:
        first, _ = recorder.take()
        second, _ = recorder.take()
        assert [first.record.call_id, second.record.call_id] == ["1", "2"]
        assert recorder.expect(RingClosed).record.call_id == "1"
    finally:
        recorder.close()


def test_a_new_recorder_is_offered_what_the_old_one_did_not_finish_with_what_is_known_now(
    lines: Lines, path: Path
) -> None:
    old = Recorder(path)
    for number in (1, 2):
        lines.call(number)
    done, _ = old.take()
    old.receiver.finished(done.writer, done.record.recording_id)
    lines.expect(RingFinished)
    lines.sender.update(dataclasses.replace(record(2), answered_at_ms=7))
    old.close()
    lines.expect(RecorderGone)
    assert not lines.sender.connected
    new = Recorder(path)
    try:
        offer, _ = new.take()
        assert (offer.record.call_id, offer.record.answered_at_ms) == ("2", 7)
        lines.expect(RecorderConnected)
    finally:
        new.close()


def test_a_call_that_was_not_recorded_is_told_until_a_recorder_has_listed_it(lines: Lines, path: Path) -> None:
    lines.sender.not_recorded(record(1))
    deaf = Recorder(path)
    assert deaf.expect(CallNotRecorded).record == record(1)
    deaf.close()
    lines.expect(RecorderGone)
    recorder = Recorder(path)
    told = recorder.expect(CallNotRecorded)
    assert told.record == record(1)
    recorder.receiver.finished(told.writer, told.record.recording_id)
    lines.call(2)  # what follows on the same socket comes after it
    offer, reader = recorder.take()
    recorder.receiver.taken(offer.writer, offer.record.recording_id)
    lines.expect(RingTaken)
    recorder.close()
    lines.expect(RecorderGone)
    last = Recorder(path)
    last.take()[1].close()
    reader.close()
    later = [*last._messages, *last.receiver.poll(timeout_s=0.3)]
    assert not [each for each in later if isinstance(each, CallNotRecorded)]
    last.close()


def test_a_fault_of_the_recorder_reaches_lines_in_words(lines: Lines, recorder: Recorder) -> None:
    lines.call(1)
    offer, _ = recorder.take()
    recorder.receiver.fault(offer.writer, offer.record.recording_id, "the disk is full")
    assert lines.expect(RecorderFault) == RecorderFault(offer.record.recording_id, "the disk is full")


def test_beyond_the_memory_bound_the_oldest_finished_call_goes_first_and_is_reported(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one_ring = RingWriter.create(bytes(16))
    lines = Lines(path, memory_bound=2 * one_ring.memory_bytes)
    one_ring.release()
    try:
        for number in (1, 2, 3):
            lines.call(number)
            lines.hang_up(number)
        lines.call(4)
        assert lines.expect(RingDropped).recording_id == record(1).recording_id
        assert lines.sender.unfinished == 3
        assert "is lost" in caplog.text
        recorder = Recorder(path)
        try:
            offered = [recorder.take()[0].record.call_id for _ in range(3)]
        finally:
            recorder.close()
        assert offered == ["2", "3", "4"]
    finally:
        lines.sender.stop(linger_s=0)


def test_handing_over_never_waits_for_a_recorder_that_does_not_read(lines: Lines, recorder: Recorder) -> None:
    recorder.expect(WriterArrived)
    lines.expect(RecorderConnected)
    lines.call(1)
    longest_s = 0.0
    for number in range(3000):
        began = time.monotonic()
        lines.sender.update(dataclasses.replace(record(1), answered_at_ms=number, decided_by="x" * 2000))
        longest_s = max(longest_s, time.monotonic() - began)
    assert longest_s < 0.5
    recorder.take()
    while recorder.expect(RecordUpdated).record.answered_at_ms != 2999:
        pass


def test_stopping_lines_lets_the_recorder_finish_what_is_closed(path: Path, recorder: Recorder) -> None:
    lines = Lines(path)
    lines.call(1)
    lines.hang_up(1)
    offer, reader = recorder.take()
    recorder.expect(RingClosed)
    recorder.receiver.finished(offer.writer, offer.record.recording_id)
    lines.sender.stop(linger_s=WAIT_S)
    assert lines.expect(RingFinished).recording_id == offer.record.recording_id
    recorder.expect(WriterGone)
    assert reader.readable(0) == 160


def test_several_lines_processes_are_told_apart(path: Path, recorder: Recorder) -> None:
    both = [Lines(path), Lines(path)]
    try:
        writers = {recorder.expect(WriterArrived).writer for _ in both}
        assert len(writers) == 2
        for number, lines in enumerate(both):
            lines.call(number)
        offers = [recorder.take()[0] for _ in both]
        assert {offer.writer for offer in offers} == writers
        for offer in offers:
            recorder.receiver.finished(offer.writer, offer.record.recording_id)
        for number, lines in enumerate(both):
            assert lines.expect(RingFinished).recording_id == record(number).recording_id
    finally:
        for lines in both:
            lines.sender.stop(linger_s=0)


def test_descriptors_are_not_left_open_by_calls_that_come_and_go(lines: Lines, recorder: Recorder) -> None:
    recorder.expect(WriterArrived)
    lines.expect(RecorderConnected)
    before = len(os.listdir("/proc/self/fd"))
    for number in range(30):
        lines.call(number)
        offer, reader = recorder.take()
        lines.hang_up(number)
        recorder.receiver.finished(offer.writer, offer.record.recording_id)
        lines.expect(RingFinished)
        reader.close()
    assert len(os.listdir("/proc/self/fd")) == before


def _connected(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.connect(str(path))
    return connection


HELLO = orjson.dumps({"type": "hello", "instance": "odd", "pid": 1, "protocol": 1})


@pytest.mark.parametrize(
    "nonsense",
    [
        lambda: (b"not json", []),
        lambda: (b"[1, 2]", []),
        lambda: (b'{"type": "surprise"}', []),
        lambda: (b'{"type": "update", "recording_id": "1"}', []),
        lambda: (b'{"type": "hello", "instance": "sip", "pid": 1, "protocol": 99}', []),
        lambda: (orjson.dumps({"type": "ring", "record": record(1).to_json()}), []),
        lambda: (orjson.dumps({"type": "ring", "record": record(1).to_json()}), [os.dup(0)] * 3),
        lambda: (b'{"type": "ring", "record": {}}', [os.dup(0), os.dup(0)]),
        lambda: (b'{"type": "update", "record": {"far_party": 3}}', [os.dup(0)]),
    ],
)
def test_nonsense_is_logged_its_descriptors_closed_and_the_next_packet_still_understood(
    nonsense: Callable[[], tuple[bytes, list[int]]], path: Path, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    packet, descriptors = nonsense()
    with _connected(path) as connection:
        connection.sendall(HELLO)
        recorder.expect(WriterArrived)
        before = len(os.listdir("/proc/self/fd"))
        socket.send_fds(connection, [packet], descriptors)
        connection.sendall(orjson.dumps({"type": "update", "record": record(5).to_json()}))
        assert recorder.expect(RecordUpdated).record == record(5)
        assert "not understood" in caplog.text
        assert len(os.listdir("/proc/self/fd")) == before
    for descriptor in set(descriptors):
        os.close(descriptor)


def test_a_ring_from_somebody_who_did_not_introduce_himself_is_refused(
    path: Path, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    ring = RingWriter.create(bytes(16))
    with _connected(path) as connection:
        packet = orjson.dumps({"type": "ring", "record": record(1).to_json()})
        socket.send_fds(connection, [packet], list(ring.descriptors()))
        connection.sendall(HELLO)
        recorder.expect(WriterArrived)
    assert "has not said who it is" in caplog.text
    ring.release()


def test_who_may_hand_over_rings_goes_by_their_user_and_not_by_the_socket_s_mode(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[PeerCredentials] = []

    def admits(peer: PeerCredentials) -> bool:
        asked.append(peer)
        return False

    receiver = RingReceiver(path, admits)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666
    stranger = _connected(path)
    assert receiver.poll(timeout_s=0.2) == []
    stranger.settimeout(WAIT_S)
    assert stranger.recv(10) == b"", "it is closed to them"
    assert [(peer.pid, peer.uid) for peer in asked] == [(os.getpid(), os.geteuid())]
    assert "may hand no rings over" in caplog.text
    stranger.close()
    receiver.close()


def test_nothing_that_is_said_goes_to_another_than_the_recorder(path: Path, recorder: Recorder) -> None:
    looked = threading.Event()

    def trusts(peer: PeerCredentials) -> bool:
        looked.set()
        return False

    sender = RingSender(path, "sip", trusts=trusts)
    sender.start()
    assert looked.wait(WAIT_S)
    assert not sender.connected
    assert recorder.receiver.poll(timeout_s=0.2) in ([], [WriterGone(1)])
    sender.stop(linger_s=0)


def test_a_second_recorder_is_refused_and_the_first_goes_on(path: Path, recorder: Recorder, lines: Lines) -> None:
    with pytest.raises(AddressInUse, match="Another recorder"):
        RingReceiver(path)
    lines.call(1)
    recorder.take()


def test_a_socket_left_by_a_recorder_that_died_is_replaced(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as dead:
        dead.bind(str(path))
    receiver = RingReceiver(path)
    receiver.close()
    assert not path.exists()


def test_a_place_where_no_socket_can_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "nowhere").touch()
    with pytest.raises(StorageError, match="nowhere"):
        RingReceiver(tmp_path / "nowhere" / "rings.sock")
