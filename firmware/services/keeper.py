"""Runs the keeper's tasks: each when it is due, or at once when told, in a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from firmware.core.errors import EarmarkError
from firmware.ports.clock import Clock
from firmware.ports.keeper_task import KeeperTask

_LOG = logging.getLogger(__name__)
_AGAIN_AFTER_S = 60.0


class _Worker:
    """One task's thread. What it says of itself is set whole, so that any thread may read it."""

    def __init__(self, task: KeeperTask, clock: Clock) -> None:
        self._task = task
        self._clock = clock
        self._told = threading.Condition()
        self._look_now = False
        self._stopping = False
        self._running = False
        self._runs = 0
        self._last_run_at_ms: int | None = None
        self._failure = ""
        self._thread = threading.Thread(target=self._work, name=task.name, daemon=True)

    @property
    def name(self) -> str:
        return self._task.name

    def start(self) -> None:
        self._thread.start()

    def look_now(self) -> None:
        with self._told:
            self._look_now = True
            self._told.notify_all()

    def ask_to_stop(self) -> None:
        with self._told:
            self._stopping = True
            self._told.notify_all()

    def join(self, timeout_s: float) -> None:
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def attention(self) -> Iterator[str]:
        if self._failure:
            yield f"{self._task.name.capitalize()}: {self._failure}"
        yield from self._task.attention

    def shown(self) -> dict[str, Any]:
        return {
            "name": self._task.name,
            "state": "running" if self._running else "failed" if self._failure else "waiting",
            "runs": self._runs,
            "last_run_at_ms": self._last_run_at_ms,
        }

    def _work(self) -> None:
        while not self._stopping:
            done = self._run_once()
            wait_s = self._task.every_s if done else min(self._task.every_s, _AGAIN_AFTER_S)
            with self._told:
                self._told.wait_for(lambda: self._look_now or self._stopping, wait_s)
                self._look_now = False

    def _run_once(self) -> bool:
        self._running = True
        self._last_run_at_ms = self._clock.wall_ms()
        try:
            self._task.run(self._last_run_at_ms)
        except EarmarkError as error:
            self._failed(str(error))
            _LOG.error("%s: %s", self._task.name, error)
        except Exception as error:  # noqa: BLE001 - a worker's root: one duty's mistake must not end the others
            self._failed(f"it failed with {type(error).__name__}; the log says where.")
            _LOG.exception("%s failed", self._task.name)
        else:
            self._failure = ""
        self._runs += 1
        self._running = False
        return not self._failure

    def _failed(self, words: str) -> None:
        self._failure = words


class Keeper:
    """All tasks together. Any thread."""

    def __init__(self, tasks: Sequence[KeeperTask], clock: Clock) -> None:
        self._workers = [_Worker(task, clock) for task in tasks]

    def start(self) -> None:
        for worker in self._workers:
            worker.start()

    def look_now(self) -> None:
        """Somebody has left an order: no task waits for its time."""
        for worker in self._workers:
            worker.look_now()

    def stop(self, within_s: float) -> None:
        """Begin nothing new. A task that takes longer is left where it is: it goes on when the process comes back."""
        for worker in self._workers:
            worker.ask_to_stop()
        for worker in self._workers:
            worker.join(within_s)

    def snapshot(self) -> dict[str, Any]:
        attention = [word for worker in self._workers for word in worker.attention()]
        tasks = [worker.shown() for worker in self._workers]
        return {"state": "attention" if attention else "ok", "attention": attention, "tasks": tasks}
