"""Reads one PBX's call log for as long as the process runs: opens its source again whenever that is gone, puts lines
together, reads them, and hands on what is to be kept. Whatever comes, it harms nobody else."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any, Literal

from firmware.adapters.smdr.line_assembly import LineAssembler
from firmware.adapters.smdr.source import LogSource, SourceGone
from firmware.core.call_log import LogRow, is_dated_well
from firmware.core.call_log_format import LogFormat
from firmware.core.call_log_policy import LogPolicy
from firmware.core.call_log_reading import NotRead, Passed, Read, read_line
from firmware.ports.clock import Clock

_LOG = logging.getLogger(__name__)
_AGAIN_AFTER_S = 2.0
_STOP_WITHIN_S = 5.0
_JUDGED_LINES = 20
_FEWEST_LINES = 5

# As every line says it, for lights and pages; the words are in its attention.
State = Literal["starting", "working", "degraded"]


@dataclass
class Counts:
    """What came of the lines since the start."""

    calls: int = 0
    kept: int = 0
    passed: int = 0
    not_read: int = 0
    dated_badly: int = 0
    lately: deque[bool] = field(default_factory=lambda: deque(maxlen=_JUDGED_LINES))


class SmdrReader:
    """A thread of its own. ``health`` from any.

    Args:
        hand_on: takes a row that is to be kept; must not wait.
        described: how the port is set, for who must check it: ``9600 8N1``; empty for TCP.
    """

    def __init__(
        self,
        source: LogSource,
        form: LogFormat,
        policy: LogPolicy,
        zone: tzinfo,
        clock: Clock,
        hand_on: Callable[[LogRow], None],
        described: str = "",
        again_after_s: float = _AGAIN_AFTER_S,
    ) -> None:
        self._source, self._form, self._policy, self._zone = source, form, policy, zone
        self._clock, self._hand_on, self._described = clock, hand_on, described
        self._again_after_s = again_after_s
        self._stop = threading.Event()
        self._opened = False
        self._gone = ""
        self._trouble = ""
        self._heard_at_ms = 0
        self._counts = Counts()
        self._assemblers: dict[int, LineAssembler] = {}
        self._thread = threading.Thread(target=self._run, name=f"smdr-{policy.source}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_WITHIN_S)

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def health(self) -> dict[str, Any]:
        """For the control socket; numbers of calls only, never of telephones."""
        counts = self._counts
        return {
            "name": self._policy.source,
            "kind": "smdr",
            "source": self._source.shown,
            "format": self._form.title,
            "state": self._state(),
            "attention": self._attention(),
            "calls": counts.calls,
            "kept": counts.kept,
            "not_read": counts.not_read,
            "heard_at_ms": self._heard_at_ms or None,
        }

    # ---

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._source.opened(self._stop) as received:
                    self._found()
                    for each in received:
                        self._take(each.channel, each.content)
            except SourceGone as gone:
                self._lost(str(gone))
            self._stop.wait(self._again_after_s)

    def _found(self) -> None:
        if self._gone:
            _LOG.info("call log %s: %s is there again", self._policy.source, self._source.shown)
        self._gone, self._opened = "", True
        self._assemblers.clear()

    def _lost(self, words: str) -> None:
        self._opened = False
        if words != self._gone:
            _LOG.warning("call log %s: %s", self._policy.source, words)
        self._gone = words

    def _take(self, channel: int, content: bytes) -> None:
        if not content:
            self._assemblers.pop(channel, None)
            return
        assembler = self._assemblers.setdefault(channel, LineAssembler())
        lines = assembler.feed(content)
        self._trouble = assembler.trouble
        self._heard_at_ms = self._clock.wall_ms()
        for line in lines:
            self._read(line)

    def _read(self, line: str) -> None:
        now_ms = self._clock.wall_ms()
        reading = read_line(line, self._form, datetime.fromtimestamp(now_ms / 1000, UTC), self._zone)
        counts = self._counts
        match reading:
            case Passed():
                counts.passed += 1
            case NotRead():
                counts.not_read += 1
                counts.lately.append(False)
            case Read(call):
                counts.calls += 1
                counts.lately.append(True)
                if not is_dated_well(call, now_ms):
                    counts.dated_badly += 1
                    return
                counts.dated_badly = 0
                row = self._policy.consider(call, line, now_ms)
                if row is not None:
                    counts.kept += 1
                    self._hand_on(row)

    def _state(self) -> State:
        if self._attention():
            return "degraded"
        return "working" if self._opened else "starting"

    def _none_is_read(self) -> bool:
        lately = self._counts.lately
        return len(lately) >= _FEWEST_LINES and not any(lately)

    def _attention(self) -> list[str]:
        if self._gone:
            return [self._gone]
        if self._trouble == "parity":
            return ["What comes is not readable: it has seven bits and a parity bit. Set data_bits = 7, and parity."]
        if self._trouble:
            check = f"check the baud rate (now {self._described})" if self._described else "check what is sent there"
            return [f"What comes from the {self._source.shown} is not readable: {check}."]
        if self._none_is_read():
            words = f"None of the last lines is as the format {self._form.title} says."
            return [f"{words} Try lines and formats on the page Call log."]
        if self._counts.dated_badly:
            return ["Its calls are dated days away from today. Set the clock of the telephone system."]
        return []
