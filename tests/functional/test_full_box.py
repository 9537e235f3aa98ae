"""A box with as many calls as it takes: an emergency call goes through at once all the same, and no call is lost."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from firmware.adapters.sip.room import MOST_LEGS
from tests.bench.processor import cpu_of
from tests.functional.calls.lines_alone import LinesAlone, RingCatcher, wait_until
from tests.functional.calls.sip_phone import SipPhone, offer
from tests.functional.calls.stage import accept
from tests.functional.conftest import Note
from tests.functional.instruments.rtp import RtpPhone
from tests.functional.instruments.sipp import Sipp, SpeaksElsewhere
from tests.functional.office.ports import free_ports

pytestmark = [pytest.mark.functional, pytest.mark.long, pytest.mark.alone, pytest.mark.timeout(900)]

# Two legs each; room for six more calls is kept for emergencies.
_CALLS, _EMERGENCIES = (MOST_LEGS - 12) // 2, 6
_PER_SECOND = 10
_AT_ONCE_S = 2.0
_LASTS_S = 60.0


def test_250_calls_keep_no_emergency_call_out_and_none_of_them_drops(tmp_path: Path, note: Note) -> None:
    ports = free_ports(4500)
    office, trunk = f"127.0.0.1:{ports.office}", f"127.0.0.1:{ports.trunk}"
    lines = LinesAlone(
        tmp_path / "home",
        ports=ports,
        office={"host": office, "addresses": [office, f"127.0.0.1:{ports.stranger}"]},
        trunk={"host": trunk, "addresses": [trunk, f"127.0.0.1:{ports.second_trunk}"]},
    )
    lines.prepare()
    with ExitStack() as stack:
        rings = stack.enter_context(RingCatcher(lines.home.rings_socket))
        provider = stack.enter_context(lines.trunk_phone())
        phone = stack.enter_context(SipPhone(lines.box, ports.stranger))
        stack.enter_context(lines)
        nowhere = SpeaksElsewhere(stack.enter_context(_socket_that_nobody_reads()))
        stack.enter_context(Sipp.answerer(tmp_path, ports.office, nowhere))
        crowd = stack.enter_context(
            Sipp.caller(
                tmp_path,
                lines.box,
                ports.second_trunk,
                nowhere,
                seconds=_LASTS_S + 2 * _CALLS / _PER_SECOND,
                calls=_CALLS,
                options=("-l", str(_CALLS), "-r", str(_PER_SECOND)),
            )
        )
        wait_until(
            lambda: _connected(lines) == _CALLS, 240, lambda: f"the calls: {_connected(lines)}; {crowd.report()}"
        )
        near, far = stack.enter_context(RtpPhone()), stack.enter_context(RtpPhone())
        assert phone.invite("01632960777", offer(near.port), calling="<sip:201@127.0.0.1>").failed() == 503
        assert lines.process is not None
        before, began_s = cpu_of({"lines": lines.process.pid}), time.monotonic()
        took_ms = []
        emergencies = []
        for _ in range(_EMERGENCIES):
            dialled_s = time.monotonic()
            caller = phone.invite("999", offer(near.port), calling="<sip:201@127.0.0.1>")
            called = provider.expect_call()
            there_s = time.monotonic()
            accept(called, far)
            caller.answered()
            took_ms.append((round(1000 * (there_s - dialled_s)), round(1000 * (time.monotonic() - dialled_s))))
            emergencies.append((caller, called))
        time.sleep(5)
        share = cpu_of({"lines": lines.process.pid}).since(before).seconds / (time.monotonic() - began_s)
        note("calls", _CALLS)
        note("999: at the provider, and answered, ms after it was dialled", took_ms)
        note("lines, share of a core", f"{share:.0%}")
        assert max(answered for _, answered in took_ms) < _AT_ONCE_S * 1000
        assert _connected(lines) == _CALLS + _EMERGENCIES
        assert sum(call["recording"] for call in lines.calls()) >= _CALLS
        for caller, called in emergencies:
            caller.hang_up()
            called.expect_bye()
        assert crowd.wait(_LASTS_S + 4 * _CALLS / _PER_SECOND) == 0, crowd.report()
        lines.wait_until_quiet(60)
        kept = [ring for ring in rings.wait_for(_CALLS, closed=True, timeout_s=60) if ring.record.end_cause]
        note("recordings", len(kept))
        assert len(kept) >= _CALLS


def _connected(lines: LinesAlone) -> int:
    return sum(call["state"] == "connected" for call in lines.calls())


@contextmanager
def _socket_that_nobody_reads() -> Iterator[int]:
    """The port of one: what is sent there is lost, and no sender is told."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        yield int(sink.getsockname()[1])
