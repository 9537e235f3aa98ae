"""A clock that cannot be right erases nothing."""

from __future__ import annotations

from tests.integration.vault import Vault


def test_a_clock_that_jumps_ahead_while_the_box_runs_erases_nothing_until_somebody_trusts_it(kept: Vault) -> None:
    recording = kept.record()
    kept.run()
    kept.time.wall_ms += 7 * 366 * 86_400_000
    kept.run()
    assert recording in kept.listed()
    assert kept.kinds()[-1] == "clock-doubted"
    assert "earmark retention trust-clock" in kept.sweep.attention[0]
    kept.run()
    assert kept.kinds().count("clock-doubted") == 1
    kept.clock.trust()
    kept.run()
    assert kept.listed() == set()
    assert kept.sweep.attention == ()


def test_a_clock_that_is_led_ahead_a_few_hours_at_a_time_is_doubted_all_the_same(kept: Vault) -> None:
    recording = kept.record()
    kept.run()
    for _ in range(3):
        kept.time.pass_by(1)
        kept.time.wall_ms += 5 * 3_600_000
        kept.run()
    assert "put forward by" in kept.sweep.attention[0]
    assert recording in kept.listed()


def test_a_start_years_later_erases_nothing_however_often_the_box_is_started(kept: Vault) -> None:
    recording = kept.record()
    kept.run()
    for start in ("second", "third"):
        kept.time.wall_ms += 7 * 366 * 86_400_000
        kept.time.since_start_ms, kept.time.start = 1000, start
        kept.begin()
        kept.run()
        kept.time.pass_by(1)
        kept.run()
        assert recording in kept.listed(), start


def test_a_clock_that_was_lost_and_comes_back_by_itself_is_believed_again(kept: Vault) -> None:
    recording = kept.record()
    kept.run()
    right = kept.time.wall_ms
    kept.time.wall_ms, kept.time.start = 0, "second"
    kept.run()
    assert "before this program was made" in kept.sweep.attention[0]
    kept.time.wall_ms = right + 86_400_000
    kept.run()
    assert kept.sweep.attention == ()
    assert kept.kinds()[-1] == "clock-believed"
    assert recording in kept.listed()


def test_a_clock_behind_the_newest_recording_is_doubted_until_somebody_says_it_is_right(kept: Vault) -> None:
    kept.set_wall("2026-05-01 09:00")
    kept.record()
    kept.set_wall("2026-04-01 09:00")
    kept.run()
    assert "before the newest recording" in kept.sweep.attention[0]
    kept.clock.trust()
    kept.run()
    kept.time.pass_by(2)
    kept.run()
    assert kept.sweep.attention == ()


def test_an_order_of_a_person_is_carried_out_whatever_the_clock_shows(kept: Vault) -> None:
    recording = kept.record()
    kept.run()
    kept.time.wall_ms += 7 * 366 * 86_400_000
    kept.order(recording)
    kept.run()
    assert recording not in kept.listed()
