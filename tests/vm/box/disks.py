"""The disk of a box under test, and what is left on it when the plug is pulled."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final, Protocol

SIZE_GB: Final = 16
_STARTS_WITHIN_S: Final = 30


class Disk(Protocol):
    """``drive`` is QEMU's word for it."""

    drive: str

    def switch_on(self) -> None: ...

    def switch_off(self) -> None: ...


class LayeredDisk:
    """Keeps every write that was handed to it. The image is never written: a layer over it is."""

    def __init__(self, image: Path, folder: Path) -> None:
        layer = folder / "disk.qcow2"
        subprocess.run(
            ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", image.resolve(), layer, f"{SIZE_GB}G"],
            check=True,
        )
        self.drive = f"if=virtio,format=qcow2,file={layer}"

    def switch_on(self) -> None:
        pass

    def switch_off(self) -> None:
        pass


class ForgetfulDisk:
    """Has a cache that forgets without power, as real ones have: what was not flushed is lost.

    The cache is nbdkit's, in front of a copy of the image. Nothing is written behind a flush's back, which is the worst
    that a disk may do: all since the last flush is gone at once.
    """

    def __init__(self, image: Path, folder: Path) -> None:
        self._copy, self._socket = folder / "disk.img", folder / "disk"
        subprocess.run(["cp", "--reflink=auto", "--sparse=always", image, self._copy], check=True)
        with self._copy.open("r+b") as disk:
            disk.truncate(SIZE_GB << 30)
        self.drive = f"if=virtio,format=raw,file=nbd+unix:///?socket={self._socket}"
        self._server: subprocess.Popen[bytes] | None = None

    def switch_on(self) -> None:
        self._socket.unlink(missing_ok=True)
        program = shutil.which("nbdkit") or "nbdkit"
        options = ["--foreground", "--unix", str(self._socket), "--filter=cache", "file", str(self._copy)]
        self._server = subprocess.Popen([program, *options, "cache=writeback", "cache-min-block-size=4096"])
        _wait_for(self._socket, self._server)

    def switch_off(self) -> None:
        if self._server is not None:
            self._server.kill()
            self._server.wait(_STARTS_WITHIN_S)
            self._server = None


def _wait_for(socket: Path, server: subprocess.Popen[bytes]) -> None:
    for _ in range(_STARTS_WITHIN_S * 20):
        if socket.exists():
            return
        try:
            ended = server.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError(f"nbdkit ended with status {ended}")
    raise AssertionError("nbdkit does not start")
