"""Settings that come back from where secrets were shown as stars: each star means what is kept already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import SecretStr

from firmware.config.number_check import Mistake

STARS = str(SecretStr("a secret"))
#: What tells one item of a list from another, the first that it has.
_NAMES = ("name", "user", "extension", "number")
_UNKNOWN = "was not kept here, so stars cannot stand for it: type it"
_ELSEWHERE = "was kept for where it went until now: to send it elsewhere, type it again"
#: What beside a secret says to whom it goes, and how safely, with what it is where nothing is said. Whoever changes
#: settings cannot read a password, and must not have it sent to a machine of theirs.
_LEADS: Mapping[str, Any] = {
    **dict.fromkeys(("host", "port", "outbound_proxy", "ca_file")),
    **dict.fromkeys(("type", "url", "endpoint", "provider", "region", "domain", "vendor", "tenant", "env_auth")),
    **dict.fromkeys(("tls", "explicit_tls", "no_check_certificate", "known_hosts_file")),
    "realm": "*",
    "transport": "udp",
    "verify_certificate": True,
}
#: From anything else to this the way only becomes safer.
_SAFEST: Mapping[str, Any] = {"transport": "tls", "verify_certificate": True}

Path = tuple[str | int, ...]


def with_kept_secrets(document: Any, kept: Any) -> tuple[Any, tuple[Mistake, ...]]:
    """``document`` with the secrets of ``kept`` in place of stars, and a mistake for each star that stands for nothing,
    or whose secret would go elsewhere now.

    An item of a list is the one of the same name; one that was renamed is the one that stood in its place,
    as long as none was added or taken away beside it: nobody's password may go to another's server.
    """
    mistakes: list[Mistake] = []
    return _filled(document, kept, (), mistakes), tuple(mistakes)


def with_typed(document: Any, typed: Mapping[Path, str]) -> Any:
    """``document`` with what was typed for some of its stars in their place."""
    return _typed(document, typed, ())


def _typed(value: Any, typed: Mapping[Path, str], path: Path) -> Any:
    if isinstance(value, dict):
        return {key: _typed(each, typed, (*path, key)) for key, each in value.items()}
    if isinstance(value, list):
        return [_typed(each, typed, (*path, place)) for place, each in enumerate(value)]
    return typed.get(path, value) if value == STARS else value


def _filled(value: Any, kept: Any, path: Path, mistakes: list[Mistake]) -> Any:
    if isinstance(value, dict):
        old = kept if isinstance(kept, dict) else {}
        if _goes_elsewhere(value, old):
            mistakes += (
                Mistake((*path, key), _ELSEWHERE, is_secret=True)
                for key, each in value.items()
                if each == STARS and old.get(key)
            )
        return {key: _filled(each, old.get(key), (*path, key), mistakes) for key, each in value.items()}
    if isinstance(value, list):
        old_items = list(_beside(value, kept if isinstance(kept, list) else []))
        return [
            _filled(each, old, (*path, place), mistakes)
            for place, (each, old) in enumerate(zip(value, old_items, strict=True))
        ]
    if value != STARS:
        return value
    if kept is None or isinstance(kept, dict | list) or kept == STARS:
        mistakes.append(Mistake(path, _UNKNOWN, is_secret=True))
        return value
    return kept


def _goes_elsewhere(new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    def said(beside: Mapping[str, Any], name: str) -> Any:
        return beside.get(name, _LEADS[name]) or None

    told = (name for name in _LEADS if new.get(name) != STARS)  # an address that is itself a secret
    return any(said(new, name) not in (said(old, name), _SAFEST.get(name, said(old, name))) for name in told)


def _beside(items: Sequence[Any], kept: Sequence[Any]) -> Iterator[Any]:
    """For each item the one that it was before; None for a new one."""
    by_name = {_name(each): each for each in kept if _name(each) is not None}
    named_now = {_name(each) for each in items}
    in_place = kept if len(kept) == len(items) else [None] * len(items)
    for item, there in zip(items, in_place, strict=True):
        same = by_name.get(_name(item))
        yield same if same is not None else there if _name(there) not in named_now else None


def _name(item: Any) -> str | None:
    if not isinstance(item, Mapping):
        return None
    return next((str(item[key]) for key in _NAMES if item.get(key)), None)
