"""The keeper's tasks run when they are due, or when somebody asks, and do not get into each other's way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue

from firmware.core.errors import StorageError
from firmware.services.keeper import Keeper
from tests.hand_set_clock import HandSetClock

CLOCK = HandSetClock()
PATIENCE_S = 5.0


@dataclass
class Task:
    """Tells of each of its runs."""

    name: str
    every_s: float = 3600.0
    attention: tuple[str, ...] = ()
    does: Callable[[], None] = lambda: None
    ran: SimpleQueue[int] = field(default_factory=SimpleQueue)

    def run(self, now_ms: int) -> None:
        try:
            self.does()
        finally:
            self.ran.put(now_ms)


@contextmanager
def at_work(*tasks: Task) -> Iterator[Keeper]:
    keeper = Keeper(tasks, CLOCK)
    keeper.start()
    yield keeper
    keeper.stop(PATIENCE_S)


def settled(keeper: Keeper, name: str, state: str) -> bool:
    """What a task is said to be, once its run is over."""
    waited = threading.Event()
    for _ in range(500):
        if any((task["name"], task["state"]) == (name, state) for task in keeper.snapshot()["tasks"]):
            return True
        waited.wait(0.01)
    return False


def test_a_task_is_run_at_the_start_by_the_clock_and_again_when_it_is_due() -> None:
    task = Task("sweep", every_s=0.01)
    with at_work(task):
        assert [task.ran.get(timeout=PATIENCE_S) for _ in range(3)] == [CLOCK.wall_ms()] * 3


def test_a_task_that_is_told_to_look_does_not_wait_for_its_time() -> None:
    task = Task("erasure")
    with at_work(task) as keeper:
        task.ran.get(timeout=PATIENCE_S)
        keeper.look_now()
        task.ran.get(timeout=PATIENCE_S)


def test_an_order_that_comes_while_the_task_is_at_work_is_looked_at_afterwards() -> None:
    at_it, go_on = threading.Event(), threading.Event()

    def takes_long() -> None:
        at_it.set()
        assert go_on.wait(PATIENCE_S)

    task = Task("erasure", does=takes_long)
    with at_work(task) as keeper:
        assert at_it.wait(PATIENCE_S)
        keeper.look_now()
        go_on.set()
        task.ran.get(timeout=PATIENCE_S)
        task.ran.get(timeout=PATIENCE_S)


def test_a_task_that_fails_is_told_of_is_tried_again_and_stops_no_other() -> None:
    trouble = ["the disk is away"]

    def fails_once() -> None:
        if trouble:
            raise StorageError(trouble.pop(), "Plug it in.")

    bad, good = Task("backup", every_s=0.05, does=fails_once), Task("sweep", every_s=0.01)
    with at_work(bad, good) as keeper:
        bad.ran.get(timeout=PATIENCE_S)
        for _ in range(3):
            good.ran.get(timeout=PATIENCE_S)
        bad.ran.get(timeout=PATIENCE_S)
        assert settled(keeper, "backup", "waiting")
        assert keeper.snapshot()["attention"] == []


def test_what_failed_is_shown_to_people_until_it_works() -> None:
    def fails() -> None:
        raise StorageError("The disk is away.", "Plug it in.")

    task = Task("backup", does=fails)
    with at_work(task) as keeper:
        assert settled(keeper, "backup", "failed")
        assert keeper.snapshot()["attention"] == ["Backup: The disk is away. Plug it in."]
        assert keeper.snapshot()["state"] == "attention"


def test_even_a_mistake_in_the_program_ends_one_run_only() -> None:
    def fails() -> None:
        raise KeyError("x")

    task = Task("backup", every_s=0.01, does=fails)
    with at_work(task) as keeper:
        task.ran.get(timeout=PATIENCE_S)
        task.ran.get(timeout=PATIENCE_S)
        assert "KeyError" in " ".join(keeper.snapshot()["attention"])


def test_what_a_task_wants_a_person_to_know_is_passed_on() -> None:
    with at_work(Task("holds", attention=("A hold is due for review.",))) as keeper:
        assert keeper.snapshot()["attention"] == ["A hold is due for review."]
