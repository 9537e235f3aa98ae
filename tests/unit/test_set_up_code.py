"""The code of a box that is not set up: it cannot be tried out, and nobody shuts out whoever has it."""

from __future__ import annotations

import pytest

from firmware.core.errors import TooBusy
from firmware.core.scanner_watch import place_of
from firmware.core.set_up_code import CodeGuard

GUESSER, AT_THE_BOX = place_of("192.168.1.66"), place_of("192.168.1.7")


def test_five_wrong_codes_from_one_place_close_it_for_a_minute_and_no_other() -> None:
    guard = CodeGuard("ABCD2345")
    for _ in range(5):
        guard, right = guard.heard("AAAA-AAAA", GUESSER, 100.0)
        assert not right
    with pytest.raises(TooBusy):
        guard.heard("ABCD-2345", GUESSER, 159.0)
    assert guard.heard("abcd 2345", AT_THE_BOX, 101.0)[1]
    assert guard.heard("ABCD-2345", GUESSER, 160.0)[1]


def test_what_is_kept_of_guessers_is_bounded() -> None:
    guard = CodeGuard("ABCD2345")
    for number in range(1000):
        guard, _ = guard.heard("AAAA-AAAA", place_of(f"10.0.{number // 250}.{number % 250}"), 100.0)
    assert len(guard.tries) == 256


def test_the_code_is_in_no_log_by_accident() -> None:
    assert "ABCD2345" not in repr(CodeGuard("ABCD2345"))
