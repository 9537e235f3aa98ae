"""The front panel in an office at work: a real call is paused, marked and let go on with its button."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.functional.office.driven_call import telephones
from tests.functional.office.office import Office
from tests.integration.panel_bench import PanelOnTerminal

pytestmark = pytest.mark.functional

# What a crowded machine may add to the third of a second in which a press must be answered.
_WITHIN_S = 1.0


def test_a_call_is_paused_at_once_marked_and_let_go_on_and_a_recorder_that_hangs_is_a_fault(
    folder: Path, record_property: Callable[[str, object], None]
) -> None:
    with Office.found(folder / "home", "", mode="pausable", panel={"kind": "simulated"}) as office:
        processes = office.start()
        with telephones(office) as phones, PanelOnTerminal(office.home) as panel:
            panel.until("Idle", 20)
            call = phones.call_in()
            panel.until("Recording")

            pressed_s = panel.key("\n")
            paused_s = call.until(paused=True)
            shown_s = panel.until("Paused")
            panel.until("slow and even")
            time.sleep(2.0)
            panel.key("\n")
            call.until(paused=False)
            panel.until("lit all the time")

            panel.key("d")
            call.until(tags=["marked"], paused=False)
            panel.until("three short flashes")

            with processes.stopped("recorder"):
                stopped_s = time.monotonic()
                fault_s = panel.until("Fault")
            panel.until("lit all the time")
            call.hang_up()
            panel.until("Idle")
            panel.stop()
        office.wait_until_quiet()
        told = office.record_of(call.recording_id)
        record_property("from the press to the pause, ms", round(1000 * (paused_s - pressed_s)))
        record_property("from the press to the light, ms", round(1000 * (shown_s - pressed_s)))
        record_property("from the recorder standing still to the fault, s", round(fault_s - stopped_s, 1))
        assert [(pause["how"], pause["resumed_how"]) for pause in told["pauses"]] == [("panel", "panel")] * 2
        assert [mark["how"] for mark in told["marks"]] == ["panel"]
        assert "marked" in told["tags"]
        assert paused_s - pressed_s < _WITHIN_S
        assert fault_s - stopped_s < 2.0 + 1.0 + _WITHIN_S, "silence, a heartbeat that had just come, and this machine"
        assert office.verify().returncode == 0
