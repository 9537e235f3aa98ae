"""Who knocks too often is not heard for longer and longer; who is only set up wrongly is told so each time."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.scanner_watch import (
    FIRST_S,
    FORGOTTEN_AFTER_S,
    LONGEST_S,
    MOST_A_MINUTE,
    MOST_PLACES,
    ScannerWatch,
    place_of,
)

SCANNER = place_of("203.0.113.7")
DAY_S = 86_400.0


def test_a_telephone_system_that_is_set_up_wrongly_is_told_why_all_day() -> None:
    watch = ScannerWatch()
    assert not any(watch.refused(SCANNER, 12, 30.0 * each) for each in range(2, 2880, 2))


def test_a_scanner_is_not_heard_for_a_minute_and_then_for_twice_as_long_each_time_up_to_a_day() -> None:
    watch, now_s, times = ScannerWatch(), 0.0, []
    for _ in range(14):
        for_s = watch.refused(SCANNER, MOST_A_MINUTE, now_s)
        times.append(for_s)
        assert watch.refused(SCANNER, 10_000, now_s + for_s - 1) == 0.0, "it is not heard already"
        now_s += for_s
    assert times[:4] == [FIRST_S, 2 * FIRST_S, 4 * FIRST_S, 8 * FIRST_S]
    assert times[-1] == LONGEST_S


def test_it_is_forgotten_after_a_day_of_silence_and_forgiven_when_somebody_says_so() -> None:
    watch = ScannerWatch()
    for now_s in (0.0, 100.0):
        watch.refused(SCANNER, MOST_A_MINUTE, now_s)
    assert watch.unheard(150.0) == {SCANNER: 70.0}
    assert watch.refused(SCANNER, MOST_A_MINUTE, 300.0 + FORGOTTEN_AFTER_S) == FIRST_S
    assert [watch.forgive(SCANNER), watch.forgive(SCANNER)] == [True, False]
    assert watch.unheard(300.0 + FORGOTTEN_AFTER_S) == {}


def test_one_place_is_an_address_or_what_one_customer_has_of_ipv6() -> None:
    assert (
        place_of("2001:db8:1:2:3:4:5:6")
        == place_of("2001:db8:1:2::9%eth0")
        == ipaddress.ip_network("2001:db8:1:2::/64")
    )
    assert place_of("::ffff:203.0.113.7") == SCANNER


@given(st.lists(st.tuples(st.integers(0, 9000), st.integers(1, 60), st.floats(0, 300)), max_size=60))
def test_whatever_comes_a_place_is_never_barred_for_more_than_a_day_nor_for_less_than_was_asked(
    steps: list[tuple[int, int, float]],
) -> None:
    watch, now_s = ScannerWatch(), 0.0
    for number, requests, later_s in steps:
        now_s += later_s
        place = place_of(str(ipaddress.IPv4Address(number)))
        for_s = watch.refused(place, requests, now_s)
        assert for_s == 0.0 or FIRST_S <= for_s <= LONGEST_S
        if for_s:
            assert watch.unheard(now_s)[place] == pytest.approx(for_s)
        assert len(watch) <= MOST_PLACES


def test_very_many_addresses_are_bounded() -> None:
    watch = ScannerWatch()
    for number in range(MOST_PLACES + 500):
        watch.refused(place_of(str(ipaddress.IPv4Address(number))), 1, 1.0)
    assert len(watch) == MOST_PLACES
