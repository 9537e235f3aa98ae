"""The Raspberry Pi's card, started as it is on an imitated arm64 machine with UEFI; a Pi brings U-Boot for that."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.vm.box.installed import PROCESSES, main_pid, seconds_to_ready, unit, wait_until_ready
from tests.vm.box.machine import ARM64, Box, started
from tests.vm.box.set_up import code_of, set_up

pytestmark = [pytest.mark.long, pytest.mark.timeout(2 * 3600)]

IMAGE = Path(os.environ.get("EARMARK_ARM64_IMAGE", Path(__file__).parents[3] / "build/image/earmark-rpi-arm64.img"))
_READY_WITHIN_S = 3600.0
# Of the older table (a PC's master boot record).
_FIRST_ENTRY, _FAT, _BOOT_BEGINS = 446, 0x0C, 1 << 20
_BOOT = f"@@{_BOOT_BEGINS}"
_SLOT_BEGINS = _BOOT_BEGINS + (64 << 20)
_CARD_GB = 8
Record = Callable[[str, object], None]


@pytest.fixture(scope="module")
def card_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    if not IMAGE.exists():
        raise pytest.UsageError(f"There is no image {IMAGE}: make it with image-build/build --target rpi-arm64")
    with started(IMAGE, tmp_path_factory.mktemp("card"), ARM64) as box:
        yield box


def test_a_box_from_a_card_shows_the_page_and_is_ready_once_it_is_set_up(
    card_box: Box, record_property: Record
) -> None:
    assert card_box.out("uname -m").strip() == "aarch64"
    code = code_of(card_box)
    assert re.fullmatch("[2-9A-Z]{8}", code)
    for process in PROCESSES:
        assert card_box.run(f"systemctl is-active {unit(process)}").out.strip() == "inactive"

    set_up(card_box)
    assert card_box.out("systemctl --failed --no-legend") == ""
    for process, stated in PROCESSES.items():
        assert card_box.out(f"stat -c %U /proc/{main_pid(card_box, process)}").strip() == stated.user
    assert card_box.out("earmark disk status").startswith("The data disk is unlocked and in use.")

    card_box.pull_the_plug()
    card_box.start()
    wait_until_ready(card_box, within_s=_READY_WITHIN_S)
    record_property("from kernel to ready, arm64", f"{seconds_to_ready(card_box):.0f} s")
    assert card_box.out("systemctl --failed --no-legend") == ""


def test_a_pis_firmware_finds_what_it_needs_by_either_partition_table() -> None:
    """It looks for the first FAT partition, and there for ``config.txt`` and what that names."""
    with IMAGE.open("rb") as card:
        older = card.read(512)
    kind, begins = struct.unpack_from("<4xB3xI", older, _FIRST_ENTRY)
    assert (kind, begins * 512) == (_FAT, _BOOT_BEGINS)
    listed = subprocess.run(
        ["mdir", "-b", "-/", "-i", f"{IMAGE}{_BOOT}", "::"], check=True, capture_output=True, text=True
    )
    assert {
        *("::/config.txt", "::/start4.elf", "::/fixup4.dat", "::/u-boot.bin", "::/bcm2711-rpi-4-b.dtb"),
        *("::/overlays/earmark-panel.dtbo", "::/EFI/BOOT/BOOTAA64.EFI", "::/EFI/earmark/grub.cfg"),
    } <= set(listed.stdout.split())


def test_u_boot_starts_grub_from_the_card_which_counts_that(tmp_path: Path) -> None:
    """On QEMU's Raspberry Pi 3, which wants another device tree: it has no 4."""
    card = tmp_path / "card.img"
    subprocess.run(["cp", "--reflink=auto", "--sparse=always", IMAGE, card], check=True)
    os.truncate(card, _CARD_GB << 30)
    subprocess.run(["mcopy", "-i", f"{card}{_BOOT}", "::/u-boot.bin", tmp_path], check=True)
    kernel = re.search(r"linux-image-[^/]+", _of_slot_a("ls -p /usr/lib"))
    assert kernel
    _of_slot_a(f"dump /usr/lib/{kernel[0]}/broadcom/bcm2837-rpi-3-b.dtb {tmp_path}/pi3.dtb")
    machine = subprocess.Popen(
        [
            *("qemu-system-aarch64", "-M", "raspi3b", "-display", "none", "-monitor", "none", "-no-reboot"),
            *("-kernel", tmp_path / "u-boot.bin", "-dtb", tmp_path / "pi3.dtb"),
            *("-drive", f"if=sd,format=raw,file={card}"),
            *("-serial", "null", "-serial", f"file:{tmp_path}/console"),
        ],
        stdin=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + _READY_WITHIN_S
        while "A_TRY=1" not in _marks(card):
            assert time.monotonic() < deadline, (tmp_path / "console").read_text(errors="replace")
            time.sleep(1)
    finally:
        machine.kill()
        machine.wait()


def _marks(card: Path) -> str:
    """What RAUC and GRUB tell each other."""
    command = ["mtype", "-i", f"{card}{_BOOT}", "::/EFI/earmark/grubenv"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _of_slot_a(order: str) -> str:
    command = ["debugfs", "-R", order, f"{IMAGE}?offset={_SLOT_BEGINS}"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
