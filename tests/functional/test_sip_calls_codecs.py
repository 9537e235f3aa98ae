"""Whatever codec each party speaks, both hear each other and the recording has both, in step and at their level."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from tests.functional.calls.coded_phone import CodecName, CodedPhone, Coding, Pcm
from tests.functional.calls.lines_alone import CaughtRing, LinesAlone
from tests.functional.calls.sip_phone import OPUS, Dialog, offer
from tests.functional.calls.stage import NUMBER, Stage, staged
from tests.functional.conftest import Note
from tests.functional.instruments.measure import (
    Sent,
    active_level_db,
    aligned,
    compare,
    lag_of,
    laid_over,
    speaking,
    spoken_correlation,
)
from tests.functional.instruments.speech import RATE_HZ, conversation

pytestmark = pytest.mark.functional

TALK_S = 12.0
LEAST_CORRELATION = 0.85
IN_STEP_MS = 20
LEVEL_DB = 1.5
Codecs = tuple[CodecName, CodecName]
PAIRS: list[Codecs] = [
    ("G722", "PCMA"),
    ("PCMA", "opus"),
    ("opus", "PCMU"),
    ("PCMU", "PCMA"),
    ("G722", "opus"),
]
_IN_EVERY_RUN = 3
#: Between a phone's microphone and the recording: our filter, the encoder's look-ahead (RFC 6716 section 2.1.7: 6.5 ms;
#: ITU-T G.722: 1.5 ms), the way down to 8 kHz; and of Opus pjmedia keeps one packet, to mend it by the next one's FEC.
CODEC_DELAY_MS = {"PCMA/8000": 0.0, "PCMU/8000": 0.0, "G722/16000": 5.0, "opus/48000": 28.0}
RTP_NAMES = {"PCMA": "PCMA/8000", "PCMU": "PCMU/8000", "G722": "G722/16000", "opus": "opus/48000"}


def prompt(tmp_path: Path) -> LinesAlone:
    """Lines that go before other programs, as on the box: late packets are another test's matter."""
    return LinesAlone(tmp_path / "home", under=("nice", "-n", "-12"))


def offering(codec: CodecName, payload_type: int) -> str:
    return f"{payload_type} 101" if codec == "opus" else f"{Coding(codec).payload_type} 101"


def connected(
    stage: Stage, far: CodedPhone, near: CodedPhone, codecs: tuple[CodecName, CodecName]
) -> tuple[Dialog, Dialog]:
    """A call from the trunk, each side with one codec only: (trunk's dialog, office's dialog)."""
    far.change(Coding(codecs[0], OPUS))
    caller = stage.trunk.invite(NUMBER, offer(far.port, codecs=offering(codecs[0], OPUS)))
    called = stage.office.expect_call()
    assert called.invite is not None
    asked = called.invite.opus_payload_type
    near.change(Coding(codecs[1], asked))
    answer = offer(near.port, codecs=offering(codecs[1], asked))
    if codecs[1] == "opus" and asked != OPUS:
        answer = answer.replace(f"a=rtpmap:{asked} telephone-event/8000", f"a=rtpmap:{asked} opus/48000/2")
    called.reply(called.invite, 200, answer)
    called.expect_request("ACK")
    caller.answered()
    stage.lines.wait_for_state("connected")
    for phone in (far, near):
        phone.wait_for_media(15)
    return caller, called


def talk(far: CodedPhone, near: CodedPhone) -> None:
    said = conversation(TALK_S, seed=21)
    starts = time.monotonic() + 0.3
    far.speak(said.far, starts)
    near.speak(said.office, starts)
    time.sleep(TALK_S + 0.8)


def level_error_db(sent: Pcm, there: Pcm) -> float:
    frames = min(len(sent), len(there)) // 160
    where = speaking(sent[: frames * 160])
    return active_level_db(there, where) - active_level_db(sent, where)


def heard_well(listener: CodedPhone, speaker: Sent, who: str, note: Note) -> None:
    heard = listener.heard_pcm()
    sent, there = laid_over(speaker.pcm, heard, lag_of(speaker.pcm, heard))
    # A window in which the jitter buffer moved counts as lost: short ones, for this talk is short and moves are several
    # beside other work.
    correlation, level = spoken_correlation(sent, there, window_s=0.25), level_error_db(sent, there)
    note(f"heard by the {who}", f"correlation {correlation:.3f}, level {level:+.1f} dB")
    assert correlation >= LEAST_CORRELATION
    assert abs(level) <= LEVEL_DB


