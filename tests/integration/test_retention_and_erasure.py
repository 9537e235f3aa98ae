"""Recordings are kept for their time, and then nothing of them is left: no key, no file, no row, no word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.cli.verify import verify_home
from firmware.core.errors import ActionRefused, ServiceAway
from firmware.core.retention import Period, RetentionClass, RetentionClasses
from firmware.ports.erasing import Erasure
from tests.integration.vault import Vault, vault

YEAR_SHORTER = RetentionClasses((RetentionClass("standard", Period(years=5)),))
WORD = "zyxwvunheard"


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Vault]:
    with vault(tmp_path / "home") as made:
        yield made


def wrong(kept: Vault) -> list[str]:
    kept.made.log.checkpoint()
    return [f"{each.subject}: {each.text}" for each in verify_home(kept.home) if each.severity == "wrong"]


def bytes_of_the_catalogue(kept: Vault) -> bytes:
    return b"".join(path.read_bytes() for path in kept.home.data.glob("catalogue.db*"))


# -- for six years, and no longer ---------------------------------------------------------------------------------


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


# -- changing a class ---------------------------------------------------------------------------------------------


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
    for wrong in ((3, 4), (2, 2)):
        with pytest.raises(ActionRefused, match="2 recordings at once"):
            kept.in_effect.confirm("standard", *wrong, kept.time.wall_ms)
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


# -- a clock that cannot be believed ------------------------------------------------------------------------------


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


# -- what erasing reaches -----------------------------------------------------------------------------------------


def test_no_word_about_an_erased_recording_is_left_in_the_catalogues_bytes(kept: Vault) -> None:
    doomed, stays = kept.record(), kept.record()
    kept.execute("UPDATE recordings SET far_number = ?, far_display_name = ?", f"+44{WORD}", WORD)
    kept.execute("UPDATE recordings SET far_number = NULL, far_display_name = NULL WHERE id = ?", stays)
    for number in range(50):
        kept.note(stays, f"ordinary words, number {number}")
    kept.note(doomed, f"{WORD} rang about the fence")
    kept.made.tell("listened", doomed, name="anna", purpose=WORD)
    kept.execute(
        "INSERT INTO access_requests (id, requester_id, requester_name, asked_at_ms, purpose, state)"
        " VALUES ('r1', 'p2', 'bob', 1, ?, 'approved')",
        WORD,
    )
    kept.execute("INSERT INTO requested_recordings VALUES ('r1', ?, 'approved')", doomed)
    kept.execute("INSERT INTO grants VALUES (?, 'p2', 'r1', 1, 2, NULL)", doomed)
    kept.execute(
        "INSERT INTO cases (id, kind, subject_name, received_on, state, opened_by_id, opened_by_name)"
        " VALUES ('c1', 'access', 'somebody', '2026-03-01', 'open', 'p1', 'anna')"
    )
    kept.execute(
        "INSERT INTO case_recordings (case_id, recording_id, state, reason) VALUES ('c1', ?, 'left out', ?)",
        doomed,
        WORD,
    )
    assert WORD.encode() in bytes_of_the_catalogue(kept)
    kept.order(doomed)
    kept.run()
    assert kept.listed() == {stays}
    assert WORD[1:-1].encode() not in bytes_of_the_catalogue(kept)
    assert kept.query("SELECT count(*) FROM notes_search WHERE notes_search MATCH ?", WORD) == [(0,)]
    assert kept.query("SELECT count(*) FROM notes_search WHERE notes_search MATCH 'ordinary'") == [(50,)]
    assert kept.query("SELECT count(*) FROM grants") == kept.query("SELECT count(*) FROM access_requests") == [(0,)]
    assert wrong(kept) == []


def test_keyslots_and_grants_are_overwritten_before_their_names_go(kept: Vault, tmp_path: Path) -> None:
    recording = kept.record(segments=2)
    (sealed, *_) = kept.made.sealed(recording)
    grant = Path(f"{sealed.with_suffix('')}.{'ab' * 16}.grant")
    grant.write_bytes(b"G" * 1024)
    keys = [path for path in kept.files(recording) if path.suffix in (".key", ".grant")]
    for number, path in enumerate(keys):
        (tmp_path / f"other-name-{number}").hardlink_to(path)  # shows what becomes of the content itself
    kept.order(recording)
    kept.run()
    assert len(keys) == 3
    assert [(tmp_path / f"other-name-{number}").read_bytes() for number in range(3)] == [bytes(1024)] * 3
    assert kept.files(recording) == []


def test_the_evidence_says_that_something_was_erased_and_names_nobody(kept: Vault) -> None:
    recording = kept.record()
    kept.made.tell("listened", recording, name="anna", purpose="claim")
    kept.order(recording)
    kept.run()
    last = sorted(kept.home.evidence.glob("*.log"))[-1].read_text().splitlines()[-1]
    assert f"recording={recording},because=request" in last
    assert last.split(" ")[4] == "-"
    assert kept.query("SELECT count(*) FROM evidence_details") == [(0,)]
    assert wrong(kept) == []


def test_details_from_before_their_recording_was_noted_go_with_it_all_the_same(kept: Vault) -> None:
    doomed, stays = kept.record(), kept.record()
    kept.made.tell("listened", doomed, name=WORD)
    kept.made.tell("listened", stays, name="anna")
    kept.made.tell("signed-in", "", name="anna")
    kept.execute("UPDATE evidence_details SET recording_id = NULL")
    kept.order(doomed)
    kept.run()
    assert WORD.encode() not in bytes_of_the_catalogue(kept)
    rows = kept.query("SELECT recording_id FROM evidence_details ORDER BY recording_id")
    assert rows == sorted([("",), (stays,)])


def test_a_bundle_with_the_recording_in_it_goes_and_other_papers_of_the_case_stay(kept: Vault) -> None:
    doomed, other = kept.record(), kept.record()
    for case, recording in (("c1", doomed), ("c2", other)):
        kept.execute(
            "INSERT INTO cases (id, kind, subject_name, received_on, state, opened_by_id, opened_by_name)"
            " VALUES (?, 'access', 'somebody', '2026-03-01', 'open', 'p1', 'anna')",
            case,
        )
        kept.execute("INSERT INTO case_recordings (case_id, recording_id, state) VALUES (?, ?, 'in')", case, recording)
        for kind in ("bundle", "authority"):
            kept.execute(
                "INSERT INTO case_papers (id, case_id, kind, name, added_at_ms, added_by_name, sha256, content)"
                " VALUES (?, ?, ?, 'x', 1, 'anna', '', x'00')",
                f"{case}-{kind}",
                case,
                kind,
            )
    kept.order(doomed)
    kept.run()
    assert kept.query("SELECT id FROM case_papers ORDER BY id") == [
        ("c1-authority",),
        ("c2-authority",),
        ("c2-bundle",),
    ]


def test_what_is_erased_is_gone_from_the_backups_thirty_days_later(kept: Vault) -> None:
    recording = kept.record()
    kept.order(recording)
    kept.run()
    kept.time.pass_by(29 * 24)
    kept.run()
    assert kept.journal(recording)[1] == "erased"
    kept.time.pass_by(2 * 24)
    kept.run()
    assert kept.journal(recording)[1] == "gone"


def test_what_comes_back_from_a_backup_is_erased_again(kept: Vault) -> None:
    recording = kept.record()
    database = kept.home.catalogue.read_bytes()
    row = kept.query("SELECT * FROM recordings WHERE id = ?", recording)[0]
    sealed = {path: path.read_bytes() for path in kept.files(recording)}
    kept.order(recording)
    kept.run()
    assert database
    for path, content in sealed.items():
        path.write_bytes(content)
    kept.execute(f"INSERT INTO recordings VALUES ({','.join('?' * len(row))})", *row)
    kept.begin()
    kept.run()
    assert kept.listed() == set()
    assert kept.files(recording) == []


def test_what_comes_back_with_a_catalogue_from_before_is_erased_again(kept: Vault) -> None:
    recording, other = kept.record(), kept.record()
    row = kept.query("SELECT * FROM recordings WHERE id = ?", recording)[0]
    sealed = {path: path.read_bytes() for path in kept.files(recording)}
    kept.order(recording)
    kept.run()
    for path, content in sealed.items():
        path.write_bytes(content)
    kept.execute(f"INSERT INTO recordings VALUES ({','.join('?' * len(row))})", *row)
    kept.execute("DELETE FROM erasures")
    kept.begin()
    kept.run()
    assert kept.listed() == {other}
    assert kept.files(recording) == []
    assert kept.journal(recording)[:2] == ("request", "erased")


def test_only_a_redaction_erases_what_is_held(kept: Vault) -> None:
    recording = kept.record()
    kept.hold(recording)
    kept.order(recording)
    kept.run()
    assert recording in kept.listed()
    kept.execute("UPDATE erasures SET because = 'redaction'")
    kept.run()
    assert recording not in kept.listed()


def test_a_recorder_that_is_away_stops_erasing_before_the_rows_go_and_nothing_is_entered_twice(
    kept: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = kept.record()
    kept.order(recording)
    whole = kept.made.desk.erased

    def entered_and_never_heard(recordings: list[Erasure]) -> None:
        whole(recordings)
        raise ServiceAway("The recorder does not answer.", "Start it.")

    monkeypatch.setattr(kept.made.desk, "erased", entered_and_never_heard)
    with pytest.raises(ServiceAway):
        kept.run()
    assert recording in kept.listed()
    monkeypatch.undo()
    kept.run()
    assert kept.listed() == set()
    assert kept.kinds().count("recording-erased") == 1


# -- holds that were lost with a catalogue ------------------------------------------------------------------------


def test_a_hold_that_the_evidence_knows_and_the_catalogue_does_not_stops_everything_but_redactions(kept: Vault) -> None:
    held, asked, redacted = kept.record(), kept.record(), kept.record()
    hold = kept.hold(held)
    kept.made.desk.enter("hold-placed", {"hold": hold, "person": "p1"}, {})
    kept.run()
    kept.execute("DELETE FROM held_recordings")  # as by a catalogue made anew from a damaged one
    kept.begin()
    kept.set_wall("2035-01-01 09:00")
    kept.order(asked)
    kept.order(redacted, because="redaction")
    kept.run()
    kept.run()
    assert kept.listed() == {held, asked}
    assert kept.kinds().count("sweep-stopped") == 1
    assert "1 legal holds stand that the catalogue does not know" in kept.sweep.attention[0]


def test_erasing_goes_on_when_the_lost_hold_is_back_or_somebody_gives_it_up(kept: Vault) -> None:
    recording, other = kept.record(), kept.record()
    kept.made.desk.enter("hold-placed", {"hold": "hold-0", "person": "p1"}, {})
    kept.set_wall("2035-01-01 09:00")
    kept.run()
    assert kept.listed() == {recording, other}
    kept.hold(recording)  # put back from a backup
    kept.run()
    assert kept.listed() == {recording}
    kept.execute("DELETE FROM held_recordings")
    kept.begin()
    kept.run()
    with pytest.raises(ActionRefused, match="1 legal holds are lost, not 2"):
        kept.holds.give_up(2)
    kept.holds.give_up(1)
    kept.run()
    assert (kept.listed(), kept.sweep.attention) == (set(), ())
    assert "hold-lost" in kept.kinds()
    kept.begin()
    kept.run()
    assert kept.sweep.attention == ()


def test_a_hold_that_was_released_stops_nothing(kept: Vault) -> None:
    recording = kept.record()
    kept.made.desk.enter("hold-placed", {"hold": "hold-7", "person": "p1"}, {})
    kept.made.desk.enter("hold-released", {"hold": "hold-7", "person": "p1"}, {})
    kept.run()
    kept.set_wall("2035-01-01 09:00")
    kept.run()
    assert recording not in kept.listed()
