"""A PBX's call log by a serial line (a pty) and by TCP: whole lines, cut ones, noise, and ports that go and come."""

from __future__ import annotations

import os
import random
import resource
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from firmware.adapters.numbering.phone_numbers import PhoneNumbers
from firmware.adapters.smdr.line_assembly import LONGEST_LINE, LineAssembler
from firmware.adapters.smdr.reader import SmdrReader
from firmware.adapters.smdr.serial_source import SerialSource
from firmware.adapters.smdr.source import LogSource
from firmware.adapters.smdr.tcp_source import TcpCaller, TcpListener
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.config.log_formats import shipped_formats
from firmware.config.smdr_settings import SerialSettings
from firmware.core.call_log import LogRow
from firmware.core.call_log_policy import LogPolicy
from firmware.core.recording_policy import ExtensionMode, RecordingPolicy

LONDON = ZoneInfo("Europe/London")
_WITHIN_S = 5.0


def _avaya(number: str, extension: str = "201", call_id: int = 1) -> bytes:
    now = datetime.now(UTC).astimezone(LONDON)
    start = f"{now:%Y/%m/%d %H:%M:%S}"
    party = f"E{extension},Extn{extension},T9001,Line 1.1,0,0"
    return f"{start},00:00:42,3,{number},I,{extension},{extension},,0,{call_id},0,{party}\r\n".encode()


class Pty:
    """A serial line: what is written here comes out of the device. It can be pulled out and plugged in again."""

    def __init__(self, link: Path) -> None:
        self.link = link
        self.plug_in()

    def plug_in(self) -> None:
        self._ours, theirs = os.openpty()
        self._theirs = theirs
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(os.ttyname(theirs))

    def pull_out(self) -> None:
        self.link.unlink()
        os.close(self._ours)
        os.close(self._theirs)

    def send(self, content: bytes) -> None:
        """All of it, as fast as it is taken."""
        view = memoryview(content)
        while view:
            _, ready, _ = select.select([], [self._ours], [], _WITHIN_S)
            assert ready, "nobody reads the serial line"
            view = view[os.write(self._ours, view[:2048]) :]

    def close(self) -> None:
        for each in (self._ours, self._theirs):
            os.close(each)


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Pty]:
    pty = Pty(tmp_path / "ttyPBX")
    yield pty
    pty.close()


class Read:
    """A reader at work, and the rows it handed on."""

    def __init__(self, source: LogSource, described: str = "", form: str = "avaya-ip-office") -> None:
        policy = RecordingPolicy("main", "always", extensions={"299": ExtensionMode("never", "299")})
        judged = LogPolicy("pbx", {"main": policy}, PhoneNumbers("GB").normalise, LONDON, "main")
        self.rows: list[LogRow] = []
        self.reader = SmdrReader(
            source, shipped_formats()[form], judged, LONDON, SystemClock(), self.rows.append, described, 0.1
        )
        self.reader.start()
        if isinstance(source, SerialSource):
            self.wait_until_open()

    def wait_until_open(self) -> None:
        """What comes before is not read: it lay there from before."""
        _until(lambda: self.reader.health()["state"] == "working")

    @property
    def numbers(self) -> list[str | None]:
        return [row.call.number for row in self.rows]

    @property
    def words(self) -> str:
        return " ".join(self.reader.health()["attention"])


@pytest.fixture
def reading() -> Iterator[Callable[..., Read]]:
    at_work: list[Read] = []

    def begin(source: LogSource, described: str = "") -> Read:
        at_work.append(Read(source, described))
        return at_work[-1]

    yield begin
    for each in at_work:
        each.reader.stop()


def _until(happens: Callable[[], object], within_s: float = _WITHIN_S) -> None:
    end = time.monotonic() + within_s
    while not happens():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def _serial(link: Path) -> SerialSource:
    return SerialSource(SerialSettings.model_construct(device=str(link)))  # no device of ours lies in /dev


def test_calls_come_by_the_serial_line_and_of_an_exempt_phone_nothing_does(
    line: Pty, reading: Callable[..., Read]
) -> None:
    read = reading(_serial(line.link))
    line.send(_avaya("01632960101"))
    line.send(_avaya("01632960999", extension="299", call_id=2) + _avaya("01632960102", call_id=3))
    _until(lambda: len(read.rows) == 2)
    assert read.numbers == ["+441632960101", "+441632960102"]
    health = read.reader.health()
    assert (health["state"], health["calls"], health["kept"]) == ("working", 3, 2)
    assert "960" not in str(health)


def test_transcripts_of_every_make_are_read_from_serial_lines_in_pieces(tmp_path: Path) -> None:
    """Each make's published lines, with page breaks and blank lines between, a few bytes at a time."""
    at_work = []
    for name, form in shipped_formats().items():
        pty = Pty(tmp_path / name)
        at_work.append((pty, Read(_serial(pty.link), form=name), form))
    for pty, _, form in at_work:
        transcript = "\r\n\f\r\n".join(["", *(sample.line for sample in form.samples), ""]).encode("latin-1")
        for begin in range(0, len(transcript), 7):
            pty.send(transcript[begin : begin + 7])
    for pty, read, form in at_work:
        _until(lambda read=read, form=form: read.reader.health()["calls"] == len(form.samples))  # type: ignore[misc]
        assert read.reader.health()["not_read"] == 0
        read.reader.stop()
        pty.close()


