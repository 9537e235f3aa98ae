"""Everything that the page looks at, with what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from firmware.core.compliance.duty import Duty
from webui.compliance.facts import Facts
from webui.compliance.verdicts import Finding, Verdict


@dataclass(frozen=True)
class Link:
    """A page that puts it right. ``values``: of what stands in its address."""

    endpoint: str
    words: str
    anchor: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Item:
    """``duty``: a director may confirm it; ``asks`` what, in words. ``laws`` are keys of the table of law."""

    key: str
    title: str
    asks: str
    laws: tuple[str, ...]
    check: Callable[[Facts], Finding]
    duty: Duty | None = None
    links: tuple[Link, ...] = ()


@dataclass(frozen=True)
class Group:
    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Checked:
    """An item with what was found."""

    item: Item
    finding: Finding


@dataclass(frozen=True)
class CheckedGroup:
    title: str
    rows: tuple[Checked, ...]


@dataclass(frozen=True)
class Overview:
    groups: tuple[CheckedGroup, ...]

    def count(self, verdict: Verdict) -> int:
        return sum(row.finding.verdict is verdict for group in self.groups for row in group.rows)

    @property
    def to_do(self) -> tuple[Checked, ...]:
        """What is missing, then what is not known, then what is due again soon."""
        rows = [row for group in self.groups for row in group.rows]
        wanted = [row for row in rows if row.finding.verdict is not Verdict.MET or row.finding.soon]
        return tuple(sorted(wanted, key=lambda row: list(Verdict).index(row.finding.verdict)))


def looked_at(facts: Facts, asked: Iterable[Group]) -> Overview:
    """Every check, made now."""
    return Overview(
        tuple(
            CheckedGroup(group.title, tuple(Checked(item, item.check(facts)) for item in group.items))
            for group in asked
        )
    )


def item_of(duty: Duty, asked: Iterable[Group]) -> Item:
    """The item that a duty belongs to: each has one."""
    return next(item for group in asked for item in group.items if item.duty is duty)
