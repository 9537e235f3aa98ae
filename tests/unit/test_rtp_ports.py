"""Which ports a leg's media may take."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.adapters.sip.account import account_config, rtp_share
from firmware.adapters.sip.line_config import SipLineConfig, SipPeer

OFFICE = SipPeer("pbx", "office", "192.0.2.1")
TRUNKS = (SipPeer("bt", "trunk", "192.0.2.2"), SipPeer("gamma", "trunk", "192.0.2.3"))


def line(first: int, last: int) -> SipLineConfig:
    return SipLineConfig("main", "127.0.0.1", 5060, ("udp",), OFFICE, TRUNKS, rtp_first_port=first, rtp_last_port=last)


@given(st.integers(512, 30_000).map(lambda half: 2 * half), st.integers(100, 4000))
def test_the_two_legs_of_a_call_never_ask_for_the_same_port(first: int, ports: int) -> None:
    shared = line(first, first + ports - 1)
    office, trunk = (rtp_share(shared, peer) for peer in (OFFICE, TRUNKS[0]))
    assert rtp_share(shared, TRUNKS[1]) == trunk
    assert (office[0], trunk[1]) == (first, first + ports - 1)
    assert office[1] + 1 == trunk[0]
    assert trunk[0] % 2 == 0
    assert abs((office[1] - office[0]) - (trunk[1] - trunk[0])) <= 3


def test_a_few_ports_are_for_whoever_needs_them() -> None:
    small = line(20_000, 20_019)
    assert rtp_share(small, OFFICE) == rtp_share(small, TRUNKS[0]) == (20_000, 20_019)


@settings(deadline=None)  # on a busy machine the library takes its time for an account's settings
@given(st.integers(20, 4000))
def test_neither_rtp_nor_rtcp_leaves_the_line_s_ports(ports: int) -> None:
    shared = line(20_000, 20_000 + ports - 1)
    for peer in (OFFICE, *TRUNKS):
        transport = account_config(shared, peer, 0).mediaConfig.transportConfig
        assert transport.port >= 20_000
        assert transport.port + transport.portRange + 1 <= 20_000 + ports - 1
