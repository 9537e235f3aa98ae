"""What an installer is told after each step of a trial."""

from __future__ import annotations

from dataclasses import replace

from firmware.core.analogue.line_trial import Look, at_rest, called_in, called_out, lifted
from firmware.core.line_verdict import SeenCall, Verdict

QUIET = Look(-60.0, 0.001, False, None, None, False, None, 0, None, 0)
SPEAKING = replace(QUIET, level_dbm0=-22.0, voice=True, peak=0.3)
OUT, IN = SeenCall("outbound", "…123", True), SeenCall("inbound", "…456", True)


def wrong(verdicts: list[Verdict]) -> list[str]:
    """What is to be mended; each says how."""
    assert all(bool(verdict.remedy) != verdict.ok for verdict in verdicts)
    return [verdict.what for verdict in verdicts if not verdict.ok]


def test_a_line_that_is_well_leaves_nothing_to_mend() -> None:
    assert wrong(at_rest([QUIET])) == []
    assert wrong(lifted([replace(QUIET, tone="dial")])) == []
    assert wrong(called_out([SPEAKING], [OUT])) == []
    assert wrong(called_in([SPEAKING], [IN])) == []


def test_a_line_without_any_noise_is_not_connected() -> None:
    assert wrong(at_rest([replace(QUIET, peak=0.0, level_dbm0=-90.0)])) == ["nothing is heard, not even noise"]


def test_a_hum_is_told_from_quiet() -> None:
    assert wrong(at_rest([replace(QUIET, level_dbm0=-38.0)])) == ["it is loud at rest: -38 dBm0"]


def test_a_loop_detector_is_tried_both_ways() -> None:
    wanted = replace(QUIET, loop_wanted=True)
    assert wrong(at_rest([replace(wanted, loop=True)])) == ["it sees current"]
    assert wrong(at_rest([wanted])) == ["the loop detector's pin cannot be read"]
    assert "the loop detector saw nothing" in wrong(lifted([replace(wanted, loop=False, tone="dial")]))


def test_sound_without_dial_tone_is_told_from_nothing_at_all() -> None:
    assert wrong(lifted([QUIET])) == ["nothing was heard"]
    assert wrong(lifted([SPEAKING])) == ["sound of -22 dBm0 was heard, but no dial tone"]


def test_a_call_that_was_not_seen_not_recorded_or_taken_for_another_is_named() -> None:
    assert wrong(called_out([SPEAKING], [])) == ["no outbound call was seen"]
    assert wrong(called_out([SPEAKING], [IN])) == ["the call was taken for an inbound one"]
    assert wrong(called_in([SPEAKING], [replace(IN, recorded=False)])) == ["it was not recorded"]
    assert wrong(called_out([SPEAKING], [replace(OUT, far="unavailable")])) == ["an outbound call, to a number unknown"]


def test_a_modem_that_heard_nothing_is_named() -> None:
    silent = replace(SPEAKING, modem="")
    assert wrong(called_in([silent], [IN])) == ["the modem told of no ring", "no caller's number came"]
    assert wrong(called_in([silent, replace(silent, rings=2, caller="…456")], [IN])) == []


def test_levels_that_are_too_low_or_too_high_are_named() -> None:
    assert wrong(called_out([replace(SPEAKING, level_dbm0=-40.0)], [OUT])) == ["voices at -40 dBm0: too soft"]
    assert wrong(called_out([replace(SPEAKING, peak=1.0)], [OUT])) == ["the loudest moments are cut off"]
    assert wrong(called_out([SPEAKING, replace(SPEAKING, lost_ms=40)], [OUT])) == ["40 ms of sound were lost"]
