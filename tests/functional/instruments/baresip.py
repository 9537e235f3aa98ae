"""baresip, from Debian, as a phone: its sound comes from a WAV file, and it is driven over its control socket.

The control protocol is netstrings of JSON (module ``ctrl_tcp``). The phone answers by itself when ``answers`` is set.
"""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.functional.instruments.sipp import AHEAD

_CODEC_MODULES = {"PCMU": "g711", "PCMA": "g711", "G722/16000": "g722", "opus/48000/2": "opus"}

_CONFIG = """\
poll_method epoll
sip_listen 127.0.0.1:{port}
net_interface 127.0.0.1
call_local_timeout 120
call_max_calls 8
audio_player aubridge,nil
audio_source aufile,{wav}
audio_alert aubridge,nil
ausrc_srate 8000
auplay_srate 8000
rtp_ports {rtp}-{rtp_end}
jitter_buffer_delay 1-5
module_path {modules}
module {codec}.so
{more}module aubridge.so
module aufile.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
"""


class NoAnswerFromPhone(RuntimeError):
    """baresip's control socket does not answer."""


@dataclass
class Baresip:
    """One baresip; its speech has as many channels as ``codec`` names. It is ended, by its id, on the way out.

    With a ``registrar`` (``host:port``) it registers there.
    """

    folder: Path
    port: int
    control_port: int
    rtp_base: int
    speech: Path
    codec: str = "PCMA"
    user: str = "201"
    password: str = ""
    answers: bool = False
    media_encryption: str = ""
    transport: str = "udp"
    registrar: str = ""
    process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "config").write_text(self._config())
        (self.folder / "accounts").write_text(self._account() + "\n")
        (self.folder / "contacts").write_text("")
        with (self.folder / "baresip.log").open("wb") as log:
            self.process = subprocess.Popen(
                [*AHEAD, "baresip", "-f", str(self.folder), "-4"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._control = self._connected()
        self._rest = b""
        return self

    def _config(self) -> str:
        more = f"module {self.media_encryption}.so\n" if self.media_encryption else ""
        return _CONFIG.format(
            port=self.port,
            wav=self.speech,
            rtp=self.rtp_base,
            rtp_end=self.rtp_base + 20,
            modules=_module_folder(),
            codec=_CODEC_MODULES[self.codec],
            more=more,
            control=self.control_port,
        )

    def _account(self) -> str:
        answers = "auto" if self.answers else "manual"
        words = [f"regint={120 if self.registrar else 0}", f"audio_codecs={self.codec}", f"answermode={answers}"]
        if self.password:
            words.append(f"auth_user={self.user};auth_pass={self.password}")
        if self.media_encryption:
            words.append(f"mediaenc={self.media_encryption}")
        place = self.registrar or f"127.0.0.1:{self.port}"
        return f"<sip:{self.user}@{place};transport={self.transport}>;{';'.join(words)}"

    def dial(self, address: str) -> None:
        self.command("dial", address)

    def hang_up(self) -> None:
        self.command("hangup")

    def command(self, name: str, parameters: str = "") -> dict[str, Any]:
        """Send one command and return the phone's response to it."""
        message = json.dumps({"command": name, "params": parameters, "token": name}).encode()
        self._control.sendall(b"%d:%s," % (len(message), message))
        for answer in self._messages(10):
            if answer.get("token") == name:
                return answer
        raise NoAnswerFromPhone(f"baresip did not answer {name}")

    def wait_for_event(self, kind: str, timeout_s: float) -> dict[str, Any]:
        """Wait for a call event such as CALL_ESTABLISHED or CALL_CLOSED."""
        for message in self._messages(timeout_s):
            if message.get("type") == kind:
                return message
        raise NoAnswerFromPhone(f"no {kind} in {timeout_s} s; {self.log()[-1500:]}")

    def talk_for(self, seconds: float) -> None:
        """Let the call go on for ``seconds``.

        Raises:
            NoAnswerFromPhone: the call ended meanwhile.
        """
        for message in self._messages(seconds):
            if message.get("type") == "CALL_CLOSED":
                raise NoAnswerFromPhone(f"the call ended early: {message.get('param')}; {self.log()[-1500:]}")

    def log(self) -> str:
        return (self.folder / "baresip.log").read_text(errors="replace")

    def _messages(self, timeout_s: float) -> Iterator[dict[str, Any]]:
        until = time.monotonic() + timeout_s
        while (left := until - time.monotonic()) > 0:
            length, colon, rest = self._rest.partition(b":")
            if colon and len(rest) > int(length):
                self._rest = rest[int(length) + 1 :]
                yield json.loads(rest[: int(length)])
                continue
            self._control.settimeout(left)
            try:
                received = self._control.recv(65536)
            except TimeoutError:
                return
            if not received:
                raise NoAnswerFromPhone(f"baresip ended; {self.log()[-1500:]}")
            self._rest += received

    def _connected(self) -> socket.socket:
        until = time.monotonic() + 10
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.control_port), 1)
            except ConnectionRefusedError:
                if time.monotonic() > until or self.process is None or self.process.poll() is not None:
                    raise NoAnswerFromPhone(f"baresip did not start; {self.log()[-1500:]}") from None
                time.sleep(0.05)

    def __exit__(self, *_: object) -> None:
        if hasattr(self, "_control"):
            self._control.close()
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
        if self.process is not None:
            self.process.wait()


def _module_folder() -> Path:
    """Debian 12 has the modules in lib/baresip, Debian 13 under the multi-arch folder."""
    found = sorted(Path("/usr/lib").glob("**/baresip/modules/g711.so"))
    if not found:
        raise NoAnswerFromPhone("baresip's modules are not installed: install Debian's baresip-core")
    return found[0].parent
