"""Where registered phones are: the bindings of a registrar (RFC 3261 §10.3), as values and a table of them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from firmware.adapters.sip.message import SipRequest
from firmware.core.name_address import NameAddress, parse_name_addresses
from firmware.native.registrar import Source

# One person's desk phone, softphones, and what they left behind; one more, and the oldest is forgotten.
_MOST_CONTACTS = 10
_LONGEST_CONTACT = 512
_URI = re.compile(
    r"(sips?):(?:([^@;?\s]*)@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::(\d{1,5}))?((?:;[^?\s<>]*)?)", re.IGNORECASE
)
# Parameters that say how to get there, which is known better.
_ON_THE_WAY = ("transport=", "maddr=", "lr")
_SIP_PORT = 5060
_NUMBER = re.compile(r"\d{1,10}")
_OK, _BAD_REQUEST, _TOO_BRIEF, _OUT_OF_ORDER = 200, 400, 423, 500


@dataclass(frozen=True)
class Lifetimes:
    """For how long a registration holds, in seconds: what is granted at least, at most, and where none is asked for."""

    least_s: int = 60
    most_s: int = 600


@dataclass(frozen=True)
class Binding:
    """One contact of a phone. ``expires_s`` is monotonic.

    Attributes:
        phone: the phone's user.
        contact: its address as it says itself.
        source: where it sends from.
        agent: what it calls itself.
    """

    phone: str
    contact: str
    source: Source
    expires_s: float
    q: float = 1.0
    call_id: str = ""
    cseq: int = 0
    instance: str = ""
    agent: str = ""

    @property
    def key(self) -> str:
        """Tells it from the phone's others: addresses are compared by user, host, port and transport."""
        return _key(self.contact)

    @property
    def name(self) -> str:
        """A name for it that fits into one word."""
        return f"{self.phone}/{hashlib.sha256(self.key.encode()).hexdigest()[:8]}"

    @property
    def place(self) -> str:
        """The address and port at which it is reached from here.

        What it says itself, unless that is not where it sends from: it is behind a router then, or on a connection.
        """
        _, host, port, _ = self._taken_apart
        if self.source.transport == "udp" and host.strip("[]").lower() == self.source.address.lower():
            return f"{host}:{port or _SIP_PORT}"
        return self.source.host_port

    @property
    def ports(self) -> frozenset[int]:
        """The ports of its address that are its own: from where it sends, and where it is reached."""
        return frozenset({self.source.port, int(self.place.rpartition(":")[2])})

    @property
    def uri(self) -> str:
        """The SIP address by which it is called."""
        user, _, _, parameters = self._taken_apart
        kept = [word for word in parameters.split(";") if word and not word.lower().startswith(_ON_THE_WAY)]
        at_place = f"{user}@{self.place}" if user else self.place
        return ";".join((f"sip:{at_place}", *kept, f"transport={self.source.transport}"))

    @property
    def _taken_apart(self) -> tuple[str, str, str, str]:
        found = _URI.match(self.contact)
        assert found is not None
        return found[2] or "", found[3], found[4] or "", found[5]


@dataclass(frozen=True)
class Registered:
    """What became of a REGISTER: its status, and the bindings as they are then."""

    status: int
    bindings: tuple[Binding, ...] = ()


