"""A modem on a serial line: present, silent, refusing, chattering, gone, back. Nothing of it stops a line."""

from __future__ import annotations

import os
import queue
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware.adapters.analogue import modem as modem_module
from firmware.adapters.analogue.happenings import Happening, ModemSaid
from firmware.adapters.analogue.line_config import ModemPort
from firmware.adapters.analogue.modem import Modem
from firmware.core.analogue.caller_id_lines import Caller, Ring
from firmware.core.analogue.caller_id_schemes import SETUP
from firmware.core.call_record import Party
from tests.integration.serial_modem import SerialModem


def wait_until(condition: Callable[[], object], timeout_s: float = 8.0) -> None:
    until_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until_s, "it did not come to be"
        time.sleep(0.02)


class Watched:
    """A modem's reader, and what it told."""

    def __init__(self, port: str) -> None:
        self.told: queue.SimpleQueue[Happening] = queue.SimpleQueue()
        self.modem = Modem("line", ModemPort(port, setup=SETUP["v23-uk"]), self.told.put)

    def __enter__(self) -> Watched:
        self.modem.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.modem.stop()

    def words(self, count: int) -> list[object]:
        found = [self.told.get(timeout=5) for _ in range(count)]
        return [each.word for each in found if isinstance(each, ModemSaid)]


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same waits, shorter."""
    monkeypatch.setattr(modem_module, "_LOOK_AGAIN_S", 0.1)
    monkeypatch.setattr(modem_module, "_ANSWERS_WITHIN_S", 0.6)
    monkeypatch.setattr(modem_module, "_SETTLES_S", 0.3)
    monkeypatch.setattr(modem_module, "_TELL_AGAIN_S", 1.0)


def test_it_is_set_up_for_the_united_kingdom_and_tells_who_calls() -> None:
    with SerialModem() as line, Watched(line.port) as watched:
        wait_until(lambda: line.commands[:3] == ["ATZ", "AT+GCI=B4", "AT+VCID=1"])
        wait_until(lambda: watched.modem.works)
        line.say("RING", "DATE=1122", "TIME=0930", "NMBR=01632960123", "NAME=J SMITH", "RING")
        caller = Caller(Party(number="01632960123", display_name="J SMITH"))
        assert watched.words(3) == [Ring(), caller, Ring()]
        line.say("NMBR=07700900123")  # and no name follows
        assert watched.words(1) == [Caller(Party(number="07700900123"))]


def test_one_that_was_switched_off_and_on_is_set_up_again() -> None:
    with SerialModem() as line, Watched(line.port):
        wait_until(lambda: line.commands.count("AT+VCID=1") >= 2)


def test_one_that_does_not_answer_is_named_and_believed_when_it_speaks_all_the_same() -> None:
    with SerialModem(answer=None) as line, Watched(line.port) as watched:
        wait_until(lambda: "does not answer" in watched.modem.trouble())
        assert "number unknown" in watched.modem.trouble()
        line.say("RING")
        assert watched.words(1) == [Ring()]
        line.answer = b"\r\nOK\r\n"
        wait_until(lambda: not watched.modem.trouble())


def test_one_that_cannot_do_caller_id_is_named() -> None:
    with SerialModem(answer=b"\r\nERROR\r\n") as line, Watched(line.port) as watched:
        wait_until(lambda: "refuses AT+VCID=1" in watched.modem.trouble())
        assert watched.modem.works  # it tells of rings all the same


def test_noise_at_a_wrong_speed_is_named_and_a_call_among_it_is_told() -> None:
    chance = random.Random(3)
    with SerialModem() as line, Watched(line.port) as watched:
        wait_until(lambda: watched.modem.works)
        for _ in range(64):
            line.send(bytes(byte | 0x80 for byte in chance.randbytes(4096)))
        wait_until(lambda: "is not a modem's words" in watched.modem.trouble())
        line.say("", "RING")
        assert watched.words(1) == [Ring()]


def test_a_port_that_goes_away_and_comes_back_is_opened_again(tmp_path: Path) -> None:
    port = tmp_path / "modem"
    with Watched(str(port)) as watched:
        wait_until(lambda: "There is no serial port" in watched.modem.trouble())
        with SerialModem() as line:
            port.symlink_to(line.port)
            wait_until(lambda: watched.modem.works and len(line.commands) >= 3)
        wait_until(lambda: watched.modem.trouble())
        port.unlink()
        with SerialModem() as line:
            port.symlink_to(line.port)
            wait_until(lambda: watched.modem.works and len(line.commands) >= 3)
            line.say("RING")
            assert watched.words(1) == [Ring()]


def test_a_port_that_another_program_has_is_said_to_be_in_use() -> None:
    with SerialModem() as line, Watched(line.port) as first:
        wait_until(lambda: first.modem.works)
        with Watched(line.port) as second:
            wait_until(lambda: "in use by another program" in second.modem.trouble())


def test_something_that_is_no_serial_port_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a port")
    with Watched(str(file)) as watched:
        wait_until(lambda: f"{file} fails" in watched.modem.trouble())
    assert os.path.getsize(file) == len("not a port")
