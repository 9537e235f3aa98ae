"""What differs between two documents of settings, by names that people know: ``lines.main.sip.trunks.bt.host``."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_NAMES = ("name", "user", "extension", "number", "date")
#: Stands for a secret that is told of.
HIDDEN = "•••"
_MOST_TOLD = 30
_LONGEST_VALUE = 60


@dataclass(frozen=True)
class Change:
    """One setting. ``before`` and ``after`` as people are shown them; None: there was none, or there is none now."""

    path: str
    before: Any
    after: Any


def changes(before: Mapping[str, Any], after: Mapping[str, Any], *, stars: frozenset[str]) -> tuple[Change, ...]:
    """Every setting that differs, in the order of the newer document; then the lists whose items changed places.

    Args:
        stars: paths whose values are secrets: that they changed is told, and not to what.
    """
    old, new = flat(before), flat(after)
    paths = [*new, *(path for path in old if path not in new)]
    values = (
        Change(path, _shown(old.get(path), path in stars), _shown(new.get(path), path in stars))
        for path in paths
        if old.get(path) != new.get(path)
    )
    return (*values, *_changed_places(before, after))


def digest(made: Sequence[Mapping[str, Any]]) -> str:
    """Of all of a change, each with ``path``, ``before`` and ``after`` as people are shown them."""
    whole = [[each["path"], each["before"], each["after"]] for each in made]
    return hashlib.sha256(json.dumps(whole, separators=(",", ":"), ensure_ascii=True).encode("ascii")).hexdigest()


def told_in_evidence(made: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The first of them with their values, how many more there are, and the digest of all: none hides behind others."""
    told = [f"{each['path']}: {_text(each['before'])} → {_text(each['after'])}" for each in made[:_MOST_TOLD]]
    more = [f"and {len(made) - _MOST_TOLD} more"] if len(made) > _MOST_TOLD else []
    return {"settings": ", ".join(told + more), "digest": digest(made)}


def sections(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """The sections in which anything differs."""
    return tuple(each for each in {**after, **before} if before.get(each) != after.get(each))


def named_path(document: Any, path: Sequence[str | int]) -> str:
    """A path through a document by the names of what it leads through, as ``changes`` has them."""
    parts, value = [], document
    for each in path:
        if isinstance(each, int) and _is_list_of_tables(value) and each < len(value):
            name, value = list(_named(value))[each]
        else:
            name, value = str(each), value.get(each) if isinstance(value, Mapping) else None
        parts.append(name)
    return ".".join(parts)


def flat(document: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values by path. A list of tables goes by their names, a list of values is one value."""
    return dict(_leaves(document, ""))


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _leaves(each, f"{path}.{key}" if path else str(key))
    elif _is_list_of_tables(value):
        for name, item in _named(value):
            yield from _leaves(item, f"{path}.{name}")
    else:
        yield path, value


def _is_list_of_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def _named(items: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each with a name of its own: a second one of the same name would stand for both."""
    seen: Counter[str] = Counter()
    for place, item in enumerate(items, start=1):
        name = _name(item, place)
        seen[name] += 1
        yield (name if seen[name] == 1 else f"{name} ({seen[name]})"), item


def _changed_places(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Of rules the first that fits decides, and of providers the first is asked first."""
    old, new = dict(_orders(before, "")), dict(_orders(after, ""))
    for path in old.keys() & new.keys():
        was = [name for name in old[path] if name in new[path]]
        now = [name for name in new[path] if name in old[path]]
        if was != now:
            yield Change(path, ", ".join(was), ", ".join(now))


def _orders(value: Any, path: str) -> Iterator[tuple[str, list[str]]]:
    """The names in each list of tables, by its path."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _orders(each, f"{path}.{key}" if path else str(key))
    elif _is_list_of_tables(value):
        items = list(_named(value))
        yield path, [name for name, _ in items]
        for name, item in items:
            yield from _orders(item, f"{path}.{name}")


def _text(value: Any) -> str:
    text = "nothing" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def _name(item: Mapping[str, Any], place: int) -> str:
    return next((str(item[key]) for key in _NAMES if item.get(key)), str(place))


def _shown(value: Any, secret: bool) -> Any:
    return HIDDEN if secret and value else value
