"""The encrypted data disk: the pure part, and the door to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import pytest

from firmware.core.data_volume import (
    ADIANTUM,
    AES,
    KeyKind,
    VolumeKey,
    VolumeState,
    cipher_for,
    hashing_memory_kib,
    keys_of,
    token,
    tokens_of,
)
from firmware.core.errors import StorageError, TooBusy, WrongDiskKey
from firmware.services.disk_door import DiskDoor

RIGHT = b"the right pass phrase"


def test_a_processor_with_instructions_for_aes_uses_it_and_one_without_uses_adiantum() -> None:
    assert cipher_for("processor\t: 0\nflags\t\t: fpu sse2 aes avx\nprocessor\t: 1\nflags\t\t: fpu aes\n") == AES
    assert cipher_for("processor\t: 0\nFeatures\t: fp asimd evtstrm aes pmull sha1 crc32\n") == AES
    assert cipher_for("processor\t: 0\nFeatures\t: fp asimd evtstrm crc32 cpuid\n") == ADIANTUM
    assert cipher_for("flags : fpu aes\nflags : fpu\n") == ADIANTUM
    assert cipher_for("") == ADIANTUM


@pytest.mark.parametrize(("gigabytes", "kib"), [(1, 131_072), (0.2, 32_768), (8, 262_144)])
def test_trying_a_pass_phrase_never_takes_the_memory_that_calls_need(gigabytes: float, kib: int) -> None:
    assert hashing_memory_kib(f"MemTotal:  {int(gigabytes * 1024 * 1024)} kB\nMemFree: 1 kB\n") == kib


def test_what_each_key_is_stands_in_the_disks_own_metadata() -> None:
    metadata = {
        "keyslots": {"0": {}, "1": {}, "3": {}},
        "tokens": {
            "0": token(0, KeyKind.PHRASE, date(2026, 3, 1)),
            "4": token(3, KeyKind.STICK, date(2026, 4, 1)),
            "5": {"type": "systemd-tpm2", "keyslots": ["1"]},
        },
    }
    assert keys_of(metadata) == [
        VolumeKey(0, KeyKind.PHRASE, "2026-03-01"),
        VolumeKey(1, KeyKind.UNKNOWN),
        VolumeKey(3, KeyKind.STICK, "2026-04-01"),
    ]
    assert tokens_of(metadata, 3) == [4]
    assert tokens_of(metadata, 1) == []


class HandClock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def monotonic_s(self) -> float:
        return self.now_s

    def wall_ms(self) -> int:
        return 0

    def is_set(self) -> bool:
        return True


@dataclass
class HandVolume:
    """A disk that one key opens."""

    tried: list[bytes] = field(default_factory=list)
    is_open: bool = False

    def state(self) -> VolumeState:
        return VolumeState.OPEN if self.is_open else VolumeState.CLOSED

    def uuid(self) -> str:
        return "of-this-disk"

    def slots(self) -> Sequence[VolumeKey]:
        return []

    def format(self, key: bytes) -> None: ...

    def open(self, key: bytes | bytearray) -> None:
        self.tried.append(bytes(key))
        if bytes(key) != RIGHT:
            raise WrongDiskKey("no")
        self.is_open = True

    def close(self) -> None:
        self.is_open = False

    def add_key(self, known: bytes, new: bytes, kind: KeyKind) -> VolumeKey:
        return VolumeKey(1, kind)

    def remove_key(self, slot: int, known: bytes) -> None: ...


@dataclass
class HandStick:
    key: bytearray | None = None
    is_in: bool = False
    trouble: str = ""

    def key_for(self, uuid: str) -> bytearray | None:
        if self.trouble:
            raise StorageError(self.trouble)
        return self.key


class Door:
    def __init__(self) -> None:
        self.volume, self.stick, self.clock = HandVolume(), HandStick(), HandClock()
        self.told: list[str] = []
        self.door = DiskDoor(self.volume, self.stick, self.clock, lambda: self.told.append("opened"))


@pytest.fixture
def hall() -> Door:
    return Door()


def test_wrong_keys_are_slowed_down_and_the_right_one_is_let_in_in_the_end(hall: Door) -> None:
    for _ in range(3):
        with pytest.raises(WrongDiskKey):
            hall.door.open(b"wrong")
    with pytest.raises(TooBusy, match="1 second"):
        hall.door.open(RIGHT)
    assert len(hall.volume.tried) == 3
    hall.clock.now_s += 1.01
    hall.door.open(RIGHT)
    assert hall.told == ["opened"]
    hall.door.open(RIGHT)  # it is open already: nothing is started anew
    assert hall.told == ["opened"]


def test_a_stick_opens_the_disk_once_each_time_it_is_put_in_and_its_key_is_wiped(hall: Door) -> None:
    key = bytearray(RIGHT)
    hall.stick.key = key
    hall.door.look_for_the_stick()
    assert hall.volume.tried == []
    hall.stick.is_in = True
    hall.door.look_for_the_stick()
    assert (hall.told, key) == (["opened"], bytearray(len(RIGHT)))
    hall.door.close()
    hall.stick.key = bytearray(RIGHT)
    hall.door.look_for_the_stick()
    assert not hall.volume.is_open, "a disk that was closed by a person must not open by itself"
    hall.stick.is_in = False
    hall.door.look_for_the_stick()
    hall.stick.is_in = True
    hall.door.look_for_the_stick()
    assert hall.volume.is_open


@pytest.mark.parametrize(
    ("stick", "said"),
    [
        (HandStick(None, is_in=True), "no key of this data disk"),
        (HandStick(bytearray(b"of another box, of the same name"), is_in=True), "no"),
        (HandStick(None, is_in=True, trouble="The stick cannot be read."), "cannot be read"),
    ],
)
def test_why_a_stick_opened_nothing_is_told_and_it_is_not_tried_for_ever(
    hall: Door, stick: HandStick, said: str
) -> None:
    hall.stick.key, hall.stick.is_in, hall.stick.trouble = stick.key, stick.is_in, stick.trouble
    hall.door.look_for_the_stick()
    hall.door.look_for_the_stick()
    assert len(hall.volume.tried) <= 1
    assert said in hall.door.status()["trouble"]
    assert hall.door.status()["state"] == "closed"
