"""SIP addresses taken apart: ``"A. Caller" <sip:+441234567890@example.net;user=phone>;tag=1``.

A forgiving reader of name-addr and addr-spec (RFC 3261 §20, §25.1), ``tel:`` URIs (RFC 3966) and percent-encoding
(RFC 3986 §2.1). It never raises: an address that makes no sense is None. Text from the network is cleaned of control
characters and of bytes that are not UTF-8, so that it can be logged, shown and stored.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

_LONGEST_NAME = 80
_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*):")
_NUMBER = re.compile(r"\+?[\d*#]+")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True)
class NameAddress:
    """One address: the display name (cleaned, or None), the URI without brackets, the header's own parameters."""

    display_name: str | None
    uri: str
    parameters: tuple[tuple[str, str], ...] = ()

    def parameter(self, name: str, default: str = "") -> str:
        """The value of a header parameter; names are compared without regard to case."""
        return next((value for key, value in self.parameters if key == name.lower()), default)


def parse_name_address(text: str) -> NameAddress | None:
    """Read one name-addr or addr-spec; None when it holds no URI."""
    text = text.strip()
    quoted = _QUOTED.match(text)
    name = _ESCAPED.sub(r"\1", quoted.group(1)) if quoted else ""
    rest = text[quoted.end() :] if quoted else text
    before, bracket, after = rest.partition("<")
    if bracket:
        uri, _, tail = after.partition(">")
        name = name if quoted else before
    else:
        # Without brackets every parameter belongs to the header, not to the URI (RFC 3261 §20.10).
        uri, _, tail = rest.partition(";")
        tail = ";" + tail
    uri = uri.strip()
    if not _SCHEME.match(uri):
        return None
    return NameAddress(_clean_name(name), uri, tuple(_parameters(tail)))


def parse_name_addresses(lines: Iterable[str]) -> list[NameAddress]:
    """Read header lines that may each hold several addresses separated by commas; the unreadable are left out."""
    parsed = (parse_name_address(part) for line in lines for part in _split_outside_quotes(line, ","))
    return [address for address in parsed if address is not None]


def uri_user(uri: str) -> str | None:
    """The user part of a sip or sips URI, or the subscriber of a tel URI, percent-decoded, without its parameters."""
    scheme, rest = _scheme_and_rest(uri)
    if scheme == "tel":
        user = rest
    elif scheme in ("sip", "sips") and "@" in rest:
        # The last @: a host cannot hold one, a careless user part can.
        user = rest.rpartition("@")[0]
        user = user.partition(":")[0]  # a password, RFC 3261 §19.1.1
    else:
        return None
    decoded = unquote(user.partition(";")[0], errors="replace")
    return _clean(decoded).strip() or None


def uri_host(uri: str) -> str:
    """The host of a sip or sips URI in lower case, without port and parameters; empty where there is none."""
    scheme, rest = _scheme_and_rest(uri)
    if scheme not in ("sip", "sips"):
        return ""
    host_port = re.split(r"[;?]", rest.rpartition("@")[2])[0].strip()
    if host_port.startswith("["):
        return host_port.partition("]")[0].lower() + "]"
    return host_port.partition(":")[0].rstrip(".").lower()


def whole_uri(address: str) -> str:
    """A URI for what is given as somebody's address: itself, or a SIP URI where scheme or host were left out.

    A number without a host is that of a user, never a host (BroadWorks: ``sip:8638254725``).
    """
    scheme, rest = _scheme_and_rest(address)
    if scheme == "tel" or (scheme in ("sip", "sips") and not _NUMBER.fullmatch(rest.partition(";")[0])):
        return address
    user = rest if scheme in ("sip", "sips") else address
    return f"sip:{user if '@' in user else user + '@unknown-host.invalid'}"


def _scheme_and_rest(uri: str) -> tuple[str, str]:
    match = _SCHEME.match(uri)
    return (match.group(1).lower(), uri[match.end() :]) if match else ("", uri)


def _parameters(tail: str) -> Iterator[tuple[str, str]]:
    for part in list(_split_outside_quotes(tail, ";"))[1:]:
        key, _, value = part.partition("=")
        if key.strip():
            yield key.strip().lower(), value.strip().strip('"')


def _split_outside_quotes(text: str, separator: str) -> Iterator[str]:
    """Split at a separator that stands neither in a quoted string nor between angle brackets."""
    start, quoted, bracketed, escaped = 0, False, False, False
    for index, character in enumerate(text):
        if escaped:
            escaped = False
        elif quoted and character == "\\":
            escaped = True
        elif character == '"' and not bracketed:
            quoted = not quoted
        elif not quoted and character in "<>":
            bracketed = character == "<"
        elif character == separator and not quoted and not bracketed:
            yield text[start:index]
            start = index + 1
    yield text[start:]


def _clean_name(name: str) -> str | None:
    return " ".join(_clean(name).split())[:_LONGEST_NAME].strip() or None


def _clean(text: str) -> str:
    """Without control, format and surrogate characters: they could forge a log line or break a JSON document."""
    return "".join(" " if unicodedata.category(character) in ("Cc", "Cf", "Cs") else character for character in text)
