"""Recording sessions of a client that sends a copy of each call: streams to sides, parties, pauses, updates."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.functional.calls.keys import press_keys
from tests.functional.calls.lines_alone import CaughtRing, RingCatcher, wait_until
from tests.functional.calls.recording_client import (
    RecordingClient,
    SiprecAlone,
    Speaker,
    Voices,
    media_ports,
    metadata_xml,
    streams_offer,
    update,
)
from tests.functional.calls.sip_phone import Dialog, Message
from tests.functional.calls.tones import cadence_s, has_tone, level_of, tone

pytestmark = pytest.mark.functional

CALLER = Speaker("sip:+441632960123@carrier.example", ("1",), "A. Caller")
_PITCHES = (600, 1000, 1400, 1900)
#: What is said while nobody has paused, and what is said in a pause.
_OPEN, _SECRET = 600, 1400
CLERK = Speaker("sip:201@pbx.example", ("2",), "Front desk")


@dataclass
class Heard:
    """A lines process that hears recording clients, and what it hands to the recorder."""

    lines: SiprecAlone
    rings: RingCatcher
    client: RecordingClient

    def session(self, voices: Voices, metadata: str = "", labels: list[str] | None = None) -> tuple[Dialog, Message]:
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
        extensions = [{"number": "208", "mode": "never"}, {"number": "209", "mode": "always"}]
        lines = SiprecAlone(Path(folder) / "home", sections={"extensions": extensions})
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
    running.client.hang_up_all()
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


def test_a_conference_of_four_is_mixed_by_side_and_everybody_is_told_of(heard: Heard) -> None:
    speakers = (
        CALLER,
        CLERK,
        Speaker("sip:202@pbx.example", ("3",)),
        Speaker("sip:+441632960777@carrier.example", ("4",)),
    )
    with Voices(4) as voices:
        dialog, answer = heard.session(voices, metadata_xml(*speakers))
        assert answer.body.count("a=label:") == 4
        for phone, pitch in zip(voices.phones, _PITCHES, strict=True):
            phone.speak(tone(pitch, 2))
        time.sleep(2.4)
        dialog.hang_up()
        ring = heard.only_ring()
    pitches = [
        {pitch for pitch in (600, 1000, 1400, 1900) if has_tone(ring.channel(channel), pitch)} for channel in (0, 1)
    ]
    assert pitches == [{600, 1900}, {1000, 1400}]
    told = {(change.side, change.party.number, change.how) for change in ring.record.parties}
    assert told == {("office", "202", "joined"), ("far_party", "+441632960777", "joined")}


def test_one_mixed_stream_is_recorded_on_one_channel(heard: Heard) -> None:
    both = (Speaker(CALLER.aor, ("1",)), Speaker(CLERK.aor, ("1",)))
    with Voices(1) as voices:
        dialog, _ = heard.session(voices, metadata_xml(*both))
        voices.phones[0].speak(tone(600, 1))
        time.sleep(1.3)
        dialog.hang_up()
        ring = heard.only_ring()
    assert ring.reader.header.channels == 1
    assert has_tone(ring.channel(0), 600)


def test_updates_tell_of_a_transfer_a_hold_and_a_new_stream(heard: Heard) -> None:
    """By UPDATE without SDP (partial and complete), and by re-INVITE, labels forgotten and remembered."""
    colleague = Speaker("sip:202@pbx.example", ("2",))
    with Voices(3) as voices:
        offered = voices.ports[:2]
        dialog = heard.client.record(streams_offer(offered), metadata_xml(CALLER, CLERK))
        voices.send_to(dialog.answered())
        voices.phones[1].speak(tone(1000, 6))
        gone = Speaker(CLERK.aor, (), left=True)
        update(dialog, metadata=metadata_xml(gone, colleague, mode="partial"), method="UPDATE")
        muted = streams_offer(offered, ["", ""], ["sendonly", "inactive"], version=2)
        update(dialog, muted)
        time.sleep(0.6)
        wait_until(lambda: heard.lines.calls()[0]["state"] == "held", 15, "the office to hold")
        third = Speaker("sip:+441632960777@carrier.example", ("3",))
        whole = streams_offer(voices.ports, version=3)
        answer = update(dialog, whole, metadata_xml(CALLER, colleague, third))
        assert len(media_ports(answer)) == 3
        voices.send_to(answer)
        voices.phones[2].speak(tone(1900, 1))
        time.sleep(1.2)
        dialog.hang_up()
        ring = heard.only_ring()
    record = ring.record
    changes = [(change.side, change.party.number, change.how) for change in record.parties]
    assert changes == [("office", "202", "renamed"), ("far_party", "+441632960777", "joined")]
    assert [(hold.side, hold.ended_at_ms is not None) for hold in record.holds] == [("office", True)]
    assert has_tone(ring.channel(0), 1900)
    assert has_tone(ring.channel(1), 1000)
    assert len(record.session_metadata) == 3


def test_what_the_client_pauses_is_silent_at_once_though_it_goes_on_sending(heard: Heard) -> None:
    """``a=record:paused`` (RFC 7866 section 8.2), every stream inactive, and as BroadWorks does it an address of zeros:
    pauses, in the record as the PBX's. What is said from the answer on until the next offer is heard nowhere."""
    with Voices() as voices:
        dialog, _ = heard.session(voices, metadata_xml(CALLER, CLERK))

        def pause_and_go_on(paused: str, resumed: str) -> None:
            update(dialog, paused)
            voices.phones[0].speak(tone(_SECRET, 0.6))
            time.sleep(0.6)
            update(dialog, resumed)
            voices.phones[0].speak(tone(_OPEN, 0.8))
            time.sleep(1)

        voices.phones[0].speak(tone(_OPEN, 0.8))
        time.sleep(1)
        asked_ms = time.time() * 1000
        pause_and_go_on(
            streams_offer(voices.ports, version=2, extra="a=record:paused"),
            streams_offer(voices.ports, version=3, extra="a=record:on"),
        )
        pause_and_go_on(
            streams_offer(voices.ports, direction="inactive", version=4), streams_offer(voices.ports, version=5)
        )
        zeros = streams_offer(voices.ports, version=6).replace("c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0")
        pause_and_go_on(zeros.replace("a=sendonly\r\n", ""), streams_offer(voices.ports, version=7))
        dialog.hang_up()
        ring = heard.only_ring()
    record = ring.record
    assert [(pause.how, pause.resumed_how) for pause in record.pauses] == [("pbx", "pbx")] * 3
    assert all(pause.ended_at_ms is not None for pause in record.pauses)
    assert record.pauses[0].asked_at_ms - asked_ms < 100
    assert level_of(ring.channel(0), _SECRET) < 100
    assert len(cadence_s(ring.channel(0))) == 4
    assert has_tone(ring.channel(0)[-8000:], _OPEN)


