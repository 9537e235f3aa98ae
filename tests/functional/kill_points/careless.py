"""Work that is not safe to kill: it takes something from one file and puts it into another. For testing the stepper."""

from __future__ import annotations

from pathlib import Path


def prepare(home: Path) -> None:
    home.mkdir()
    (home / "from").write_text("a call")
    (home / "to").write_text("")


def run(home: Path, given: None) -> None:
    if content := (home / "from").read_text():
        (home / "from").write_text("")
        (home / "to").write_text(content)


def check(home: Path, given: None) -> list[str]:
    return [] if (home / "to").read_text() == "a call" else ["the call is lost"]
