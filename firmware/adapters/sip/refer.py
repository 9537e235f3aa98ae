"""A REFER taken apart (RFC 3515, RFC 3891, RFC 3892): whom the peer wants the call transferred to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from firmware.adapters.sip.message import SipRequest

_SCHEME = re.compile(r"sips?:", re.IGNORECASE)
_PLACE = re.compile(r"(\[[^\]]*\]|[^:;]+)(?::(\d{1,5}))?(.*)", re.ASCII)
_OUT_OF_PLACE = re.compile(r"[\s>]")


@dataclass(frozen=True)
class Replaces:
    """The dialog to take the place of (RFC 3891 section 3), as its *to-tag* and *from-tag* name it."""

    call_id: str
    to_tag: str
    from_tag: str
    early_only: bool = False

    @classmethod
    def parse(cls, value: str) -> Replaces | None:
        """Read the value of a Replaces header; None where a mark is missing."""
        call_id, *parts = (part.strip() for part in value.split(";"))
        marks = {name.strip().lower(): tag.strip() for name, _, tag in (part.partition("=") for part in parts)}
        if not (call_id and marks.get("to-tag") and marks.get("from-tag")):
            return None
        return cls(call_id, marks["to-tag"], marks["from-tag"], "early-only" in marks)

    def __str__(self) -> str:
        early = ";early-only" if self.early_only else ""
        return f"{self.call_id};to-tag={self.to_tag};from-tag={self.from_tag}{early}"


@dataclass(frozen=True)
class Refer:
    """Whom to put through to: the user and place of the Refer-To URI, and the dialog that the new one replaces.

    ``port`` is 0 where none is given.
    """

    user: str
    host: str
    port: int = 0
    replaces: Replaces | None = None
    referred_by: str = ""
    wants_reports: bool = True

    @classmethod
    def parse(cls, request: SipRequest) -> Refer | None:
        """Read a REFER; None where it refers to nothing that can be called (RFC 3515 section 2.4.1)."""
        uri = _taken_apart(_uri_in(request.first("refer-to")))
        if uri is None:
            return None
        user, host, port, parameters, headers = uri
        fields = {name.lower(): unquote(text) for name, _, text in (one.partition("=") for one in headers.split("&"))}
        if re.search(r";\s*method=(?!INVITE\b)", parameters, re.IGNORECASE):
            return None
        replaces = Replaces.parse(fields["replaces"]) if "replaces" in fields else None
        if not user or ("replaces" in fields and replaces is None):
            return None
        wants_reports = request.first("refer-sub").strip().lower() != "false"  # RFC 4488
        number = unquote(user.partition(";")[0])
        return cls(number, host.strip("[]"), int(port or 0), replaces, request.first("referred-by"), wants_reports)


def _uri_in(value: str) -> str:
    """The URI of an address, in angle brackets or without."""
    inside, closed, _ = value.partition("<")[2].partition(">")
    return (inside if closed else value.partition(";")[0]).strip()


def _taken_apart(uri: str) -> tuple[str, str, str, str, str] | None:
    """User, host, port, parameters and headers of a SIP URI (RFC 3261 section 19.1.1); None where it is none.

    Once through, whatever stands in it: every call waits for as long as this takes.
    """
    scheme = _SCHEME.match(uri)
    if scheme is None or _OUT_OF_PLACE.search(uri):
        return None
    address, _, headers = uri[scheme.end() :].partition("?")
    user, _, place = address.rpartition("@")
    found = _PLACE.fullmatch(place)
    return None if found is None else (user, found[1], found[2] or "", found[3], headers)


def report(status: int) -> str:
    """The body of a NOTIFY about a transfer (RFC 3515 section 2.4.5)."""
    words = {100: "Trying", 180: "Ringing", 200: "OK", 603: "Decline"}
    return f"SIP/2.0 {status} {words.get(status, 'Status')}\r\n"