def test_what_is_always_recorded_is_never_paused_but_held(heard: Heard) -> None:
    with Voices() as voices:
        dialog, _ = heard.session(voices, metadata_xml(CALLER, Speaker("sip:209@pbx.example", ("2",))))
        voices.phones[0].speak(tone(600, 3))
        time.sleep(0.6)
        update(dialog, streams_offer(voices.ports, direction="inactive", version=2))
        time.sleep(0.4)
        update(dialog, streams_offer(voices.ports, version=3))
        time.sleep(0.8)
        dialog.hang_up()
        ring = heard.only_ring()
    assert ring.record.pauses == ()
    assert {hold.side for hold in ring.record.holds} == {"far_party", "office"}
    assert has_tone(ring.channel(0)[-4000:], 600)


def test_of_the_private_phone_nothing_is_kept_though_the_client_sends_it(heard: Heard) -> None:
    with Voices() as voices:
        dialog, _ = heard.session(voices, metadata_xml(CALLER, Speaker("sip:208@pbx.example", ("2",))))
        voices.phones[0].speak(tone(600, 1))
        wait_until(lambda: len(heard.lines.calls()) == 1, 15, "the call to be known")
        assert not heard.lines.calls()[0]["recording"]
        time.sleep(0.5)
        dialog.hang_up()
        heard.lines.wait_until_quiet()
    assert not heard.rings.rings


