"""Asterisk 22 as the thing to compare with: from Debian unstable, in a chroot that is made once and cached.

It bridges the same calls and records both parties raw and unencrypted with MixMonitor (option D: the two directions
interleaved) into memory. Needs root and ``mmdebstrap``. The mirror is the one that this machine's apt already uses, or
``EARMARK_DEBIAN_MIRROR``.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.functional.office.ports import Ports
from tests.functional.office.processes import wait_until

_PACKAGES = "asterisk,asterisk-config,asterisk-modules"
_INSIDE = Path("etc/asterisk-bench")
_RECORDINGS = Path("dev/shm")


class CannotCompare(RuntimeError):
    """Asterisk cannot be had here."""


def chroot() -> Path:
    """The folder of the cached chroot; made if it is not there (about a minute, 350 MB).

    Raises:
        CannotCompare: no root, no mmdebstrap, no mirror, or Debian's Asterisk is not version 22.
    """
    cache = Path(os.environ.get("EARMARK_CACHE") or Path.home() / ".cache/earmark")
    folder = cache / "asterisk-22"
    if not folder.is_dir():
        _make(folder)
    version = _inside(folder, "-V").stdout
    if not version.startswith("Asterisk 22."):
        raise CannotCompare(
            f"{folder} holds {version.strip()}, not Asterisk 22: remove it, or compare with another year's"
        )
    return folder


def _make(folder: Path) -> None:
    if os.geteuid() != 0 or shutil.which("mmdebstrap") is None:
        raise CannotCompare("making Asterisk's chroot needs root and mmdebstrap (apt-get install mmdebstrap)")
    partial = folder.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    command = ["nice", "mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", f"--include={_PACKAGES}"]
    aptopt = '--aptopt=Acquire::Check-Valid-Until "false"'
    subprocess.run([*command, aptopt, "sid", str(partial), _mirror()], check=True)
    partial.rename(folder)


def _mirror() -> str:
    if named := os.environ.get("EARMARK_DEBIAN_MIRROR"):
        return named
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(LABEL) $(REPO_URI)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for line in listed.splitlines():
        label, _, address = line.partition(" ")
        if label == "Debian":
            return address
    raise CannotCompare("apt here knows no Debian mirror (set EARMARK_DEBIAN_MIRROR)")


def _inside(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["chroot", str(folder), "asterisk", *arguments], capture_output=True, text=True, timeout=20, check=False
    )


@dataclass
class Asterisk:
    """One running Asterisk that calls ``ports.office`` for every call from the trunk. Use as a context manager."""

    ports: Ports
    folder: Path = field(default_factory=chroot)
    process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._write_configuration()
        mount = f"mount -t tmpfs tmpfs {self.folder / _RECORDINGS}"
        start = f"exec chroot {self.folder} asterisk -f -C /{_INSIDE}/asterisk.conf"
        self.process = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", f"{mount} && {start}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(lambda: "fully booted" in self._console("core waitfullybooted"), 60, "Asterisk to start")
        return self

    @property
    def box(self) -> tuple[str, int]:
        return ("127.0.0.1", self.ports.box)

    def pids(self) -> dict[str, int]:
        return {"asterisk": self.process.pid} if self.process else {}

    def calls(self) -> int:
        found = re.search(r"(\d+) active calls?", self._console("core show channels count"))
        return int(found[1]) if found else 0

    def recorded_bytes(self) -> int:
        """What MixMonitor has written; read through the process, because the folder is its own mount."""
        if self.process is None:
            return 0
        folder = Path(f"/proc/{self.process.pid}/root") / _RECORDINGS
        return sum(path.stat().st_size for path in folder.glob("*.raw"))

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def _console(self, command: str) -> str:
        return _inside(self.folder, "-C", f"/{_INSIDE}/asterisk.conf", "-rx", command).stdout

    def _write_configuration(self) -> None:
        folder = self.folder / _INSIDE
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, text in _configuration(self.ports).items():
            (folder / name).write_text(text)
        # It asks for its own host's name in mid-call, and would wait 5 s for a name server that does not answer.
        (self.folder / "etc/hosts").write_text(f"127.0.0.1 localhost {socket.gethostname()}\n")
        (self.folder / "etc/resolv.conf").write_text("")


def _configuration(ports: Ports) -> dict[str, str]:
    low, _, high = ports.box_media.partition("-")
    run = "/run/asterisk"
    endpoint = "type=endpoint\ncontext=calls\ndisallow=all\nallow=alaw\ndirect_media=no\n"
    return {
        "asterisk.conf": f"[directories]\nastetcdir=>/{_INSIDE}\nastrundir=>{run}\nastlogdir=>/tmp\nastspooldir=>/tmp\n"
        "[options]\nverbose=0\ndebug=0\n",
        "modules.conf": "[modules]\nautoload=yes\nnoload=chan_sip.so\nnoload=res_phoneprov.so\nnoload=pbx_dundi.so\n"
        "noload=chan_iax2.so\nnoload=res_http_websocket.so\nnoload=cdr_csv.so\nnoload=cdr_custom.so\n",
        "logger.conf": "[general]\n[logfiles]\n",
        "rtp.conf": f"[general]\nrtpstart={low}\nrtpend={high}\nicesupport=no\n",
        "pjsip.conf": f"[transport]\ntype=transport\nprotocol=udp\nbind=127.0.0.1:{ports.box}\n"
        f"[trunk]\n{endpoint}[trunk]\ntype=identify\nendpoint=trunk\nmatch=127.0.0.1\n"
        f"[office]\n{endpoint}aors=office\n[office]\ntype=aor\ncontact=sip:office@127.0.0.1:{ports.office}\n",
        "extensions.conf": "[calls]\nexten => _X.,1,MixMonitor(/dev/shm/${UNIQUEID}.raw,D)\n"
        " same => n,Dial(PJSIP/office)\n",
    }
