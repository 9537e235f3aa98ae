"""Addresses of mail servers as Apprise has them: whether one is, and the same with other recipients."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

_MAIL = ("mailto", "mailtos")
#: Who gets a message; Apprise takes what stands in the path for addresses, too.
_RECIPIENTS = frozenset({"to", "cc", "bcc", "reply"})


def is_mail(url: str) -> bool:
    """Whether this is a way to send e-mail."""
    return url.partition("://")[0].lower() in _MAIL


def addressed_to(url: str, addresses: Sequence[str]) -> str:
    """The same server and sender, these recipients and no other."""
    kind, separator, rest = url.partition("://")
    place, _, query = rest.partition("?")
    kept = [
        (name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name.lower() not in _RECIPIENTS
    ]
    server = place.partition("/")[0]
    return f"{kind}{separator}{server}?{urlencode([*kept, ('to', ','.join(addresses))])}"
