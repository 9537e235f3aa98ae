"""One purpose for one named case: for half an hour, in one session."""

from __future__ import annotations

import pytest

from firmware.core.errors import SettingsError
from firmware.services.named_cases import LASTS_S, NamedCases
from tests.hand_set_clock import HandSetClock


def test_its_purpose_holds_for_half_an_hour_and_no_longer() -> None:
    clock = HandSetClock()
    cases = NamedCases(clock)
    case = cases.begin("one session", "  Complaint   4711 ", "what was promised")
    assert (case.name, case.purpose) == ("Complaint 4711", "what was promised")
    clock.now_s += LASTS_S - 1
    assert cases.running("one session") == case
    assert cases.left_ms(case) == 1000
    clock.now_s += 1
    assert cases.running("one session") is None


def test_working_on_it_does_not_make_it_last_longer() -> None:
    clock = HandSetClock()
    cases = NamedCases(clock)
    cases.begin("one session", "Complaint 4711", "what was promised")
    for _ in range(6):
        assert cases.running("one session")
        clock.now_s += LASTS_S / 6
    assert cases.running("one session") is None


def test_setting_the_wall_clock_changes_nothing() -> None:
    clock = HandSetClock()
    cases = NamedCases(clock)
    case = cases.begin("one session", "Complaint 4711", "what was promised")
    clock.epoch_ms -= 10 * 86_400_000
    clock.now_s += LASTS_S
    assert cases.running("one session") is None
    assert cases.left_ms(case) == 0


def test_it_is_one_session_s_own_and_can_be_ended() -> None:
    cases = NamedCases(HandSetClock())
    cases.begin("one session", "Complaint 4711", "what was promised")
    assert cases.running("another session") is None
    cases.end("one session")
    assert cases.running("one session") is None


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_a_case_has_a_name(name: str) -> None:
    with pytest.raises(SettingsError):
        NamedCases(HandSetClock()).begin("one session", name, "what was promised")
