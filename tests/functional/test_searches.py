"""The searches that prove that something is nowhere find it where it is."""

from __future__ import annotations

import os
import random
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.functional.instruments.g711 import encode
from tests.functional.instruments.marks import Laid, as_heard, marked, said_between, strongest_share
from tests.functional.instruments.rtp import FRAME, Arrival, RtpPacket
from tests.functional.office.digit_search import made_up_card, runs_in, runs_in_memory
from tests.functional.office.sound_search import Sounds, found_in_new_files, is_there, memory_files, octets_written

CARD = made_up_card(random.Random(7))
_FORMATS = {"16-bit numbers": "16h", "32-bit numbers": "16i", "64-bit numbers": "16q"}


def around(octets: bytes) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    return np.frombuffer(b"\0" * 301 + octets + b"\0" * 299, np.uint8)


def test_a_made_up_card_number_passes_the_check_and_has_no_nought() -> None:
    chance = random.Random(1)
    for card in (made_up_card(chance) for _ in range(50)):
        backwards = [int(digit) for digit in reversed(card)]
        doubled = [2 * digit for digit in backwards[1::2]]
        assert (sum(backwards[0::2]) + sum(digit - 9 * (digit > 9) for digit in doubled)) % 10 == 0
        assert "0" not in card


@pytest.mark.parametrize("encoding", ["ascii", "utf-16-le", "utf-32-le"])
@pytest.mark.parametrize("piece", [slice(None), slice(0, 6), slice(5, 11), slice(10, 16)])
def test_digits_are_found_as_text(encoding: str, piece: slice) -> None:
    assert list(runs_in(around(CARD[piece].encode(encoding)), CARD))


@pytest.mark.parametrize("form", _FORMATS)
def test_event_codes_are_found_as_numbers(form: str) -> None:
    assert list(runs_in(around(struct.pack(_FORMATS[form], *map(int, CARD))), CARD))


@pytest.mark.parametrize("apart", range(1, 33))
def test_event_codes_are_found_in_records_of_any_size(apart: int) -> None:
    count = 6 if apart <= 8 or apart % 4 == 0 else 8
    octets = bytearray(os.urandom(apart * count))
    octets[::apart] = bytes(map(int, CARD[7 : 7 + count]))
    assert list(runs_in(around(bytes(octets)), CARD))


def test_a_longer_number_that_happens_to_hold_six_of_the_digits_is_another_number() -> None:
    other = "1" if CARD[6] != "1" else "2"
    assert not list(runs_in(around(f"{CARD[:6]}{other}".encode()), CARD))
    assert list(runs_in(around(f"*48{CARD}".encode()), CARD))


def test_digits_are_found_in_a_processes_memory() -> None:
    card = made_up_card(random.Random())
    held = bytearray(card.encode())
    assert any("16 digits" in said for said in runs_in_memory(os.getpid(), [card]))
    assert bytes(held).decode() == card


def test_sound_is_found_in_files_however_it_is_written(tmp_path: Path) -> None:
    secret, other = as_heard(marked(0.2, 1)), as_heard(marked(0.2, 2))
    sounds = Sounds({"the secret": secret})
    ways = {
        "pcm": secret.tobytes(),
        "stereo": np.stack([other, secret], 1).astype(np.int16).tobytes(),
        "big": secret.astype(">i2").tobytes(),
        "mu": encode(secret, "PCMU"),
        "a": encode(secret, "PCMA"),
    }
    for name, octets in ways.items():
        folder = tmp_path / name
        folder.mkdir()
        (folder / "file").write_bytes(b"x" * 1003 + octets + b"y" * 77)
        assert found_in_new_files([folder], sounds, 0)[0], name
    (tmp_path / "innocent").mkdir()
    (tmp_path / "innocent" / "file").write_bytes(b"x" * 1003 + other.tobytes())
    assert found_in_new_files([tmp_path / "innocent"], sounds, 0) == ([], 1)


