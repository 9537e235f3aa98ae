"""The keyslot: one segment's key, wrapped so that only the office key and the recovery key open it.

A file of exactly 1,024 bytes: ``EARSLOT1``, the length of what follows (2 bytes, big-endian), 6 zero bytes, an ordinary
binary age file (https://age-encryption.org/v1) of the 32-byte key, zeros. So the key can be had with standard tools::

    tail -c +17 RECORDING.key | head -c LENGTH | age --decrypt -i identity.txt

Erasing a recording *is* overwriting its keyslots: a fixed-size file of its own is overwritten in place, which a
database row never is.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pyrage

from firmware.core.errors import DamagedRecording, KeyErased, NotAllowed, SettingsError, StorageError
from firmware.core.sealed_format import KEY_BYTES

KEYSLOT_BYTES = 1024
_MAGIC = b"EARSLOT1"
_AGE_AT = 16


def parse_recipient(public_key: str, name: str) -> pyrage.x25519.Recipient:
    """An ``age1…`` public key.

    Raises:
        SettingsError: it is not one.
    """
    try:
        return pyrage.x25519.Recipient.from_str(public_key.strip())
    except pyrage.RecipientError as error:
        raise SettingsError(
            f"The {name} public key is not an age X25519 recipient.", "Restore it from a backup of the state folder."
        ) from error


def wrap_key(key: bytes, recipients: Sequence[pyrage.x25519.Recipient]) -> bytes:
    """The keyslot's bytes for ``key``, to any one of the recipients."""
    age_file: bytes = pyrage.encrypt(key, list(recipients))
    if _AGE_AT + len(age_file) > KEYSLOT_BYTES:
        raise ValueError(f"{len(recipients)} recipients do not fit a keyslot")
    head = (_MAGIC + len(age_file).to_bytes(2, "big")).ljust(_AGE_AT, b"\0")
    return (head + age_file).ljust(KEYSLOT_BYTES, b"\0")


def is_keyslot(content: bytes) -> bool:
    """Whether it has a keyslot's form; what is being erased or was torn has not. Who it opens for is not asked."""
    filled = _AGE_AT + _age_length(content)
    return len(content) == KEYSLOT_BYTES >= filled and content.startswith(_MAGIC) and not any(content[filled:])


def unwrap_key(keyslot: bytes, identities: Sequence[pyrage.x25519.Identity], name: str = "the keyslot") -> bytes:
    """The 32-byte key of a keyslot.

    Raises:
        KeyErased: it was overwritten.
        DamagedRecording: it is not a keyslot any more.
        NotAllowed: none of the identities is a recipient.
    """
    if not any(keyslot):
        raise KeyErased(f"The key in {name} was destroyed.")
    if not is_keyslot(keyslot):
        raise DamagedRecording(f"{name} is not a keyslot.", "Restore it from the keyslot backup.")
    try:
        key: bytes = pyrage.decrypt(keyslot[_AGE_AT : _AGE_AT + _age_length(keyslot)], list(identities))
    except pyrage.DecryptError as error:
        raise NotAllowed(f"This key does not open {name}.") from error
    if len(key) != KEY_BYTES:
        raise DamagedRecording(f"{name} holds a key of {len(key)} bytes.", "Restore it from the keyslot backup.")
    return key


def _age_length(keyslot: bytes) -> int:
    return int.from_bytes(keyslot[len(_MAGIC) : len(_MAGIC) + 2], "big")


def read_keyslot(path: Path) -> bytes:
    """The keyslot file's content.

    Raises:
        KeyErased: the file is gone, as it is after erasure.
        StorageError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise KeyErased(f"There is no keyslot {path.name}: it was erased, or the file is missing.") from error
    except OSError as error:
        raise StorageError(f"The keyslot {path} cannot be read: {error.strerror}.", "Check the data disk.") from error


def erase_keyslot(path: Path) -> None:
    """Destroy the key: overwrite in place, flush, unlink, flush the folder. After this nobody can open the segment.

    Safe to repeat. Flash memory may keep old cells until the file system is trimmed.

    Raises:
        StorageError: it cannot be overwritten; the key may still be there.
    """
    try:
        _overwrite(path)
        path.unlink()
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(
            f"The keyslot {path} cannot be erased: {error.strerror}.", "Check the data disk, then erase again."
        ) from error


def _overwrite(path: Path) -> None:
    """In place: without O_TRUNC, which would hand the old blocks back unwritten."""
    file = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        size = max(os.fstat(file).st_size, KEYSLOT_BYTES)
        for content in (os.urandom(size), bytes(size)):
            os.pwrite(file, content, 0)
            os.fdatasync(file)
    finally:
        os.close(file)
