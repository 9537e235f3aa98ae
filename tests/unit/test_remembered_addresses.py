"""The addresses of peers that are known by name, when name servers say this today and nothing tomorrow."""

from __future__ import annotations

from firmware.core.remembered_addresses import KEPT_S, MOST_OF_A_NAME, remember

NOW_S = 1_800_000_000
TRUNK = "sip.example.com"


def test_a_name_that_gives_nothing_keeps_its_last_addresses_however_old() -> None:
    known = remember({}, {TRUNK: ["192.0.2.1", "192.0.2.2"]}, NOW_S)
    for years in (1, 6):
        known = remember(known, {TRUNK: []}, NOW_S + years * 365 * 86_400)
    assert list(known[TRUNK]) == ["192.0.2.1", "192.0.2.2"]


def test_an_address_that_is_not_given_any_more_stays_for_a_month() -> None:
    known = remember({}, {TRUNK: ["192.0.2.1"]}, NOW_S)
    known = remember(known, {TRUNK: ["192.0.2.2"]}, NOW_S + KEPT_S - 1)
    assert list(known[TRUNK]) == ["192.0.2.2", "192.0.2.1"]
    assert list(remember(known, {TRUNK: ["192.0.2.2"]}, NOW_S + KEPT_S)[TRUNK]) == ["192.0.2.2"]


def test_a_name_that_the_settings_no_longer_have_is_forgotten() -> None:
    known = remember({}, {TRUNK: ["192.0.2.1"]}, NOW_S)
    assert remember(known, {"other.example": []}, NOW_S) == {"other.example": {}}


def test_a_clock_that_is_set_back_and_a_name_with_very_many_addresses_do_no_harm() -> None:
    late = remember({}, {TRUNK: ["192.0.2.1"]}, NOW_S + 10 * KEPT_S)
    back = remember(late, {TRUNK: ["192.0.2.2"]}, NOW_S)
    assert set(back[TRUNK]) == {"192.0.2.1", "192.0.2.2"}
    assert set(remember(back, {TRUNK: ["192.0.2.2"]}, NOW_S + KEPT_S)[TRUNK]) == {"192.0.2.2"}
    many = [f"10.0.{each // 256}.{each % 256}" for each in range(1000)]
    assert len(remember(back, {TRUNK: many}, NOW_S + 1)[TRUNK]) == MOST_OF_A_NAME
