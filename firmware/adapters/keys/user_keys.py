"""A person's key pair, its private half under Argon2id of the pass phrase *and* the box secret."""

from __future__ import annotations

import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from firmware.adapters.keys.typed_phrase import normalised
from firmware.adapters.keys.wiping import wipe
from firmware.core.errors import SignInRefused
from firmware.core.people import WrappedKey

_LARGEST_MEMORY_KIB = 1 << 20
_MOST_PASSES = 64


@dataclass(frozen=True)
class Argon2Costs:
    """RFC 9106 parameters. The default takes about 0.15 s on a PC and 1 s on a Pi 4."""

    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 1


COSTS = Argon2Costs()


def wrap(private_key: bytes, pass_phrase: str, person_id: str, box_secret: bytes, costs: Argon2Costs) -> WrappedKey:
    """Put a private key under a pass phrase. The box secret is Argon2's own secret input (RFC 9106, 3.1, K)."""
    salt, nonce = os.urandom(16), os.urandom(12)
    key = _derive(pass_phrase, salt, box_secret, costs)
    ciphertext = ChaCha20Poly1305(key).encrypt(nonce, private_key, _bound_to(person_id))
    wipe(key)
    return WrappedKey(salt, nonce, ciphertext, costs.memory_kib, costs.passes, costs.lanes)


def unwrap(wrapped: WrappedKey, pass_phrase: str, person_id: str, box_secret: bytes) -> bytes:
    """The private key.

    Raises:
        SignInRefused: wrong pass phrase, another box's secret, or an altered entry: it cannot be told which.
    """
    if not (wrapped.memory_kib <= _LARGEST_MEMORY_KIB and wrapped.passes <= _MOST_PASSES):
        raise refusal()
    costs = Argon2Costs(wrapped.memory_kib, wrapped.passes, wrapped.lanes)
    key = _derive(pass_phrase, wrapped.salt, box_secret, costs)
    try:
        return ChaCha20Poly1305(key).decrypt(wrapped.nonce, wrapped.ciphertext, _bound_to(person_id))
    except InvalidTag:
        raise refusal() from None
    finally:
        wipe(key)


def spend_the_same_time(pass_phrase: str, costs: Argon2Costs) -> None:
    """Derive a key for nobody, so that an unknown name is answered no sooner than a wrong pass phrase."""
    wipe(_derive(pass_phrase, bytes(16), bytes(32), costs))


def refusal() -> SignInRefused:
    return SignInRefused("The name or the pass phrase is wrong.", "Try again; after several failures you must wait.")


def _derive(pass_phrase: str, salt: bytes, box_secret: bytes, costs: Argon2Costs) -> bytes:
    kdf = Argon2id(
        salt=salt,
        length=32,
        iterations=costs.passes,
        lanes=costs.lanes,
        memory_cost=costs.memory_kib,
        secret=box_secret,
    )
    typed = normalised(pass_phrase)
    try:
        return kdf.derive(typed)
    finally:
        wipe(typed)


def _bound_to(person_id: str) -> bytes:
    """One person's wrapped key cannot be put in another's place."""
    return b"earmark user key 1\0" + person_id.encode()
