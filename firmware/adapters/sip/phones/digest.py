"""Digest authentication as a server does it (RFC 7616, and RFC 8760 for SIP): challenges, and what is said to them.

A nonce carries when it was made and a mark that only this process can make, so that nothing is kept for a stranger.
What is kept is how far the counter of a nonce has come with which somebody did prove to know a password.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

Algorithm = Literal["SHA-256", "MD5"]
# good: it is who it says. stale: it is, but the nonce has had its time: ask again (RFC 7616 §3.3, stale).
# wrong: unknown, or another password. none: no answer for this realm.
Verdict = Literal["good", "stale", "wrong", "none"]

_NONCE_LASTS_S = 300.0
_MOST_NONCES = 4096
_HASHES: dict[str, Callable[[bytes], hashlib._Hash]] = {
    "md5": lambda data: hashlib.md5(data, usedforsecurity=False),
    "sha-256": hashlib.sha256,
}
_PAIR = re.compile(r'[\s,]*([A-Za-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))\s*(?=,|$)')
_NONCE = re.compile(r"([0-9a-f]{1,16})\.[0-9a-f]{16}\.([0-9a-f]{32})")
_COUNT = re.compile(r"[0-9a-fA-F]{8}")


@dataclass(frozen=True)
class Credentials:
    """What an Authorization header says. Never shown."""

    username: str
    realm: str
    nonce: str = field(repr=False)
    uri: str
    response: str = field(repr=False)
    algorithm: str = "md5"
    cnonce: str = field(default="", repr=False)
    qop: str = ""
    count: str = ""

    @classmethod
    def of(cls, headers: Iterable[str], realm: str) -> Credentials | None:
        """The answer for our realm among Authorization headers, if there is one."""
        for header in headers:
            scheme, _, rest = header.strip().partition(" ")
            words = _words(rest) if scheme.lower() == "digest" else {}
            if words.get("realm") == realm:
                return cls(
                    words.get("username", ""),
                    realm,
                    words.get("nonce", ""),
                    words.get("uri", ""),
                    words.get("response", "").lower(),
                    words.get("algorithm", "md5").lower(),
                    words.get("cnonce", ""),
                    words.get("qop", "").lower(),
                    words.get("nc", ""),
                )
        return None


def _words(text: str) -> dict[str, str]:
    """The pairs up to the first thing that is none. A search for the next would take a stranger's garbage for ever."""
    found: dict[str, str] = {}
    place = 0
    while (pair := _PAIR.match(text, place)) is not None:
        name, quoted, plain = pair.groups()
        found.setdefault(name.lower(), re.sub(r"\\(.)", r"\1", quoted) if quoted else plain or "")
        place = pair.end()
    return found


def response_to(credentials: Credentials, password: str, method: str) -> str:
    """The response that whoever knows ``password`` gives (RFC 7616 §3.4.1); empty for an algorithm not known here."""
    make = _HASHES.get(credentials.algorithm)
    if make is None:
        return ""

    def digest(*parts: str) -> str:
        return make(":".join(parts).encode()).hexdigest()

    secret = digest(credentials.username, credentials.realm, password)
    asked = digest(method, credentials.uri)
    if credentials.qop:
        between = (credentials.nonce, credentials.count, credentials.cnonce, credentials.qop)
        return digest(secret, *between, asked)
    return digest(secret, credentials.nonce, asked)


class DigestGuard:
    """Challenges, and checks what is answered. One thread.

    Args:
        realm: what phones are told the password is for.
        algorithms: what is offered, in that order.
        monotonic_s: the time.
    """

    def __init__(self, realm: str, algorithms: Sequence[Algorithm], monotonic_s: Callable[[], float]) -> None:
        self.realm = realm
        self._algorithms = tuple(algorithms)
        self._monotonic_s = monotonic_s
        self._secret = os.urandom(32)
        # Whoever is unknown is checked against this, so that it takes as long.
        self._nobodys = os.urandom(16).hex()
        self._counts: OrderedDict[str, int] = OrderedDict()

    def challenge(self, stale: bool = False) -> tuple[tuple[str, str], ...]:
        """The headers of a 401: one for each algorithm."""
        nonce = self._nonce()
        more = ", stale=true" if stale else ""
        return tuple(
            (
                "WWW-Authenticate",
                f'Digest realm="{self.realm}", nonce="{nonce}", algorithm={algorithm}, qop="auth"{more}',
            )
            for algorithm in self._algorithms
        )

    def check(self, credentials: Credentials | None, password: str | None, method: str, uri: str) -> Verdict:
        """Whether the answer is right. ``password`` None: there is nobody of that name, which takes as long to say.

        Args:
            uri: the request's own, that the answer must be about.
        """
        if credentials is None:
            return "none"
        offered = credentials.algorithm in (algorithm.lower() for algorithm in self._algorithms)
        expected = response_to(credentials, password if password is not None else self._nobodys, method)
        right = hmac.compare_digest(expected.encode(), credentials.response.encode())
        if password is None or not right or not offered or not expected or not _alike(credentials.uri, uri):
            return "wrong"
        return "good" if self._is_fresh(credentials) else "stale"

    def _is_fresh(self, credentials: Credentials) -> bool:
        """Whether the nonce is ours, young, and not used so before. Without qop it counts once."""
        if not self._is_ours(credentials.nonce):
            return False
        count = 1
        if credentials.qop:
            if credentials.qop != "auth" or not _COUNT.fullmatch(credentials.count):
                return False
            count = int(credentials.count, 16)
        if count <= self._counts.get(credentials.nonce, 0):
            return False
        self._counts[credentials.nonce] = count
        self._counts.move_to_end(credentials.nonce)
        while len(self._counts) > _MOST_NONCES:
            self._counts.popitem(last=False)
        return True

    def _nonce(self) -> str:
        made = f"{int(self._monotonic_s() * 1000):x}.{os.urandom(8).hex()}"
        return f"{made}.{self._mark(made)}"

    def _is_ours(self, nonce: str) -> bool:
        found = _NONCE.fullmatch(nonce)
        if found is None or not hmac.compare_digest(self._mark(nonce.rpartition(".")[0]), found[2]):
            return False
        return 0 <= self._monotonic_s() - int(found[1], 16) / 1000 + 0.001 <= _NONCE_LASTS_S

    def _mark(self, made: str) -> str:
        return hmac.new(self._secret, made.encode(), hashlib.sha256).hexdigest()[:32]


def _alike(uri: str, asked: str) -> bool:
    """Phones write the same address in several ways: where it is must be the same, and whom it names if it does."""
    (user, host), (asked_user, asked_host) = _essence(uri), _essence(asked)
    return host == asked_host and user in ("", asked_user)


def _essence(uri: str) -> tuple[str, str]:
    rest = uri.partition(":")[2].partition(";")[0].partition("?")[0]
    user, at, host = rest.rpartition("@")
    if host.startswith("["):
        host = host.partition("]")[0]
    return (user if at else "", host.partition(":")[0].lower() if not host.startswith("[") else host.lower())
