"""Purposes and unsealed audio are kept for as long as somebody may have them, and not a moment longer."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from webui.recordings.listening_room import UNHEARD_FOR_S, Audio, ListeningRoom, NotOpened

FAR_OFF_MS = 10**15


class SteppedClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.ms = 1_000_000

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def room(clock: SteppedClock) -> Iterator[ListeningRoom]:
    room = ListeningRoom(clock, most_bytes=1000)
    yield room
    room.close()


def sound(size: int) -> Audio:
    return Audio(bytes(size), 1000, "tag")


def open_one(room: ListeningRoom, session: str, recording: str, size: int = 10) -> None:
    assert room.bring(room.arrive(session, FAR_OFF_MS), recording, "complaint", sound(size))


def open_and_lose_sound(room: ListeningRoom) -> None:
    """Open recording "r" in session "s"; its sound then gives way to a larger one's, which leaves in turn."""
    open_one(room, "s", "r")
    open_one(room, "t", "large", 5000)
    room.leave("t")
    assert room.bytes_held == 0


def test_audio_is_unsealed_once_however_many_ask_together(room: ListeningRoom) -> None:
    open_and_lose_sound(room)
    unsealings: list[int] = []
    together = threading.Barrier(8)

    def unseal() -> Audio:
        unsealings.append(1)
        return sound(10)

    def ask() -> None:
        together.wait()
        room.audio("s", "r", unseal)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert unsealings == [1]


def test_nothing_is_heard_without_a_purpose(room: ListeningRoom) -> None:
    with pytest.raises(NotOpened):
        room.audio("s", "r", lambda: sound(10))
    open_one(room, "s", "another")
    with pytest.raises(NotOpened):
        room.audio("s", "r", lambda: sound(10))


def test_one_session_s_purpose_is_not_another_s(room: ListeningRoom) -> None:
    open_one(room, "s", "r")
    assert room.purpose("t", "r") is None


def test_leaving_forgets_purposes_and_audio(room: ListeningRoom) -> None:
    open_one(room, "s", "r")
    open_one(room, "t", "r")
    room.leave("s")
    assert room.purpose("s", "r") is None
    assert room.bytes_held == 10


def test_a_session_past_its_end_is_forgotten(room: ListeningRoom, clock: SteppedClock) -> None:
    open_one(room, "s", "r")
    room.seen("s", clock.ms + 60_000)
    clock.ms += 59_999
    room.sweep()
    assert room.bytes_held == 10
    clock.ms += 1
    room.sweep()
    assert room.bytes_held == 0
    assert room.purpose("s", "r") is None


def test_audio_not_heard_for_a_while_goes_but_its_purpose_stays(room: ListeningRoom, clock: SteppedClock) -> None:
    open_one(room, "s", "r")
    clock.ms += UNHEARD_FOR_S * 1000 + 1
    room.sweep()
    assert room.bytes_held == 0
    assert room.purpose("s", "r") == "complaint"


def test_memory_is_bounded_and_the_longest_unheard_goes_first(room: ListeningRoom) -> None:
    open_one(room, "s", "first", 400)
    open_one(room, "s", "second", 400)
    room.audio("s", "first", lambda: pytest.fail("it was kept"))
    open_one(room, "s", "third", 400)
    assert room.bytes_held == 800
    room.audio("s", "first", lambda: pytest.fail("it was heard more lately than the second"))
    again: list[int] = []

    def unseal() -> Audio:
        again.append(1)
        return sound(400)

    room.audio("s", "second", unseal)
    assert again == [1]


def test_a_recording_larger_than_the_bound_is_let_in_alone(room: ListeningRoom) -> None:
    open_one(room, "s", "small", 10)
    open_one(room, "s", "large", 5000)
    assert room.bytes_held == 5000


def test_what_is_unsealed_while_somebody_signs_out_is_not_kept(room: ListeningRoom) -> None:
    open_and_lose_sound(room)

    def unseal() -> Audio:
        room.leave("s")
        return sound(10)

    room.audio("s", "r", unseal)
    assert room.bytes_held == 0


def test_what_was_opened_for_a_visit_that_is_over_is_not_kept_though_its_session_came_again(
    room: ListeningRoom,
) -> None:
    visit = room.arrive("s", FAR_OFF_MS)
    room.leave("s")
    room.arrive("s", FAR_OFF_MS)
    assert not room.bring(visit, "r", "complaint", sound(10))
    assert room.bytes_held == 0
    assert room.purpose("s", "r") is None


def test_an_unsealing_that_fails_keeps_nothing_and_may_be_tried_again(room: ListeningRoom) -> None:
    open_and_lose_sound(room)

    def fail() -> Audio:
        raise RuntimeError("damaged")

    with pytest.raises(RuntimeError):
        room.audio("s", "r", fail)
    assert room.audio("s", "r", lambda: sound(10)).duration_ms == 1000
