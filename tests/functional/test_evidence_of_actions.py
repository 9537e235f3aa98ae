"""What is done to a call is evidence, however it was asked for; the call never waits for it, and the recorder may."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from firmware.adapters.control.server import ControlServer, Request
from tests.functional.calls.keys import press_keys
from tests.functional.calls.lines_alone import LinesAlone, wait_until
from tests.functional.calls.stage import NUMBER, staged

pytestmark = pytest.mark.functional

WITHIN_S = 0.3


class EvidenceBook:
    """Stands where the recorder stands, with pages for evidence only."""

    def __init__(self) -> None:
        self.entries: list[Mapping[str, Any]] = []

    def enter(self, request: Request) -> Mapping[str, int]:
        self.entries.append(request.body)
        return {"line": len(self.entries)}

    def told(self) -> list[tuple[str, str]]:
        return [(entry["kind"], entry["subject"]["how"]) for entry in self.entries]


def test_codes_the_page_and_the_box_itself_leave_evidence_that_waits_for_the_recorder(tmp_path: Path) -> None:
    book = EvidenceBook()
    lines = LinesAlone(tmp_path / "home", sections={"pause": {"resume_after_s": 10}})
    with staged(lines) as stage:
        _, called = stage.connect()
        assert called.invite is not None

        def paused() -> bool:
            return bool(lines.calls()[0]["paused"])

        over_s = press_keys("event", "*48", called, stage.near, called.invite.event_payload_type)
        watch = lines.stopwatch(over_s)
        wait_until(paused, 5, "the pause, with the recorder away")
        assert watch.took_s() <= WITHIN_S
        wait_until(lambda: not paused(), 15, "the pause to end by itself")
        call_id = lines.calls()[0]["call_id"]
        lines.control.post(f"/calls/{call_id}/told", {"how": "page", "who": "Ann"})
        with ControlServer(lines.home.recorder_socket, {"POST /evidence": book.enter}):
            expected = [("call-paused", "code"), ("call-resumed", "automatic"), ("call-told-by-staff", "page")]
            wait_until(lambda: len(book.entries) >= len(expected), 15, "the evidence to arrive")
            assert book.told() == expected
            press_keys("audible", "*46", called, stage.near, called.invite.event_payload_type)
            wait_until(lambda: len(book.entries) > len(expected), 15, "the next entry to arrive at once")
    assert book.told()[-1] == ("call-reminder-played", "code")
    assert {entry["subject"]["call"] for entry in book.entries} == {call_id}
    assert len({entry["subject"]["entry"] for entry in book.entries}) == len(book.entries)
    assert [entry["detail"]["who"] for entry in book.entries] == [NUMBER, "", "Ann", NUMBER]
    lines_of_the_log = str([(entry["kind"], entry["subject"]) for entry in book.entries])
    assert "Ann" not in lines_of_the_log
    assert NUMBER not in lines_of_the_log
