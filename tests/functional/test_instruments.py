"""The measuring instruments tell the truth about material whose answer is known."""

from __future__ import annotations

import socket
import time
from statistics import median

import numpy as np
import pytest

from tests.bench.delay import Impulse, sent_impulses
from tests.functional.instruments import measure, speech
from tests.functional.instruments.g711 import Law, decode, encode
from tests.functional.instruments.impairment import ImpairedRelay
from tests.functional.instruments.rtp import FRAME, Arrival, RtpPacket, RtpPhone, timeline


def _recorded(conversation: speech.Conversation, far_late: int = 0, office_late: int = 0) -> measure.Comparison:
    channels = np.zeros((len(conversation.far) + 8000, 2), np.int16)
    for channel, (pcm, late) in enumerate(((conversation.far, far_late), (conversation.office, office_late))):
        channels[4000 + late : 4000 + late + len(pcm), channel] = pcm
    return measure.compare(channels, measure.Sent(conversation.far, 100.0), measure.Sent(conversation.office, 100.0))


@pytest.mark.parametrize("law", ["PCMU", "PCMA"])
def test_every_g711_code_survives_decoding_and_encoding(law: Law) -> None:
    codes = bytes(range(256))
    again = encode(decode(codes, law), law)
    np.testing.assert_array_equal(decode(again, law), decode(codes, law))


def test_g711_values_are_those_of_the_standard() -> None:
    assert decode(b"\x00\x80\xff", "PCMU").tolist() == [-32124, 32124, 0]
    assert decode(b"\xd5\x55\xaa\x2a", "PCMA").tolist() == [8, -8, 32256, -32256]


def test_a_perfect_recording_measures_as_perfect() -> None:
    figures = _recorded(speech.conversation(30))
    for channel in (figures.far, figures.office):
        assert channel.correlation > 0.999
        assert channel.pesq > 4.4
        assert channel.leak_db > 45  # the recordings' own rests are no lower
    assert figures.skew_start_ms == pytest.approx(0, abs=0.2)
    assert figures.skew_end_ms == pytest.approx(0, abs=0.2)


def test_a_channel_that_is_5_ms_late_is_seen_as_5_ms_late() -> None:
    figures = _recorded(speech.conversation(30), far_late=40)
    assert figures.skew_start_ms == pytest.approx(5, abs=0.2)


def test_a_channel_that_slips_half_way_shows_at_the_end_and_not_at_the_start() -> None:
    conversation = speech.conversation(40)
    half = len(conversation.far) // 2
    slipped = np.concatenate([conversation.far[: half - 200], conversation.far[half:], np.zeros(200, np.int16)])
    recorded = np.stack([slipped, conversation.office], 1)
    figures = measure.compare(recorded, measure.Sent(conversation.far, 0.0), measure.Sent(conversation.office, 0.0))
    assert figures.skew_end_ms - figures.skew_start_ms == pytest.approx(-25, abs=1)


def test_a_leak_of_30_db_measures_as_30_db() -> None:
    conversation = speech.conversation(30)
    leaking = conversation.office + (conversation.far * 10 ** (-30 / 20)).astype(np.int16)
    recorded = np.stack([conversation.far, leaking.astype(np.int16)], 1)
    figures = measure.compare(recorded, measure.Sent(conversation.far, 0.0), measure.Sent(conversation.office, 0.0))
    assert figures.far.leak_db == pytest.approx(30, abs=1)
    assert figures.office.leak_db > 42


def test_swapped_channels_are_not_taken_for_the_right_ones() -> None:
    conversation = speech.conversation(20)
    swapped = np.stack([conversation.office, conversation.far], 1)
    with pytest.raises(measure.NotFound):
        measure.compare(swapped, measure.Sent(conversation.far, 0.0), measure.Sent(conversation.office, 0.0))


def test_a_lost_packet_lays_silence_and_moves_nothing() -> None:
    pcm = speech.conversation(1).far
    sent = [
        Arrival(10 + n * 0.02, RtpPacket(8, n, 5000 + n * FRAME, 1, encode(pcm[n * FRAME : (n + 1) * FRAME], "PCMA")))
        for n in range(50)
        if n != 20
    ]
    laid = timeline(sent)
    assert len(laid.pcm) == 50 * FRAME
    assert not laid.pcm[20 * FRAME : 21 * FRAME].any()
    assert laid.starts_at == pytest.approx(10)


