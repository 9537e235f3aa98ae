"""Listening keys: age X25519 identities. Unlocked by a pass phrase, held while signed in, forgotten afterwards.

``pyrage`` keeps an identity in Rust, which zeroes it when the object goes; the text it is read from is wiped here.
"""

from __future__ import annotations

import hmac
import threading
import uuid
from collections.abc import Sequence
from dataclasses import replace

import pyrage

from firmware.adapters.keys import user_keys
from firmware.adapters.keys.recovery_words import recovery_identity
from firmware.adapters.keys.user_keys import COSTS, Argon2Costs
from firmware.adapters.keys.wiping import wipe
from firmware.adapters.sealing.grant_file import unseal_grant
from firmware.adapters.sealing.keyslot import parse_recipient, unwrap_key
from firmware.core.access_policy import Role
from firmware.core.errors import NotAllowed, SignInRefused
from firmware.core.grant import GrantTerms
from firmware.core.people import Person, SealedOfficeKey, WrappedKey
from firmware.ports.listening_keys import Admission, UnlockedKeys

_MARK = b"earmark recipient 1"


class AgeUnlockedKeys:
    """One person's unlocked keys (``UnlockedKeys``): their own, and the office key of each epoch. Thread-safe."""

    def __init__(self, user_key: pyrage.x25519.Identity, office_keys: dict[int, pyrage.x25519.Identity]) -> None:
        self._lock = threading.Lock()
        self._user_key: pyrage.x25519.Identity | None = user_key
        self._office_keys = office_keys
        self.user_public_key = str(user_key.to_public())

    @property
    def may_open(self) -> bool:
        with self._lock:
            return bool(self._office_keys)

    def open_keyslot(self, keyslot: bytes) -> bytes:
        with self._lock:
            return unwrap_key(keyslot, list(self._held().values()))

    def open_grant(self, content: bytes, terms: GrantTerms) -> bytes:
        with self._lock:
            return unseal_grant(content, terms, self._own())

    def admit(self, person_id: str, user_public_key: str) -> Admission:
        with self._lock:
            return _admission(self._held(), person_id, user_public_key)

    def recognises(self, person: Person) -> bool:
        with self._lock:
            mark = _mark(self._held(), person.person_id, person.user_public_key)
        return hmac.compare_digest(mark, person.key_mark)

    def open_own(self, sealed: bytes) -> bytes:
        with self._lock:
            try:
                return bytes(pyrage.decrypt(sealed, [self._own()]))
            except pyrage.DecryptError:
                raise NotAllowed("This was not sealed to this person's key.", "Set it up anew.") from None

    def rewrapped(self, pass_phrase: str, person_id: str, box_secret: bytes, costs: Argon2Costs) -> WrappedKey:
        """The user key under another pass phrase."""
        with self._lock:
            private = str(self._own()).encode()
        try:
            return user_keys.wrap(private, pass_phrase, person_id, box_secret, costs)
        finally:
            wipe(private)

    def take_office_keys(self, sealed: Sequence[SealedOfficeKey]) -> None:
        with self._lock:
            if self._office_keys and self._user_key is not None:
                self._office_keys |= {each.epoch: unseal_office_key(each, self._user_key) for each in sealed}

    def wipe(self) -> None:
        with self._lock:
            self._office_keys.clear()
            self._user_key = None

    def _held(self) -> dict[int, pyrage.x25519.Identity]:
        if not self._office_keys:
            raise NotAllowed("The office key is not sealed to this person.", "Ask a listener to open the call.")
        return self._office_keys

    def _own(self) -> pyrage.x25519.Identity:
        if self._user_key is None:
            raise NotAllowed("This sign-in has ended.", "Sign in again.")
        return self._user_key


class AgeKeyUnlocker:
    """``KeyUnlocker``: Argon2id, then age. One unlock at a time: each takes 64 MiB, and a small box has 1 GB."""

    def __init__(self, box_secret: bytes, costs: Argon2Costs = COSTS) -> None:
        self._box_secret = box_secret
        self._costs = costs
        self._one_at_a_time = threading.Lock()

    def unlock(self, person: Person | None, pass_phrase: str) -> UnlockedKeys:
        with self._one_at_a_time:
            if person is None:
                user_keys.spend_the_same_time(pass_phrase, self._costs)
                raise user_keys.refusal()
            private = user_keys.unwrap(person.user_key, pass_phrase, person.person_id, self._box_secret)
        user_key = identity_from(private)
        office_keys = {sealed.epoch: unseal_office_key(sealed, user_key) for sealed in person.office_keys}
        return AgeUnlockedKeys(user_key, office_keys)


