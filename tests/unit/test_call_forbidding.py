"""Who comes to a call later, and is never recorded: the recording ends with their coming."""

from __future__ import annotations

from datetime import UTC

import pytest

from firmware.core.call.effects import Refuse, StartRecording, StopRecording
from firmware.core.call_record import Party, PartyHow
from firmware.core.events import LegAnswered, LegTrying, NotToBeRecorded, PartyReplaced
from firmware.core.line import CallRequest, Line
from firmware.core.notice_plan import LineNotices
from firmware.core.number_pattern import NumberPattern
from firmware.core.recording_policy import ExtensionMode, RecordingMode, RecordingPolicy, Rule
from firmware.core.tap_capabilities import SIP_INLINE, SIPREC
from firmware.ports.line_tap import CallHappening, CallOffered
from tests.unit.call_bench import ControlledLine
from tests.unit.played_call import STARTABLE, STEERED, asks, connected, matters

PRIVATE = NotToBeRecorded("extension 205: never recorded")


def test_the_recording_ends_and_cannot_be_started_again() -> None:
    play = connected(STEERED)
    assert StopRecording("no longer recorded: extension 205: never recorded") in play(PRIVATE)
    assert play.recording() == "stopped"
    [refused] = [effect for effect in play(asks("start")) if isinstance(effect, Refuse)]
    assert refused.why == "A recording of this call cannot be started (extension 205: never recorded)."
    record = play.call.record("r")
    assert record.end_cause == "no longer recorded: extension 205: never recorded"
    assert "no longer recorded" in record.tags
    assert matters(play(PRIVATE)) == []


def test_one_that_was_not_recorded_yet_never_is_and_its_row_names_nobody() -> None:
    play = connected(STARTABLE)
    play(PRIVATE, asks("start"))
    assert play.recording() == "none"
    assert play.call.unrecorded("r").far_party.number is None


def office(mode: RecordingMode = "pausable", tapped: bool = True) -> ControlledLine:
    """A call of 201, on a line where 205 is a private phone and 07700 900205 the number of another department."""
    rule = Rule("HR is private", "never", numbers=(NumberPattern("07700900205"),))
    extensions = {
        "205": ExtensionMode("never", "205", True),
        "201": ExtensionMode("pausable", "201", True),
    }
    policy = RecordingPolicy("main", mode, rules=(rule,), extensions=extensions)
    capabilities = SIPREC if tapped else SIP_INLINE
    line = Line("main", policy, LineNotices(), "office", ("bt",), capabilities=capabilities)
    made = ControlledLine(line, UTC, ring_fails=False)
    request = CallRequest("c1", "inbound", Party("01632960001"), "201", tapped=tapped)
    made.tap.coming.append(CallOffered("main", request))
    made.supervisor.turn()
    if not tapped:
        made.tap.coming += [CallHappening("c1", event) for event in (LegTrying(1), LegAnswered(1))]
        made.supervisor.turn()
    assert len(made.tap.started) == 1
    return made


@pytest.mark.parametrize("tapped", [True, False])
@pytest.mark.parametrize(
    ("leg", "party", "how", "ends"),
    [
        (1, Party("205"), "renamed", True),
        (1, Party("205"), "joined", True),
        (0, Party("07700900205"), "renamed", True),
        (1, Party("205"), "left", False),
        (1, Party("206"), "renamed", False),
        (1, Party(presentation="unavailable"), "renamed", False),
        (0, Party(presentation="withheld"), "renamed", False),
    ],
)
def test_policy_is_asked_again_about_whoever_comes(
    leg: int, party: Party, how: PartyHow, ends: bool, tapped: bool
) -> None:
    made = office(tapped=tapped)
    made.tap.coming.append(CallHappening("c1", PartyReplaced(leg, party, how)))
    made.supervisor.turn()
    assert bool(made.tap.stopped) == ends
    assert made.control.snapshot()[0]["recording"] == (not ends)


def test_a_line_that_records_nobody_else_goes_on_with_a_party_in_another_form_of_its_number() -> None:
    """Only what is said of who came counts: the line's own word is for calls of which nothing is said."""
    made = office(mode="never")
    made.tap.coming.append(CallHappening("c1", PartyReplaced(1, Party("+441632960201"))))
    made.supervisor.turn()
    assert made.tap.stopped == []


def test_started_on_demand_it_ends_as_well() -> None:
    play = connected(STARTABLE)
    assert StartRecording(1, 0) in play(asks("start"))
    play(PRIVATE)
    assert play.recording() == "stopped"
