"""How loud each party is over a recording's time, as real packets tell."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.adapters.sealing.sound_peaks import LOUDEST, MOST_BINS, SHORTEST_BIN_MS, bin_ms, peak_parts
from firmware.core.errors import DamagedRecording
from firmware.core.ogg_opus import DamagedOgg, joined_streams, separate_streams
from tests.integration.sealed_call import RATE_HZ, conversation, notice_speech, ogg_of

_SPEECH_S = len(notice_speech()) / 2 / RATE_HZ


def peaks(voices: tuple[bytes, ...], each_ms: int = SHORTEST_BIN_MS) -> list[bytes]:
    """A row of bins for each channel."""
    told = bytes(chain.from_iterable(peak_parts(ogg_of(voices), each_ms)))
    return [told[channel :: len(voices)] for channel in range(len(voices))]


def test_each_party_is_loud_where_it_speaks_and_silent_where_the_other_does() -> None:
    far, office = peaks(conversation(2 * _SPEECH_S))
    turn = len(far) // 2
    assert len(far) == len(office) == pytest.approx(2 * _SPEECH_S * 1000 / SHORTEST_BIN_MS, abs=1)
    assert max(far[:turn]) > LOUDEST / 2
    assert max(office[turn:]) > LOUDEST / 2
    # A little rings on where one stops; the other's silence is silence.
    assert max(far[turn + 3 :]) < LOUDEST / 50
    assert max(office[: turn - 3]) < LOUDEST / 50


def test_a_wider_bin_is_as_loud_as_the_loudest_it_stands_for() -> None:
    voices = conversation(6.0)
    (fine, _), (coarse, _) = peaks(voices), peaks(voices, 5 * SHORTEST_BIN_MS)
    assert list(coarse) == [max(fine[at : at + 5]) for at in range(0, len(fine), 5)]


def test_parties_on_one_channel_are_one_row() -> None:
    far, office = conversation(3.0)
    (mixed,) = peaks((bytes(one | other for one, other in zip(far, office, strict=True)),))
    assert len(mixed) == pytest.approx(50, abs=1)
    assert max(mixed) > LOUDEST / 2


def test_what_is_no_recording_is_told_as_damage() -> None:
    for damaged in (b"", b"OggS", ogg_of(conversation(1.0))[:-7]):
        with pytest.raises(DamagedRecording, match="cannot be drawn"):
            list(peak_parts(damaged, SHORTEST_BIN_MS))


@given(st.integers(0, 24 * 3_600_000))
def test_no_picture_has_more_bins_than_a_page_can_carry(duration_ms: int) -> None:
    assert duration_ms <= bin_ms(duration_ms) * MOST_BINS
    assert bin_ms(duration_ms) % SHORTEST_BIN_MS == 0


@given(st.lists(st.binary(max_size=1275).map(lambda frame: b"\x18" + frame), min_size=1, max_size=3))
def test_joined_streams_come_apart_again(packets: list[bytes]) -> None:
    assert separate_streams(joined_streams(packets), len(packets)) == tuple(packets)


@pytest.mark.parametrize("packet", [b"", b"\x18", b"\x18\x00", b"\x18\x05abc", b"\x1b\x02abc"])
def test_a_packet_of_too_few_streams_is_refused(packet: bytes) -> None:
    with pytest.raises(DamagedOgg):
        separate_streams(packet, 2)