def test_a_pause_from_here_takes_no_word_of_the_client(heard: Heard) -> None:
    with Voices() as voices:
        dialog, _ = heard.session(voices, metadata_xml(CALLER, CLERK))

        def both_say(pitch: float, seconds: float) -> None:
            for phone in voices.phones:
                phone.speak(tone(pitch, seconds))

        both_say(_OPEN, 0.8)
        time.sleep(1)
        call = heard.lines.calls()[0]["call_id"]
        heard.lines.control.post(f"/calls/{call}/pause", {"how": "api", "who": "the till"})
        both_say(_SECRET, 1.2)
        time.sleep(0.7)
        # Whatever the client pauses and lets go on meanwhile, this pause is a person's.
        update(dialog, streams_offer(voices.ports, direction="inactive", version=2))
        update(dialog, streams_offer(voices.ports, version=3))
        time.sleep(0.5)
        heard.lines.control.post(f"/calls/{call}/resume", {"how": "api", "who": "the till"})
        both_say(_OPEN, 0.8)
        time.sleep(1)
        dialog.hang_up()
        ring = heard.only_ring()
    (pause,) = ring.record.pauses
    assert (pause.how, pause.resumed_how) == ("api", "api")
    assert pause.ended_at_ms is not None
    for channel in (0, 1):
        assert level_of(ring.channel(channel), _SECRET) < 100
        assert has_tone(ring.channel(channel)[:12000], _OPEN)
        assert has_tone(ring.channel(channel)[-8000:], _OPEN)


def test_a_code_of_the_office_pauses_whether_it_comes_as_events_or_as_tones(heard: Heard) -> None:
    """RFC 4733 events on the stream of the office obey; the same keys on the far party's stream are nobody's code."""
    with Voices() as voices:
        dialog, _ = heard.session(voices, metadata_xml(CALLER, CLERK))
        far, office = voices.phones
        far.speak(tone(600, 8))
        press_keys("event", "*48", dialog, far, 101)
        time.sleep(0.5)
        assert not heard.lines.calls()[0]["paused"]
        press_keys("event", "*48", dialog, office, 101)
        wait_until(lambda: bool(heard.lines.calls()[0]["paused"]), 15, "the code to pause")
        press_keys("audible", "*49", dialog, office, 101)
        wait_until(lambda: not heard.lines.calls()[0]["paused"], 15, "the code to resume")
        dialog.hang_up()
        ring = heard.only_ring()
    (pause,) = ring.record.pauses
    assert (pause.how, pause.resumed_how) == ("code", "code")


def test_two_sessions_of_one_call_are_one_recording(heard: Heard) -> None:
    """Each half of the call has a session of its own, known by the session that both name."""
    with Voices(1) as far, Voices(1) as near, heard.lines.client() as second:
        said = metadata_xml(CALLER, Speaker(CLERK.aor))
        first = heard.client.record(streams_offer(far.ports), said)
        far.send_to(first.answered())
        other = second.record(streams_offer(near.ports, ["2"]), metadata_xml(Speaker(CALLER.aor), CLERK))
        near.send_to(other.answered())
        wait_until(lambda: len(heard.lines.calls()) == 1, 15, "the call to be known")
        far.phones[0].speak(tone(600, 3))
        near.phones[0].speak(tone(1000, 3))
        time.sleep(1.5)
        first.hang_up()
        time.sleep(1)
        assert len(heard.lines.calls()) == 1
        other.hang_up()
        ring = heard.only_ring()
    assert has_tone(ring.channel(0), 600)
    assert has_tone(ring.channel(1), 1000)
    assert not has_tone(ring.channel(0), 1000)
    assert has_tone(ring.channel(1)[-4000:], 1000)


def test_of_a_party_that_comes_twice_one_stream_is_heard_and_the_other_takes_over(heard: Heard) -> None:
    """Both ends of an SBC send a copy: together they would be an echo."""
    said = metadata_xml(CALLER, CLERK)
    with Voices() as ours, Voices() as theirs, heard.lines.client() as second:
        first, _ = heard.session(ours, said)
        other = second.record(streams_offer(theirs.ports), said)
        theirs.send_to(other.answered())
        ours.phones[0].speak(tone(600, 6))
        theirs.phones[0].speak(tone(1400, 6))
        time.sleep(1.5)
        first.hang_up()
        time.sleep(1.5)
        other.hang_up()
        ring = heard.only_ring()
    sound = ring.channel(0)
    assert has_tone(sound[4000:10_000], 600)
    assert not has_tone(sound[4000:10_000], 1400)
    assert has_tone(sound[-6000:], 1400)