def test_a_port_that_is_pulled_out_is_told_and_read_again_when_it_is_back(
    line: Pty, reading: Callable[..., Read]
) -> None:
    read = reading(_serial(line.link))
    line.send(_avaya("01632960101"))
    _until(lambda: read.rows)
    line.send(_avaya("01632960102", call_id=2)[:30])  # cut in the middle of a line
    line.pull_out()
    _until(lambda: "is not there" in read.words)
    line.plug_in()
    read.wait_until_open()
    line.send(_avaya("01632960103", call_id=3))
    _until(lambda: len(read.rows) == 2)
    assert read.numbers == ["+441632960101", "+441632960103"]


def test_a_wrong_baud_rate_is_told_by_what_comes(line: Pty, reading: Callable[..., Read]) -> None:
    read = reading(_serial(line.link), "9600 8N1")
    noise = random.Random(4)
    line.send(bytes(noise.choice(b"\x00\xf8\x80\xe6\xfe\x78\x06\x1e\x9e\xc6") for _ in range(2000)))
    _until(lambda: "check the baud rate (now 9600 8N1)" in read.words)
    line.send(b"\r\n" + _avaya("01632960101") * 6)
    _until(lambda: read.rows)
    _until(lambda: not read.words)


def test_seven_bits_with_parity_read_as_eight_are_told_apart_from_noise(
    line: Pty, reading: Callable[..., Read]
) -> None:
    read = reading(_serial(line.link))
    even = bytes(each | (0x80 if each.bit_count() % 2 else 0) for each in _avaya("01632960101") * 4)
    line.send(even)
    _until(lambda: "Set data_bits = 7" in read.words)
    assert not read.rows


def test_ten_megabytes_of_noise_make_a_clear_word_no_growth_and_no_harm_to_what_follows(
    line: Pty, reading: Callable[..., Read]
) -> None:
    read = reading(_serial(line.link), "9600 8N1")
    chunk = random.Random(10).randbytes(1 << 18)
    line.send(chunk)
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(39):
        line.send(chunk)
    _until(lambda: "is not readable" in read.words)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 8_000
    assert not read.rows
    line.send(b"\r\n" + _avaya("01632960101") * 6)
    _until(lambda: read.rows)


def test_lines_in_another_format_are_told_to_be_so(line: Pty, reading: Callable[..., Read]) -> None:
    read = reading(_serial(line.link))
    line.send(b"203 702 01/02 17:27:13 00:00:20 O 4264385\r\n" * 8)
    _until(lambda: "None of the last lines is as the format" in read.words)
    assert "4264385" not in read.words


def _port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def test_a_pbx_connects_is_cut_in_the_middle_of_a_line_and_sends_it_all_again(reading: Callable[..., Read]) -> None:
    port = _port()
    read = reading(TcpListener("127.0.0.1", port, [ip_network("127.0.0.0/8")]))
    first, second = _avaya("01632960101"), _avaya("01632960102", call_id=2)
    _until(lambda: read.reader.health()["state"] == "working" and _connects(port))
    with socket.create_connection(("127.0.0.1", port)) as pbx:
        pbx.sendall(first + second[:40])
        _until(lambda: len(read.rows) == 1)
    with socket.create_connection(("127.0.0.1", port)) as pbx:
        pbx.sendall(first + second)
        _until(lambda: len(read.rows) == 3)
    assert read.rows[0].row_id == read.rows[1].row_id  # recognised where rows are kept
    assert read.numbers[2] == "+441632960102"


def _connects(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def test_a_stranger_may_bring_no_call_log(reading: Callable[..., Read]) -> None:
    port = _port()
    read = reading(TcpListener("127.0.0.1", port, [ip_network("192.0.2.0/24")]))
    _until(lambda: _connects(port))
    with socket.create_connection(("127.0.0.1", port)) as stranger:
        stranger.settimeout(_WITHIN_S)
        assert stranger.recv(10) == b""
    assert not read.rows


def test_the_box_connects_to_the_pbx_and_again_when_that_comes_back(reading: Callable[..., Read]) -> None:
    port = _port()
    read = reading(TcpCaller("127.0.0.1", port))
    _until(lambda: "is not there" in read.words)
    for number in ("01632960101", "01632960102"):
        with socket.create_server(("127.0.0.1", port)) as pbx:
            pbx.settimeout(_WITHIN_S)
            connection, _ = pbx.accept()
            with connection:
                connection.sendall(_avaya(number))
                _until(lambda number=number: f"+44{number[1:]}" in read.numbers)  # type: ignore[misc]  # its default
    assert read.numbers == ["+441632960101", "+441632960102"]


def test_what_never_ends_its_line_takes_no_memory() -> None:
    assembler = LineAssembler()
    for _ in range(1000):
        assert assembler.feed(b"A" * 1000) == []
    assert assembler.feed(b"\r\nshort\r\n") == ["short"]
    assert assembler.feed(b"x" * (LONGEST_LINE + 1) + b"\n\x00\x00ab\x00c\r") == ["abc"]


def test_no_reader_outlives_its_stop(line: Pty) -> None:
    before = threading.active_count()
    read = Read(_serial(line.link))
    read.reader.stop()
    assert threading.active_count() == before
