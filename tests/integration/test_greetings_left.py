"""A voice that was being recorded as a greeting when lines ended does not lie about afterwards."""

from __future__ import annotations

from pathlib import Path

from tests.functional.calls.lines_alone import LinesAlone


def test_a_greeting_that_was_cut_off_by_the_end_of_lines_is_gone_once_it_is_back(tmp_path: Path) -> None:
    lines = LinesAlone(tmp_path / "home")
    left = lines.home.run_of("lines") / "greetings" / "greeting-201-0123456789abcdef.wav"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"RIFF")
    with lines:
        assert not left.exists()
