"""Made-up calls go through the real lines process, and the speech that was meant arrives in the ring."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware.core.speech_level import NOMINAL_DBM0, active_speech_level_dbm0
from tests.functional.calls.lines_alone import CaughtRing, LinesAlone, RingCatcher

pytestmark = pytest.mark.functional

NOTICE_S = 6.9  # call-recorded-outbound


@pytest.fixture
def lines(folder: Path) -> LinesAlone:
    return LinesAlone(folder)


@pytest.fixture
def catcher(lines: LinesAlone) -> Iterator[RingCatcher]:
    lines.prepare()
    with RingCatcher(lines.home.rings_socket) as catcher:
        yield catcher


def _generate(lines: LinesAlone, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(lines.root)]
    command += ["generator", "call", "--json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr + lines.log()
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _levels(ring: CaughtRing) -> list[float]:
    levels = [active_speech_level_dbm0(ring.channel(number).tolist(), 8000) for number in (0, 1)]
    return [level for level in levels if level is not None]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_both_parties_speech_reaches_the_ring_at_its_own_level(
    lines: LinesAlone, catcher: RingCatcher, transport: str
) -> None:
    lines.trunk, lines.office = {"transport": transport}, {"transport": transport}
    if transport == "tcp":
        # A TCP connection comes from a port of its own, so the two sides are told apart by address.
        lines.trunk, lines.office = _apart(lines, "127.0.0.2"), _apart(lines, "127.0.0.3")
    with lines:
        report = _generate(lines, "--seconds", "8")
        (ring,) = catcher.wait_for(1, closed=True)
    assert report["recording_id"] == ring.record.recording_id
    assert ring.record.far_party.number == report["caller"]
    assert _levels(ring) == pytest.approx([NOMINAL_DBM0, NOMINAL_DBM0], abs=2.0)


def test_a_withheld_number_is_nowhere_although_the_trunk_gives_it_away(lines: LinesAlone, catcher: RingCatcher) -> None:
    with lines:
        _generate(lines, "--seconds", "2", "--withheld", "--from", "07700900777")
        (ring,) = catcher.wait_for(1, closed=True)
        assert ring.record.far_party.presentation == "withheld"
        assert "07700900777" not in json.dumps(ring.record.to_json())
        assert "777" not in "".join(line for line in lines.log().splitlines() if "call_control" in line)


def test_an_outbound_call_talks_only_after_its_notice(lines: LinesAlone, catcher: RingCatcher) -> None:
    lines.line = {"notice": {"inbound": "", "outbound": "call-recorded-outbound"}}
    with lines:
        report = _generate(lines, "--seconds", "5", "--direction", "outbound", "--from", "201", "--to", "901632960123")
        (ring,) = catcher.wait_for(1, closed=True)
    assert report["connected_after_s"] > NOTICE_S
    assert (ring.record.office_party.number, ring.record.direction) == ("201", "outbound")
    assert ring.record.notice is not None
    assert ring.record.notice.completed
    assert len(_levels(ring)) == 2


def test_emergency_calls_hear_no_notice_and_no_rule_is_asked_about_them(
    lines: LinesAlone, catcher: RingCatcher
) -> None:
    lines.line = {"notice": {"inbound": "", "outbound": "call-recorded-outbound"}}
    lines.sections = {"rules": [{"name": "none at all", "mode": "never"}]}
    numbers = ("999", "9112", "18000")
    with lines:
        reports = [_generate(lines, "--seconds", "1", "--direction", "outbound", "--to", number) for number in numbers]
        rings = catcher.wait_for(len(numbers), closed=True)
    assert all(report["connected_after_s"] < 2.5 for report in reports)
    assert [ring.record.notice for ring in rings] == [None] * len(numbers)
    words = "emergency calls follow line main: recorded, with pause and resume"
    assert {ring.record.decided_by for ring in rings} == {words}


def test_the_first_rule_that_applies_decides_about_a_call_and_is_in_its_record(
    lines: LinesAlone, catcher: RingCatcher
) -> None:
    lines.sections = {
        "retention": [{"name": "claims", "years": 7}],
        "rules": [
            {"name": "HR is private", "mode": "never", "numbers": ["+44 7700 900777"]},
            {"name": "Claims", "mode": "always", "extensions": ["31*"], "retention_class": "claims"},
        ],
    }
    with lines:
        for caller, called in (("07700900777", "312"), ("01632960123", "312"), ("01632960123", "202")):
            report = _generate(lines, "--seconds", "1", "--from", caller, "--to", called)
            assert report["connected_after_s"] is not None
        _generate(lines, "--seconds", "1", "--direction", "outbound", "--from", "202", "--to", "907700900777")
        rings = catcher.wait_for(2, closed=True)
    assert [(ring.record.decided_by, ring.record.mode, ring.record.retention_class) for ring in rings] == [
        ("rule “Claims”: always recorded", "always", "claims"),
        ("line main: recorded, with pause and resume", "pausable", "standard"),
    ]


def _apart(lines: LinesAlone, host: str) -> dict[str, Any]:
    port = lines.ports.trunk if host == "127.0.0.2" else lines.ports.office
    return {"transport": "tcp", "host": f"{host}:{port}", "addresses": [host]}
