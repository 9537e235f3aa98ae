"""Where things lie."""

from __future__ import annotations

from pathlib import Path

from firmware.core.home import Home


def test_a_segment_lies_under_the_utc_day_its_call_began() -> None:
    just_before_midnight_utc = 1_782_863_999_000
    path = Home(Path("/h")).segment("ab" * 16, 1, just_before_midnight_utc)
    assert path == Path("/h/data/recordings/2026/06/30") / f"{'ab' * 16}.1.ear"


def test_the_keyslot_lies_beside_its_segment() -> None:
    assert Home.keyslot_of(Path("/h/x.0.ear")) == Path("/h/x.0.key")
