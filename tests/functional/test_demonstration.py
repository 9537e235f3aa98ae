"""The demonstration as a newcomer runs it: from an empty folder to a call that can be heard, then Ctrl-C.

It runs in a network namespace of its own, so that its fixed ports are free whatever else runs here. Needs root.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import wave
from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.core.home import Home
from firmware.core.speech_level import active_speech_level_dbm0

pytestmark = pytest.mark.functional

CLONE = Path(__file__).parents[2]
HEARD_WITHIN_S = 60.0


class Demonstration:
    """``earmark demo`` running; what it prints is read line by line."""

    def __init__(self, home: Path, *options: str) -> None:
        self.home = home
        self.lines: list[str] = []
        self.began_s = time.monotonic()
        command = [sys.executable, "-m", "firmware.cli.main", "--home", str(home), "demo", *options]
        self.process = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *command],
            cwd=CLONE,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def read_until(self, words: str) -> str:
        """The first line with these words in it."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if words in line:
                return line
        raise AssertionError(f"it ended without saying {words!r}:\n{''.join(self.lines)}")

    def pass_phrase(self) -> str:
        found = re.search(r"Sign in as listener, pass phrase: (.+)", self.read_until("Sign in as listener"))
        assert found is not None
        return found[1].strip()

    def interrupt(self) -> int:
        """What Ctrl-C does; returns the exit code."""
        self.process.send_signal(signal.SIGINT)
        self.lines.append(self.process.communicate(timeout=60)[0])
        return self.process.returncode

    def processes(self) -> set[str]:
        """The subcommands that run for this office, this one aside."""
        listing = subprocess.run(
            ["pgrep", "--full", "--list-full", "--", f"--home {self.home}"], capture_output=True, text=True, check=False
        ).stdout.splitlines()
        return {line.split()[-1] for line in listing if int(line.split()[0]) != self.process.pid}


@pytest.fixture
def demonstration(tmp_path: Path) -> Iterator[Demonstration]:
    running = Demonstration(tmp_path / "office")
    yield running
    if running.process.poll() is None:
        running.interrupt()
    assert running.process.stdout is not None
    running.process.stdout.close()


def earmark(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "firmware.cli.main", "--home", str(home), *arguments],
        env=os.environ | environment,
        cwd=CLONE,
        capture_output=True,
        text=True,
        check=False,
    )


def channels(path: Path) -> tuple[array[int], array[int]]:
    with wave.open(str(path)) as audio:
        assert audio.getnchannels() == 2
        both = array("h", audio.readframes(audio.getnframes()))
    return both[0::2], both[1::2]


def test_within_a_minute_a_real_call_can_be_heard_and_ctrl_c_stops_everything(
    demonstration: Demonstration, tmp_path: Path
) -> None:
    recording_id = demonstration.read_until("recorded and sealed as").split()[-1]
    pass_phrase = demonstration.pass_phrase()
    assert time.monotonic() - demonstration.began_s < HEARD_WITHIN_S

    heard = tmp_path / "heard.wav"
    options = ("--user", "listener", "--out", str(heard))
    exported = earmark(demonstration.home, "export", recording_id, *options, EARMARK_PASSWORD=pass_phrase)
    assert exported.returncode == 0, exported.stderr
    for channel in channels(heard):
        level_dbm0 = active_speech_level_dbm0(channel, 8000)
        assert level_dbm0 is not None
        assert level_dbm0 > -40

    assert demonstration.processes() == {"recorder", "opener", "keeper", "lines", "web", "panel"}
    assert demonstration.interrupt() == 0
    assert demonstration.processes() == set()


def test_a_second_demonstration_in_the_same_folder_says_that_one_is_running(demonstration: Demonstration) -> None:
    demonstration.read_until("panel is ready")
    second = earmark(demonstration.home, "demo", "--no-call")
    assert second.returncode == 43
    assert "is running already" in second.stderr
    assert "--home" in second.stderr


def made_before_marks(home: Path) -> None:
    """As an earlier version set it up: without a mark on the data folder, and without a spool."""
    assert earmark(home, "init", "--demo").returncode == 0
    shutil.rmtree(Home(home).spool)
    Home(home).spool_key.unlink()
    Home(home).data_mark.unlink()


def test_the_office_is_there_again_the_next_time_and_its_recordings_are_kept(tmp_path: Path) -> None:
    home = tmp_path / "office"
    made_before_marks(home)
    first = Demonstration(home, "--once")
    phrase = first.pass_phrase()
    assert first.process.wait(60) == 0
    second = Demonstration(home, "--once", "--no-call")
    assert second.pass_phrase() == phrase
    assert second.process.wait(60) == 0
    assert any("it is there already" in line for line in second.lines)
    listed = earmark(home, "recordings", "list", "--json")
    assert listed.stdout.count('"state": "complete"') + listed.stdout.count('"state":"complete"') == 1
    for each in (first, second):
        assert each.process.stdout is not None
        each.process.stdout.close()
