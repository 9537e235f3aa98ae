"""The demonstration finds out about ports before it starts anything."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from firmware.cli.demo.office import demo_settings
from firmware.cli.demo.ports import choose_web_port, refuse_if_taken
from firmware.config.line_settings import SipLine
from firmware.config.settings_model import Settings
from firmware.core.errors import AddressInUse


@pytest.fixture
def taken() -> Iterator[int]:
    """A TCP port on loopback that somebody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def office_on(bind_port: int) -> Settings:
    """The demonstration office with every port another, and the line's port as given."""
    settings = demo_settings()
    line = settings.lines[0]
    assert isinstance(line, SipLine)
    trunk = line.sip.trunks[0].model_copy(update={"host": f"127.0.0.1:{free_udp_port()}"})
    assert line.sip.office is not None
    office = line.sip.office.model_copy(update={"host": f"127.0.0.1:{free_udp_port()}"})
    sip = line.sip.model_copy(update={"bind": f"127.0.0.1:{bind_port}", "trunks": (trunk,), "office": office})
    return settings.model_copy(update={"lines": (line.model_copy(update={"sip": sip}), *settings.lines[1:])})


def test_the_page_moves_to_the_next_free_port_when_nobody_asked_for_one(taken: int) -> None:
    chosen = choose_web_port(None, taken)
    assert taken < chosen <= taken + 20


def test_a_port_that_was_asked_for_and_is_taken_is_refused_by_number(taken: int) -> None:
    with pytest.raises(AddressInUse, match=f"Port {taken} is taken") as refusal:
        choose_web_port(taken, 8080)
    assert "--port" in refusal.value.remedy


def test_a_sip_port_held_by_another_program_is_named_with_what_needs_it(taken: int) -> None:
    with pytest.raises(
        AddressInUse, match=f"TCP port {taken} on 127.0.0.1 is taken, which the line main needs"
    ) as refusal:
        refuse_if_taken(office_on(taken))
    assert "ss --listening" in refusal.value.remedy


def test_an_udp_port_counts_as_well() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        with pytest.raises(AddressInUse, match="UDP port"):
            refuse_if_taken(office_on(holder.getsockname()[1]))


def test_free_ports_are_no_obstacle() -> None:
    refuse_if_taken(office_on(free_udp_port()))
