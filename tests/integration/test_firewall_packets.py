"""The packet filter with real packets, in networks of the test's own: who reaches what of a box."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from firmware.adapters.network.firewall import Firewall
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.network.firewall_plan import firewall_plan
from firmware.config.toml_settings import settings_from_toml
from firmware.core.errors import FirewallError
from firmware.core.firewall_rules import ruleset
from firmware.core.scanner_watch import place_of
from tests.functional.instruments.private_network import PrivateNetwork

PROVIDER, OFFICE, STRANGER = "203.0.113.1", "192.168.7.10", "198.51.100.1"
PROVIDER6, STRANGER6 = "2001:db8:1::1", "2001:db8:2::1"
BOX = {
    PROVIDER: "203.0.113.254",
    OFFICE: "192.168.7.1",
    STRANGER: "198.51.100.254",
    PROVIDER6: "2001:db8:1::ff",
    STRANGER6: "2001:db8:2::ff",
}
SETTINGS = """
[web]
bind = "0.0.0.0:8443"
[[lines]]
name = "main"
kind = "sip"
[lines.sip]
transports = ["udp", "tcp"]
rtp_ports = "20000-20100"
[lines.sip.office]
host = "192.168.7.10"
[[lines.sip.trunks]]
name = "provider"
host = "sip.example.com"
"""
KNOWN = {"sip.example.com": [PROVIDER, PROVIDER6]}
USERS = {"earmark-lines": 0}
WAIT_S = 20.0


class Echo:
    """Whatever comes to a port of the box goes back."""

    def __init__(self, box: PrivateNetwork, kind: socket.SocketKind, port: int) -> None:
        self._socket = box.inside(lambda: _bound(kind, "::", port))
        self._thread = threading.Thread(target=self._udp if kind == socket.SOCK_DGRAM else self._tcp, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _udp(self) -> None:
        with suppress(OSError):
            while True:
                data, whence = self._socket.recvfrom(2000)
                if not data:
                    return
                self._socket.sendto(data, whence)

    def _tcp(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                with connection:
                    connection.sendall(connection.recv(2000))


@dataclass
class Office:
    """A box and some machines, each on a wire of its own."""

    box: PrivateNetwork
    machines: dict[str, PrivateNetwork]
    echoes: list[Echo] = field(default_factory=list)

    def apply(self, text: str = SETTINGS, known: dict[str, list[str]] | None = None) -> None:
        settings = settings_from_toml(text, "office.toml")
        plan = firewall_plan(settings, KNOWN if known is None else known, USERS.get)
        self.in_box(lambda firewall: firewall.apply(ruleset(plan)))

    def in_box(self, ask: Callable[[Firewall], object]) -> object:
        return self.box.inside(lambda: ask(Firewall()))

    def serve(self, kind: socket.SocketKind, *ports: int) -> None:
        self.echoes += [Echo(self.box, kind, port) for port in ports]

    def asks(self, machine: str, kind: socket.SocketKind, port: int, *, wait_s: float = WAIT_S) -> bool:
        """Whether the machine is answered on a port of the box."""

        def ask() -> bool:
            with _bound(kind, machine, 0) as ours:
                ours.settimeout(wait_s)
                try:
                    ours.connect((BOX[machine], port))
                    ours.send(b"hello")
                    return ours.recv(100) == b"hello"
                except TimeoutError:
                    return False

        return self.machines[machine].inside(ask)

    def refused(self, machine: str, kind: socket.SocketKind, port: int) -> bool:
        """Whether it hears nothing; what is let in is answered at once."""
        return not self.asks(machine, kind, port, wait_s=0.3)


def _bound(kind: socket.SocketKind, host: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if host == "::":
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    made.bind((host, port))
    if kind == socket.SOCK_STREAM and port:
        made.listen()
    return made


@pytest.fixture
def office() -> Iterator[Office]:
    with ExitStack() as stack:
        box = stack.enter_context(PrivateNetwork())
        machines = {address: stack.enter_context(PrivateNetwork()) for address in BOX}
        for address, machine in machines.items():
            prefix = 64 if ":" in address else 24
            box.joined_with(machine, f"{BOX[address]}/{prefix}", f"{address}/{prefix}")
        made = Office(box, machines)
        yield made
        for echo in made.echoes:
            echo.close()


def test_a_known_peer_reaches_the_telephony_ports_and_a_stranger_does_not(office: Office) -> None:
    office.serve(socket.SOCK_DGRAM, 5060, 20000, 20100, 20101)
    office.serve(socket.SOCK_STREAM, 5060)
    office.apply()
    for peer in (PROVIDER, OFFICE):
        assert office.asks(peer, socket.SOCK_DGRAM, 5060)
        assert office.asks(peer, socket.SOCK_STREAM, 5060)
        assert office.asks(peer, socket.SOCK_DGRAM, 20000)
        assert office.asks(peer, socket.SOCK_DGRAM, 20100)
    assert office.refused(PROVIDER, socket.SOCK_DGRAM, 20101)
    for port in (5060, 20000):
        assert office.refused(STRANGER, socket.SOCK_DGRAM, port)
    assert office.refused(STRANGER, socket.SOCK_STREAM, 5060)


def test_neighbours_find_each_other_by_ipv6_and_only_the_peer_is_let_in(office: Office) -> None:
    """Without neighbour discovery (RFC 4890 section 4.4.1) nobody would be."""
    office.serve(socket.SOCK_DGRAM, 5060)
    office.apply()
    assert office.asks(PROVIDER6, socket.SOCK_DGRAM, 5060)
    assert office.refused(STRANGER6, socket.SOCK_DGRAM, 5060)
    office.in_box(lambda firewall: firewall.no_longer_hear(place_of("2001:db8:1::77"), 600))
    assert office.refused(PROVIDER6, socket.SOCK_DGRAM, 5060), "one customer has the first half of an address"


def test_the_page_is_there_for_the_office_with_and_without_its_port_and_for_nobody_else(office: Office) -> None:
    office.serve(socket.SOCK_STREAM, 8443, 22)
    office.apply()
    assert office.asks(OFFICE, socket.SOCK_STREAM, 8443)
    assert office.asks(OFFICE, socket.SOCK_STREAM, 443)
    for outside in (STRANGER, PROVIDER):
        assert office.refused(outside, socket.SOCK_STREAM, 8443)
        assert office.refused(outside, socket.SOCK_STREAM, 443)
    assert office.refused(OFFICE, socket.SOCK_STREAM, 22)


def test_new_settings_take_the_place_of_the_old_and_a_call_that_goes_on_is_heard_throughout(office: Office) -> None:
    office.serve(socket.SOCK_DGRAM, 5060)
    office.apply()
    call = office.machines[PROVIDER].inside(lambda: _bound(socket.SOCK_DGRAM, PROVIDER, 4000))
    with call:
        call.settimeout(WAIT_S)
        call.sendto(b"before", (BOX[PROVIDER], 5060))
        assert call.recv(100) == b"before"
        # The office goes to another provider, while a call of the old one goes on.
        office.apply(known={"sip.example.com": [STRANGER]})
        call.sendto(b"after", (BOX[PROVIDER], 5060))
        assert call.recv(100) == b"after"
    assert office.refused(PROVIDER, socket.SOCK_DGRAM, 5060)
    assert office.asks(STRANGER, socket.SOCK_DGRAM, 5060)


def test_sound_comes_from_wherever_the_box_sends_sound_to_from_whatever_port(office: Office) -> None:
    office.serve(socket.SOCK_DGRAM, 20002)
    office.apply()
    assert office.refused(STRANGER, socket.SOCK_DGRAM, 20002)
    with office.box.inside(lambda: _bound(socket.SOCK_DGRAM, BOX[STRANGER], 20004)) as ours:
        ours.sendto(b"sound", (STRANGER, 9))
    assert office.asks(STRANGER, socket.SOCK_DGRAM, 20002)
    office.apply()
    assert office.asks(STRANGER, socket.SOCK_DGRAM, 20002), "a new ruleset makes a call's sound stop"


def test_an_address_that_is_blocked_is_not_heard_until_its_time_is_over_or_somebody_says_so(office: Office) -> None:
    office.serve(socket.SOCK_DGRAM, 5060)
    office.apply()
    address = place_of(PROVIDER)
    office.in_box(lambda firewall: firewall.no_longer_hear(address, 600))
    assert office.refused(PROVIDER, socket.SOCK_DGRAM, 5060)
    office.apply()
    assert office.refused(PROVIDER, socket.SOCK_DGRAM, 5060), "a new ruleset forgets who is blocked"
    blocked = office.box.inside(lambda: Firewall().unheard())
    assert [each.place for each in blocked] == [address]
    assert 500 < blocked[0].left_s <= 600
    assert office.in_box(lambda firewall: firewall.hear_again(address)) is True
    assert office.in_box(lambda firewall: firewall.hear_again(address)) is False
    assert office.asks(PROVIDER, socket.SOCK_DGRAM, 5060)
    # Blocking anew counts from now, not from before.
    office.in_box(lambda firewall: firewall.no_longer_hear(address, 3000))
    office.in_box(lambda firewall: firewall.no_longer_hear(address, 60))
    assert office.box.inside(lambda: Firewall().unheard())[0].left_s <= 60


def test_rules_with_a_mistake_leave_those_before_in_place(office: Office) -> None:
    office.serve(socket.SOCK_DGRAM, 5060)
    office.apply()
    assert office.in_box(lambda firewall: firewall.in_place())
    wrong = "flush table inet earmark\nnonsense"
    for ask in (Firewall().check, Firewall().apply):
        with pytest.raises(FirewallError, match="the rules before stand"):
            _raising(office, partial(ask, wrong))
    assert office.asks(PROVIDER, socket.SOCK_DGRAM, 5060)


def test_the_page_s_process_can_reach_nobody_and_that_of_the_calls_anybody(office: Office) -> None:
    with office.machines[STRANGER].inside(lambda: _bound(socket.SOCK_STREAM, STRANGER, 80)):
        office.apply()
        reach = f"import socket; socket.create_connection(({STRANGER!r}, 80), 5)"

        def as_user(number: int) -> int:
            command = [*office.box.under, "setpriv", f"--reuid={number}", "--clear-groups", "python3", "-c", reach]
            return subprocess.run(command, capture_output=True, check=False).returncode

        assert as_user(0) == 0  # here the number of earmark-lines
        assert as_user(65534) != 0


def test_the_command_works_with_the_rights_of_its_unit_on_a_box_that_is_not_set_up(
    office: Office, tmp_path: Path
) -> None:
    """Root without root's powers but one, and with the keys out of sight: the page for setting up is reached."""
    office.serve(socket.SOCK_STREAM, 443, 5060)
    keys = tmp_path / "state" / "keys"
    keys.mkdir(parents=True)
    os.chown(keys, 65534, 65534)
    keys.chmod(0)
    told = partial(firewall_command, office, tmp_path)
    assert "can be put in place" in told("check")
    assert "are in place" in told("apply", "--remembered")
    assert "# the page: web.bind, for network.lan" in told("print")
    assert office.asks(OFFICE, socket.SOCK_STREAM, 443)
    assert office.refused(OFFICE, socket.SOCK_STREAM, 5060)
    assert "stay" in told("apply"), "settings that are gone for a moment must not close the lines"


