"""What somebody holds who is not meant to listen, and every way in which they can try it on what is sealed.

Nothing here knows a secret of its own: whatever lies in files and databases is tried, as a recording's key and as a
private key, on every keyslot, grant, sealed office key and sealed frame.
"""

from __future__ import annotations

import base64
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import bech32
import pyrage
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from firmware.adapters.sealing.spool_seal import open_sealed
from firmware.adapters.settings.people_file import PeopleFile
from firmware.core.home import Home
from firmware.core.sealed_format import KEY_BYTES, FrameType, core_digest, nonce, read_header
from firmware.core.sealed_scan import scan
from tests.functional.office.secrets import raw_key

_AGE_SECRET = re.compile(rb"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}", re.IGNORECASE)
_AGE_FILE = b"age-encryption.org/v1\n"
_WORD = re.compile(rb"[A-Za-z0-9+/=_-]{40,}")
#: Of 32 random bytes some 30 differ; fewer than these do so once in many millions of keys. Text and zeros have fewer.
_FEWEST_DIFFERENT = 22


@dataclass
class Spoils:
    """``octets``: 32 bytes each, tried as any kind of key. ``identities``: whole private keys."""

    octets: set[bytes] = field(default_factory=set)
    identities: list[pyrage.x25519.Identity] = field(default_factory=list)

    def add_folder(self, folder: Path) -> None:
        """Everything in every file, and every value in every database."""
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                content = path.read_bytes()
                self.add(content)
                if len(content) == KEY_BYTES:
                    self.add_identity(age_key(content))
                if content.startswith(b"SQLite format 3\0"):
                    for value in _values(path):
                        self.add(value)

    def add(self, content: bytes) -> None:
        self.octets.update(_windows(content))
        for word in _WORD.findall(content):
            self.octets.update(_windows(_decoded(word)))
        self.add_identities_in(content)

    def add_identities_in(self, content: bytes) -> None:
        """Only whole private keys written as text: for what is too large to be tried byte by byte."""
        for secret in _AGE_SECRET.findall(content):
            with suppress(pyrage.IdentityError):  # something that only looks like one
                self.add_identity(secret.decode().upper())

    def add_identity(self, text: str) -> None:
        self.identities.append(pyrage.x25519.Identity.from_str(text))
        self.octets.add(raw_key(text))


@dataclass(frozen=True)
class Sealed:
    """All that is sealed in one data folder and its spool. ``words`` are the spool's: parties and reasons, no sound."""

    files: dict[str, bytes]
    segments: dict[str, bytes]
    words: dict[str, bytes]
    public_keys: dict[bytes, str]

    @classmethod
    def in_folder(cls, home: Home) -> Sealed:
        places = (home.recordings, home.spooled.recordings)
        files = {
            path.name: path.read_bytes()
            for kind in ("key", "grant")
            for place in places
            for path in place.rglob(f"*.{kind}")
        }
        publics = {"office": home.office_public_key.read_text(), "recovery": home.recovery_public_key.read_text()}
        for person in PeopleFile(home.people_file).people():
            publics[person.name] = person.user_public_key
            files |= {f"office key of {person.name}, {key.epoch}": key.blob for key in person.office_keys}
        segments = {path.name: path.read_bytes() for place in places for path in place.rglob("*.ear")}
        known = {raw_key(text.strip()): name for name, text in publics.items()}
        known[home.spool_public_key.read_bytes()] = "the spool"
        return cls(files, segments, dict(_spooled_words(home)), known)

    def opened_by(self, spoils: Spoils) -> list[str]:
        """What these spoils open, each told once."""
        private = dict(self._private_keys(spoils.octets))
        found = [f"the private key of {name}" for name in private.values()]
        found += [name for name, content in self.words.items() if any(open_sealed(content, key) for key in private)]
        found += [name for name, content in self.files.items() if self._decrypts(content, spoils.identities)]
        found += [name for name, content in self.segments.items() if _opens_frames(content, spoils.octets)]
        return sorted(set(found))

    def _private_keys(self, octets: Iterable[bytes]) -> Iterator[tuple[bytes, str]]:
        """Each with whose it is."""
        for candidate in octets:
            public = X25519PrivateKey.from_private_bytes(candidate).public_key().public_bytes_raw()
            if public in self.public_keys:
                yield candidate, self.public_keys[public]

    @staticmethod
    def _decrypts(content: bytes, identities: Iterable[pyrage.x25519.Identity]) -> bool:
        begins = content.find(_AGE_FILE)
        if begins < 0:
            return False  # overwritten
        age_file = content[begins:]
        if begins:
            age_file = age_file[: int.from_bytes(content[8:10], "big")]
        return any(_age_opens(age_file, identity) for identity in identities)


def age_key(octets: bytes) -> str:
    """A raw X25519 private key as age writes it (BIP 173)."""
    return str(bech32.bech32_encode("age-secret-key-", bech32.convertbits(octets, 8, 5) or [])).upper()


def _spooled_words(home: Home) -> Iterator[tuple[str, bytes]]:
    for path in (home.spool / "rows").glob("*.json"):
        yield f"parties of {path.stem}", base64.b64decode(json.loads(path.read_bytes())["sealed"])
    for path in (home.spool / "details").iterdir():
        yield f"detail {path.name}", path.read_bytes()


def _age_opens(age_file: bytes, identity: pyrage.x25519.Identity) -> bool:
    try:
        return bool(pyrage.decrypt(age_file, [identity]))
    except pyrage.DecryptError:
        return False


def _opens_frames(content: bytes, octets: Iterable[bytes]) -> bool:
    """Whether one of them fits the header's commitment or decrypts the first frame of sound."""
    header, laid_out = read_header(content), scan(content)
    frame = next(each for each in laid_out.frames if each.header.kind is FrameType.AUDIO)
    ciphertext = content[frame.ciphertext_at : frame.end]
    bound_to = core_digest(laid_out.core) + frame.header.to_bytes()
    number = nonce(frame.header.sequence, frame.header.kind)
    for candidate in octets:
        if header.commitment_to(candidate) == header.commitment:
            return True
        try:
            ChaCha20Poly1305(candidate).decrypt(number, ciphertext, bound_to)
        except InvalidTag:
            continue
        return True
    return False


def _windows(content: bytes) -> Iterator[bytes]:
    for at in range(len(content) - KEY_BYTES + 1):
        window = content[at : at + KEY_BYTES]
        if len(set(window)) >= _FEWEST_DIFFERENT:
            yield window


def _decoded(word: bytes) -> bytes:
    """What a word means in hexadecimal and in either base64, one after the other; nothing where it means nothing.

    Base64 is read from each of four beginnings: what stands before a key may belong to the word.
    """
    meanings = []
    with suppress(ValueError):
        meanings.append(bytes.fromhex(word.decode()))
    for begins in range(4):
        bare = word[begins:].rstrip(b"=")
        padded = bare + b"=" * (-len(bare) % 4)
        for decode in (base64.b64decode, base64.urlsafe_b64decode):
            with suppress(ValueError):
                meanings.append(decode(padded))
    return bytes(KEY_BYTES).join(meanings)


def _values(database: Path) -> Iterator[bytes]:
    """Every value of every row, as bytes: what lies over several pages is in one piece here."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        for (table,) in tables:
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                yield from (_as_bytes(value) for value in row if isinstance(value, str | bytes))


def _as_bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value
