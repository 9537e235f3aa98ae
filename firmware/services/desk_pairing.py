"""Pairs desks with extensions: a code is shown to somebody with the right, and typed once in the desk's browser."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from firmware.core.desk import CODE_LENGTH, Desk, is_desk_name, is_extension
from firmware.core.errors import NoSuchDesk, SettingsError, SignInRefused
from firmware.core.typed_code import CODE_LETTERS, shown_code, typed_code
from firmware.ports.clock import Clock
from firmware.ports.settings_store import DeskStore

CODE_LASTS_MS = 15 * 60_000
MOST_DESKS = 200
_MOST_OFFERS = 20
_WRONG_CODES = 10
_IN_S = 60.0

EnterSoon = Callable[[str, Mapping[str, str], Mapping[str, Any]], None]


@dataclass(frozen=True)
class PairedBy:
    """Who asks for a desk: a person in a session, or a command on the box itself."""

    name: str
    person_id: str = "command"
    session_id: str = ""

    @property
    def ids(self) -> dict[str, str]:
        return {"person": self.person_id, **({"session": self.session_id} if self.session_id else {})}


@dataclass(frozen=True)
class Offer:
    """A desk that waits for its code to be typed. ``code`` is shown once, to whoever asked for it."""

    name: str
    extension: str
    expires_at_ms: int
    code: str = field(repr=False)
    ends_s: float = 0.0


@dataclass(frozen=True)
class Paired:
    token: str = field(repr=False)
    desk: Desk


class DeskPairing:
    """Methods may be called from several threads at once. Codes live in memory only, and end with the process.

    Args:
        store: the paired desks.
        enter_soon: for the evidence.
        clock: a code's life goes by its monotonic side.
    """

    def __init__(self, store: DeskStore, enter_soon: EnterSoon, clock: Clock) -> None:
        self._store = store
        self._enter_soon = enter_soon
        self._clock = clock
        self._lock = threading.Lock()
        self._offers: dict[bytes, Offer] = {}
        self._wrong_s: deque[float] = deque(maxlen=_WRONG_CODES)

    def offer(self, name: str, extension: str, by: PairedBy) -> Offer:
        """A new code, good once and for a quarter of an hour.

        Raises:
            SettingsError: the name or the extension cannot be one, or there are far too many desks.
        """
        name, extension = " ".join(name.split()), "".join(extension.split())
        if not is_desk_name(name):
            raise SettingsError("A desk needs a name of 1 to 40 letters.", "Name where it stands, such as Reception.")
        if not is_extension(extension):
            raise SettingsError(
                "That is no extension.", "Give the number as it is shown with the extension's calls, such as 201."
            )
        with self._lock:
            self._forget_expired()
            if len(self._offers) >= _MOST_OFFERS or len(self._store.desks()) >= MOST_DESKS:
                raise SettingsError("There are too many desks already.", "Revoke those that are no longer used.")
            made = self._new_offer(name, extension)
            self._offers[_digest(typed_code(made.code))] = made
        self._enter_soon("desk-offered", by.ids, {"name": name, "extension": extension, "by": by.name})
        return made

    def pair(self, code: str) -> Paired:
        """Turn a code into a desk's token. The code is used up.

        Raises:
            NoSuchDesk: the code is wrong, used or too old.
            SignInRefused: too many wrong codes have come lately.
        """
        with self._lock:
            self._forget_expired()
            now_s = self._clock.monotonic_s()
            if len(self._wrong_s) == _WRONG_CODES and now_s - self._wrong_s[0] < _IN_S:
                raise SignInRefused("Too many wrong codes have come.", "Wait a minute, then type it again.")
            offer = self._offers.pop(_digest(typed_code(code)), None)
            if offer is None:
                self._wrong_s.append(now_s)
                raise NoSuchDesk("This code is wrong, or no longer good.", "Type it again, or ask for a new one.")
            token = secrets.token_urlsafe(32)
            desk_id, paired_at_ms = secrets.token_hex(16), self._clock.wall_ms()
            desk = Desk(desk_id, offer.name, offer.extension, _digest(token).hex(), paired_at_ms)
            self._store.put(desk)
        self._enter_soon("desk-paired", {"desk": desk.desk_id}, {"name": desk.name, "extension": desk.extension})
        return Paired(token, desk)

    def desk_of(self, token: str) -> Desk:
        """The desk whose token this is.

        Raises:
            SignInRefused: there is none, or no longer.
        """
        digest = _digest(token).hex()
        found = next((desk for desk in self._store.desks() if secrets.compare_digest(desk.token_hash, digest)), None)
        if found is None:
            raise SignInRefused("This desk is not paired, or no longer.", "Ask for a code, and pair it anew.")
        return found

    def desks(self) -> tuple[Desk, ...]:
        return self._store.desks()

    def offers(self) -> tuple[Offer, ...]:
        """Those whose code was not typed yet."""
        with self._lock:
            self._forget_expired()
            return tuple(self._offers.values())

    def revoke(self, desk_id: str, by: PairedBy) -> Desk:
        """End a desk's right, at once and for good.

        Raises:
            NoSuchDesk: there is none of that id.
        """
        desk = next((each for each in self._store.desks() if each.desk_id == desk_id), None)
        if desk is None or not self._store.remove(desk_id):
            raise NoSuchDesk("There is no such desk; it may have been revoked already.")
        detail = {"name": desk.name, "extension": desk.extension, "by": by.name}
        self._enter_soon("desk-revoked", {"desk": desk_id, **by.ids}, detail)
        return desk

    def _new_offer(self, name: str, extension: str) -> Offer:
        code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
        ends_s = self._clock.monotonic_s() + CODE_LASTS_MS / 1000
        return Offer(name, extension, self._clock.wall_ms() + CODE_LASTS_MS, shown_code(code), ends_s)

    def _forget_expired(self) -> None:
        now_s = self._clock.monotonic_s()
        self._offers = {digest: offer for digest, offer in self._offers.items() if now_s < offer.ends_s}


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
