"""``SystemSlots`` by RAUC (rauc.readthedocs.io), which checks signatures, writes slots and marks them for GRUB.

Its service does the work, as root and at idle priority; ``rauc`` the command asks it over D-Bus. What RAUC checks by
itself, from the read-only system, holds against whoever goes round this module too: the signature, the kind of box, and
that no bundle is older than what runs.
"""

from __future__ import annotations

import json
import re
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from firmware.core.errors import MissingComponent, UpdateRefused
from firmware.core.system_update import LARGEST_BYTES, Bundle, RunningSystem, Slot, SlotName
from firmware.ports.system_slots import Progress

_OS_RELEASE = Path("/usr/lib/os-release")
_CONFIG = Path("/etc/rauc/system.conf")
_SHORT_S = 120.0
_AGAIN_S = 2.0
#: How rauc says that its service could not be asked. What the service itself says is none of these.
_NO_SERVICE = "error creating proxy"
_PERCENT = re.compile(r"\s*(\d{1,3})% ")


class Rauc:
    """
    Args:
        patience_s: how long its service may take to answer at all. When the box has just started, that is long.
    """

    def __init__(self, config: Path = _CONFIG, os_release: Path = _OS_RELEASE, patience_s: float = 60.0) -> None:
        self._config = config
        self._os_release = os_release
        self._patience_s = patience_s

    def system(self) -> RunningSystem:
        if not self._config.exists():
            raise MissingComponent(
                "This machine has no system slots, so it takes no updates of its system.",
                "Update it as it was installed; the box's own image has them.",
            )
        status = json.loads(self._said("status", "--output-format=json"))
        known = [(name, facts) for each in status["slots"] for name, facts in each.items()]
        slots = [_slot(name, facts) for name, facts in known if facts.get("bootname")]
        booted = status["booted"]
        running = next((slot for slot, named in slots if booted in (slot.name, named)), None)
        other = next((slot for slot, named in slots if booted not in (slot.name, named)), None)
        if running is None or other is None:
            raise UpdateRefused(f"RAUC does not know which slot runs: it says {booted!r}.", "Restart the box.")
        return RunningSystem(str(status["compatible"]), running_version(self._os_release), running, other)

    def look_into(self, bundle: Path) -> Bundle:
        try:
            size = bundle.stat().st_size
        except OSError as error:
            raise UpdateRefused(f"The update {bundle} cannot be read: {error.strerror}.", "Check its name.") from error
        if size > LARGEST_BYTES:
            raise UpdateRefused(f"{bundle} is larger than any update.", "Take the file that ends in .raucb.")
        told = json.loads(self._said("info", "--output-format=json", str(bundle)))
        return Bundle(str(told["compatible"]), str(told["version"]), size)

    def write(self, bundle: Path, progress: Progress) -> None:
        command = ["rauc", "install", "--progress", str(bundle)]
        last = ""
        with _started(command) as working:
            for line in working.stdout or ():
                if percent := _PERCENT.match(line):
                    progress(min(100, int(percent[1])))
                last = _reason(line) or last
        if working.returncode:
            raise UpdateRefused(f"The update could not be written: {last}", "What runs is untouched. Try it again.")

    def start_next(self, slot: SlotName) -> None:
        self._said("status", "mark-active", f"rootfs.{'AB'.index(slot)}")

    def call_good(self) -> None:
        self._said("status", "mark-good", "booted")

    def call_bad(self) -> None:
        self._said("status", "mark-bad", "booted")

    def restart(self) -> None:
        _run(["systemctl", "reboot", "--no-block"])

    def _said(self, *words: str) -> str:
        until, pause = time.monotonic() + self._patience_s, threading.Event()
        while True:
            done = _run(["rauc", f"--conf={self._config}", *words])
            if done.returncode == 0:
                return done.stdout
            lines = [_reason(line) for line in done.stderr.splitlines()]
            reason = next((line for line in reversed(lines) if line), "it said no more")
            if _NO_SERVICE not in reason:
                raise UpdateRefused(*_in_words(reason))
            if time.monotonic() >= until:
                raise UpdateRefused(f"RAUC's service does not answer: {reason}", "Try it again; then restart the box.")
            pause.wait(_AGAIN_S)


def running_version(os_release: Path = _OS_RELEASE) -> str:
    """IMAGE_VERSION (os-release(5)). Raises MissingComponent: this is no system made by the image's recipe."""
    for line in os_release.read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition("=")
        if name == "IMAGE_VERSION":
            return value.strip('"')
    raise MissingComponent("This system has no version: it is not the box's image.", "Update it as it was installed.")


def end_deadline() -> None:
    """The trial is over, one way or the other (``systemd/earmark-update-deadline.timer``)."""
    _run(["systemctl", "stop", "--no-block", "earmark-update-deadline.timer"])


def started_slot(command_line: Path = Path("/proc/cmdline")) -> SlotName | None:
    """From which slot the kernel was started, as the boot loader told it; None: this machine has none."""
    for word in command_line.read_text(encoding="utf-8", errors="replace").split():
        if word in ("rauc.slot=A", "rauc.slot=B"):
            return "A" if word.endswith("A") else "B"
    return None


def _slot(name: str, facts: Mapping[str, Any]) -> tuple[Slot, str]:
    bootname: SlotName = "A" if facts["bootname"] == "A" else "B"
    return Slot(bootname, facts.get("boot_status") == "good"), name


def _in_words(reason: str) -> tuple[str, str]:
    """RAUC's own reason, with what a person can do about it."""
    lowered = reason.lower()
    if "verify" in lowered or "signature" in lowered or "certificate" in lowered:
        return (
            f"The update is not signed by anybody whom this box trusts, or was changed since: {reason}",
            "Take it anew from where it is published. If it is sound, check the box's clock.",
        )
    return f"RAUC says: {reason}", "Take the update anew from where it is published, and try it again."


def _reason(line: str) -> str:
    """A line of RAUC's without the time and the level that it puts before."""
    text = re.sub(r"^rauc-\w+: [\d:.]+: ", "", line).strip()
    return "" if text.startswith(("LastError: ''", "Using ", "Reading bundle")) else text


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=_SHORT_S, check=False)
    except FileNotFoundError as error:
        raise _missing(command[0]) from error
    except subprocess.TimeoutExpired as error:
        raise UpdateRefused(f"{command[0]} did not answer within {_SHORT_S:.0f} s.", "Restart the box.") from error


def _started(command: list[str]) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except FileNotFoundError as error:
        raise _missing(command[0]) from error


def _missing(program: str) -> MissingComponent:
    return MissingComponent(f"{program} is not installed: this machine is not the box's own image.", "Use the image.")
