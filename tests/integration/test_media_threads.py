"""The media threads of a started SIP endpoint go before everything else; no other thread of the process does."""

from __future__ import annotations

import os
import subprocess
import sys

_STARTED = """
import os
import time
from firmware.adapters.sip.endpoint import SipEndpoint
from firmware.adapters.supervision.system_clock import SystemClock
endpoint = SipEndpoint("test", (), lambda prm: None, SystemClock())
endpoint.start(("PCMA/8000",))
deadline, named = time.monotonic() + 10, {}
while not {"clock", "media"} <= set(named.values()) and time.monotonic() < deadline:
    time.sleep(0.02)  # a thread names itself when it first runs
    named = {task: open(f"/proc/self/task/{task}/comm").read().strip() for task in os.listdir("/proc/self/task")}
endpoint.attend()
for task, name in named.items():
    print(name, os.sched_getscheduler(int(task)) & ~os.SCHED_RESET_ON_FORK == os.SCHED_RR, flush=True)
endpoint.close()
"""


def _threads(*under: str) -> set[tuple[str, str]]:
    done = subprocess.run(
        [*under, sys.executable, "-c", _STARTED], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return {(line.split()[0], line.split()[1]) for line in done.stdout.splitlines() if len(line.split()) == 2}


def test_the_media_threads_and_no_other_are_scheduled_in_real_time() -> None:
    may = os.geteuid() == 0
    threads = _threads()
    assert {("clock", str(may)), ("media", str(may))} <= threads
    assert not [name for name, first in threads if first == "True" and name not in ("clock", "media")]


def test_without_the_right_to_it_the_endpoint_starts_all_the_same() -> None:
    threads = _threads("prlimit", "--rtprio=0", "setpriv", "--bounding-set=-sys_nice", "--inh-caps=-sys_nice")
    assert {("clock", "False"), ("media", "False")} <= threads
