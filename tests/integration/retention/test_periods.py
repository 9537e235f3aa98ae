"""Recordings are kept for the time of their class, and no longer."""

from __future__ import annotations

import pytest

from firmware.core.errors import ActionRefused
from firmware.core.retention import Period, RetentionClass, RetentionClasses
from tests.integration.retention.looks import wrong
from tests.integration.vault import Vault

YEAR_SHORTER = RetentionClasses((RetentionClass("standard", Period(years=5)),))


def test_a_recording_is_there_on_the_last_day_of_its_six_years_and_gone_on_the_next(kept: Vault) -> None:
    recording = kept.record(segments=2)
    kept.run()
    kept.set_wall("2032-03-01 23:59")
    kept.run()
    assert recording in kept.listed()
    assert len(kept.files(recording)) == 4
    kept.set_wall("2032-03-02 00:00")
    kept.run()
    assert recording not in kept.listed()
    assert kept.files(recording) == []
    assert kept.journal(recording) == ("retention", "erased", kept.time.wall_ms)
    assert kept.kinds()[-1] == "recording-erased"
    assert wrong(kept) == []


def test_each_class_has_its_own_time_and_an_unknown_one_is_kept_and_told_of(kept: Vault) -> None:
    short = RetentionClass("short", Period(days=180))
    kept.begin(RetentionClasses((short,)))
    soon, late, unknown = kept.record("short"), kept.record(), kept.record("forgotten")
    kept.run()
    kept.set_wall("2032-03-01 12:00")
    kept.run()
    assert kept.listed() == {late, unknown}
    assert soon not in kept.listed()
    kept.set_wall("2040-01-01 12:00")
    kept.run()
    assert kept.listed() == {unknown}
    assert "1 recordings are of the retention class forgotten" in " ".join(kept.sweep.attention)


def test_a_class_that_the_settings_name_no_more_keeps_what_it_kept(kept: Vault) -> None:
    kept.begin(RetentionClasses((RetentionClass("long", Period(years=10)),)))
    recording = kept.record("long")
    kept.run()
    kept.begin(RetentionClasses())
    later = kept.record("long")
    kept.run()
    kept.set_wall("2036-03-01 12:00")
    kept.run()
    assert kept.listed() == {recording, later}
    kept.set_wall("2036-03-02 12:00")
    kept.run()
    assert kept.listed() == set()


def test_a_held_recording_stays_however_old_and_goes_when_released(kept: Vault) -> None:
    held, other = kept.record(), kept.record()
    hold = kept.hold(held)
    kept.run()
    kept.set_wall("2035-01-01 09:00")
    kept.run()
    assert kept.listed() == {held}
    assert len(kept.files(held)) == 2
    assert kept.files(other) == []
    kept.execute("UPDATE legal_holds SET released_at_ms = 1 WHERE id = ?", hold)
    kept.run()
    assert kept.listed() == set()


def test_a_recording_that_is_still_going_on_is_not_touched(kept: Vault) -> None:
    recording = kept.record()
    kept.execute("UPDATE recordings SET state = 'recording', expires_at_ms = 1 WHERE id = ?", recording)
    kept.run()
    assert recording in kept.listed()


def test_a_longer_period_counts_at_once_for_what_is_there(kept: Vault) -> None:
    recording = kept.record()
    kept.run()
    kept.begin(RetentionClasses((RetentionClass("standard", Period(years=7)),)))
    kept.set_wall("2033-03-01 12:00")
    kept.run()
    assert recording in kept.listed()
    assert "retention-changed" in kept.kinds()
    kept.set_wall("2033-03-02 12:00")
    kept.run()
    assert kept.listed() == set()


def test_a_shorter_period_counts_at_once_where_it_takes_nothing_earlier(kept: Vault) -> None:
    kept.begin(YEAR_SHORTER)
    kept.record()
    kept.run()
    assert kept.sweep.attention == ()
    kept.set_wall("2031-03-02 12:00")
    kept.run()
    assert kept.listed() == set()


def test_a_shorter_period_that_takes_recordings_only_tomorrow_waits_to_be_confirmed_as_well(kept: Vault) -> None:
    recording = kept.record()
    kept.run()
    kept.set_wall("2031-03-01 12:00")
    kept.begin(YEAR_SHORTER)
    kept.run()
    (said,) = kept.sweep.attention
    assert "would erase 0 recordings at once and 1 more within 30 days; in all 1 would go sooner" in said
    kept.set_wall("2031-03-02 12:00")
    kept.run()
    assert kept.listed() == {recording}


def test_a_shorter_period_that_would_erase_recordings_waits_for_somebody_to_name_how_many(kept: Vault) -> None:
    recordings = [kept.record() for _ in range(3)]
    kept.hold(recordings[0])
    kept.run()
    kept.set_wall("2031-06-01 12:00")
    newer = kept.record()
    kept.run()
    kept.set_wall("2031-06-03 12:00")
    kept.begin(YEAR_SHORTER)
    kept.run()
    assert len(kept.listed()) == 4
    (said,) = kept.sweep.attention
    assert "would erase 2 recordings at once" in said
    assert "earmark retention confirm standard --erases 2 --sooner 4" in said
    for other in ((3, 4), (2, 2)):
        with pytest.raises(ActionRefused, match="2 recordings at once"):
            kept.in_effect.confirm("standard", *other, kept.time.wall_ms)
    kept.run()
    assert len(kept.listed()) == 4
    kept.in_effect.confirm("standard", 2, 4, kept.time.wall_ms)
    kept.run()
    assert kept.listed() == {recordings[0], newer}
    assert kept.sweep.attention == ()


def test_a_regulated_class_is_never_shortened_nor_set_free(kept: Vault) -> None:
    advice = RetentionClass("advice", Period(years=5), regulated=True)
    kept.begin(RetentionClasses((advice,)))
    recording = kept.record("advice")
    kept.run()
    kept.set_wall("2030-01-01 12:00")
    for shorter in (Period(years=1), Period(years=5)):
        kept.begin(RetentionClasses((RetentionClass("advice", shorter),)))
        kept.run()
        assert "It is regulated, so that is not done" in " ".join(kept.sweep.attention)
        with pytest.raises(ActionRefused):
            kept.in_effect.confirm("advice", 1, 1, kept.time.wall_ms)
    assert recording in kept.listed()


def test_a_class_chosen_by_hand_counts_for_that_recording_alone(kept: Vault) -> None:
    kept.begin(RetentionClasses((RetentionClass("long", Period(years=10)),)))
    chosen, other = kept.record(), kept.record()
    kept.run()
    kept.execute("INSERT INTO chosen_classes VALUES (?, 'long', 1)", chosen)
    kept.run()
    kept.set_wall("2032-03-02 12:00")
    kept.run()
    assert kept.listed() == {chosen}
    assert other not in kept.listed()
    assert kept.query("SELECT retention_class FROM recordings") == [("long",)]
