"""A SIP scanner against lines and the packet filter, in networks of the test's own: soon it is not even received, and
phones beside it are not cut off.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware.adapters.network.firewall import Firewall
from firmware.cli.network.firewall_plan import firewall_plan
from firmware.core.firewall_rules import ruleset
from tests.functional.calls.lines_alone import LinesAlone, wait_until
from tests.functional.calls.phone_office import COLLEAGUE, DESK, SECRET, without_exchange
from tests.functional.calls.registering import Account, register
from tests.functional.calls.sip_phone import SipPhone, offer
from tests.functional.calls.stage import refuse
from tests.functional.conftest import Note
from tests.functional.instruments.private_network import PrivateNetwork

pytestmark = pytest.mark.functional

#: The scanner's network, outside the office; the box has an address there, as behind a router that forwards to it.
SCANNER, BOX = "198.51.100.66", "198.51.100.254"
SCENARIO = Path(__file__).parent / "instruments" / "scenarios" / "scanner.xml"
ASKED = 1500


@dataclass
class Wide:
    """Phones may register from anywhere."""

    lines: LinesAlone
    box: PrivateNetwork
    outside: PrivateNetwork
    trunk: SipPhone
    stack: ExitStack

    def phone(self) -> SipPhone:
        """One at the scanner's own address, as behind the same router."""
        return self.outside.inside(
            lambda: self.stack.enter_context(SipPhone((BOX, self.lines.ports.box), host=SCANNER))
        )

    def scan(self) -> int:
        """Have sipp ask as scanners do, 300 times a second; gives how many are answered."""
        command = [
            "sipp",
            "-sf",
            str(SCENARIO),
            "-i",
            SCANNER,
            "-r",
            "300",
            "-m",
            str(ASKED),
            "-nostdin",
            "-trace_stat",
        ]
        command += ["-stf", str(self.lines.root / "sipp.csv"), f"{BOX}:{self.lines.ports.box}"]
        # What is not answered counts as failed to sipp, which then ends with a code of its own.
        subprocess.run([*self.outside.under, *command], capture_output=True, check=False, timeout=180)
        log = (self.lines.root / "sipp.csv").read_text().splitlines()
        last = dict(zip(log[0].split(";"), log[-1].split(";"), strict=False))
        assert int(last["TotalCallCreated"]) == ASKED
        return int(last["SuccessfulCall(C)"])

    def filtered(self) -> list[str]:
        """Who is, once what the lines ask for is done, as systemd has it done."""
        command = [
            sys.executable,
            "-m",
            "firmware.cli.main",
            "--home",
            str(self.lines.root),
            "firewall",
            "take-requests",
        ]
        subprocess.run([*self.box.under, *command], capture_output=True, check=True)
        return [str(each.place) for each in self.box.inside(lambda: Firewall().unheard())]

    def dropped(self) -> int:
        """Packets that the kernel dropped for being a scanner's."""
        command = [*self.box.under, "nft", "list", "chain", "inet", "earmark", "unheard"]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return sum(map(int, re.findall(r"counter packets (\d+)", listed)))


@pytest.fixture
def wide(tmp_path: Path) -> Iterator[Wide]:
    with ExitStack() as stack:
        box, outside = stack.enter_context(PrivateNetwork()), stack.enter_context(PrivateNetwork())
        box.joined_with(outside, f"{BOX}/24", f"{SCANNER}/24")
        lines = without_exchange(tmp_path / "home", under=box.under, sip={"registrar": {"networks": ["0.0.0.0/0"]}})
        lines.sip = {**lines.sip, "bind": f"0.0.0.0:{lines.ports.box}"}
        lines.prepare()
        plan = firewall_plan(lines.settings(), {}, lambda user: None)
        box.inside(lambda: Firewall().apply(ruleset(plan)))
        lines.home.block_requests.mkdir()
        trunk = box.inside(lambda: stack.enter_context(lines.trunk_phone()))
        stack.enter_context(lines)
        yield Wide(lines, box, outside, trunk, stack)


def test_a_scanner_is_soon_dropped_by_the_kernel_and_the_trunk_is_not(wide: Wide, note: Note) -> None:
    answered = wide.scan()
    note(f"of {ASKED} requests answered", answered)
    wait_until(lambda: any(wide.lines.home.block_requests.iterdir()), 60, "the packet filter to be asked")
    assert wide.filtered() == [f"{SCANNER}/32"]
    before = wide.dropped()
    assert wide.scan() == 0
    note("of the next as many dropped by the kernel", wide.dropped() - before)
    assert 0 < answered < 300
    assert wide.dropped() - before == ASKED
    called = wide.trunk.invite(DESK, offer(40000))
    assert called.failed() == 480, "the trunk is heard; no phone is registered"


def test_a_phone_behind_the_scanner_s_address_goes_on_and_its_mistyped_password_costs_seconds(wide: Wide) -> None:
    desk, colleague = wide.phone(), wide.phone()
    assert register(desk, Account(DESK, SECRET)).status == 200
    wide.scan()
    assert wide.filtered() == [], "the office's phone would be cut off with the scanner"
    assert "is not filtered: phones or calls of the office come from there" in wide.lines.log()
    assert wide.lines.control.get("/scanners")["places"] != []
    # The registered phone is reached and calls for help; nobody asks it for anything.
    wide.trunk.invite(DESK, offer(40000))
    refuse(desk.expect_call(), 486)
    emergency = desk.invite("999", offer(40002))
    helped = wide.trunk.expect_call(timeout_s=5)
    assert helped.invite is not None
    assert helped.invite.start.startswith("INVITE sip:999@")
    refuse(helped, 486)
    assert emergency.failed() == 486
    wide.lines.control.post("/scanners/forgive", {"address": SCANNER})
    wait_until(lambda: wide.lines.control.get("/scanners")["places"] == [], 60, "it to be forgiven")
    # Another phone there whose password is typed wrongly twice, then right.
    for _ in range(2):
        assert register(colleague, Account(COLLEAGUE, "wrong password")).status == 401
    began = time.monotonic()
    assert register(colleague, Account(COLLEAGUE, SECRET)).status == 200
    assert time.monotonic() - began < 3