def test_a_session_that_outlives_its_call_begins_another_recording(heard: Heard) -> None:
    with Voices() as voices:
        dialog, _ = heard.session(voices, metadata_xml(CALLER, CLERK, session="the-first-call"))
        time.sleep(0.5)
        other = Speaker("sip:+441632960777@carrier.example", ("1",))
        update(dialog, metadata=metadata_xml(other, CLERK, session="the-second-call"), method="UPDATE")
        time.sleep(0.5)
        dialog.hang_up()
        rings = heard.rings.wait_for(2, closed=True)
    assert [ring.record.far_party.number for ring in rings] == ["+441632960123", "+441632960777"]


def test_a_pause_outlives_the_session_that_it_was_asked_in(heard: Heard) -> None:
    """A client that begins the session anew, or names another call of the same caller, lets nothing go on."""
    with Voices() as voices:
        dialog, _ = heard.session(voices, metadata_xml(CALLER, CLERK, session="the-payment"))
        for phone in voices.phones:
            phone.speak(tone(600, 9))
        wait_until(lambda: bool(heard.lines.calls()), 15, "the call to be told of")
        heard.lines.control.post(f"/calls/{heard.lines.calls()[0]['call_id']}/pause", {"how": "api", "who": "till"})
        dialog.hang_up()
        heard.rings.wait_for(1, closed=True)
        dialog, _ = heard.session(voices, metadata_xml(CALLER, CLERK, session="the-payment"))
        wait_until(lambda: any(call["paused"] for call in heard.lines.calls()), 15, "the call to stay paused")
        desk = Speaker("sip:202@pbx.example", ("2",), "Payments")
        update(dialog, metadata=metadata_xml(CALLER, desk, session="put-through"), method="UPDATE")
        heard.rings.wait_for(2, closed=True)
        wait_until(lambda: any(call["paused"] for call in heard.lines.calls()), 15, "the next to stay paused")
        call = heard.lines.calls()[0]["call_id"]
        heard.lines.control.post(f"/calls/{call}/resume", {"how": "api", "who": "till"})
        dialog.hang_up()
        rings = heard.rings.wait_for(3, closed=True)
        heard.session(voices, metadata_xml(CALLER, desk, session="put-through"))
        wait_until(lambda: bool(heard.lines.calls()), 15, "a call after one that was let go on")
        time.sleep(0.5)
        assert not heard.lines.calls()[0]["paused"]
    for ring in rings[1:]:
        paused = ring.record.pauses[0]
        assert (paused.how, paused.started_at_ms) == ("automatic", ring.record.started_at_ms)
    assert not rings[1].channel(0).any()


def test_a_withheld_number_is_kept_nowhere_whatever_the_client_says(heard: Heard) -> None:
    privacy = "<header label='Privacy'><value>id</value></header>"
    metadata = metadata_xml(CALLER, CLERK).replace("</nameID>", f"</nameID><extensiondata>{privacy}</extensiondata>", 1)
    with Voices() as voices:
        dialog, _ = heard.session(voices, metadata)
        time.sleep(0.3)
        dialog.hang_up()
        ring = heard.only_ring()
    assert ring.record.far_party.presentation == "withheld"
    assert "960123" not in str(ring.record.to_json())


def test_clients_are_told_what_is_supported_and_others_are_refused(heard: Heard) -> None:
    with Voices() as voices:
        plain = heard.client.invite("recorder", streams_offer(voices.ports))
        # The Contact of this client says what it is, whatever else it leaves out.
        assert plain.answered().status == 200
        plain.hang_up()
        heard.client.tag = ""
        refused = heard.client.invite("recorder", streams_offer(voices.ports))
        assert refused.failed() == 421
        heard.client.tag = ";+sip.src"
        wait_until(lambda: "no recording session" in str(heard.lines.control.get("/health")), 15, "health to tell")
        silent = heard.client.record("", metadata_xml(CALLER, CLERK))
        assert silent.failed() == 488
    keep_alive = heard.client.options()
    supported = {word.strip() for word in keep_alive.get("supported").split(",")}
    assert {"siprec", "record-aware", "timer"} <= supported
    assert "application/rs-metadata+xml" in keep_alive.get("accept")
