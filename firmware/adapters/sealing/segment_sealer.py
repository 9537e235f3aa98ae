"""ChaCha20-Poly1305 sealing of segments to the office's and the recovery public key. No private key is ever here."""

from __future__ import annotations

import logging
import os
from dataclasses import replace

import pyrage
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from firmware.adapters.keys.office_keys import PublicKeyFiles
from firmware.adapters.sealing.keyslot import parse_recipient, wrap_key
from firmware.core.errors import EarmarkError
from firmware.core.home import Home
from firmware.core.sealed_format import (
    KEY_BYTES,
    TAG_BYTES,
    FrameHeader,
    FrameType,
    SegmentHeader,
    core_digest,
    next_chain,
    nonce,
)

_LOG = logging.getLogger(__name__)


class ChaChaSegmentSealer:
    """One segment's sealer. The key lives in the cipher object only, for as long as the segment is being written."""

    def __init__(self, header: SegmentHeader, recipients: tuple[pyrage.x25519.Recipient, ...]) -> None:
        key = os.urandom(KEY_BYTES)
        bound = replace(header, commitment=header.commitment_to(key))
        self._cipher = ChaCha20Poly1305(key)
        self._keyslot = wrap_key(key, recipients)
        self._header_block = bound.to_bytes()
        self._core = core_digest(bound.core())
        self._chain = self._core
        self._frames = 0

    @property
    def header_block(self) -> bytes:
        return self._header_block

    @property
    def keyslot(self) -> bytes:
        return self._keyslot

    @property
    def chain(self) -> bytes:
        return self._chain

    @property
    def frames(self) -> int:
        return self._frames

    def seal(self, kind: FrameType, start_sample: int, sample_count: int, plaintext: bytes) -> bytes:
        header = FrameHeader(kind, self._frames, len(plaintext) + TAG_BYTES, start_sample, sample_count).to_bytes()
        ciphertext = self._cipher.encrypt(nonce(self._frames, kind), plaintext, self._core + header)
        self._chain = next_chain(self._chain, header, ciphertext)
        self._frames += 1
        return header + self._chain + ciphertext


class PublicKeySealer:
    """Begins segments whose keys only the office and the recovery key can open."""

    def __init__(self, office: str, recovery: str, key_epoch: int = 1, files: PublicKeyFiles | None = None) -> None:
        """
        Args:
            office, recovery: ``age1…`` public keys.
            files: where they were read from, to be read again when they are replaced.

        Raises:
            SettingsError: one is no public key.
        """
        self._recipients = (parse_recipient(office, "office"), parse_recipient(recovery, "recovery"))
        self._key_epoch = key_epoch
        self._files = files
        self._read_as = files.changed() if files else ()

    @classmethod
    def from_home(cls, home: Home) -> PublicKeySealer:
        """With the public keys of the data folder; each segment is sealed to those that lie there when it begins.

        Raises:
            NotSetUp: they are not there.
            SettingsError: they are not public keys.
        """
        files = PublicKeyFiles(home)
        keys = files.read()
        return cls(keys.office, keys.recovery, keys.epoch, files)

    @property
    def key_epoch(self) -> int:
        return self._key_epoch

    def begin(self, header: SegmentHeader) -> ChaChaSegmentSealer:
        self._follow()
        return ChaChaSegmentSealer(replace(header, key_epoch=self._key_epoch), self._recipients)

    def _follow(self) -> None:
        """Take keys that were replaced. A recording does not wait for a file that cannot be read: the old ones hold."""
        if self._files is None:
            return
        try:
            if (now := self._files.changed()) == self._read_as:
                return
            keys = self._files.read()
        except EarmarkError as error:
            _LOG.error("recordings are still sealed to the keys from before: %s", error)
            return
        self._recipients = (parse_recipient(keys.office, "office"), parse_recipient(keys.recovery, "recovery"))
        self._key_epoch, self._read_as = keys.epoch, now
        _LOG.info("recordings are sealed to office key %d from here on", keys.epoch)
