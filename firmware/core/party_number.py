"""Who is calling and who is called, read from SIP headers.

Three things are told apart and stay apart:

* the *presentation number* (From): what the caller, or their exchange, wishes to be shown;
* the *network number* (P-Asserted-Identity, RFC 3325, or the older Remote-Party-ID): what the network vouches for;
* *withheld* (the caller asked for privacy, RFC 3323) and *unavailable* (nobody knows the number).

A withheld caller yields a ``Party`` that holds nothing at all: whatever else the trunk says in any header is dropped
here, before it can reach a log, a page or a recording. Nothing in this module raises on malformed headers: what cannot
be read counts as not there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from firmware.core.call_record import Party
from firmware.core.name_address import NameAddress, parse_name_address, parse_name_addresses, uri_host, uri_user

CalledNumberSource = Literal["request-uri", "to"]
_AddressReader = Callable[[str], str | None]

WITHHELD = Party(presentation="withheld")
UNAVAILABLE = Party(presentation="unavailable")

# RFC 3323 §4.2 and RFC 3325 §9.3. "session" hides media addresses only, "history" (RFC 7044) the diversion chain only.
_PRIVACY_THAT_WITHHOLDS = frozenset({"id", "user", "header", "full"})
# RFC 3323 §4.1.1.3 names "anonymous"; the others are what gateways write for the same wish.
_WITHHELD_USERS = frozenset({"anonymous", "restricted", "withheld", "private"})
_WITHHELD_NAMES = _WITHHELD_USERS | {"anonymous caller", "number withheld", "withheld number", "private number"}
_WITHHELD_HOST = "anonymous.invalid"
# 3GPP TS 24.229 §4.18 and TS 29.163 §7.2.3.2: the network knows no number.
_UNAVAILABLE_HOST = "unknown.invalid"
_UNAVAILABLE_USERS = frozenset({"unavailable", "unknown"})

_SEPARATORS = re.compile(r"[-.() ]")  # RFC 3966 §3, visual separators
_NUMBER = re.compile(r"\+?[0-9*#]{1,32}")
_SOS = re.compile(r"urn:service:sos(\.[a-z0-9.-]+)?", re.IGNORECASE)  # RFC 5031 §4.2
_LONGEST_ADDRESS = 64


@dataclass(frozen=True)
class CallerHeaders:
    """The header values of an INVITE that say who calls, as text, without the header's name.

    ``p_asserted_identity``, ``remote_party_id`` and ``privacy`` hold one entry per header line; a line may itself hold
    several values separated by commas (or, for Privacy, semicolons).
    """

    from_: str
    p_asserted_identity: tuple[str, ...] = ()
    remote_party_id: tuple[str, ...] = ()
    privacy: tuple[str, ...] = ()


def far_party(headers: CallerHeaders) -> Party:
    """The caller of an inbound call.

    Where From carries no telephone number but the network vouches for one that is not private, the network's number is
    what is presented, as telephone exchanges do.
    """
    return _calling_party(headers, telephone_number)


def office_party(headers: CallerHeaders) -> Party:
    """The extension that makes an outbound call. Extensions may be words: ``sip:reception@…`` is *reception*."""
    return _calling_party(headers, _number_or_word)


def called_party(request_uri: str, to: str, source: CalledNumberSource = "request-uri") -> Party:
    """The party an INVITE is for, as dialled; *unavailable* when neither address names anyone."""
    number = called_number(request_uri, to, source)
    return Party(number=number) if number else UNAVAILABLE


def called_number(request_uri: str, to: str, source: CalledNumberSource = "request-uri") -> str | None:
    """The number (or word) that was called, from the address the trunk puts it in, else from the other one.

    Some trunks send their own account in the Request-URI and the number dialled in To. An emergency service URN
    (RFC 5031) reads as 112, which every telephone network in the United Kingdom understands.
    """
    address = parse_name_address(to)
    to_uri = address.uri if address else ""
    first, second = (request_uri, to_uri) if source == "request-uri" else (to_uri, request_uri)
    return _called(first) or _called(second)


def telephone_number(uri: str) -> str | None:
    """The telephone number in a ``sip:``, ``sips:`` or ``tel:`` URI, without visual separators; None without one."""
    user = uri_user(uri)
    if user is None:
        return None
    digits = _SEPARATORS.sub("", user)
    return digits if _NUMBER.fullmatch(digits) else None


def shortened(number: str | None) -> str:
    """A number as a debug log may hold it: its last three digits."""
    digits = [character for character in number or "" if character in "0123456789"]
    return "…" + "".join(digits[-3:])


def _calling_party(headers: CallerHeaders, address_of: _AddressReader) -> Party:
    sender = parse_name_address(headers.from_)
    remote = [address for address in parse_name_addresses(headers.remote_party_id) if _speaks_of_the_caller(address)]
    if _asks_for_privacy(headers.privacy) or any(_hides_the_number(address) for address in remote):
        return WITHHELD
    if sender is not None and _is_withheld(sender):
        return WITHHELD
    if sender is None or _is_unavailable(sender):
        return UNAVAILABLE
    asserted = parse_name_addresses(headers.p_asserted_identity)
    network_number = _first_number([*asserted, *remote], address_of)
    number = address_of(sender.uri) or network_number
    if number is None:
        return UNAVAILABLE
    name = None if any(_remote_privacy(address) & {"name"} for address in remote) else sender.display_name
    return Party(number=number, network_number=network_number, display_name=name)


def _first_number(addresses: Iterable[NameAddress], address_of: _AddressReader) -> str | None:
    named = (address for address in addresses if not _is_withheld(address) and not _is_unavailable(address))
    numbers = (address_of(address.uri) for address in named)
    return next((number for number in numbers if number), None)


def _asks_for_privacy(lines: tuple[str, ...]) -> bool:
    wishes = {wish.strip().strip('"').lower() for line in lines for wish in re.split(r"[;,]", line)}
    return bool(wishes & _PRIVACY_THAT_WITHHOLDS)


def _speaks_of_the_caller(address: NameAddress) -> bool:
    return address.parameter("party", "calling").lower() == "calling"


def _remote_privacy(address: NameAddress) -> set[str]:
    """The ``privacy=`` words of a Remote-Party-ID; ``full-network`` counts as ``full`` (draft-ietf-sip-privacy-04)."""
    return {word.strip().split("-")[0].lower() for word in address.parameter("privacy").split(",")}


def _hides_the_number(address: NameAddress) -> bool:
    return bool(_remote_privacy(address) & {"full", "uri"})


def _is_withheld(address: NameAddress) -> bool:
    user = (uri_user(address.uri) or "").lower()
    name = (address.display_name or "").strip().lower()
    return user in _WITHHELD_USERS or name in _WITHHELD_NAMES or uri_host(address.uri) == _WITHHELD_HOST


def _is_unavailable(address: NameAddress) -> bool:
    user = (uri_user(address.uri) or "").lower()
    return user in _UNAVAILABLE_USERS or uri_host(address.uri) == _UNAVAILABLE_HOST


def _called(uri: str) -> str | None:
    return "112" if _SOS.fullmatch(uri.strip()) else _number_or_word(uri)


def _number_or_word(uri: str) -> str | None:
    return telephone_number(uri) or _word(uri)


def _word(uri: str) -> str | None:
    user = (uri_user(uri) or "").strip()
    return user[:_LONGEST_ADDRESS] or None