class AgeKeyMaker:
    """``KeyMaker``: user keys for people who join, come back, or change their pass phrase."""

    def __init__(self, box_secret: bytes, costs: Argon2Costs = COSTS) -> None:
        self._box_secret = box_secret
        self._costs = costs

    def new_user_key(self, person_id: str, pass_phrase: str) -> tuple[str, WrappedKey]:
        user_key = pyrage.x25519.Identity.generate()
        private = str(user_key).encode()
        try:
            wrapped = user_keys.wrap(private, pass_phrase, person_id, self._box_secret, self._costs)
        finally:
            wipe(private)
        return str(user_key.to_public()), wrapped

    def rewrap(self, keys: UnlockedKeys, person_id: str, pass_phrase: str) -> WrappedKey:
        if not isinstance(keys, AgeUnlockedKeys):
            raise TypeError("these keys were not unlocked here")
        return keys.rewrapped(pass_phrase, person_id, self._box_secret, self._costs)

    def seal(self, secret: bytes, user_public_key: str) -> bytes:
        return bytes(pyrage.encrypt(secret, [parse_recipient(user_public_key, "person's")]))

    def admit_by_recovery(
        self, recovery_key: str, sealed: Sequence[SealedOfficeKey], person_id: str, user_public_key: str
    ) -> Admission:
        return _admission(_opened_by_recovery(recovery_key, sealed), person_id, user_public_key)

    def check_recovery_key(self, recovery_key: str, sealed: Sequence[SealedOfficeKey]) -> None:
        _opened_by_recovery(recovery_key, sealed)


def _opened_by_recovery(recovery_key: str, sealed: Sequence[SealedOfficeKey]) -> dict[int, pyrage.x25519.Identity]:
    identity = recovery_identity(recovery_key)
    try:
        return {each.epoch: identity_from(pyrage.decrypt(each.blob, [identity])) for each in sealed}
    except pyrage.DecryptError:
        raise SignInRefused("This is not the office's recovery key.", "Look whether a newer one is kept.") from None


def _admission(held: dict[int, pyrage.x25519.Identity], person_id: str, user_public_key: str) -> Admission:
    to = parse_recipient(user_public_key, "person's")
    sealed = tuple(seal_office_key(key, epoch, to) for epoch, key in held.items())
    return Admission(sealed, _mark(held, person_id, user_public_key))


def _mark(held: dict[int, pyrage.x25519.Identity], person_id: str, user_public_key: str) -> bytes:
    """By the newest office key: whoever makes a newer one admits everybody to it anew."""
    private = str(held[max(held)]).encode()
    try:
        return hmac.digest(private, b"\0".join((_MARK, person_id.encode(), user_public_key.encode())), "sha256")
    finally:
        wipe(private)


def new_person(
    name: str,
    role: Role,
    pass_phrase: str,
    box_secret: bytes,
    office_key: pyrage.x25519.Identity | None,
    costs: Argon2Costs = COSTS,
) -> Person:
    """Make a person's user key and, where ``office_key`` is given (a listener), seal that key to it."""
    person_id = uuid.uuid4().hex
    public_key, wrapped = AgeKeyMaker(box_secret, costs).new_user_key(person_id, pass_phrase)
    person = Person(person_id, name, role, public_key, wrapped)
    if office_key is None:
        return person
    admission = _admission({1: office_key}, person_id, public_key)
    return replace(person, office_keys=admission.office_keys, key_mark=admission.key_mark)


def seal_office_key(office_key: pyrage.x25519.Identity, epoch: int, to: pyrage.x25519.Recipient) -> SealedOfficeKey:
    text = str(office_key).encode()
    try:
        return SealedOfficeKey(epoch, pyrage.encrypt(text, [to]))
    finally:
        wipe(text)


def unseal_office_key(sealed: SealedOfficeKey, user_key: pyrage.x25519.Identity) -> pyrage.x25519.Identity:
    """The office key of one epoch.

    Raises:
        SignInRefused: the entry was not sealed to this user key.
    """
    try:
        return identity_from(pyrage.decrypt(sealed.blob, [user_key]))
    except pyrage.DecryptError:
        raise SignInRefused(
            "The office key kept for this person does not fit the person's own key.",
            "Put people.json back from a backup of the state folder.",
        ) from None


def identity_from(private: bytes) -> pyrage.x25519.Identity:
    """An identity from its text, which is wiped."""
    text = private.decode("ascii")
    try:
        return pyrage.x25519.Identity.from_str(text)
    finally:
        wipe(private, text)
