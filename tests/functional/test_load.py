"""Many calls at once, many calls one after another, and the delay that a caller feels.

The short forms show that nothing is lost or left over; what the machine must be quiet for is measured in the long forms
(and by ``scripts/bench``), whose figures are kept.
"""

from __future__ import annotations

import pytest

from tests.bench import calls as calls_bench
from tests.bench import churn, delay
from tests.functional.conftest import Note

pytestmark = [pytest.mark.functional, pytest.mark.alone]

_MEMORY_AT_30_MB = 200
_RATIO_TO_ASTERISK = 1.0
_QUIET_MS, _JITTER_MS = 25.0, 50.0


def _say(text: str) -> None:
    print(text)


@pytest.mark.parametrize(
    ("calls", "busy"),
    [
        pytest.param(30, False, id="30 calls"),
        pytest.param(10, True, id="10 calls beside a busy Python thread"),
        pytest.param(100, False, id="100 calls", marks=[pytest.mark.long, pytest.mark.timeout(600)]),
        pytest.param(
            100, True, id="100 calls beside a busy Python thread", marks=[pytest.mark.long, pytest.mark.timeout(600)]
        ),
    ],
)
def test_no_frame_of_many_calls_is_lost(note: Note, calls: int, busy: bool) -> None:
    figures = calls_bench.measure_earmark(calls, 30 if calls > 30 else 8, busy)
    note("CPU, ms per call-second", round(figures.cpu_ms_per_call_second, 2))
    note("peak memory, MB", round(figures.peak_memory_mb))
    note("worst gap, ms", round(figures.worst_gap_ms, 1))
    note("frames lost", figures.frames_lost)
    assert figures.frames_lost == 0
    assert figures.datagrams_dropped == 0
    if calls == 30:
        assert figures.peak_memory_mb < _MEMORY_AT_30_MB


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_hundred_recorded_calls_cost_no_more_than_asterisk_takes_to_write_them_unencrypted(note: Note) -> None:
    report = calls_bench.run([100], 20, 3, "asterisk", False, _say)
    for one in report["medians"]:
        note(f"{one['target']}, ms per call-second", round(one["cpu_ms_per_call_second"], 2))
    note("ratio_to_asterisk_100", report["ratio_to_asterisk_100"])
    assert report["ratio_to_asterisk_100"] <= _RATIO_TO_ASTERISK


@pytest.mark.parametrize(
    "calls", [300, pytest.param(5000, marks=[pytest.mark.long, pytest.mark.timeout(1200)], id="5,000 calls")]
)
def test_short_calls_leave_nothing_behind(note: Note, calls: int) -> None:
    found = churn.measure(calls, 20, _say)
    note("short calls", found.line())
    assert (found.failed, found.stuck, found.unfinished) == (0, 0, 0)
    if calls >= 5000:
        assert max(found.growth_mb.values()) < 10


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("network", delay.NETWORKS, ids=str)
def test_a_caller_feels_no_delay(note: Note, network: delay.Network) -> None:
    # A jitter buffer settles anew in each call, a few milliseconds higher or lower: a dozen calls tell the median.
    found = delay.measure(network, 12, 10, _say)
    note("one way", found.line())
    assert found.added_median_ms < (_JITTER_MS if network.jitter_ms else _QUIET_MS)
