"""No phone takes all the room there is, and some is always kept for emergency calls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from firmware.adapters.sip.phones.phone import Phone
from firmware.adapters.sip.room import Room
from firmware.core.leg import LegNumber

PHONE = Phone("main", "201", "201", "correct-horse-battery", "Reception")
COLLEAGUE = Phone("main", "202", "202", "correct-horse-battery")
AT_ONCE = 4
MOST = 100
KEPT = 12


@dataclass
class _Leg:
    gone: bool = False


@dataclass
class _Call:
    made_by: Phone | None = None
    legs: dict[LegNumber, _Leg] = field(default_factory=lambda: {0: _Leg(), 1: _Leg()})


def _room(calls: Iterable[_Call]) -> Room:
    return Room({str(number): call for number, call in enumerate(calls)}, lambda: 0.0, MOST)


def test_a_phone_makes_so_many_calls_and_no_more_whatever_others_make(caplog: pytest.LogCaptureFixture) -> None:
    assert _room([_Call(PHONE)] * 3 + [_Call(COLLEAGUE)] * 9 + [_Call()]).why_not(PHONE, AT_ONCE) is None
    full = _room([_Call(PHONE)] * 4)
    assert full.why_not(PHONE, AT_ONCE) == 486
    assert full.why_not(COLLEAGUE, AT_ONCE) is None
    assert full.why_not(None, AT_ONCE) is None, "a call that comes in is not the phone's"
    assert "the phone of 201 (Reception) makes as many calls as it may (4)" in caplog.text


def test_a_call_that_the_phone_has_left_counts_as_its_own_still() -> None:
    transferred = _Call(PHONE, {0: _Leg(gone=True), 1: _Leg(), 2: _Leg()})
    assert _room([transferred] * 4).why_not(PHONE, AT_ONCE) == 486


def test_room_for_six_emergency_calls_is_kept_whatever_others_want(caplog: pytest.LogCaptureFixture) -> None:
    calls = (MOST - KEPT) // 2
    almost, full = _room([_Call()] * (calls - 1)), _room([_Call()] * calls)
    assert almost.why_not(None, AT_ONCE) is None
    assert almost.for_a_leg
    assert full.why_not(None, AT_ONCE) == 503
    assert full.why_not(PHONE, AT_ONCE) == 503
    assert not full.for_a_leg, "nor does a call that is there dial into it: a group, a transfer"
    assert "beside emergency calls" in caplog.text


def test_legs_that_are_gone_take_no_room() -> None:
    calls = [_Call(legs={0: _Leg(), 1: _Leg(gone=True)})] * ((MOST - KEPT) // 2)
    assert _room(calls).why_not(None, AT_ONCE) is None


def test_a_code_gets_through_where_a_call_does_not_but_never_fills_what_is_kept() -> None:
    assert _room([_Call(PHONE)] * 4).why_not(PHONE, AT_ONCE, is_code=True) is None
    assert _room([_Call(PHONE)] * 6).why_not(PHONE, AT_ONCE, is_code=True) == 486
    assert _room([_Call()] * ((MOST - KEPT) // 2)).why_not(None, AT_ONCE, is_code=True) is None
    assert _room([_Call()] * ((MOST - KEPT // 2) // 2)).why_not(None, AT_ONCE, is_code=True) == 503


def test_many_refusals_are_told_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    room = _room([_Call(PHONE)] * 4)
    for _ in range(50):
        room.why_not(PHONE, AT_ONCE)
    assert len(caplog.records) == 1