def test_while_lines_are_on_trial_those_they_name_are_let_in_and_afterwards_only_the_page(
    office: Office, tmp_path: Path
) -> None:
    office.serve(socket.SOCK_STREAM, 443, 5060)
    trial = tmp_path / "trial.json"
    told = partial(firewall_command, office, tmp_path)
    told("apply")

    SettingsFile(trial).replace(settings_from_toml(SETTINGS.replace("sip.example.com", PROVIDER), "").to_document())
    told("apply", "--trial", str(trial))
    assert office.asks(PROVIDER, socket.SOCK_STREAM, 5060)
    assert office.refused(STRANGER, socket.SOCK_STREAM, 5060)
    assert office.asks(OFFICE, socket.SOCK_STREAM, 443), "the page stays where it is, whatever is drafted for later"

    trial.unlink()
    told("apply", "--trial", str(trial))
    assert office.refused(PROVIDER, socket.SOCK_STREAM, 5060)
    assert office.asks(OFFICE, socket.SOCK_STREAM, 443)


def firewall_command(office: Office, root: Path, *words: str) -> str:
    """What ``earmark firewall`` says, with root's right to change the network and no other."""
    rights = ["setpriv", "--no-new-privs", "--bounding-set=-all,+net_admin"]
    earmark = [sys.executable, "-m", "firmware.cli.main", "--home", str(root), "firewall"]
    done = subprocess.run([*office.box.under, *rights, *earmark, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _raising(office: Office, act: Callable[[], object]) -> None:
    """``inside`` runs in a thread, which keeps its exception: here it is brought back."""
    caught: list[FirewallError] = []

    def ask() -> None:
        try:
            act()
        except FirewallError as error:
            caught.append(error)

    office.box.inside(ask)
    if caught:
        raise caught[0]
