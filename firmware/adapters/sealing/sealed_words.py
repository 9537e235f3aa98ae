"""What sealed files say of their calls, for somebody who holds the key to all of them: the recovery key's bearer.

A file that was closed is opened at its final frame only; one that was cut off is opened whole.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pyrage
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from firmware.adapters.sealing.keyslot import read_keyslot, unwrap_key
from firmware.adapters.sealing.unsealer import SealedSegment, segment_words
from firmware.adapters.store.segment_ends import SegmentEnds, read_ends
from firmware.core.call_record import CallRecord
from firmware.core.errors import DamagedRecording
from firmware.core.home import Home
from firmware.core.sealed_format import FormatError, core_digest, nonce
from firmware.core.sealed_scan import FrameAt
from firmware.ports.recording_store import StoredSegment
from firmware.ports.segment_ends import SealedWords

_REMEDY = "Take the file from the archive or a backup."


class SealedFileWords:
    """The ``WordsReader`` of one data folder, with the identities that open its keyslots."""

    def __init__(self, home: Home, identities: Sequence[pyrage.x25519.Identity]) -> None:
        self._home = home
        self._identities = identities

    def words(self, stored: StoredSegment) -> SealedWords:
        path = self._home.data / stored.path
        keyslot = self._home.keyslot_of(path)
        key = unwrap_key(read_keyslot(keyslot), self._identities, keyslot.name)
        try:
            ends = read_ends(path)
        except FormatError as error:
            raise DamagedRecording(f"{path.name}: {error}.", _REMEDY) from error
        final = _document(path.name, ends, ends.final, key) if ends.final else None
        if final and final.get("record"):
            return SealedWords(CallRecord.from_json(final["record"]), final)
        return SealedWords(segment_words(SealedSegment(path, key)), final)


def _document(name: str, ends: SegmentEnds, final: FrameAt, key: bytes) -> dict[str, Any]:
    header = final.header
    bound_to = core_digest(ends.core) + header.to_bytes()
    try:
        plaintext = ChaCha20Poly1305(key).decrypt(nonce(header.sequence, header.kind), ends.ciphertext, bound_to)
    except InvalidTag as error:
        raise DamagedRecording(f"{name}: its final frame does not verify.", _REMEDY) from error
    document: dict[str, Any] = json.loads(plaintext)
    return document
