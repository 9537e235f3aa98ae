"""A line whose calls are steered from outside them, with a network that is a list."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from typing import TypeVar

from firmware.core.call_record import Asker, Direction, Party
from firmware.core.events import (
    Event,
    LegAnswered,
    LegTrying,
    MediaReady,
)
from firmware.core.feature_code import FeatureCodes
from firmware.core.leg import PhoneIdentity
from firmware.core.line import CallRequest, Line
from firmware.core.notice_plan import LineNotices
from firmware.core.recording_policy import RecordingMode, RecordingPolicy
from firmware.ports.line_tap import CallHappening, CallOffered
from firmware.services.call_control import CallView
from tests.unit.call_bench import ControlledLine

DESK = PhoneIdentity("sip:201@192.0.2.21", "201", "192.0.2.21")
OTHER = PhoneIdentity("sip:202@192.0.2.22", "202", "192.0.2.22")
PAGE = Asker("page", "Ann")
_Result = TypeVar("_Result")


class Office(ControlledLine):
    """A line whose calls can be steered."""

    def __init__(self, mode: RecordingMode = "pausable", ring_fails: bool = False) -> None:
        line = Line(
            "main",
            RecordingPolicy("main", mode),
            LineNotices(),
            "office",
            ("bt",),
            codes=FeatureCodes(),
            start_notice="recording-starts",
        )
        super().__init__(line, UTC, ring_fails)

    def offer(self, call_id: str, direction: Direction, calling: str, dialled: str, phone: PhoneIdentity) -> None:
        request = CallRequest(call_id, direction, Party(calling), dialled, phone)
        self.tap.coming.append(CallOffered("main", request))
        self.supervisor.turn()

    def happens(self, call_id: str, *events: Event) -> None:
        self.tap.coming.extend(CallHappening(call_id, event) for event in events)
        self.supervisor.turn()

    def call_in(self, call_id: str = "c1", extension: str = "201", phone: PhoneIdentity = DESK) -> None:
        """A caller talks to an extension."""
        self.offer(call_id, "inbound", "01632960001", extension, PhoneIdentity())
        self.happens(call_id, LegTrying(1), MediaReady(1), LegAnswered(1, phone), MediaReady(0))

    def dial(self, code: str, phone: PhoneIdentity = DESK, call_id: str = "code") -> None:
        self.offer(call_id, "outbound", phone.user, code, phone)

    def asked(self, ask: Callable[[], _Result]) -> _Result:
        """Ask from another thread, as a control server does, while the dispatcher turns."""
        with ThreadPoolExecutor(1) as server:
            answer = server.submit(ask)
            while not answer.done():
                self.supervisor.turn()
            return answer.result()

    def view(self, call_id: str = "c1") -> CallView:
        return next(view for view in self.control.snapshot() if view["call_id"] == call_id)
