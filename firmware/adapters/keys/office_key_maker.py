"""New office keys and new keyslots, by age."""

from __future__ import annotations

import pyrage

from firmware.adapters.keys.listening_keys import seal_office_key
from firmware.adapters.keys.wiping import wipe
from firmware.adapters.sealing.keyslot import parse_recipient, wrap_key
from firmware.core.people import SealedOfficeKey
from firmware.ports.listening_keys import UnlockedKeys


class AgeNewOfficeKey:
    """``NewOfficeKey``."""

    def __init__(self) -> None:
        self._key = pyrage.x25519.Identity.generate()
        self.public_key = str(self._key.to_public())

    def sealed_to(self, public_key: str, epoch: int) -> SealedOfficeKey:
        return seal_office_key(self._key, epoch, parse_recipient(public_key, "person's or recovery"))


class AgeOfficeKeyMaker:
    """``OfficeKeyMaker``."""

    def new_office_key(self) -> AgeNewOfficeKey:
        return AgeNewOfficeKey()

    def check_public_key(self, public_key: str) -> None:
        parse_recipient(public_key, "recovery")

    def rewrapped(self, keyslot: bytes, keys: UnlockedKeys, office: str, recovery: str) -> bytes:
        recipients = [parse_recipient(office, "office"), parse_recipient(recovery, "recovery")]
        key = keys.open_keyslot(keyslot)
        try:
            return wrap_key(key, recipients)
        finally:
            wipe(key)
