"""Lines are tried before there is an office: both sides of a call are seen to speak, and nothing of it is anywhere."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from firmware.adapters.control.client import ControlClient
from firmware.core.errors import EarmarkError
from firmware.core.home import Home
from firmware.services.level_meter import HEARD_DBM0
from tests.functional.calls.lines_alone import LinesAlone, wait_until

pytestmark = pytest.mark.functional

_SPOKEN_S = 10
#: What may have been loaded by whoever meters calls: nothing that could keep or seal them.
_KEEPS = ("firmware.adapters.sealing", "firmware.adapters.catalogue", "firmware.services.call_recorder", "pyrage")


@contextmanager
def on_trial(home: Home) -> Iterator[subprocess.Popen[bytes]]:
    with (home.root / "trial.log").open("wb") as said:
        command = [sys.executable, "-m", "firmware.cli.main", "--home", str(home.root), "trial"]
        process = subprocess.Popen(command, stdout=said, stderr=said)
    try:
        wait_until(lambda: _answers(home), 60, lambda: (home.root / "trial.log").read_text())
        yield process
    finally:
        process.terminate()
        assert process.wait(30) == 0


def _answers(home: Home) -> bool:
    try:
        ControlClient(home.trial_socket).get("/levels")
        return bool(ControlClient(home.lines_socket_of("sip")).get("/health")["recorder_connected"])
    except EarmarkError:
        return False


def _levels(home: Home) -> list[Mapping[str, Any]]:
    return list(ControlClient(home.trial_socket).get("/levels")["calls"])


def _there(home: Home) -> set[Path]:
    return {path for path in home.root.rglob("*") if path.is_file()}


def test_both_sides_of_a_test_call_are_heard_and_nothing_of_it_is_kept(folder: Path) -> None:
    lines = LinesAlone(folder)
    lines.prepare()
    home, before = lines.home, _there(lines.home)
    with on_trial(home) as process:
        command = [sys.executable, "-m", "firmware.cli.main", "--home", str(home.root), "generator", "call", "--json"]
        with subprocess.Popen([*command, "--seconds", str(_SPOKEN_S)], stdout=subprocess.PIPE, text=True) as call:
            wait_until(lambda: bool(_speaking(home)), 40, "somebody to be heard")
            (seen,) = _levels(home)
            report = json.loads(call.communicate(timeout=60)[0])
        wait_until(lambda: any(each["over"] for each in _levels(home)), 10, "the call to be over")
        (ended,) = _levels(home)
        loaded = Path(f"/proc/{process.pid}/maps").read_text()
        modules = _modules_of_the_trial()
        written = _there(home) - before
    assert seen["answered"]
    assert seen["far"] == f"…{report['caller'][-3:]}", "an installer sees no number"
    assert all(side["heard_ms"] > 1000 for side in ended["sides"]), ended
    assert {path.name for path in written if path.suffix != ".lock"} == {"lines.log", "trial.log"}
    assert all(path.stat().st_size < 20_000 for path in written)
    assert not home.keys.exists(), "there is no key that anything could be sealed to"
    assert "_pyrage" not in loaded
    assert [each for each in modules if each.startswith(_KEEPS)] == []


def _speaking(home: Home) -> list[Mapping[str, Any]]:
    """They take turns."""
    going_on = [each for each in _levels(home) if not each["over"]]
    return [each for each in going_on if any(side["dbm0"] > HEARD_DBM0 for side in each["sides"])]


def _modules_of_the_trial() -> list[str]:
    """All that the command loads when it is run."""
    code = "import sys, firmware.cli.trial.command; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_where_there_is_an_office_no_line_is_tried_unrecorded(folder: Path) -> None:
    lines = LinesAlone(folder)
    lines.prepare()
    lines.home.keys.mkdir(parents=True)
    lines.home.office_public_key.write_text("age1…")
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(folder), "trial"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "There is an office here" in done.stderr
