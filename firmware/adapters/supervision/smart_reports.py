"""What smartctl found out about each disk: written by root (``earmark health ask-disks``), read by whoever may."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from firmware.adapters.settings.atomic_storage import replace_file
from firmware.core.errors import MissingComponent
from firmware.ports.machine_readings import DiskWear

_SMARTCTL = "smartctl"
_ASKED_WITHIN_S = 60
_DISKS = ("sd", "nvme", "vd")
# smartctl(8), exit status: bit 3 disk failing, bit 4 below threshold now, bit 6 errors logged.
_FAILING = 0x08
_READABLE = 0o644
#: Attributes of SATA disks that count down from 100 (or 200) as they wear, by their makers' names.
_LIFE_LEFT = frozenset({"Media_Wearout_Indicator", "Wear_Leveling_Count", "SSD_Life_Left", "Percent_Lifetime_Remain"})
_REALLOCATED = 5


def smart_reports(folder: Path) -> Iterator[DiskWear]:
    """One for each report that lies there and can be understood."""
    for path in sorted(folder.glob("*.json")):
        try:
            report = json.loads(path.read_bytes())
        except (OSError, ValueError):
            continue
        if isinstance(report, dict) and "smart_status" in report:
            yield DiskWear(path.stem, _used_share(report), _failing(report), _damaged(report))


def ask_disks(folder: Path, blocks: Path = Path("/sys/block")) -> list[str]:
    """Have smartctl ask every disk, and leave what it says; which disks there are. Only root may.

    Raises:
        MissingComponent: smartctl is not installed.
        StorageError: a report cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    disks = [disk.name for disk in sorted(blocks.glob("*")) if disk.name.startswith(_DISKS)]
    for disk in disks:
        command = [_SMARTCTL, "--json", "--health", "--attributes", "--nocheck=standby", f"/dev/{disk}"]
        try:
            told = subprocess.run(command, capture_output=True, timeout=_ASKED_WITHIN_S, check=False)
        except FileNotFoundError:
            raise MissingComponent("smartctl is not installed.", "Install the package smartmontools.") from None
        except subprocess.TimeoutExpired:
            continue
        replace_file(folder / f"{disk}.json", told.stdout, _READABLE)
    return disks


def _failing(report: Mapping[str, Any]) -> str:
    if report["smart_status"].get("passed") is False or report.get("smartctl", {}).get("exit_status", 0) & _FAILING:
        return "it says itself that it is failing"
    log = report.get("nvme_smart_health_information_log", {})
    if log.get("critical_warning"):
        return "it reports a critical warning"
    return f"it has found {log['media_errors']} errors in what it holds" if log.get("media_errors") else ""


def _damaged(report: Mapping[str, Any]) -> str:
    """Sectors that it has replaced by spare ones: disks have them for that, and say themselves when they run out."""
    moved = next((each["raw"]["value"] for each in _attributes(report) if each.get("id") == _REALLOCATED), 0)
    return f"it has replaced {moved} bad sector{'' if moved == 1 else 's'}" if moved else ""


def _used_share(report: Mapping[str, Any]) -> float | None:
    log = report.get("nvme_smart_health_information_log", {})
    if "percentage_used" in log:
        return float(log["percentage_used"]) / 100
    left = [each["value"] for each in _attributes(report) if each.get("name") in _LIFE_LEFT]
    return 1 - min(left) / 100 if left else None


def _attributes(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    table = report.get("ata_smart_attributes", {}).get("table", [])
    return [each for each in table if isinstance(each, dict)]