def delay_ms(sent: Sent, channel: Pcm) -> float:
    """When a party's speech is in the recording, on the phones' clock: the median over each two seconds of it."""
    whole, width, reach = lag_of(sent.pcm, channel), 2 * RATE_HZ, RATE_HZ // 4
    found = []
    for start in range(0, len(sent.pcm) - width, width):
        piece, near = sent.pcm[start : start + width], max(0, start + whole - reach)
        if speaking(piece).mean() > 0.4:
            found.append(lag_of(piece, channel[near : start + whole + width + reach]) + near - start)
    return float(1000 * (np.median(found) / RATE_HZ - sent.starts_at))


def recorded_well(ring: CaughtRing, far: Sent, near: Sent, note: Note) -> None:
    recorded = np.stack([ring.channel(0), ring.channel(1)], axis=1)
    figures = compare(recorded, far, near)
    for line in figures.lines():
        note(*line.split(": ", 1))
    for channel, (sent, there) in zip((figures.far, figures.office), aligned(recorded, far, near), strict=True):
        assert channel.correlation >= LEAST_CORRELATION
        assert channel.leak_db >= 40
        assert abs(level_error_db(sent, there)) <= LEVEL_DB
    late_ms = [leg.jitter_buffer_delay_ms + CODEC_DELAY_MS[leg.codec] for leg in ring.record.legs]
    there_ms = [delay_ms(sent, recorded[:, channel]) for channel, sent in enumerate((far, near))]
    left_ms = (there_ms[0] - late_ms[0]) - (there_ms[1] - late_ms[1])
    note("apart without codecs and jitter buffers, ms", round(left_ms, 1))
    assert abs(left_ms) <= IN_STEP_MS


@pytest.mark.parametrize(
    "codecs",
    [pytest.param(pair, marks=[] if place < _IN_EVERY_RUN else [pytest.mark.long]) for place, pair in enumerate(PAIRS)],
    ids=["-".join(pair) for pair in PAIRS],
)
def test_each_party_has_a_codec_of_its_own(tmp_path: Path, note: Note, codecs: Codecs) -> None:
    with staged(prompt(tmp_path)) as stage, CodedPhone() as far, CodedPhone() as near:
        caller, called = connected(stage, far, near, codecs)
        talk(far, near)
        caller.hang_up()
        called.expect_bye()
        (ring,) = stage.rings.wait_for(closed=True)
        assert [leg.codec for leg in ring.record.legs] == [RTP_NAMES[codec] for codec in codecs]
        heard_well(far, near.sent(), "far party", note)
        heard_well(near, far.sent(), "office", note)
        recorded_well(ring, far.sent(), near.sent(), note)


@pytest.mark.parametrize(("party", "after"), [("office", "G722"), ("far party", "opus")])
def test_after_a_change_of_codec_in_mid_call_both_are_heard_and_recorded(
    tmp_path: Path, note: Note, party: str, after: CodecName
) -> None:
    with ExitStack() as stack:
        stage = stack.enter_context(staged(prompt(tmp_path)))
        far, near = stack.enter_context(CodedPhone()), stack.enter_context(CodedPhone())
        caller, called = connected(stage, far, near, ("PCMA", "PCMA"))
        changing, phone = (called, near) if party == "office" else (caller, far)
        changing.request("INVITE", offer(phone.port, codecs=offering(after, OPUS), version=2))
        changing.answered()
        phone.change(Coding(after, OPUS))
        time.sleep(0.5)
        talk(far, near)
        caller.hang_up()
        called.expect_bye()
        (ring,) = stage.rings.wait_for(closed=True)
        codecs = {leg.side: leg.codec for leg in ring.record.legs}
        assert codecs["office" if party == "office" else "far_party"] == RTP_NAMES[after]
        heard_well(far, near.sent(), "far party", note)
        heard_well(near, far.sent(), "office", note)
        recorded_well(ring, far.sent(), near.sent(), note)
