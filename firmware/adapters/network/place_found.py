"""What a new box finds around it: addresses, routers, sound cards, serial ports. Reads, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from firmware.adapters.keys.own_places import own_addresses
from firmware.adapters.network.routers import routers

_NETWORKS = Path("/sys/class/net")
_CARDS = Path("/proc/asound/cards")
_SOUND = Path("/dev/snd")
_SERIAL = Path("/dev/serial/by-id")


def addresses() -> list[str]:
    """By which others reach this machine."""
    return [str(each) for each in own_addresses() if not each.is_loopback and not each.is_link_local]


def gateways() -> list[str]:
    return [str(each) for each in routers()]


def hardware_addresses(networks: Path = _NETWORKS) -> list[str]:
    """Of wired networks: by these a router knows the box."""
    return sorted({_read(each / "address") for each in _folders(networks) if (each / "device").exists()} - {""})


def sound_cards(cards: Path = _CARDS, sound: Path = _SOUND) -> list[str]:
    """Those that can hear, as ``hw:1 (its name)``."""
    found = []
    for line in _read(cards).splitlines():
        number, closed, name = line.partition("]:")
        number = number.partition("[")[0].strip()
        if closed and number.isdigit() and any(sound.glob(f"pcmC{number}D*c")):
            found.append(f"hw:{number} ({name.strip()})")
    return found


def serial_ports(by_id: Path = _SERIAL) -> list[str]:
    """By names that stay the same, whichever is plugged in first."""
    return [str(each) for each in _folders(by_id)]


def _folders(folder: Path) -> Iterator[Path]:
    try:
        yield from sorted(folder.iterdir())
    except OSError:
        return


def _read(file: Path) -> str:
    try:
        return file.read_text(errors="replace").strip()
    except OSError:
        return ""
