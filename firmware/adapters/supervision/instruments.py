"""The machine's instruments as Linux shows them: temperature, supply voltage, wear of disks.

Files are those of sysfs: thermal zones (kernel, thermal/sysfs-api), hwmon (the Raspberry Pi's ``rpi_volt``), and eMMC's
``life_time`` and ``pre_eol_info`` (JEDEC JESD84-B51, 7.4.63 to 7.4.65). What only root may ask of a disk, smartctl has
left in a folder (``smart_reports``).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from firmware.adapters.supervision.smart_reports import smart_reports
from firmware.ports.machine_readings import DiskWear, Temperature

_SYSTEM = Path("/")
#: Trip points at which the kernel slows the processor down, and at which it switches off.
_WARM, _CRITICAL = frozenset({"passive", "hot"}), frozenset({"critical"})
_SUPPLY = "rpi_volt"
_PRE_EOL = {2: "four fifths of its spare blocks are used", 3: "nearly all of its spare blocks are used"}


class Instruments:
    """``MachineReadings``. ``root``: where the file system begins; ``smart``: where smartctl's reports lie."""

    def __init__(self, smart: Path, root: Path = _SYSTEM) -> None:
        self._smart = smart
        self._sys = root / "sys"

    def temperatures(self) -> list[Temperature]:
        return list(self._zones())

    def under_voltage(self) -> bool | None:
        for chip in sorted((self._sys / "class/hwmon").glob("hwmon*")):
            if _text(chip / "name") == _SUPPLY and (alarm := _number(chip / "in0_lcrit_alarm")) is not None:
                return bool(alarm)
        return None

    def disks(self) -> list[DiskWear]:
        return [*self._memory_cards(), *smart_reports(self._smart)]

    def _zones(self) -> Iterator[Temperature]:
        for zone in sorted((self._sys / "class/thermal").glob("thermal_zone*")):
            thousandths = _number(zone / "temp")
            if thousandths is not None:
                where = _text(zone / "type") or zone.name
                yield Temperature(where, thousandths / 1000, _trip(zone, _WARM), _trip(zone, _CRITICAL))

    def _memory_cards(self) -> Iterator[DiskWear]:
        for disk in sorted((self._sys / "block").glob("mmcblk*")):
            if "boot" in disk.name or "rpmb" in disk.name:
                continue
            steps = [int(each, 16) for each in _text(disk / "device/life_time").split() if each.startswith("0x")]
            state = _PRE_EOL.get(int(_text(disk / "device/pre_eol_info") or "0", 16), "")
            # 1: up to a tenth of its life, 10: up to all of it, 11: beyond; 0: not told. Of two kinds of cells the
            # worse.
            used = max(steps, default=0) / 10
            if used or state:
                yield DiskWear(disk.name, used or None, state)


def _trip(zone: Path, kinds: frozenset[str]) -> float | None:
    """The lowest trip point of these kinds, °C."""
    found = [
        celsius
        for kind in zone.glob("trip_point_*_type")
        if _text(kind) in kinds
        and (celsius := _number(kind.with_name(kind.name.replace("_type", "_temp")))) is not None
        and celsius > 0
    ]
    return min(found) / 1000 if found else None


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:  # this machine has it not, or not at this moment
        return ""


def _number(path: Path) -> float | None:
    try:
        return float(_text(path))
    except ValueError:
        return None
