"""A box in a virtual machine: started from its image's disk, spoken to, its plug pulled, started again.

The image is never written: what the box writes goes to a layer of its own. Needs root, for a network between the box
and the test, which is the test's alone.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from tests.vm.box.disks import Disk, LayeredDisk

#: The test's and the box's address: private ones, as an office has (RFC 1918).
OUTSIDE: Final = "192.168.177.1"
ADDRESS: Final = "192.168.177.10"
_TAP: Final = "earmark-test"
_AGENT: Final = Path(__file__).with_name("agent.py")
_STARTS_WITHIN_S: Final = 900.0
# What the kernel says of an imitated timer when it is held up for too long by what else this machine does.
_STARVED: Final = "timer doesn't work"

_NETWORK_FILE: Final = f"[Match]\\nType=ether\\n[Network]\\nAddress={ADDRESS}/24\\nMulticastDNS=yes\\n"
_UNIT: Final = """[Unit]
Description=Orders of a test
DefaultDependencies=no
Conflicts=shutdown.target
Before=network-pre.target systemd-networkd.service shutdown.target
[Service]
ExecStartPre=/bin/sh -c 'mkdir -p /run/systemd/network && printf "{network}" >/run/systemd/network/05-test.network'
ExecStart=/usr/bin/python3 -c "import base64; exec(base64.b64decode('{agent}'))"
OOMScoreAdjust=-1000
"""
_WANTED: Final = "[Unit]\nWants=box-test.service\n"


class BoxFailed(AssertionError):
    """The box did not start, or did not answer."""


@dataclass(frozen=True)
class Processor:
    """How QEMU is called for it, and the firmware that starts it.

    Attributes:
        imitation: how its instructions are carried out where this machine cannot do it itself.
    """

    program: str
    machine: tuple[str, ...]
    firmware: Path
    variables: Path
    imitation: tuple[str, ...] = ("-accel", "tcg,thread=multi")


AMD64: Final = Processor(
    "qemu-system-x86_64",
    ("-M", "q35", "-cpu", "max"),
    Path("/usr/share/OVMF/OVMF_CODE_4M.fd"),
    Path("/usr/share/OVMF/OVMF_VARS_4M.fd"),
)
# Its clock goes by its instructions, one in a nanosecond: no time limit in it passes while this machine does other
# things. A Raspberry Pi 4 carries out several in that time.
ARM64: Final = Processor(
    "qemu-system-aarch64",
    ("-M", "virt", "-cpu", "cortex-a72"),
    Path("/usr/share/AAVMF/AAVMF_CODE.fd"),
    Path("/usr/share/AAVMF/AAVMF_VARS.fd"),
    ("-accel", "tcg,thread=single", "-icount", "shift=0"),
)


@dataclass(frozen=True)
class Said:
    """What a command in the box printed."""

    status: int
    out: str
    err: str


class Box:
    """One box and its disk. Not for several threads.

    Attributes:
        date: what the clock shows when the box is switched on (UTC); None for the right time.
    """

    def __init__(
        self,
        image: Path,
        folder: Path,
        processor: Processor = AMD64,
        *,
        sticks: Sequence[Path] = (),
        make_disk: Callable[[Path, Path], Disk] = LayeredDisk,
    ) -> None:
        """``sticks``: images of disks that are plugged in as well (``/dev/vdb`` …), and never written."""
        self.console = folder / "console"
        self._folder = folder
        self._processor = processor
        self._sticks = sticks
        self._qemu: subprocess.Popen[bytes] | None = None
        self._agent: socket.socket | None = None
        self._heard = b""
        self._orders = 0
        self.date: datetime | None = None
        self._disk = make_disk(image, folder)
        shutil.copy(processor.variables, folder / "variables.fd")

    def start(self) -> None:
        """Switch on; returns when the box takes orders, which is long before it is ready.

        Raises:
            BoxFailed: it does not.
        """
        while True:
            try:
                self._switch_on()
                return
            except BoxFailed:
                if _STARVED not in self.last_words():
                    raise
                self._gone()

    def _switch_on(self) -> None:
        place = self._folder / "agent"
        place.unlink(missing_ok=True)
        self._heard = b""
        self._disk.switch_on()
        self._qemu = subprocess.Popen(self._command(place), stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + _STARTS_WITHIN_S
        while not place.exists():
            self._still_running(deadline)
            time.sleep(0.05)
        self._agent = socket.socket(socket.AF_UNIX)
        self._agent.connect(str(place))
        self._agent.settimeout(2)
        while True:
            self._still_running(deadline)
            try:
                # The same order again, until there is somebody to answer it: what was sent before is lost.
                self.run("true", timeout_s=2)
                return
            except BoxFailed:
                continue

    def start_at_last(self, within_s: float = 900.0) -> None:
        """Switch on, again each time that it ends by itself, until it takes orders. Raises BoxFailed: it does not."""
        deadline = time.monotonic() + within_s
        while True:
            try:
                self.start()
                return
            except BoxFailed:
                if self._qemu is None or self._qemu.poll() is None or time.monotonic() > deadline:
                    raise
                self._gone()

    def wait_for_restart(self, within_s: float) -> None:
        """Until it restarts by itself, which leaves it switched off. Raises BoxFailed: it does not."""
        assert self._qemu is not None
        try:
            self._qemu.wait(within_s)
        except subprocess.TimeoutExpired:
            raise BoxFailed(f"It did not restart within {within_s:.0f} s.\n{self.last_words()}") from None
        self._gone()

    def run(self, command: str, timeout_s: float = 300.0) -> Said:
        """Run a shell's command line in the box, as root.

        Raises:
            BoxFailed: there is no answer in that time.
        """
        assert self._agent is not None, "start the box first"
        self._orders += 1
        order = {"id": self._orders, "command": command, "timeout_s": timeout_s}
        try:
            # Behind the beginning of one that was given up.
            self._agent.sendall(b"\n" + json.dumps(order).encode() + b"\n")
        except OSError as error:
            raise BoxFailed(f"The box takes no orders: {error}\n{self.last_words()}") from error
        deadline = time.monotonic() + timeout_s + 5
        while time.monotonic() < deadline:
            if b"\n" in self._heard:
                line, _, self._heard = self._heard.partition(b"\n")
                said = json.loads(line)
                if said["id"] == self._orders:
                    return Said(said["status"], said["out"], said["err"])
                continue  # the answer to an order that was given up
            try:
                more = self._agent.recv(65536)
            except TimeoutError:
                continue
            except ConnectionError:  # the machine ended
                break
            if not more:
                break
            self._heard += more
        raise BoxFailed(f"The box does not answer: {command[:200]}\n{self.last_words()}")

    def out(self, command: str, timeout_s: float = 300.0) -> str:
        """What a command prints that must succeed."""
        said = self.run(command, timeout_s)
        assert said.status == 0, f"{command}: exit status {said.status}\n{said.out[-3000:]}\n{said.err[-3000:]}"
        return said.out

    def wait_until(self, command: str, within_s: float = 900.0) -> str:
        """Wait until a command succeeds; gives what it prints then."""
        deadline = time.monotonic() + within_s
        while True:
            said = self.run(command)
            if said.status == 0:
                return said.out
            if time.monotonic() > deadline:
                raise BoxFailed(f"Not within {within_s:.0f} s: {command}\n{said.out[-2000:]}\n{said.err[-2000:]}")
            time.sleep(1)

    def pull_the_plug(self) -> None:
        """No goodbye: the machine is gone, and with it what was not on its disk yet."""
        if self._qemu is not None:
            self._qemu.send_signal(signal.SIGKILL)
        self._gone()

    def shut_down(self) -> None:
        self.run("systemctl --no-block poweroff")
        assert self._qemu is not None
        self._qemu.wait(300)
        self._gone()

    def last_words(self) -> str:
        """The end of what the console shows."""
        return self.console.read_text(errors="replace")[-2000:] if self.console.exists() else ""

    def _gone(self) -> None:
        if self._agent is not None:
            self._agent.close()
            self._agent = None
        if self._qemu is not None:
            self._qemu.wait(30)
            self._qemu = None
        self._disk.switch_off()

    def _still_running(self, deadline: float) -> None:
        assert self._qemu is not None
        if self._qemu.poll() is not None:
            raise BoxFailed(f"The machine ended with status {self._qemu.returncode}.\n{self.last_words()}")
        if time.monotonic() > deadline:
            raise BoxFailed(f"The box does not start.\n{self.last_words()}")

    def _command(self, agent: Path) -> Sequence[str]:
        chosen, folder = self._processor, self._folder
        # An imitation of KVM by paravirtualisation dies on Debian's kernels; QEMU's own translator runs them.
        hardware = os.access("/dev/kvm", os.W_OK) and not Path("/sys/module/kvm_pvm").exists()
        accelerator = ("-accel", "kvm") if hardware and chosen is AMD64 else chosen.imitation
        return [
            *(chosen.program, *chosen.machine, *accelerator, "-smp", "2", "-m", "2048"),
            *("-display", "none", "-monitor", "none", "-no-reboot", "-nodefaults"),
            *("-serial", f"file:{self.console}"),
            *("-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={chosen.firmware}"),
            *("-drive", f"if=pflash,unit=1,format=raw,file={folder / 'variables.fd'}"),
            *("-drive", self._disk.drive),
            *(("-rtc", f"base={self.date:%Y-%m-%dT%H:%M:%S}") if self.date else ()),
            *(word for stick in self._sticks for word in ("-drive", f"if=virtio,format=raw,readonly=on,file={stick}")),
            *("-netdev", f"tap,id=office,ifname={_TAP},script=no,downscript=no"),
            *("-device", "virtio-net-pci,netdev=office,romfile="),
            *("-device", "virtio-rng-pci", "-device", "virtio-serial-pci"),
            *("-chardev", f"socket,id=agent,path={agent},server=on,wait=off"),
            *("-device", "virtserialport,chardev=agent,name=earmark.test"),
            *_credential(
                "systemd.extra-unit.box-test.service",
                _UNIT.format(network=_NETWORK_FILE, agent=_base64(_AGENT.read_bytes())),
            ),
            *_credential("systemd.unit-dropin.sysinit.target", _WANTED),
        ]


def _credential(name: str, content: str) -> tuple[str, str]:
    return "-smbios", f"type=11,value=io.systemd.credential.binary:{name}={_base64(content.encode())}"


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


@contextmanager
def office_network() -> Iterator[None]:
    """The cable between the test and the box. In the network of this process, which is its own."""
    commands = (
        f"tuntap add dev {_TAP} mode tap",
        f"address add {OUTSIDE}/24 dev {_TAP}",
        f"link set {_TAP} up",
    )
    for command in commands:
        subprocess.run(["ip", *command.split()], check=True)
    try:
        yield
    finally:
        subprocess.run(["ip", "tuntap", "del", "dev", _TAP, "mode", "tap"], check=True)


@contextmanager
def started(image: Path, folder: Path, processor: Processor = AMD64) -> Iterator[Box]:
    """A box that takes orders, on a fresh copy of the image's disk."""
    with office_network():
        box = Box(image, folder, processor)
        try:
            box.start()
            yield box
        finally:
            box.pull_the_plug()
