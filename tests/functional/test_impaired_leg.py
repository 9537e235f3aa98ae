"""One leg over a bad network: 5% of its packets are lost at random, the others are late by up to 40 ms.

The channels stay in step but for what the network and the leg's jitter buffer hold back. The relay knows the first,
the call's record tells the second.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.functional.conftest import Note
from tests.functional.instruments.impairment import ImpairedRelay
from tests.functional.instruments.measure import compare
from tests.functional.instruments.speech import conversation
from tests.functional.office.office import Office
from tests.functional.office.speaking import live_call

pytestmark = pytest.mark.functional

LOSS = 0.05
JITTER_S = 0.04
IN_STEP_MS = 20


@pytest.fixture
def office(silent_office: Office) -> Office:
    return silent_office


@pytest.mark.parametrize(
    "seconds", [30, pytest.param(600, marks=[pytest.mark.long, pytest.mark.timeout(900)], id="ten minutes")]
)
def test_a_lossy_late_leg_does_not_drift_from_the_other(office: Office, folder: Path, note: Note, seconds: int) -> None:
    office.start()
    relay = ImpairedRelay(("127.0.0.1", 0), loss=LOSS, jitter_s=JITTER_S, seed=5)
    with relay, live_call(office, folder, seconds + 4, relay=relay) as call:
        call.say(conversation(seconds, seed=3))
        assert call.caller.wait(seconds + 30) == 0, call.caller.report()
        sent = call.sent()
    office.wait_until_quiet()
    record = office.record_of(call.recording_id)
    figures = compare(office.opened(call.recording_id), *sent)

    legs = {leg["side"]: leg for leg in record["legs"]}
    held_back_ms = legs["far_party"]["jitter_buffer_delay_ms"] - legs["office"]["jitter_buffer_delay_ms"]
    on_the_way_ms = 1000 * relay.mean_delay_s
    left_ms = figures.skew_end_ms - on_the_way_ms - held_back_ms
    note("packets lost on the way", f"{relay.lost} of {relay.lost + relay.passed}")
    note("apart at the start, ms", round(figures.skew_start_ms, 1))
    note("apart at the end, ms", round(figures.skew_end_ms, 1))
    note("late on the way on average, ms", round(on_the_way_ms, 1))
    note("held back by the jitter buffers, far party less office, ms", round(held_back_ms, 1))
    note("apart at the end without these, ms", round(left_ms, 1))
    note("packets lost, in the record", legs["far_party"]["packets_lost"])
    assert abs(left_ms) <= IN_STEP_MS
    assert abs(figures.skew_end_ms - figures.skew_start_ms) <= 1000 * JITTER_S + IN_STEP_MS
    assert figures.office.correlation >= 0.88
    assert figures.far.correlation >= 0.6
    assert legs["far_party"]["packets_lost"] == pytest.approx(relay.lost, rel=0.5)
