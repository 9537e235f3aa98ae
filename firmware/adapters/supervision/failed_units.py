"""Which of the box's system units have failed, as systemd knows it: what is started again for ever is never among them.

So these are tasks that end: the packet filter, certificates, asking the disks, judging an update.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from firmware.core.errors import ServiceAway
from firmware.core.process_health import FailedUnit

_SYSTEMD = Path("/run/systemd/system")
_LIST = ("systemctl", "list-units", "--state=failed", "--plain", "--no-legend", "--no-pager", "--full", "earmark*")
_PATIENCE_S = 20.0
_TITLE = "Earmark: "
_RESTART = "Restart the box when no call is up."


def failed_units() -> Sequence[FailedUnit]:
    """None on a machine without systemd. Raises ServiceAway: it cannot be asked."""
    if not _SYSTEMD.exists():
        return ()
    try:
        done = subprocess.run(_LIST, capture_output=True, text=True, timeout=_PATIENCE_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ServiceAway(f"systemd cannot be asked: {error}.", _RESTART) from error
    if done.returncode:
        raise ServiceAway(f"systemd cannot be asked: {done.stderr.strip()}.", _RESTART)
    return units_in(done.stdout)


def units_in(listed: str) -> Sequence[FailedUnit]:
    """Lines of ``NAME loaded failed failed DESCRIPTION``."""
    return [
        FailedUnit(name, " ".join(words).removeprefix(_TITLE))
        for name, _, _, _, *words in (line.split() for line in listed.splitlines())
    ]
