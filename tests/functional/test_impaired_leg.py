"""One leg over a bad network: 5% of its packets are lost at random, the others are late by up to 40 ms.

The other leg's packets are all late by the mean of that: both parties are equally far away, and only what the jitter
buffers hold back is left to keep the channels apart. The call's record tells that, as it is at the end.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median

import pytest

from firmware.core.held_back import LOOKS
from tests.functional.conftest import Note
from tests.functional.instruments.impairment import ImpairedRelay
from tests.functional.instruments.measure import Apart, compare
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


# In half a minute the jitter buffer has settled once, somewhere within the jitter; over ten minutes that is no excuse.
@pytest.mark.parametrize(
    ("seconds", "drift_within_ms"),
    [
        pytest.param(30, 1000 * JITTER_S + IN_STEP_MS, id="half a minute"),
        pytest.param(600, IN_STEP_MS, id="ten minutes", marks=[pytest.mark.long, pytest.mark.timeout(900)]),
    ],
)
def test_a_lossy_late_leg_does_not_drift_from_the_other(
    office: Office, folder: Path, note: Note, seconds: int, drift_within_ms: float
) -> None:
    office.start()
    bad = ImpairedRelay(("127.0.0.1", 0), loss=LOSS, jitter_s=JITTER_S, seed=5)
    good = ImpairedRelay(("127.0.0.1", 0), delay_s=JITTER_S / 2)
    with bad, good, live_call(office, folder, seconds + 4, relay=bad, office_relay=good) as call:
        call.say(conversation(seconds, seed=3))
        assert call.caller.wait(seconds + 30) == 0, call.caller.report()
        sent = call.sent()
    office.wait_until_quiet()
    record = office.record_of(call.recording_id)
    recorded = office.opened(call.recording_id)
    figures = compare(recorded, *sent)
    apart = Apart(recorded, *sent)
    apart_ms, at_the_end_ms = apart.all_along(), apart.lately(LOOKS)

    legs = {leg["side"]: leg for leg in record["legs"]}
    held_ms = {side: leg["jitter_buffer_delay_ms"] for side, leg in legs.items()}
    left_ms = at_the_end_ms - (held_ms["far_party"] - held_ms["office"])
    half = len(apart_ms) // 2
    drift_ms = median(apart_ms[-half:]) - median(apart_ms[:half])
    note("packets lost on the way", f"{bad.lost} of {bad.lost + bad.passed}")
    note("late on the way on average, ms", f"{1000 * bad.mean_delay_s:.1f}, the office {1000 * good.mean_delay_s:.1f}")
    note("apart at the start, ms", round(figures.skew_start_ms, 1))
    note("apart at the end, ms", round(at_the_end_ms, 1))
    note("apart all along, each 12 s, ms", " ".join(f"{one:.0f}" for one in apart_ms))
    note("second half of the call later than the first, ms", round(drift_ms, 1))
    note("held back by the far party's jitter buffer at the end, ms", round(held_ms["far_party"], 1))
    note("held back by the office's, ms", round(held_ms["office"], 1))
    note("apart at the end without what is held back, ms", round(left_ms, 1))
    note("correlation, far party", round(figures.far.correlation, 3))
    note("correlation, office", round(figures.office.correlation, 3))
    note("packets lost, in the record", legs["far_party"]["packets_lost"])
    assert abs(left_ms) <= IN_STEP_MS
    assert abs(drift_ms) <= drift_within_ms
    assert figures.office.correlation >= 0.88
    assert figures.far.correlation >= 0.6
    assert legs["far_party"]["packets_lost"] == pytest.approx(bad.lost, rel=0.5)
