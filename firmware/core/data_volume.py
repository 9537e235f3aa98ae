"""The encrypted data disk: what state it is in, how it is encrypted, and which keys open it. Linux's LUKS2.

A LUKS2 disk holds its own key some times over, each sealed to another secret: a pass phrase, or a key on a stick. What
each is for stands beside it in a token (LUKS2 On-Disk Format 1.1.3, section 3.6), which holds no secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

NOTE_TYPE = "earmark-key"
STICK_KEY_BYTES = 64
#: Labels by which a stick is known, whatever port it is in; at most 11 letters, for FAT.
STICK_LABEL = "EARMARK-KEY"

_MEMORY_SHARE = 8
_LEAST_KIB, _MOST_KIB = 32 * 1024, 256 * 1024


class VolumeState(StrEnum):
    """``NONE``: this box was not made with a data disk of its own. ``BLANK``: there is one, never encrypted yet."""

    NONE = "none"
    MISSING = "missing"
    BLANK = "blank"
    CLOSED = "closed"
    OPEN = "open"


class KeyKind(StrEnum):
    PHRASE = "pass phrase"
    STICK = "stick"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Cipher:
    """As cryptsetup names it; ``key_bits`` is that of its option --key-size."""

    name: str
    key_bits: int
    why: str


AES = Cipher("aes-xts-plain64", 512, "this processor has instructions for AES")
ADIANTUM = Cipher("xchacha20,aes-adiantum-plain64", 256, "this processor has no instructions for AES")


@dataclass(frozen=True)
class VolumeKey:
    """One way to open the disk. ``made_on`` is an ISO date, empty when it is not known."""

    slot: int
    kind: KeyKind
    made_on: str = ""


def cipher_for(cpuinfo: str) -> Cipher:
    """By the ``flags`` (x86) or ``Features`` (Arm) of /proc/cpuinfo. A Raspberry Pi 4 has none for AES; a Pi 5 has."""
    flags = re.findall(r"^(?:flags|Features)\s*:(.*)$", cpuinfo, re.MULTILINE)
    return AES if flags and all("aes" in each.split() for each in flags) else ADIANTUM


def hashing_memory_kib(meminfo: str) -> int:
    """How much memory Argon2id takes when a pass phrase is tried: calls go on meanwhile, on a box of 1 GB, too."""
    found = re.search(r"^MemTotal:\s*(\d+) kB", meminfo, re.MULTILINE)
    return min(max(int(found[1]) // _MEMORY_SHARE, _LEAST_KIB), _MOST_KIB) if found else _LEAST_KIB


def token(slot: int, kind: KeyKind, made_on: date) -> dict[str, Any]:
    """What stands beside a key slot."""
    return {"type": NOTE_TYPE, "keyslots": [str(slot)], "kind": kind.value, "made_on": made_on.isoformat()}


def keys_of(metadata: Mapping[str, Any]) -> list[VolumeKey]:
    """The keys that the disk's own metadata (LUKS2's JSON) tells of, by slot."""
    told = dict(_told(metadata.get("tokens", {})))
    slots = sorted(int(slot) for slot in metadata.get("keyslots", {}))
    return [told.get(slot, VolumeKey(slot, KeyKind.UNKNOWN)) for slot in slots]


def tokens_of(metadata: Mapping[str, Any], slot: int) -> list[int]:
    """The numbers of the tokens that are about a slot."""
    return [
        int(number)
        for number, each in metadata.get("tokens", {}).items()
        if each.get("type") == NOTE_TYPE and str(slot) in each.get("keyslots", [])
    ]


def stick_file(uuid: str) -> str:
    """What the key is called on the stick: one stick may have the keys of several boxes."""
    return f"earmark-{uuid}.key"


def _told(tokens: Mapping[str, Any]) -> Iterator[tuple[int, VolumeKey]]:
    for each in tokens.values():
        if each.get("type") == NOTE_TYPE:
            kind = KeyKind(each["kind"]) if each.get("kind") in set(KeyKind) else KeyKind.UNKNOWN
            for slot in each.get("keyslots", []):
                yield int(slot), VolumeKey(int(slot), kind, str(each.get("made_on", "")))
