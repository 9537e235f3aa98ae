"""``earmark init``: what it makes, where the recovery key goes, what it never replaces."""

from __future__ import annotations

import os
import pty
import re
import stat
import subprocess
import sys
from pathlib import Path

from firmware.core.home import Home
from tests.integration.commands.earmark import Earmark


def everything_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_init_makes_an_office_that_is_closed_to_others(earmark: Earmark, home: Home) -> None:
    done = earmark("init", "--demo")
    assert done.returncode == 0, done.stderr
    for path in (home.root, *home.root.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    for path in (home.office_public_key, home.recovery_public_key):
        assert path.read_text().startswith("age1")
    assert not (home.root / ".setting-up").exists()


def test_no_private_listening_key_and_no_pass_phrase_is_kept_but_the_demonstrations(
    earmark: Earmark, home: Home, tmp_path: Path
) -> None:
    key_file = tmp_path / "recovery.txt"
    done = earmark("init", "--recovery-key-out", str(key_file))
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"AGE-SECRET-KEY-1[0-9A-Z]+\n", key_file.read_text())
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    kept = everything_below(home.root)
    assert b"AGE-SECRET-KEY" not in kept
    phrases = re.findall(r"^  \S+ +(\S+ \S+ \S+ \S+ \S+)   \((\S+)\)$", done.stdout, re.MULTILINE)
    assert [role for _, role in phrases] == ["director"], "the first director is alone when the keys are made"
    assert all(phrase.encode() not in kept for phrase, _ in phrases)
    assert "AGE-SECRET-KEY" not in done.stdout + done.stderr
    assert not (home.root / "demo-sign-in.txt").exists()


def test_without_a_terminal_the_recovery_key_needs_a_file_and_nothing_is_made(earmark: Earmark, home: Home) -> None:
    done = earmark("init")
    assert done.returncode == 2
    assert "--recovery-page" in done.stderr
    assert not home.root.exists()


def test_the_recovery_page_is_a_page_to_print_and_lies_outside_the_box(
    earmark: Earmark, home: Home, tmp_path: Path
) -> None:
    page, text = tmp_path / "page.pdf", tmp_path / "key.txt"
    done = earmark("init", "--recovery-page", str(page), "--recovery-key-out", str(text))
    assert done.returncode == 0, done.stderr
    assert page.read_bytes().startswith(b"%PDF-")
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert text.read_text().strip().encode() not in everything_below(home.root)


def test_a_recovery_key_file_that_exists_is_not_written_over(earmark: Earmark, home: Home, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    done = earmark("init", "--recovery-key-out", str(tmp_path / "mine"))
    assert done.returncode == 20
    assert (tmp_path / "mine").read_text() == "mine"
    assert not home.state.exists()


def test_the_recovery_key_is_not_written_into_the_data_folder(earmark: Earmark, home: Home) -> None:
    done = earmark("init", "--recovery-key-out", str(home.state / "recovery.txt"))
    assert done.returncode == 2
    assert "outside" in done.stderr
    assert not home.root.exists()


def test_at_a_terminal_the_recovery_key_is_shown_once(home: Home) -> None:
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(home.root), "init"]
    with subprocess.Popen(command, stdout=follower, stderr=follower, stdin=subprocess.DEVNULL) as process:
        os.close(follower)
        said = b""
        while True:
            try:
                said += os.read(leader, 65536)
            except OSError:  # EIO: the last writer closed the terminal
                break
        assert process.wait(30) == 0
    os.close(leader)
    assert len(re.findall(rb"AGE-SECRET-KEY-1[0-9A-Z]+", said)) == 1
    assert b"AGE-SECRET-KEY" not in everything_below(home.root)


def test_a_second_init_refuses_and_changes_nothing(earmark: Earmark, home: Home) -> None:
    earmark("init", "--demo")
    before = {path: path.read_bytes() for path in home.root.rglob("*") if path.is_file()}
    done = earmark("init", "--demo")
    assert done.returncode == 13
    assert "already holds an office; nothing was changed" in done.stderr
    assert {path: path.read_bytes() for path in home.root.rglob("*") if path.is_file()} == before


def test_recordings_without_their_keys_are_not_orphaned_by_new_ones(earmark: Earmark, home: Home) -> None:
    (home.recordings / "2026").mkdir(parents=True)
    done = earmark("init", "--demo")
    assert done.returncode == 13
    assert "not the keys they were made for" in done.stderr


def test_a_folder_that_cannot_be_made_is_named(earmark: Earmark, home: Home) -> None:
    home.root.write_text("a file, not a folder")
    done = earmark("init", "--demo")
    assert done.returncode == 20
    assert str(home.root) in done.stderr
