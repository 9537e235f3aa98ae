"""What both parties said is in the recording, each in its own channel, in step, as it was sent.

The reference is what was on the wire, decoded: a wire tap hears what sipp and baresip really sent, and when.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.functional.conftest import Note
from tests.functional.instruments.baresip import Baresip
from tests.functional.instruments.measure import Comparison, Sent, compare
from tests.functional.instruments.rtp import Timeline
from tests.functional.instruments.sipp import Sipp, Streams
from tests.functional.instruments.speech import conversation, silence, write_raw, write_wav
from tests.functional.instruments.wire_tap import WireTap
from tests.functional.office.office import Office
from tests.functional.office.speaking import notice_s, said

pytestmark = pytest.mark.functional

LEAST_CORRELATION = 0.88
LEAST_PESQ = 4.0
LEAST_SEPARATION_DB = 40
IN_STEP_MS = 20
_TEN_MINUTES = pytest.param(600, marks=[pytest.mark.long, pytest.mark.timeout(900)], id="ten minutes")


def _judge(comparison: Comparison, note: Note) -> None:
    for line in comparison.lines():
        name, _, figures = line.partition(": ")
        note(name, figures)
    for channel in (comparison.far, comparison.office):
        assert channel.correlation >= LEAST_CORRELATION
        assert channel.pesq >= LEAST_PESQ
        assert channel.leak_db >= LEAST_SEPARATION_DB
    assert abs(comparison.skew_start_ms) <= IN_STEP_MS
    assert abs(comparison.skew_end_ms) <= IN_STEP_MS


def _sent(line: Timeline) -> Sent:
    return Sent(line.pcm, line.starts_at)


@pytest.mark.parametrize("seconds", [35, _TEN_MINUTES])
def test_a_call_by_sipp_is_recorded_as_it_was_said(
    silent_office: Office, folder: Path, note: Note, seconds: int
) -> None:
    office, talk, lead = silent_office, conversation(seconds), 2
    office.start()
    far = write_raw(folder / "far.raw", said(lead, talk.far), "PCMU")
    answer = write_raw(folder / "office.raw", said(1, talk.office), "PCMA")
    ports = office.ports
    phone = Sipp.answerer(folder, ports.office, Streams(answer), media_base=ports.office_media)
    call = Sipp.caller(
        folder,
        ("127.0.0.1", ports.box),
        ports.trunk,
        Streams(far),
        law="PCMU",
        media_base=ports.far_media,
        seconds=lead + seconds,
    )
    with WireTap() as tap, phone, call as caller:
        assert caller.wait(seconds + lead + 30) == 0, caller.report()
        sent = [_sent(tap.sent_from(port)) for port in (ports.far_media, ports.office_media)]
    office.wait_until_quiet()
    (row,) = office.recordings()
    assert row["state"] == "complete"
    _judge(compare(office.opened(row["id"]), *sent), note)


@pytest.mark.parametrize("seconds", [30, _TEN_MINUTES])
def test_a_call_by_baresip_is_recorded_as_it_was_said(
    silent_office: Office, folder: Path, note: Note, seconds: int
) -> None:
    office, talk, lead = silent_office, conversation(seconds, seed=7), 2
    office.start()
    ports = office.ports
    phone = Baresip(
        folder / "office",
        ports.office,
        ports.control(ports.office),
        ports.office_media,
        write_wav(folder / "office.wav", said(1, talk.office)),
        user="01632960001",
        answers=True,
    )
    caller = Baresip(
        folder / "far",
        ports.trunk,
        ports.control(ports.trunk),
        ports.far_media,
        write_wav(folder / "far.wav", said(lead, talk.far)),
        user="01632960123",
    )
    with WireTap() as tap, phone, caller:
        caller.dial(f"sip:01632960001@127.0.0.1:{ports.box}")
        phone.wait_for_event("CALL_ESTABLISHED", 30)
        phone.talk_for(seconds)
        caller.hang_up()
        phone.wait_for_event("CALL_CLOSED", 10)
        sent = [_sent(tap.sent_from_block(base)) for base in (ports.far_media, ports.office_media)]
    office.wait_until_quiet()
    (row,) = office.recordings()
    assert row["state"] == "complete"
    _judge(compare(office.opened(row["id"]), *sent), note)


@pytest.mark.parametrize(("codec", "channels"), [("G722/16000", 1), ("opus/48000/2", 2)], ids=["G722", "opus"])
def test_a_wide_band_phone_is_recorded_as_it_was_said(
    silent_office: Office, folder: Path, note: Note, codec: str, channels: int
) -> None:
    office, talk, lead = silent_office, conversation(20, seed=11), 2
    office.start()
    ports = office.ports
    answer = write_raw(folder / "office.raw", said(1, talk.office), "PCMA")
    phone = Sipp.answerer(folder, ports.office, Streams(answer), media_base=ports.office_media)
    caller = Baresip(
        folder / "far",
        ports.trunk,
        ports.control(ports.trunk),
        ports.far_media,
        write_wav(folder / "far.wav", said(lead, talk.far), channels),
        codec=codec,
        user="01632960123",
    )
    with phone, caller:
        caller.dial(f"sip:01632960001@127.0.0.1:{ports.box}")
        office.wait_for_connected_call()
        caller.talk_for(18)
        caller.hang_up()
        office.wait_until_quiet()
    (row,) = office.recordings()
    figures = compare(office.opened(row["id"]), Sent(talk.far, 0.0), Sent(talk.office, 0.0))
    note(f"far party by {codec}", f"correlation {figures.far.correlation:.3f}, PESQ {figures.far.pesq:.2f}")
    # Against the file that the phone read: what its own codec takes away counts here, too.
    assert figures.far.correlation >= 0.75
    assert figures.far.pesq >= 3.5
    assert figures.office.correlation >= LEAST_CORRELATION
    assert min(figures.far.leak_db, figures.office.leak_db) >= LEAST_SEPARATION_DB


def test_the_caller_hears_the_notice_before_anybody_answers(office: Office, folder: Path) -> None:
    office.start()
    ports = office.ports
    speech = write_raw(folder / "speech.raw", said(0, conversation(10).far), "PCMA")
    quiet = write_raw(folder / "quiet.raw", silence(20), "PCMA")
    phone = Sipp.answerer(folder, ports.office, Streams(speech), media_base=ports.office_media)
    call = Sipp.caller(
        folder,
        ("127.0.0.1", ports.box),
        ports.trunk,
        Streams(quiet),
        media_base=ports.far_media,
        seconds=notice_s() + 4,
    )
    with WireTap() as tap, phone, call as caller:
        assert caller.wait(40) == 0, caller.report()
        heard, answered = tap.sent_to(ports.far_media), tap.sent_from(ports.office_media)
    assert answered.starts_at - heard.starts_at >= notice_s() - 0.1
    office.wait_until_quiet()
    (row,) = office.recordings()
    assert row["notice"]["completed"] is True
