"""Calls through the units as they are installed, from telephones outside the box."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.vm.box.installed import LINES, LISTENING, main_pid, unit, unlock, wait_until_ready
from tests.vm.box.machine import Box
from tests.vm.box.telephones import Call, give_a_line, inbound_call, recordings

Record = Callable[[str, object], None]


@pytest.fixture(scope="module")
def line(box: Box) -> Box:
    give_a_line(box)
    return box


def test_a_call_from_outside_is_put_through_and_recorded(line: Box, record_property: Record) -> None:
    phones, plan = inbound_call(6)
    with phones:
        call = Call(phones, phones.place(plan))
        call.talk_until_over()
    report = call.exchange.report
    assert report is not None
    record_property("connected after", f"{report.connected_after_s:.1f} s")
    line.wait_until("earmark recordings list --state complete | grep -q main")
    (recorded,) = recordings(line)
    assert recorded["line"] == "main"
    assert recorded["duration_s"] >= 5
    assert line.run("earmark verify").status == 0


def test_lines_runs_under_its_user_and_listens_where_the_line_says(line: Box) -> None:
    assert line.out(f"stat -c %U /proc/{main_pid(line, 'lines')}").strip() == LINES.user
    shown = line.out(f"systemd-analyze security --no-pager {unit('lines')} | tail -1")
    assert float(shown.split(":")[1].split()[0]) <= LINES.exposure
    listening = {tuple(row.split()[:1] + row.split()[4:5]) for row in line.out("ss -H -tuln").splitlines()}
    opened = listening - {(protocol, place) for protocol, place, _ in LISTENING}
    sip = {("udp", "0.0.0.0:5060"), ("tcp", "0.0.0.0:5060")}
    assert opened >= sip
    # pjsip asks name servers from a port of each kind that is anybody's; the packet filter lets in their answers alone.
    assert sorted((protocol, str(place).rpartition(":")[0]) for protocol, place in opened - sip) == [
        ("udp", "0.0.0.0"),
        ("udp", "[::]"),
    ]


def test_a_plug_pulled_in_a_call_costs_no_more_than_the_last_two_seconds(line: Box, disk_phrase: str) -> None:
    phones, plan = inbound_call(60)
    with phones:
        call = Call(phones, phones.place(plan))
        call.talk(10)
        line.pull_the_plug()
    line.start()
    wait_until_ready(line, "lines")
    unlock(line, disk_phrase)
    line.wait_until("earmark recordings list --state interrupted | grep -q main")
    cut = next(each for each in recordings(line) if each["state"] == "interrupted")
    assert cut["duration_s"] >= 5
    assert line.run("earmark verify").status == 0
