"""Recording sessions of a client that sends a copy of each call: streams to sides, parties, pauses, updates."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.functional.calls.lines_alone import CaughtRing, RingCatcher, wait_until
from tests.functional.calls.recording_client import (
    RecordingClient,
    SiprecAlone,
    Speaker,
    Voices,
    metadata_xml,
    streams_offer,
)
from tests.functional.calls.sip_phone import Dialog, Message
from tests.functional.calls.tones import has_tone, tone

pytestmark = pytest.mark.functional

CALLER = Speaker("sip:+441632960123@carrier.example", ("1",), "A. Caller")
CLERK = Speaker("sip:201@pbx.example", ("2",), "Front desk")


@dataclass
class Heard:
    """A lines process that hears recording clients, and what it hands to the recorder."""

    lines: SiprecAlone
    rings: RingCatcher
    client: RecordingClient

    def session(
        self, voices: Voices, metadata: str = "", labels: list[str] | None = None
    ) -> tuple[Dialog, Message]:
        """A session that is up, its sound on its way."""
        dialog = self.client.record(streams_offer(voices.ports, labels), metadata)
        answer = dialog.answered()
        voices.send_to(answer)
        return dialog, answer

    def only_ring(self, closed: bool = True) -> CaughtRing:
        (ring,) = self.rings.wait_for(closed=closed)
        return ring


@pytest.fixture(scope="module")
def running() -> Iterator[Heard]:
    with TemporaryDirectory(prefix="em-") as folder, ExitStack() as stack:
        lines = SiprecAlone(Path(folder) / "home")
        lines.prepare()
        rings = stack.enter_context(RingCatcher(lines.home.rings_socket))
        stack.enter_context(lines)
        wait_until(lambda: bool(lines.control.get("/health")["recorder_connected"]), 10, "the rings to be caught")
        yield Heard(lines, rings, stack.enter_context(lines.client()))


@pytest.fixture
def heard(running: Heard) -> Iterator[Heard]:
    running.rings.forget()
    running.client.forget()
    yield running
    running.lines.wait_until_quiet()


def test_each_partys_stream_is_recorded_on_their_own_channel(heard: Heard) -> None:
    with Voices() as voices:
        dialog, answer = heard.session(voices, metadata_xml(CALLER, CLERK))
        assert answer.body.count("a=recvonly") == 2
        assert [line for line in answer.body.splitlines() if line.startswith("a=label")] == ["a=label:1", "a=label:2"]
        assert "+sip.srs" in answer.get("contact")
        voices.phones[0].speak(tone(600, 2))
        voices.phones[1].speak(tone(1000, 2))
        time.sleep(2.5)
        dialog.hang_up()
        ring = heard.only_ring()
    assert has_tone(ring.channel(0), 600)
    assert not has_tone(ring.channel(0), 1000)
    assert has_tone(ring.channel(1), 1000)
    assert not has_tone(ring.channel(1), 600)
    record = ring.record
    who = (record.direction, record.far_party.number, record.office_party.number)
    assert who == ("inbound", "+441632960123", "201")
    assert (record.far_party.display_name, record.extension) == ("A. Caller", "201")
    assert {leg.side: leg.codec for leg in record.legs} == {"far_party": "PCMA/8000", "office": "PCMA/8000"}
    assert all(leg.packets_received > 80 for leg in record.legs)
    assert "A. Caller" in record.session_metadata[0]