def test_two_phones_hear_each_other_sample_for_sample() -> None:
    talk = speech.conversation(2)
    with RtpPhone("PCMA") as one, RtpPhone("PCMU") as other:
        one.peer, other.peer = ("127.0.0.1", other.port), ("127.0.0.1", one.port)
        one.wait_for_media(2)
        one.speak(talk.far)
        time.sleep(2.5)
        heard = other.heard().pcm
    sent = one.spoken().pcm
    start = measure.lag_of(sent, heard)
    np.testing.assert_array_equal(*measure.laid_over(sent, heard, start))
    assert other.longest_gap_s() < 0.25


def test_the_relay_loses_what_it_is_told_to_and_delays_within_its_bound() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as box, RtpPhone() as phone:
        box.bind(("127.0.0.1", 0))
        box.settimeout(2)
        with ImpairedRelay(("127.0.0.1", phone.port), loss=0.2, jitter_s=0.04, seed=3) as relay:
            box.sendto(RtpPacket(8, 0, 0, 1, b"\xd5" * FRAME).pack(), ("127.0.0.1", relay.outer_port))
            for _ in range(100):
                assert RtpPacket.parse(box.recv(2048)) is not None
            assert 0.08 < relay.lost / (relay.lost + relay.passed) < 0.35


def test_a_relay_that_only_delays_is_as_late_as_it_says() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as box, RtpPhone() as phone:
        box.bind(("127.0.0.1", 0))
        box.settimeout(2)
        with ImpairedRelay(("127.0.0.1", phone.port), delay_s=0.02) as relay:
            box.sendto(RtpPacket(8, 0, 0, 1, b"\xd5" * FRAME).pack(), ("127.0.0.1", relay.outer_port))
            reached_at = [(box.recv(2048), time.monotonic())[1] for _ in range(50)]
        sent_at = [one.at for one in phone.sent_packets()[:50]]
        late_s = [there - here for here, there in zip(sent_at, reached_at, strict=True)]
        assert relay.lost == 0
        assert relay.mean_delay_s == pytest.approx(0.02)
        assert median(late_s) == pytest.approx(0.02, abs=0.005)


def test_channels_that_part_in_mid_call_are_seen_to() -> None:
    talk = speech.conversation(60)
    channels = np.zeros((len(talk.far) + 8000, 2), np.int16)
    half = len(talk.far) // 2
    channels[4000 : 4000 + half, 0] = talk.far[:half]
    channels[4000 + half + 320 : 4000 + len(talk.far) + 320, 0] = talk.far[half:]
    channels[4000 : 4000 + len(talk.office), 1] = talk.office
    apart = measure.Apart(channels, measure.Sent(talk.far, 100.0), measure.Sent(talk.office, 100.0))
    assert apart.all_along()[0] == pytest.approx(0, abs=1)
    assert apart.all_along()[-1] == pytest.approx(40, abs=1)
    assert apart.lately(12) == pytest.approx(40, abs=1)


def test_of_an_impulse_s_delay_what_the_network_held_up_is_not_the_box_s() -> None:
    loud, quiet = (RtpPacket(8, 0, 0, 1, encode(np.full(FRAME, level, np.int16), "PCMA")) for level in (12_000, 0))
    packets = [Arrival(1.00, quiet), Arrival(1.02, loud), Arrival(1.04, quiet)]
    assert sent_impulses(packets, [0.001, 0.030, 0.002]) == [Impulse(1.02, 1.05)]
    assert sent_impulses(packets, []) == [Impulse(1.02, 1.02)]


def test_a_quarter_second_that_is_missing_is_found_missing_and_nothing_else_is() -> None:
    talk = speech.conversation(20)
    kept = talk.far.copy()
    assert measure.holes(talk.far, kept) == []
    loud = next(at for at in range(40, 160) if measure.levels_dbfs(talk.far[at * 2000 : at * 2000 + 2000]).min() > -40)
    kept[loud * 2000 : loud * 2000 + 2000] = 0
    assert measure.holes(talk.far, kept) == [loud / 4]
    kept[loud * 2000 : loud * 2000 + 2000] = talk.far[4000 * 8 : 4000 * 8 + 2000]
    assert measure.holes(talk.far, kept) == [loud / 4]
    assert measure.holes(talk.far, np.concatenate([np.zeros(480, np.int16), talk.far])) == []


def test_speech_that_slips_by_20_ms_is_still_found_good_and_other_speech_is_not() -> None:
    talk = speech.conversation(20)
    half = len(talk.far) // 2
    slipped = np.concatenate([talk.far[:half], np.zeros(160, np.int16), talk.far[half:]])
    assert measure.spoken_correlation(talk.far, slipped) > 0.97
    assert measure.spoken_correlation(talk.far, speech.conversation(20, seed=9).far) < 0.5
