"""Real storage servers on loopback, and a network between them and us that a test can cut: for archive and backups."""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_LOOPBACK = "127.0.0.1"
_READY_WITHIN_S = 20.0
_PIECE = 1 << 14

Options = dict[str, str | int | bool]


@dataclass(frozen=True)
class Server:
    """A server that runs. ``options``: how rclone reaches it at a port."""

    port: int
    kind: str
    folder: Path
    log: Path

    def options(self, port: int | None = None) -> Options:
        port = port or self.port
        if self.kind == "s3":
            return {
                "type": "s3",
                "provider": "Other",
                "endpoint": f"http://{_LOOPBACK}:{port}",
                "access_key_id": "office",
                "secret_access_key": "not-to-be-seen-5417",
                "region": "us-east-1",
                "force_path_style": True,
            }
        return {
            "type": "sftp",
            "host": _LOOPBACK,
            "port": port,
            "user": pwd.getpwuid(os.geteuid()).pw_name,
            "key_file": str(self.folder / "client"),
            "known_hosts_file": str(self._known_hosts(port)),
        }

    @property
    def path(self) -> str:
        """The folder or bucket that a test puts things into."""
        return "office-archive" if self.kind == "s3" else str(self.folder / "store")

    def puts(self) -> Counter[str]:
        """How often each object was put there whole, as the S3 server's log says."""
        ok = (line for line in self.log.read_text().splitlines() if '"PUT ' in line and '" 200' in line)
        return Counter(line.split('"PUT ')[1].split("?")[0].split()[0] for line in ok)

    def _known_hosts(self, port: int) -> Path:
        path = self.folder / f"known_hosts.{port}"
        key = (self.folder / "host.pub").read_text().split()[:2]
        path.write_text(f"[{_LOOPBACK}]:{port} {' '.join(key)}\n")
        return path


@contextmanager
def sftp_server(folder: Path) -> Iterator[Server]:
    """OpenSSH's own, with a configuration and keys of its own, for the user that runs the test."""
    folder.mkdir()
    (folder / "store").mkdir()
    for name in ("host", "client"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    port = _free_port()
    settings = folder / "sshd_config"
    settings.write_text(
        f"Port {port}\nListenAddress {_LOOPBACK}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/client.pub\n"
        f"PidFile none\nUsePAM no\nStrictModes no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n"
        "Subsystem sftp internal-sftp\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with _running(["/usr/sbin/sshd", "-D", "-e", "-f", str(settings)], folder / "log", port):
        yield Server(port, "sftp", folder, folder / "log")


@contextmanager
def s3_server(folder: Path) -> Iterator[Server]:
    """moto's, which speaks S3's own protocol and keeps everything in memory."""
    folder.mkdir()
    port = _free_port()
    with _running([sys.executable, "-m", "moto.server", "-H", _LOOPBACK, "-p", str(port)], folder / "log", port):
        yield Server(port, "s3", folder, folder / "log")


@contextmanager
def _running(command: list[str], log: Path, port: int) -> Iterator[None]:
    with log.open("wb") as out:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        try:
            _wait_for(server, port, log)
            yield
        finally:
            server.terminate()
            server.wait(10)


def _wait_for(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    ends = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < ends:
        if server.poll() is not None:
            break
        with suppress(OSError), socket.create_connection((_LOOPBACK, port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(f"the server does not answer: {log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        return int(probe.getsockname()[1])


class CuttableNetwork:
    """A TCP proxy to one server. Once ``cut_after`` bytes went up, it breaks every connection and takes no more until
    it is mended. ``sent`` counts the bytes that went up."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._left: int | None = None
        self.sent = 0
        self.was_cut = False
        self._listener = socket.create_server((_LOOPBACK, 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_after(self, bytes_up: int) -> None:
        with self._lock:
            self._left, self.was_cut = bytes_up, False

    def mend(self) -> None:
        with self._lock:
            self._left, self.was_cut = None, False

    def close(self) -> None:
        self._listener.close()
        self._break_all()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                ours, _ = self._listener.accept()
                if self.was_cut:
                    ours.close()
                    continue
                theirs = socket.create_connection((_LOOPBACK, self._to_port))
                with self._lock:
                    self._open |= {ours, theirs}
                threading.Thread(target=self._pass_on, args=(ours, theirs, True), daemon=True).start()
                threading.Thread(target=self._pass_on, args=(theirs, ours, False), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, up: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(_PIECE):
                if up and self._spends(len(piece)):
                    self._break_all()
                    return
                target.sendall(piece)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _spends(self, count: int) -> bool:
        with self._lock:
            self.sent += count
            if self._left is None:
                return self.was_cut
            self._left -= count
            self.was_cut = self.was_cut or self._left < 0
            return self.was_cut

    def _break_all(self) -> None:
        with self._lock:
            broken, self._open = self._open, set()
        for each in broken:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
