"""The small supervisor with real processes, and the words of sd_notify over a real socket."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firmware.adapters.supervision import notify
from firmware.adapters.supervision.disk_space import DiskSpace
from firmware.adapters.supervision.supervisor import ProcessSpec, Supervisor
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.core.errors import ServiceAway, StartFailed, StorageError

WORKS = """
import pathlib, signal, sys
from firmware.adapters.supervision import notify
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
notify.status("working")
notify.ready()
while True:
    signal.pause()
"""
DEAF = WORKS.replace("lambda *_: sys.exit(0)", "signal.SIG_IGN")
GIVES_UP = "import sys; print('the settings are wrong', file=sys.stderr); sys.exit(11)"
NEVER_READY = "import signal; signal.pause()"


def spec(folder: Path, name: str, program: str) -> ProcessSpec:
    return ProcessSpec(name, (sys.executable, "-c", program), folder / f"{name}.log")


@contextmanager
def supervised(*specs: ProcessSpec, report: Callable[[str], None] = lambda line: None) -> Iterator[Supervisor]:
    supervisor = Supervisor(specs, os.environ, report)
    supervisor.start()
    try:
        yield supervisor
    finally:
        supervisor.stop()


def attend_until(supervisor: Supervisor, condition: Callable[[], bool], within_s: float = 10.0) -> None:
    deadline_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline_s, "it did not happen in time"
        supervisor.attend(0.1)


def pid_of(supervisor: Supervisor, name: str) -> int:
    pid = supervisor.pid(name)
    assert pid is not None
    return pid


def kill_and_see_it_go(supervisor: Supervisor, name: str) -> None:
    pid = pid_of(supervisor, name)
    os.kill(pid, signal.SIGKILL)
    attend_until(supervisor, lambda: supervisor.pid(name) != pid)


def test_start_up_is_over_when_every_process_has_said_that_it_is_ready(tmp_path: Path) -> None:
    came_up: list[str] = []
    with supervised(spec(tmp_path, "lines", WORKS), spec(tmp_path, "recorder", WORKS)) as supervisor:
        supervisor.wait_until_ready(20, came_up.append)
    assert sorted(came_up) == ["lines", "recorder"]


def test_a_killed_process_is_started_again_within_a_second_and_the_others_are_left_alone(tmp_path: Path) -> None:
    lines: list[str] = []
    with supervised(
        spec(tmp_path, "lines", WORKS), spec(tmp_path, "recorder", WORKS), report=lines.append
    ) as supervisor:
        supervisor.wait_until_ready(20)
        other, victim = pid_of(supervisor, "lines"), pid_of(supervisor, "recorder")
        killed_at_s = time.monotonic()
        os.kill(victim, signal.SIGKILL)
        attend_until(supervisor, lambda: supervisor.pid("recorder") not in (victim, None))
        assert time.monotonic() - killed_at_s < 1.0
        attend_until(supervisor, lambda: "recorder is back." in lines)
        assert supervisor.pid("lines") == other
    assert any("killed by SIGKILL" in line and "recorder.log" in line for line in lines)


def test_twenty_kills_in_a_row_do_not_wear_the_supervisor_out(tmp_path: Path) -> None:
    with supervised(spec(tmp_path, "recorder", WORKS)) as supervisor:
        for _ in range(20):
            supervisor.wait_until_ready(20)
            kill_and_see_it_go(supervisor, "recorder")
        supervisor.wait_until_ready(20)
        assert supervisor.restarts("recorder") == 20


def test_a_process_that_gives_up_before_it_was_ready_stops_the_start_with_its_own_words(tmp_path: Path) -> None:
    with (
        supervised(spec(tmp_path, "lines", GIVES_UP)) as supervisor,
        pytest.raises(StartFailed, match="the settings are wrong"),
    ):
        supervisor.wait_until_ready(20)


def test_a_process_that_is_never_ready_is_named(tmp_path: Path) -> None:
    with (
        supervised(spec(tmp_path, "lines", NEVER_READY)) as supervisor,
        pytest.raises(ServiceAway, match=r"Not ready after 1 s: lines"),
    ):
        supervisor.wait_until_ready(1)


def test_stopping_leaves_no_process_behind_and_goes_from_last_to_first(tmp_path: Path) -> None:
    order = tmp_path / "order"
    writes = WORKS.replace("sys.exit(0)", "(open(sys.argv[1], 'a').write(sys.argv[2]), sys.exit(0))")
    specs = [
        ProcessSpec(name, (sys.executable, "-c", writes, str(order), name), tmp_path / "log")
        for name in ("a", "b", "c")
    ]
    with supervised(*specs) as supervisor:
        supervisor.wait_until_ready(20)
        pids = [pid_of(supervisor, name) for name in ("a", "b", "c")]
    assert order.read_text() == "cba"
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_process_that_will_not_stop_is_ended_by_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware.adapters.supervision.supervisor.STOP_WITHIN_S", 0.5)
    lines: list[str] = []
    with supervised(spec(tmp_path, "web", DEAF), report=lines.append) as supervisor:
        supervisor.wait_until_ready(20)
        pid = pid_of(supervisor, "web")
    assert any("by force" in line for line in lines)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.fixture
def listening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(address))
        listener.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(address))
        yield listener


def test_the_supervisor_is_told_in_the_words_of_sd_notify(listening: socket.socket) -> None:
    notify.ready()
    notify.watchdog()
    notify.status("two calls\nin progress")
    notify.stopping()
    assert [listening.recv(200) for _ in range(4)] == [
        b"READY=1",
        b"WATCHDOG=1",
        b"STATUS=two calls in progress",
        b"STOPPING=1",
    ]


def test_a_supervisor_that_has_gone_does_not_trouble_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    notify.ready()
    monkeypatch.delenv("NOTIFY_SOCKET")
    notify.watchdog()


def test_the_watchdog_is_fed_twice_as_often_as_asked_and_only_by_the_process_that_was_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "10000000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    assert notify.watchdog_interval_s() == 5.0
    monkeypatch.setenv("WATCHDOG_PID", "1")
    assert notify.watchdog_interval_s() is None
    monkeypatch.delenv("WATCHDOG_USEC")
    assert notify.watchdog_interval_s() is None


def test_disk_room_is_that_of_the_folders_own_file_system(tmp_path: Path) -> None:
    space = DiskSpace(tmp_path).measure()
    assert 0 < space.free_bytes <= space.total_bytes
    with pytest.raises(StorageError, match="not-there"):
        DiskSpace(tmp_path / "not-there").measure()


def test_the_machines_clock_tells_the_time() -> None:
    clock = SystemClock()
    before = clock.monotonic_s()
    assert abs(clock.wall_ms() / 1000 - time.time()) < 1
    assert clock.monotonic_s() >= before
    assert isinstance(clock.is_set(), bool)