@dataclass
class Bindings:
    """Every binding, by the phone's user. One thread; times are monotonic seconds."""

    lifetimes: Lifetimes = Lifetimes()
    _of: dict[str, tuple[Binding, ...]] = field(default_factory=dict)

    def register(self, phone: str, request: SipRequest, source: Source, now_s: float) -> Registered:
        """Take a REGISTER of somebody who may: all of it, or nothing."""
        wanted = _wanted(request, self.lifetimes)
        if isinstance(wanted, int):
            return Registered(wanted)
        before = {binding.key: binding for binding in self.of(phone, now_s)}
        call_id, cseq = request.first("call-id"), _cseq(request)
        named = before if wanted is None else wanted
        if any(_is_out_of_order(before.get(key), call_id, cseq) for key in named):
            return Registered(_OUT_OF_ORDER)
        after = dict(before)
        if wanted is None:
            after = {}
        for key, (address, lasts_s) in (wanted or {}).items():
            after.pop(key, None)
            if lasts_s:
                new = _binding(phone, address, source, now_s + lasts_s, request)
                after = {other: each for other, each in after.items() if not _is_same_phone(each, new)}
                after[key] = replace(new, call_id=call_id, cseq=cseq)
        self._keep(phone, tuple(after.values())[-_MOST_CONTACTS:])
        return Registered(_OK, self._of.get(phone, ()))

    def of(self, phone: str, now_s: float) -> tuple[Binding, ...]:
        return tuple(binding for binding in self._of.get(phone, ()) if binding.expires_s > now_s)

    def all(self) -> tuple[Binding, ...]:
        return tuple(binding for each in self._of.values() for binding in each)

    def expire(self, now_s: float) -> tuple[Binding, ...]:
        """Forget those whose time is over; gives them."""
        over = tuple(binding for binding in self.all() if binding.expires_s <= now_s)
        for phone in {binding.phone for binding in over}:
            self._keep(phone, self.of(phone, now_s))
        return over

    def put_back(self, bindings: Iterable[Binding]) -> None:
        """What was known before this process began."""
        for binding in bindings:
            self._keep(binding.phone, (*self._of.get(binding.phone, ()), binding))

    def _keep(self, phone: str, bindings: tuple[Binding, ...]) -> None:
        if bindings:
            self._of[phone] = bindings
        else:
            self._of.pop(phone, None)


_Wanted = Mapping[str, tuple[NameAddress, int]]


def _wanted(request: SipRequest, lifetimes: Lifetimes) -> _Wanted | int | None:
    """The contacts by key, and how long each is to hold (0: no longer); None to remove all; or a status of refusal."""
    lines = request.all("contact")
    expires = _seconds(request.first("expires"))
    if any(line.strip() == "*" for line in lines):
        return None if len(lines) == 1 and expires == 0 else _BAD_REQUEST
    wanted: dict[str, tuple[NameAddress, int]] = {}
    for address in parse_name_addresses(lines):
        if len(address.uri) > _LONGEST_CONTACT or not _URI.fullmatch(address.uri.partition("?")[0]):
            return _BAD_REQUEST
        asked = _seconds(address.parameter("expires"))
        lasts_s = asked if asked is not None else expires if expires is not None else lifetimes.most_s
        if 0 < lasts_s < lifetimes.least_s:
            return _TOO_BRIEF
        wanted[_key(address.uri)] = (address, min(lasts_s, lifetimes.most_s))
    return _BAD_REQUEST if lines and not wanted else wanted


def _is_out_of_order(before: Binding | None, call_id: str, cseq: int) -> bool:
    """RFC 3261 §10.3 step 7: what came later was dealt with already."""
    return before is not None and before.call_id == call_id and cseq <= before.cseq


def _is_same_phone(one: Binding, other: Binding) -> bool:
    """Whether it is the very device, that has been restarted or moved."""
    if one.instance and one.instance == other.instance:
        return True
    return one.source == other.source and one.key != other.key


def _binding(phone: str, address: NameAddress, source: Source, expires_s: float, request: SipRequest) -> Binding:
    try:
        q = min(1.0, max(0.0, float(address.parameter("q", "1"))))
    except ValueError:
        q = 1.0
    agent = "".join(letter for letter in request.first("user-agent") if letter.isprintable())
    return Binding(
        phone,
        address.uri.partition("?")[0],
        source,
        expires_s,
        q,
        instance=address.parameter("+sip.instance")[:128],
        agent=agent[:60],
    )


def _key(uri: str) -> str:
    """The essence of a SIP address (RFC 3261 §19.1.4)."""
    found = _URI.match(uri)
    if found is None:
        return uri
    parameters = [each.lower() for each in found[5].split(";") if each.lower().startswith("transport=")]
    return ";".join((f"{found[2] or ''}@{found[3].lower()}:{found[4] or ''}", *parameters))


def _seconds(text: str) -> int | None:
    text = text.strip()
    return int(text) if _NUMBER.fullmatch(text) else None


def _cseq(request: SipRequest) -> int:
    return _seconds(request.first("cseq").partition(" ")[0]) or 0
