"""What may be set of archive and backups, how files are named there, and when something is due."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from firmware.config.toml_settings import settings_from_toml, settings_to_toml
from firmware.core.archive_names import (
    EvidencePiece,
    backup_name,
    note_name,
    read_backup_name,
    read_note_name,
    read_piece_name,
    read_segment_name,
    segment_name,
)
from firmware.core.daily_window import DailyWindow, last_due
from firmware.core.errors import SettingsError

ID = "0195" + "a" * 28
TOML = """
[archive.remote]
type = "sftp"
host = "nas.example"
user = "earmark"
pass = "not-to-be-seen"
some_new_option = "nor-this"
[backup]
path = "elsewhere"
"""
LONDON = ZoneInfo("Europe/London")


def test_passwords_of_the_storage_and_options_nobody_knows_are_starred_where_settings_are_shown() -> None:
    settings = settings_from_toml(TOML, "a.toml")
    shown = settings_to_toml(settings, reveal=False)
    assert "nas.example" in shown
    assert "not-to-be-seen" not in shown
    assert "nor-this" not in shown
    assert settings_from_toml(settings_to_toml(settings, reveal=True), "b.toml") == settings


@pytest.mark.parametrize("path", ["earmark", "earmark/backups", "/"])
def test_backups_that_lie_inside_the_archive_are_refused(path: str) -> None:
    with pytest.raises(SettingsError, match="backup"):
        settings_from_toml(TOML.replace("elsewhere", path), "a.toml")


@pytest.mark.parametrize("wrong", ['type = "sftp"\nport = 1.5', 'host = "nas"', 'type = "sftp"\nhost = "a\\nb"'])
def test_a_remote_that_cannot_be_one_is_refused(wrong: str) -> None:
    with pytest.raises(SettingsError):
        settings_from_toml(f"[archive.remote]\n{wrong}\n", "a.toml")


def test_names_in_the_archive_say_when_and_which_and_nothing_else() -> None:
    start_ms = round(datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC).timestamp() * 1000)
    assert segment_name(ID, 0, start_ms) == f"recordings/2026/03/31/20260331235959-{ID}.ear"
    later = segment_name(ID, 2, start_ms)
    assert later == f"recordings/2026/03/31/20260331235959-{ID}.2.ear"
    found = read_segment_name(later)
    assert found is not None
    assert (found.recording_id, found.segment) == (ID, 2)
    assert read_segment_name(later.replace(".2.", ".0.")) is None


def test_pieces_of_evidence_sort_by_their_lines() -> None:
    pieces = [
        EvidencePiece("2026-03-01", 9, 10),
        EvidencePiece("2026-03-01", 11, 99),
        EvidencePiece("2026-03-02", 100, 100),
    ]
    names = [piece.name for piece in pieces]
    assert names == sorted(names)
    assert [read_piece_name(name) for name in names] == pieces
    assert read_note_name(note_name(42)) == 42


def test_a_backup_is_known_by_when_it_was_begun() -> None:
    assert read_backup_name(backup_name(1_900_000_000_999)) == 1_900_000_000_000
    assert read_backup_name("earmark-20261399000000.backup.age") is None
    assert read_backup_name("holiday.jpg") is None


@pytest.mark.parametrize(
    ("begins", "ends", "open_at", "closed_at"),
    [(19, 7, (19, 23, 0, 6), (7, 12, 18)), (9, 17, (9, 16), (8, 17, 23)), (5, 5, (0, 5, 23), ())],
)
def test_a_window_may_lie_about_midnight(
    begins: int, ends: int, open_at: tuple[int, ...], closed_at: tuple[int, ...]
) -> None:
    window = DailyWindow(time(begins), time(ends))
    day = datetime(2026, 3, 1, tzinfo=LONDON)
    assert all(window.is_open(day.replace(hour=hour)) for hour in open_at)
    assert not any(window.is_open(day.replace(hour=hour)) for hour in closed_at)


def test_what_is_due_each_day_is_due_by_the_office_s_clock_also_when_that_is_changed() -> None:
    summer = datetime(2026, 3, 29, 2, 29, tzinfo=LONDON)  # clocks went forward an hour before
    due = datetime.fromtimestamp(last_due(time(2, 30), round(summer.timestamp() * 1000), LONDON) / 1000, LONDON)
    assert due == datetime(2026, 3, 28, 2, 30, tzinfo=LONDON)
    later = round(datetime(2026, 3, 29, 2, 30, tzinfo=LONDON).timestamp() * 1000)
    assert last_due(time(2, 30), later, LONDON) == later
