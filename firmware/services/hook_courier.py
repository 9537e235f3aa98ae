"""Brings news of calls to web hooks: a thread for each hook, so that one which hangs holds up no other, and no call."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from firmware.core.call_news import CallNews, document, time_text
from firmware.core.errors import NoSuchProgram
from firmware.core.health_check import Finding
from firmware.core.hook_health import judge_web_hook
from firmware.core.hook_queue import HookMessage, HookQueue, Outcome
from firmware.core.web_hook import WebHook, signed_headers
from firmware.ports.clock import Clock

_GONE = "It answered that it wants nothing more (410). Try it once it does again, or remove it."


class HookSender(Protocol):
    """Any thread. May take half a minute."""

    def send(self, url: str, headers: dict[str, str], body: bytes) -> Outcome:
        """``Outcome.why`` says in words why it was not taken."""
        ...


class _Worker:
    """One hook's messages, and the thread that sends them."""

    def __init__(self, hook: WebHook, sender: HookSender, clock: Clock, taken: Callable[[WebHook], None]) -> None:
        self.hook = hook
        self._sender = sender
        self._clock = clock
        self._taken = taken
        self._turn = threading.Condition()
        self._queue = HookQueue()
        self._taken_at_ms = 0
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name=f"hook-{hook.name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def tell(self, news: CallNews) -> None:
        body = _json(document(news, self.hook.numbers))
        with self._turn:
            self._queue.add(_new_id(), body, self._clock.monotonic_s())
            self._turn.notify_all()

    def try_now(self) -> Outcome:
        """A message that says that it is none, past the queue. In the caller's thread."""
        told = {"type": "trial", "timestamp": time_text(self._clock.wall_ms()), "data": {"web_hook": self.hook.name}}
        outcome = self._send(HookMessage(_new_id(), _json(told)))
        if outcome.result == "taken":
            with self._turn:
                self._queue.takes_again()
                self._turn.notify_all()
        return outcome

    def fares(self) -> dict[str, Any]:
        with self._turn:
            queue = self._queue
            return {
                "hook_id": self.hook.hook_id,
                "waiting": len(queue.waiting),
                "dropped": queue.dropped,
                "trouble": _GONE if queue.gone else queue.trouble,
                "taken_at_ms": self._taken_at_ms,
            }

    def findings(self) -> list[Finding]:
        with self._turn:
            queue, now_s = self._queue, self._clock.monotonic_s()
            failing_s = None if queue.failing_since_s is None else now_s - queue.failing_since_s
            return [*judge_web_hook(self.hook.name, failing_s, queue.trouble, queue.dropped, queue.gone)]

    def ask_to_stop(self) -> None:
        with self._turn:
            self._stopping = True
            self._turn.notify_all()

    def _work(self) -> None:
        while (message := self._next()) is not None:
            outcome = self._send(message)
            with self._turn:
                self._queue.tried(message, outcome, self._clock.monotonic_s())
                if outcome.result == "taken":
                    self._taken_at_ms = self._clock.wall_ms()
            if outcome.result == "taken":
                self._taken(self.hook)

    def _next(self) -> HookMessage | None:
        """Wait until a message is due; None: the hook was removed, or the process ends."""
        with self._turn:
            while not self._stopping:
                now_s = self._clock.monotonic_s()
                message = self._queue.due(now_s)
                if message is not None:
                    return message
                self._turn.wait(self._queue.next_in_s(now_s))
            return None

    def _send(self, message: HookMessage) -> Outcome:
        at_s = self._clock.wall_ms() // 1000
        headers = signed_headers(self.hook.secret, message.message_id, at_s, message.body)
        return self._sender.send(self.hook.url, {**headers, "Content-Type": "application/json"}, message.body)


class HookCourier:
    """Any thread.

    Args:
        taken: called when a hook took a message, in the hook's own thread.
    """

    def __init__(self, sender: HookSender, clock: Clock, taken: Callable[[WebHook], None]) -> None:
        self._sender = sender
        self._clock = clock
        self._taken = taken
        self._lock = threading.Lock()
        self._workers: dict[str, _Worker] = {}

    def call(self, hooks: Sequence[WebHook]) -> None:
        """From now on these are told, and no others. What waits for one that is gone is forgotten."""
        with self._lock:
            wanted = {hook.hook_id: hook for hook in hooks}
            for hook_id in [each for each, worker in self._workers.items() if wanted.get(each) != worker.hook]:
                self._workers.pop(hook_id).ask_to_stop()
            for hook_id in wanted.keys() - self._workers.keys():
                worker = self._workers[hook_id] = _Worker(wanted[hook_id], self._sender, self._clock, self._taken)
                worker.start()

    def tell(self, news: Sequence[CallNews]) -> None:
        """Queue it for every hook. Never waits for any of them."""
        for worker in self._now():
            for each in news:
                worker.tell(each)

    def fares(self) -> list[dict[str, Any]]:
        """How the messages of each hook fare."""
        return [worker.fares() for worker in self._now()]

    def findings(self) -> list[Finding]:
        """Hooks that have taken nothing for too long."""
        return [finding for worker in self._now() for finding in worker.findings()]

    def try_now(self, hook_id: str) -> str:
        """Send a hook a trial message; why it was not taken, empty when it was. Raises NoSuchProgram."""
        worker = next((each for each in self._now() if each.hook.hook_id == hook_id), None)
        if worker is None:
            raise NoSuchProgram("There is no such web hook yet.", "One that was just set is known in a few seconds.")
        outcome = worker.try_now()
        return "" if outcome.result == "taken" else outcome.why or _GONE

    def stop(self) -> None:
        """What waits is lost; whoever needs to know of every call has the list."""
        self.call(())

    def _now(self) -> list[_Worker]:
        with self._lock:
            return list(self._workers.values())


def _new_id() -> str:
    return f"msg_{secrets.token_hex(16)}"


def _json(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