def test_sound_is_found_wherever_it_lies_in_a_large_file(tmp_path: Path) -> None:
    secret = as_heard(marked(0.02, 1))
    stereo = np.stack([secret, secret // 2], 1).astype(np.int16).tobytes()
    for octets in (secret.tobytes(), stereo):
        for before in range((1 << 22) - len(octets), (1 << 22) + 1, 51):
            (tmp_path / "file").write_bytes(bytes(before) + octets)
            assert found_in_new_files([tmp_path], Sounds({"it": secret}), 0)[0], before


def test_files_that_hold_more_than_the_processes_wrote_are_somebody_elses(tmp_path: Path) -> None:
    secret = as_heard(marked(0.2, 1))
    (tmp_path / "file").write_bytes(secret.tobytes())
    sounds, size = Sounds({"it": secret}), 2 * len(secret)
    assert found_in_new_files([tmp_path], sounds, 0, size)[1] == 1
    assert found_in_new_files([tmp_path], sounds, 0, size - 1) == ([], 0)


def test_what_a_process_wrote_is_counted_with_what_the_one_it_started_wrote(tmp_path: Path) -> None:
    before = octets_written([os.getpid()])
    size = before + (1 << 20)
    with (tmp_path / "file").open("wb") as file:
        subprocess.run(["head", "-c", str(size), "/dev/zero"], stdout=file, check=True)
    assert octets_written([os.getpid()]) >= size


def test_a_ring_is_read_through_the_process_that_has_it_open() -> None:
    secret = as_heard(marked(0.2, 3))
    ring = os.memfd_create("a-ring")
    try:
        os.pwrite(ring, secret.tobytes(), 8192)
        sounds = Sounds({"it": secret})
        (content,) = [octets for octets in memory_files([os.getpid()]).values() if sounds.found_in(octets)]
    finally:
        os.close(ring)
    assert len(content) == 8192 + 2 * len(secret)
    assert all(is_there(secret[at : at + FRAME], content) for at in range(0, len(secret), FRAME))
    assert not is_there(as_heard(marked(0.02, 4)), content)


def test_each_block_is_known_again_and_one_that_is_not_there_is_not() -> None:
    said = marked(4, 4)
    sent = [
        Arrival(place * 0.02, RtpPacket(8, place, place * FRAME, 1, encode(said[place * FRAME :][:FRAME], "PCMA")))
        for place in range(200)
    ]
    channel = np.concatenate([marked(0.5, 5) // 8, as_heard(said), marked(0.5, 6) // 8])
    gone = slice(4000 + 50 * FRAME, 4000 + 90 * FRAME)
    channel[gone] = 0
    laid = Laid.over(sent, channel)
    blocks = laid.blocks()
    assert [place for place, block in enumerate(blocks) if not block.kept] == list(range(50, 90))
    others = [block for place, block in enumerate(blocks) if place not in range(50, 90)]
    assert max(block.there for block in laid.without(others).blocks(1600)[50:90]) < 0.1
    # One that is there all the same, and not in its place, is seen.
    channel[gone][:FRAME] = as_heard(said)[55 * FRAME : 56 * FRAME]
    assert [place for place, block in enumerate(laid.without(others).blocks(1600)) if block.kept] == [55]
    channel[gone] = 0
    assert strongest_share(said[60 * FRAME : 80 * FRAME], channel) < 0.2
    assert strongest_share(said[20 * FRAME : 40 * FRAME], channel) > 0.9


def test_what_a_late_phone_sends_was_said_when_it_was_due() -> None:
    said = marked(0.2, 7)
    sent = [
        Arrival(
            0.16 if 3 <= place < 8 else place * 0.02,
            RtpPacket(8, place, place * FRAME, 1, encode(said[place * FRAME :][:FRAME], "PCMA")),
        )
        for place in range(10)
    ]
    assert np.array_equal(said_between(sent, 0.09, 1), as_heard(said)[5 * FRAME :])
    assert np.array_equal(said_between(sent, 0.03, 0.1), as_heard(said)[2 * FRAME : 3 * FRAME])
