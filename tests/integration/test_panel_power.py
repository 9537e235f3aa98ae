"""In a clone a long hold of the button stops the demonstration of that folder, and no other process."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from firmware.cli.demo.lock import alone_in, running_demonstration
from firmware.cli.panel.power import DemonstrationPower
from firmware.core.errors import AlreadyRunning
from firmware.core.home import Home

_HOLDS_THE_FOLDER = """\
import signal, sys
from pathlib import Path
from firmware.cli.demo.lock import alone_in
from firmware.core.home import Home
with alone_in(Home(Path(sys.argv[1]))):
    print("held", flush=True)
    signal.pause()
"""


def test_the_demonstration_is_asked_to_end_and_the_panel_ends_too(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ended = threading.Event()
    command = [sys.executable, "-c", _HOLDS_THE_FOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demonstration:
        assert demonstration.stdout is not None
        assert demonstration.stdout.readline() == "held\n"
        assert running_demonstration(Home(tmp_path)) == demonstration.pid
        with pytest.raises(AlreadyRunning), alone_in(Home(tmp_path)):
            pass
        assert running_demonstration(Home(tmp_path)) == demonstration.pid, "whoever was refused has wiped nothing out"
        with caplog.at_level("INFO"):
            DemonstrationPower(Home(tmp_path), ended.set).shut_down()
        assert demonstration.wait(10) == -signal.SIGTERM
    assert ended.is_set()
    assert "A box would shut down now" in caplog.text
    assert "the demonstration is stopped" in caplog.text


def test_a_demonstration_that_is_long_over_is_left_alone(tmp_path: Path) -> None:
    """Its folder still says which process it was: another may have that number by now."""
    with alone_in(Home(tmp_path)):
        pass
    assert (tmp_path / "demo.lock").read_text().strip().isdigit()
    assert running_demonstration(Home(tmp_path)) is None
    assert running_demonstration(Home(tmp_path / "nowhere")) is None


def test_a_network_reset_in_a_clone_is_said_and_not_done(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        DemonstrationPower(Home(tmp_path), lambda: None).reset_network()
    assert "nothing is changed here" in caplog.text
    assert list(tmp_path.iterdir()) == []
