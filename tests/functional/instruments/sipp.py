"""sipp, from Debian's ``sip-tester``, as a caller or an answering phone. It really signals; it can also really speak.

The scenarios are templates in ``scenarios/``. Media is one of: a file that sipp streams itself (``Streams``), its echo
(``Echoes``), or another program's port named in the session description (``SpeaksElsewhere``).
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Self

from tests.functional.instruments.g711 import PAYLOAD_TYPES, Law
from tests.functional.instruments.rtp import AHEAD_OF_ALL

#: Ahead of what is tested: a late packet is then the box's, not the phone's. Only root may.
AHEAD = ("chrt", "--rr", str(AHEAD_OF_ALL)) if os.geteuid() == 0 else ()
_SCENARIOS = Path(__file__).parent / "scenarios"


@dataclass(frozen=True)
class Streams:
    """sipp sends this file of G.711 octets, once or for ever."""

    file: Path
    for_ever: bool = False
    media_port = "[rtpstream_audio_port]"

    def action(self, law: Law) -> str:
        times = -1 if self.for_ever else 1
        stream = f"{self.file},{times},{PAYLOAD_TYPES[law]},{law}/8000"
        return f'<nop><action><exec rtp_stream="{stream}"/></action></nop>'


@dataclass(frozen=True)
class Echoes:
    """sipp sends back what it hears (start it with ``-rtp_echo``)."""

    media_port = "[media_port]"

    def action(self, law: Law) -> str:
        return ""


@dataclass(frozen=True)
class SpeaksElsewhere:
    """Another program holds the media port."""

    port: int

    @property
    def media_port(self) -> str:
        return str(self.port)

    def action(self, law: Law) -> str:
        return ""


# Notes the far end's media port in sipp's log, for the program that speaks in sipp's stead.
_LEARN = (
    '<action><ereg regexp="m=audio ([0-9]+)" search_in="body" check_it="true" assign_to="line,port"/>'
    '<log message="[$line]: far media port [$port]"/></action>'
)

Media = Streams | Echoes | SpeaksElsewhere


@dataclass
class Sipp:
    """One sipp process. Use as a context manager: it is ended, by its id, on the way out."""

    folder: Path
    port: int
    media: Media
    law: Law = "PCMA"
    media_base: int = 0
    options: list[str] = field(default_factory=list)
    under: tuple[str, ...] = AHEAD
    process: subprocess.Popen[bytes] | None = None

    @classmethod
    def caller(
        cls,
        folder: Path,
        box: tuple[str, int],
        port: int,
        media: Media,
        *,
        law: Law = "PCMA",
        to: str = "01632960001",
        calling: str = "<sip:01632960123@127.0.0.1>",
        seconds: float = 5,
        media_base: int = 0,
        calls: int = 1,
        options: tuple[str, ...] = (),
    ) -> Self:
        """A caller that hangs up ``seconds`` after it was answered."""
        made = cls(folder, port, media, law, media_base)
        scenario = made._scenario("caller.xml", to=to, **{"from": calling})
        made.options = [
            f"{box[0]}:{box[1]}",
            "-sf",
            str(scenario),
            "-m",
            str(calls),
            "-d",
            str(round(seconds * 1000)),
            *options,
        ]
        return made

    @classmethod
    def recording_client(
        cls, folder: Path, box: tuple[str, int], port: int, seconds: float = 0.3, **words: str
    ) -> Self:
        """A client that begins a recording session with the words of ``recording_client.xml``, and ends it."""
        made = cls(folder, port, SpeaksElsewhere(0))
        made.folder.mkdir(parents=True, exist_ok=True)
        scenario = made.folder / f"{port}-recording-client.xml"
        scenario.write_text(Template((_SCENARIOS / "recording_client.xml").read_text()).substitute(words))
        made.options = [f"{box[0]}:{box[1]}", "-sf", str(scenario), "-m", "1", "-d", str(round(seconds * 1000))]
        return made

    @classmethod
    def registered_caller(
        cls,
        folder: Path,
        box: tuple[str, int],
        port: int,
        media: Media,
        *,
        user: str,
        password: str,
        to: str,
        calls: int,
    ) -> Self:
        """A registered phone that makes calls of a second, ten a second, and gives its password when it is asked."""
        made = cls(folder, port, media)
        scenario = made._scenario("registered_caller.xml", to=to, user=user, password=password)
        made.options = [f"{box[0]}:{box[1]}", "-sf", str(scenario), "-m", str(calls), "-d", "1000", "-r", "10"]
        return made

    @classmethod
    def answerer(
        cls,
        folder: Path,
        port: int,
        media: Media,
        *,
        law: Law = "PCMA",
        media_base: int = 0,
        options: tuple[str, ...] = (),
    ) -> Self:
        """A phone that answers every call at once."""
        made = cls(folder, port, media, law, media_base)
        made.options = ["-sf", str(made._scenario("answerer.xml")), *options]
        return made

    def _scenario(self, name: str, **words: str) -> Path:
        text = Template((_SCENARIOS / name).read_text()).substitute(
            media_port=self.media.media_port,
            payload=str(PAYLOAD_TYPES[self.law]),
            law=self.law,
            speak=self.media.action(self.law),
            learn=_LEARN if isinstance(self.media, SpeaksElsewhere) else "",
            **words,
        )
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{self.port}-{name}"
        path.write_text(text)
        return path

    def __enter__(self) -> Self:
        command = [
            *self.under,
            "sipp",
            *self.options,
            "-i",
            "127.0.0.1",
            "-mi",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-nostdin",
        ]
        if self.media_base:
            command += ["-mp", str(self.media_base)]
        if isinstance(self.media, Echoes):
            command += ["-rtp_echo"]
        command += ["-trace_err", "-error_file", str(self.errors)]
        if isinstance(self.media, SpeaksElsewhere):
            self._notes.unlink(missing_ok=True)
            command += ["-trace_logs", "-log_file", str(self._notes)]
        with (self.folder / f"{self.port}.screen").open("wb") as screen:
            self.process = subprocess.Popen(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=screen, stderr=subprocess.STDOUT
            )
        return self

    @property
    def errors(self) -> Path:
        return self.folder / f"{self.port}.errors"

    @property
    def _notes(self) -> Path:
        return self.folder / f"{self.port}.notes"

    def far_media_port(self, timeout_s: float) -> int:
        """The port that the other end's session description names for its audio (``SpeaksElsewhere`` only).

        Raises:
            TimeoutError: no session description came.
        """
        until = time.monotonic() + timeout_s
        while True:
            noted = re.findall(r"far media port (\d+)", self._notes.read_text() if self._notes.exists() else "")
            if noted:
                return int(noted[-1])
            if time.monotonic() > until or (self.process is not None and self.process.poll()):
                raise TimeoutError(f"no session description came to sipp at {self.port}; {self.report()}")
            time.sleep(0.02)

    def wait(self, timeout_s: float) -> int:
        """sipp's exit status: 0 when every call went as the scenario says."""
        if self.process is None:
            raise RuntimeError("sipp was not started")
        return self.process.wait(timeout_s)

    def report(self) -> str:
        """What sipp complained of, for an assertion's message."""
        return self.errors.read_text(errors="replace")[-3000:] if self.errors.exists() else ""

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
        if self.process is not None:
            self.process.wait()
