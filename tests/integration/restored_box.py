"""An office restored on another machine by the command itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyrage

from firmware.adapters.keys.recovery_words import recovery_words
from firmware.cli.verify import verify_home
from firmware.core.home import Home
from tests.integration.lost_box import OfficeToLose
from tests.integration.recorder_at_work import Office


def restore(office: OfficeToLose, to: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """It has the places, the recovery key, and nothing else."""
    to.parent.mkdir(exist_ok=True)
    places, key = to.parent / "places.toml", to.parent / "recovery-key"
    remote = ", ".join(f"{name} = {json.dumps(value)}" for name, value in office.remote.items())
    archive = f'[archive]\npath = "{office.storage}/archive"\nremote = {{{remote}}}\n'
    places.write_text(f'{archive}[backup]\npath = "{office.backups}"\n')
    key.write_text(" ".join(recovery_words(office.made.recovery_key)))
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(to), "restore", str(places)]
    return subprocess.run(
        [*command, "--recovery-key-file", str(key), *options],
        capture_output=True,
        text=True,
        env={**os.environ, "EARMARK_HOME": "/nonexistent"},
        check=False,
    )


def heard(office: OfficeToLose, home: Path, recording: str) -> bytes:
    """The recording's sound, opened with the recovery key."""
    return Office(Home(home), pyrage.x25519.Identity.from_str(office.made.recovery_key)).unseal(recording).ogg


def wrong(home: Path) -> list[str]:
    return [f"{each.subject}: {each.text}" for each in verify_home(Home(home)) if each.severity == "wrong"]
