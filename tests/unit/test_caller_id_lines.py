"""What a modem says of a call, in whatever pieces, with whatever else on the wire."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.analogue.caller_id_lines import Answer, Caller, CallerIdLines, ModemWord, Ring
from firmware.core.call_record import Party
from firmware.core.party_number import UNAVAILABLE, WITHHELD

# As Conexant and Rockwell chips report it (with and without blanks), and a Lucent one that sends the name first.
CONEXANT = b"\r\nRING\r\n\r\nDATE=0321\r\nTIME=1405\r\nNMBR=01632960123\r\nNAME=ACME LTD\r\n\r\nRING\r\n"
ROCKWELL = b"RING\r\n\r\nDATE = 0321\r\nTIME = 1405\r\nNMBR = 01632960123\r\nNAME = ACME LTD\r\n"
NAME_FIRST = b"\r\nDATE=0321\r\nTIME=1405\r\nNAME=ACME LTD\r\nNMBR=01632960123\r\n"
ACME = Caller(Party(number="01632960123", display_name="ACME LTD"))


def said(data: bytes) -> list[ModemWord]:
    lines = CallerIdLines()
    return [*lines.take(data), *lines.settle()]


@pytest.mark.parametrize("transcript", [CONEXANT, ROCKWELL, NAME_FIRST])
def test_every_chips_report_reads_the_same(transcript: bytes) -> None:
    assert [word for word in said(transcript) if isinstance(word, Caller)] == [ACME]


def test_rings_and_the_caller_come_in_the_order_they_were_told() -> None:
    assert said(CONEXANT) == [Ring(), ACME, Ring()]


@pytest.mark.parametrize(
    ("field", "party"),
    [
        (b"NMBR=P", WITHHELD),
        (b"NMBR = P", WITHHELD),
        (b"NMBR=O", UNAVAILABLE),
        (b"NMBR=", UNAVAILABLE),
        (b"NMBR=PRIVATE", WITHHELD),
        (b"NMBR=+44 1632 960123", Party(number="+441632960123")),
        (b"NMBR=01632\x07960123", UNAVAILABLE),
        (b"NAME=P", WITHHELD),
    ],
)
def test_withheld_and_unavailable_are_different_things(field: bytes, party: Party) -> None:
    assert said(b"\r\nDATE=0101\r\nTIME=0000\r\n" + field + b"\r\n") == [Caller(party)]


def test_the_name_of_a_withheld_caller_is_not_kept() -> None:
    assert said(b"\r\nNMBR=P\r\nNAME=J SMITH\r\n") == [Caller(WITHHELD)]


def test_a_report_without_a_name_is_told_with_the_next_ring() -> None:
    words = CallerIdLines().take(b"\r\nNMBR=01632960123\r\n\r\nRING\r\n")
    assert words == [Caller(Party(number="01632960123")), Ring()]


def test_answers_to_commands_are_told_apart() -> None:
    assert said(b"AT+VCID=1\r\r\nOK\r\n\r\nERROR\r\n") == [Answer(True), Answer(False)]


def test_a_call_in_the_midst_of_noise_is_still_told() -> None:
    lines = CallerIdLines()
    noise = bytes(range(14, 256)) * 20
    assert lines.take(noise) == []
    assert lines.noise > 500
    assert lines.take(b"\r\n" + CONEXANT) == [Ring(), ACME, Ring()]
    assert lines.noise == 0


@given(st.lists(st.integers(1, len(CONEXANT) - 1), max_size=8))
def test_it_does_not_matter_in_which_pieces_it_comes(cuts: list[int]) -> None:
    lines = CallerIdLines()
    edges = [0, *sorted(cuts), len(CONEXANT)]
    pieces = (CONEXANT[start:end] for start, end in pairwise(edges))
    assert [word for piece in pieces for word in lines.take(piece)] == [Ring(), ACME, Ring()]


@given(st.binary(max_size=3000))
def test_anything_at_all_may_come(data: bytes) -> None:
    for word in said(data):
        if isinstance(word, Caller) and word.party.number is not None:
            assert set(word.party.number) <= set("+0123456789")
            assert word.party.display_name is None or len(word.party.display_name) <= 60


def test_ten_megabytes_of_random_bytes_are_no_call() -> None:
    lines, chance = CallerIdLines(), Random(1)
    for _ in range(2500):
        assert not [word for word in lines.take(chance.randbytes(4096)) if isinstance(word, Caller)]
    assert lines.noise > 9_000_000
    assert lines.take(b"\r\n" + CONEXANT) == [Ring(), ACME, Ring()]


def test_a_line_that_never_ends_takes_no_memory() -> None:
    lines = CallerIdLines()
    for _ in range(100):
        lines.take(b"x" * 10_000)
    assert lines.noise > 900_000
