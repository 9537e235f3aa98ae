"""The grant file: one segment's key, sealed to the one person to whom a call was opened for a while.

A file of exactly 1,024 bytes beside the keyslot, ``<id>.<segment>.<person>.grant``: ``EARGRNT1``, the length of the age
file (2 bytes, big-endian), 6 zero bytes, from when and until when it may be used (Unix milliseconds, 8 bytes each), an
ordinary binary age file of the 32-byte key followed by the digest of the grant's terms, zeros. The dates in front are
for whoever ends it without being able to open it; those that count are under the digest.

It ends as a keyslot does, by being overwritten (``keyslot.erase_keyslot``).
"""

from __future__ import annotations

import hmac

import pyrage

from firmware.adapters.keys.wiping import wipe
from firmware.core.errors import DamagedRecording, KeyErased, NotAllowed
from firmware.core.grant import GrantTerms
from firmware.core.sealed_format import KEY_BYTES

GRANT_BYTES = 1024
_MAGIC = b"EARGRNT1"
_DATES_AT = 16
_AGE_AT = 32


def seal_grant(key: bytes, terms: GrantTerms, to: pyrage.x25519.Recipient) -> bytes:
    """The grant file's bytes."""
    payload = key + terms.digest
    try:
        age_file: bytes = pyrage.encrypt(payload, [to])
    finally:
        wipe(payload)
    if _AGE_AT + len(age_file) > GRANT_BYTES:
        raise ValueError("the key does not fit a grant")
    dates = terms.granted_at_ms.to_bytes(8, "big") + terms.ends_at_ms.to_bytes(8, "big")
    head = (_MAGIC + len(age_file).to_bytes(2, "big")).ljust(_DATES_AT, b"\0") + dates
    return (head + age_file).ljust(GRANT_BYTES, b"\0")


def unseal_grant(content: bytes, terms: GrantTerms, identity: pyrage.x25519.Identity) -> bytes:
    """The 32-byte key of a grant that is for these terms.

    Raises:
        KeyErased: it was overwritten.
        DamagedRecording: it is not a grant any more.
        NotAllowed: it is for somebody else, for another recording, or for other dates.
    """
    if not any(content):
        raise KeyErased("The grant was ended: its key is destroyed.")
    age_file = _age_file(content)
    try:
        payload: bytes = pyrage.decrypt(age_file, [identity])
    except pyrage.DecryptError as error:
        raise NotAllowed("This person's key does not open the grant.", "Ask for the call anew.") from error
    try:
        if len(payload) == KEY_BYTES + 32 and hmac.compare_digest(payload[KEY_BYTES:], terms.digest):
            return payload[:KEY_BYTES]
    finally:
        wipe(payload)
    raise NotAllowed("The grant is for another call or for other dates.", "Ask for the call anew.")


def dates_of(content: bytes) -> tuple[int, int]:
    """From when and until when a grant says that it may be used.

    Raises:
        DamagedRecording: it is not a grant, or not any more.
    """
    _age_file(content)
    granted, ends = content[_DATES_AT : _DATES_AT + 8], content[_DATES_AT + 8 : _AGE_AT]
    return int.from_bytes(granted, "big"), int.from_bytes(ends, "big")


def _age_file(content: bytes) -> bytes:
    length = int.from_bytes(content[len(_MAGIC) : len(_MAGIC) + 2], "big")
    if len(content) != GRANT_BYTES or content[: len(_MAGIC)] != _MAGIC or _AGE_AT + length > GRANT_BYTES:
        raise DamagedRecording("A grant file is damaged.", "Let the call be approved anew.")
    return content[_AGE_AT : _AGE_AT + length]
