"""All phones that register with this box: the door for them, and where each of them is."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from firmware.adapters.sip.line_config import RegistrarConfig, SipLineConfig, phones_by
from firmware.adapters.sip.message import SipRequest
from firmware.adapters.sip.peers import KnownPeers
from firmware.adapters.sip.phones.bindings import Binding, Lifetimes
from firmware.adapters.sip.phones.digest import DigestGuard
from firmware.adapters.sip.phones.kept_bindings import KeptBindings
from firmware.adapters.sip.phones.phone import Phone
from firmware.adapters.sip.phones.registrar import Registrar
from firmware.core.scanner_watch import Network
from firmware.native.registrar import PhoneRequests, Source, Transport
from firmware.ports.clock import Clock

_LOG = logging.getLogger(__name__)
REALM = "earmark"

RefuseFor = Callable[[Network, float], None]


@dataclass(frozen=True)
class PhonePlace:
    """Where a registered phone is reached: by which peer's account, at which address, and whose it is."""

    peer: str
    address: str
    phone: Phone


@dataclass(frozen=True)
class ShownPhone:
    """A phone as people are shown it. ``addresses`` are where it is registered from, empty where it is not.

    ``answers`` is whether it answers when asked if it is there; None where it has not been asked yet.
    """

    line: str
    extension: str
    user: str
    name: str
    addresses: tuple[str, ...]
    agents: tuple[str, ...]
    expires_s: int
    answers: bool | None


class RegisteredPhones:
    """Phones of every line of the process. One thread, the one that polls the library.

    Args:
        lines: the lines; where none has phones, nobody registers.
        peers: who is known by address, and needs no password.
        file: where registrations are kept; None keeps none.
        clock: the time.
        refuse_for: has a place from which passwords are guessed not answered for some seconds.
    """

    def __init__(
        self, lines: Sequence[SipLineConfig], peers: KnownPeers, file: Path | None, clock: Clock, refuse_for: RefuseFor
    ) -> None:
        self._lines = tuple(line for line in lines if line.phones)
        self._peers = peers
        self._clock = clock
        self._kept = KeptBindings(file) if file is not None and self._lines else None
        self._requests: PhoneRequests | None = None
        self._answers: dict[str, bool] = {}
        self._shown_now: list[dict[str, object]] = []
        self._putting_back = False
        settings = [line.registrar for line in self._lines] or [RegistrarConfig()]
        self._registrar = Registrar(
            [phone for line in self._lines for phone in line.phones],
            DigestGuard(REALM, settings[0].digests, clock.monotonic_s),
            Lifetimes(min(each.least_s for each in settings), min(each.most_s for each in settings)),
            self._is_peer,
            refuse_for,
            self._moved,
            clock.monotonic_s,
        )

    # -- life ---------------------------------------------------------------------------------------------------------

    def open(self, native: bool) -> None:
        """Let phones in. The library must be up; ``native``: whether our C is to be had.

        Raises:
            LineError: the library does not take it.
        """
        if not self._lines:
            return
        if not native:
            _LOG.error("no phone can register: what that needs is not to be had here")
            return
        networks = {
            ipaddress.ip_network(each, strict=False) for line in self._lines for each in line.registrar.networks
        }
        self._requests = PhoneRequests.open(networks, self._registrar.take)
        if self._kept is not None:
            lasts_s = self._registrar.bindings.lifetimes.most_s
            before = self._kept.read(self._clock.monotonic_s(), lasts_s)
            self._kept.start()
            self._putting_back = True
            self._registrar.put_back(before)
            self._putting_back = False

    def close(self) -> None:
        """Before the library ends. Safe to call twice."""
        if self._requests is not None:
            self._requests.close()
            self._requests = None
        if self._kept is not None:
            self._kept.stop()
            self._kept = None

    def attend(self) -> None:
        """The once-a-second work."""
        if self._lines:
            self._registrar.attend()
            self._shown_now = [asdict(self._shown(phone)) for line in self._lines for phone in line.phones]

    # -- calls --------------------------------------------------------------------------------------------------------

    def admitted(self, request: SipRequest) -> tuple[Phone, str] | None:
        """Which phone makes the call that was let in a moment ago, and by which peer's account it is taken."""
        admitted = self._registrar.admitted(request)
        return (admitted.phone, phones_by(admitted.transport)) if admitted is not None else None

    def addresses(self) -> set[str]:
        """From where phones are registered."""
        return {binding.source.address for binding in self._registrar.bindings.all()}

    def place(self, name: str) -> PhonePlace | None:
        """Where the phone of that name is; None where it is no longer registered."""
        binding = self._registrar.binding(name)
        if binding is None:
            return None
        return PhonePlace(phones_by(binding.source.transport), binding.uri, self._registrar.phone_of(binding))

    def registered(self, line: str) -> dict[str, list[str]]:
        """The names of the phones of every extension of a line that are registered."""
        return self._registrar.registered(line)

    # -- whether they are there ---------------------------------------------------------------------------------------

    def bindings(self, line: str, transport: Transport) -> list[Binding]:
        """Those of a line that registered by a transport."""
        phones = {phone.user for phone in self._registrar.phones(line)}
        all_of_them = self._registrar.bindings.all()
        return [each for each in all_of_them if each.phone in phones and each.source.transport == transport]

    def note_answer(self, name: str, answers: bool) -> None:
        """A phone answered, or did not, when it was asked whether it is there."""
        if self._answers.get(name) != answers and self._registrar.binding(name) is not None:
            self._answers[name] = answers

    def shown(self) -> list[dict[str, object]]:
        """Every phone as it was a second ago, as JSON values. Any thread."""
        return self._shown_now

    def troubles(self, line: str) -> list[str]:
        """What a person should know of a line's phones."""
        return self._registrar.troubles(line)

    def _shown(self, phone: Phone) -> ShownPhone:
        now_s = self._clock.monotonic_s()
        bindings = self._registrar.bindings.of(phone.user, now_s)
        answers = [self._answers[each.name] for each in bindings if each.name in self._answers]
        return ShownPhone(
            phone.line,
            phone.extension,
            phone.user,
            phone.name,
            tuple(f"{each.source.host_port} ({each.source.transport})" for each in bindings),
            tuple(each.agent for each in bindings),
            round(max((each.expires_s - now_s for each in bindings), default=0)),
            any(answers) if answers else None,
        )

    # -- what the registrar asks --------------------------------------------------------------------------------------

    def _is_peer(self, request: SipRequest, source: Source) -> bool:
        return self._peers.match(source.host_port, request.sent_by_port) is not None

    def _moved(self) -> None:
        bindings = self._registrar.bindings.all()
        names = {each.name for each in bindings}
        self._answers = {name: answers for name, answers in self._answers.items() if name in names}
        if self._requests is not None:
            self._requests.vouch((each.source.address, port) for each in bindings for port in each.ports)
        if self._kept is not None and not self._putting_back:
            self._kept.keep(bindings)
