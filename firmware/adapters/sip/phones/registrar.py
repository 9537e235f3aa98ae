"""The registrar: answers REGISTER, and lets only those call who know a phone's password (RFC 3261 §10.3 and §22).

Who is unknown and who gives a wrong password get the same answer, after the same work. An emergency call from where a
registered phone is goes through without being asked anything.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import formatdate

from firmware.adapters.sip.message import SipRequest
from firmware.adapters.sip.phones.bindings import Binding, Bindings, Lifetimes
from firmware.adapters.sip.phones.digest import Credentials, DigestGuard
from firmware.adapters.sip.phones.guessing import Guessing
from firmware.adapters.sip.phones.phone import Phone
from firmware.core.emergency import is_emergency
from firmware.core.name_address import parse_name_address, uri_user
from firmware.core.once_a_minute import OnceAMinute
from firmware.core.party_number import called_number
from firmware.native.peer_gate import Network
from firmware.native.registrar import Answer, Outcome, Source, Transport

_LOG = logging.getLogger(__name__)
_CHALLENGED, _FORBIDDEN, _NOT_FOUND, _BAD_EXTENSION, _BAD_EVENT = 401, 403, 404, 420, 489
_OK, _TOO_BRIEF = 200, 423
# How long a wrong password for a phone is worth telling on the health page.
_TOLD_FOR_S = 600.0
# After a start phones that were not known before need a moment to register.
_TIME_TO_COME_S = 120.0

#: Whether a request is a peer's, which is known by where it comes from.
IsPeer = Callable[[SipRequest, Source], bool]
Block = Callable[[Network, float], None]


@dataclass(frozen=True)
class Admitted:
    """A call that was let in: which phone makes it, and by which transport."""

    call_id: str
    cseq: str
    phone: Phone
    transport: Transport


class Registrar:
    """Every phone of every line. One thread: the one that polls the library.

    Args:
        phones: those that may register.
        guard: checks passwords.
        lifetimes: how long a registration holds.
        is_peer: tells requests of peers.
        block: has a place not answered for some seconds.
        changed: told whenever where phones are has changed.
        monotonic_s: the time.
    """

    def __init__(
        self,
        phones: Sequence[Phone],
        guard: DigestGuard,
        lifetimes: Lifetimes,
        is_peer: IsPeer,
        block: Block,
        changed: Callable[[], None],
        monotonic_s: Callable[[], float],
    ) -> None:
        self._phones: Mapping[str, Phone] = {phone.user: phone for phone in phones}
        self._guard = guard
        self._is_peer = is_peer
        self._block = block
        self._changed = changed
        self._monotonic_s = monotonic_s
        self.bindings = Bindings(lifetimes)
        self._guessing = Guessing()
        self._failures = OnceAMinute(_say, "other addresses")
        self._wrong: dict[str, tuple[float, str]] = {}
        self._admitted: Admitted | None = None
        self._began_s = monotonic_s()

    # -- what comes from the network ----------------------------------------------------------------------------------

    def take(self, message: str, source: Source) -> Outcome:
        """Say what becomes of a request from outside any dialog."""
        request = SipRequest.parse(message)
        if request.method == "REGISTER":
            return self._register(request, source)
        if self._is_peer(request, source):
            return "peer's"
        if request.method == "INVITE":
            return self._invite(request, source)
        if self._at(source) is None:
            self._refuse_for(*self._guessing.asked(source.address, self._monotonic_s()))
            return Answer(_FORBIDDEN)
        # A phone that asks for lamps and messages is told that there are none.
        return Answer(_BAD_EVENT) if request.method in ("SUBSCRIBE", "PUBLISH") else "phone's"

    def admitted(self, request: SipRequest) -> Admitted | None:
        """The call that was let in a moment ago, if it is this one."""
        admitted = self._admitted
        return admitted if admitted is not None and (admitted.call_id, admitted.cseq) == _marks(request) else None

    def _register(self, request: SipRequest, source: Source) -> Outcome:
        phone = self._proven(request, source)
        if not isinstance(phone, Phone):
            return phone
        required = [word.strip() for line in request.all("require") for word in line.split(",") if word.strip()]
        if required:
            return Answer(_BAD_EXTENSION, (("Unsupported", ", ".join(required)[:200]),), known=True)
        address = parse_name_address(request.first("to"))
        if address is None or uri_user(address.uri) not in (phone.user, phone.extension):
            return Answer(_NOT_FOUND, known=True)
        now_s = self._monotonic_s()
        before = self.bindings.of(phone.user, now_s)
        done = self.bindings.register(phone.user, request, source, now_s)
        if done.status == _TOO_BRIEF:
            return Answer(done.status, (("Min-Expires", str(self.bindings.lifetimes.least_s)),), known=True)
        if done.status != _OK:
            return Answer(done.status, known=True)
        self._wrong.pop(phone.user, None)
        self._note_change(phone, before, done.bindings)
        return Answer(done.status, (*_contacts(done.bindings, now_s), ("Date", formatdate(usegmt=True))), known=True)

    def _invite(self, request: SipRequest, source: Source) -> Outcome:
        there = self._at(source)
        dialled = called_number(request.request_uri, request.first("to"))
        # One that is to take another call's place (RFC 3891) is not what is let through so.
        new_call = not request.first("replaces")
        if there is not None and new_call and is_emergency(dialled, there.outside_prefix):
            return self._admit(request, there, source)
        phone = self._proven(request, source)
        return self._admit(request, phone, source) if isinstance(phone, Phone) else phone

    def _admit(self, request: SipRequest, phone: Phone, source: Source) -> Outcome:
        self._admitted = Admitted(*_marks(request), phone, source.transport)
        return "phone's"

    def _proven(self, request: SipRequest, source: Source) -> Phone | Answer:
        """The phone whose password the sender knows; else what it is told."""
        headers = (*request.all("authorization"), *request.all("proxy-authorization"))
        credentials = Credentials.of(headers, self._guard.realm)
        phone = self._phones.get(credentials.username) if credentials is not None else None
        password = phone.password if phone is not None else None
        now_s = self._monotonic_s()
        match self._guard.check(credentials, password, request.method, request.request_uri):
            case "good" if phone is not None:
                self._guessing.proved(source.address)
                return phone
            case "stale":
                return Answer(_CHALLENGED, self._guard.challenge(stale=True))
            case "none":
                self._refuse_for(*self._guessing.asked(source.address, now_s))
            case _:
                self._refuse_for(*self._guessing.failed(source.address, now_s))
                self._failures.note(source.address, now_s)
                if phone is not None:
                    self._wrong[phone.user] = (now_s, source.address)
        return Answer(_CHALLENGED, self._guard.challenge())

    def _refuse_for(self, place: Network, for_s: float) -> None:
        if for_s:
            self._block(place, for_s)

    def _at(self, source: Source) -> Phone | None:
        """The phone that is registered from exactly there."""
        now_s = self._monotonic_s()
        found = (each for each in self.bindings.all() if each.source == source and each.expires_s > now_s)
        binding = next(found, None)
        return self._phones.get(binding.phone) if binding is not None else None

    # -- how things are -----------------------------------------------------------------------------------------------

    def attend(self) -> None:
        """The once-a-second work."""
        now_s = self._monotonic_s()
        self._failures.flush(now_s)
        over = self.bindings.expire(now_s)
        for binding in over:
            phone = self._phones[binding.phone]
            _LOG.info("%s: the phone of %s is not registered any more: it did not come again", phone.line, phone.shown)
        if over:
            self._changed()
        self._wrong = {user: wrong for user, wrong in self._wrong.items() if now_s - wrong[0] < _TOLD_FOR_S}

    def put_back(self, bindings: Sequence[Binding]) -> None:
        """Registrations from before this process began, of phones that are still in the settings.

        Connections ended with the process, and their phones come again by themselves.
        """
        self.bindings.put_back(
            binding for binding in bindings if binding.phone in self._phones and binding.source.transport == "udp"
        )
        self._changed()

    def binding(self, name: str) -> Binding | None:
        """The binding of that name, if its time is not over."""
        now_s = self._monotonic_s()
        return next((each for each in self.bindings.all() if each.name == name and each.expires_s > now_s), None)

    def phone_of(self, binding: Binding) -> Phone:
        return self._phones[binding.phone]

    def phones(self, line: str) -> tuple[Phone, ...]:
        return tuple(phone for phone in self._phones.values() if phone.line == line)

    def registered(self, line: str) -> dict[str, list[str]]:
        """The names of every extension's bindings, those first that want to be rung first (q)."""
        now_s = self._monotonic_s()
        found: dict[str, list[str]] = {}
        for phone in self.phones(line):
            wanted = sorted(self.bindings.of(phone.user, now_s), key=lambda each: -each.q)
            found.setdefault(phone.extension, []).extend(each.name for each in wanted)
        return found

    def troubles(self, line: str) -> list[str]:
        """What a person should know of a line's phones: passwords that were tried in vain, and phones that are away."""
        now_s = self._monotonic_s()
        if now_s - self._began_s < _TIME_TO_COME_S:
            return []
        phones, wrong = self.phones(line), self._wrong_passwords(line)
        absent = [phone.shown for phone in phones if phone.expected and not self.bindings.of(phone.user, now_s)]
        if not absent:
            return wrong
        what = "no phone is registered" if len(absent) == len(phones) else f"not registered: {', '.join(absent)}"
        return [*wrong, f"{what}. Look at the phone's power, network, user and password, and at: earmark phones"]

    def _wrong_passwords(self, line: str) -> list[str]:
        return [
            f"somebody at {address} gives a wrong password for the phone of {self._phones[user].shown}"
            for user, (_, address) in self._wrong.items()
            if self._phones[user].line == line
        ]

    def _note_change(self, phone: Phone, before: Sequence[Binding], after: Sequence[Binding]) -> None:
        if bool(before) != bool(after):
            what = "is registered" if after else "is not registered any more"
            _LOG.info("%s: the phone of %s %s", phone.line, phone.shown, what)
        if {(each.key, each.source) for each in before} != {(each.key, each.source) for each in after}:
            self._changed()


def _contacts(bindings: Sequence[Binding], now_s: float) -> tuple[tuple[str, str], ...]:
    return tuple(("Contact", f"<{each.contact}>;expires={max(0, round(each.expires_s - now_s))}") for each in bindings)


def _marks(request: SipRequest) -> tuple[str, str]:
    return request.first("call-id"), request.first("cseq")


def _say(address: str, count: int) -> None:
    requests = "1 request" if count == 1 else f"{count} requests"
    _LOG.warning("refused %s from %s: unknown phone or wrong password", requests, address)
