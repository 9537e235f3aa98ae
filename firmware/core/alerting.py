"""When people are told of what is wrong, and when not again. Pure: findings and the time go in, messages come out.

What is new is told once it has lasted a moment; what stays is told again after longer and longer times; what somebody
knows of, not until it becomes worse. There are never more messages in an hour than allowed: what must wait for that is
told together as soon as it may be. What has become well is said only when it stays well, so that something that comes
and goes is one story. Once a day a digest tells everything, what people know of included.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from firmware.core.health_check import Finding, Severity, badness, in_order

_MINUTE_MS = 60_000
HOUR_MS = 60 * _MINUTE_MS
DAY_MS = 24 * HOUR_MS

NoticeKind = Literal["alert", "digest", "test"]


@dataclass(frozen=True)
class AlertRules:
    """``again_after_ms``: from one telling to the next, the last of them for ever after. ``lasts_ms``: what does not
    last so long stands in the digest only. ``well_after_ms``: what is gone for so long is over.
    """

    again_after_ms: tuple[int, ...] = (HOUR_MS, 4 * HOUR_MS, DAY_MS, 3 * DAY_MS, 7 * DAY_MS)
    most_an_hour: int = 6
    lasts_ms: int = 30_000
    well_after_ms: int = 10 * _MINUTE_MS


@dataclass(frozen=True)
class Acknowledgement:
    """Somebody knows. It holds while the finding is not worse than it was, and until ``until_ms`` where one was set."""

    by: str
    at_ms: int
    severity: Severity
    until_ms: int | None = None


@dataclass(frozen=True)
class Standing:
    """One finding and what became of it. Unix ms. ``gone_at_ms``: since when it is not found any more."""

    finding: Finding
    since_ms: int
    told_at_ms: int = 0
    times_told: int = 0
    told_severity: Severity = "note"
    gone_at_ms: int | None = None
    acknowledged: Acknowledgement | None = None

    def known_at(self, now_ms: int) -> bool:
        """Whether somebody has said that they know, and it still holds."""
        said = self.acknowledged
        if said is None or (said.until_ms is not None and now_ms >= said.until_ms):
            return False
        return badness(self.finding.severity) <= badness(said.severity)

    def is_news(self, now_ms: int, rules: AlertRules) -> bool:
        """Whether it has lasted long enough, and has not been told, or not as so bad."""
        untold = not self.times_told or badness(self.finding.severity) > badness(self.told_severity)
        return untold and now_ms - self.since_ms >= rules.lasts_ms

    def is_due_again(self, now_ms: int, rules: AlertRules) -> bool:
        if not self.times_told:
            return False
        after_ms = rules.again_after_ms[min(self.times_told, len(rules.again_after_ms)) - 1]
        return now_ms - self.told_at_ms >= after_ms

    def is_well(self, now_ms: int, rules: AlertRules) -> bool:
        """Whether it has been gone for so long that it is over."""
        return self.gone_at_ms is not None and now_ms - self.gone_at_ms >= rules.well_after_ms


@dataclass(frozen=True)
class AlertBook:
    """What must be remembered between one look and the next, restarts included.

    ``over``: what has become well since the last digest. ``alerts_at_ms``: when there were alerts in the last hour.
    """

    standing: Mapping[str, Standing] = field(default_factory=dict)
    over: tuple[Standing, ...] = ()
    alerts_at_ms: tuple[int, ...] = ()
    digest_at_ms: int = 0


@dataclass(frozen=True)
class Telling:
    """One message to be made: what is told for the first time (or is worse), again, and what is well.

    In a digest ``again`` is all that stands, and ``known`` what people have said that they know of.
    """

    kind: NoticeKind
    news: tuple[Standing, ...] = ()
    again: tuple[Standing, ...] = ()
    well: tuple[Standing, ...] = ()
    known: tuple[Standing, ...] = ()

    @property
    def worst(self) -> Severity:
        standing = in_order(each.finding for each in (*self.news, *self.again))
        return standing[0].severity if standing else "note"


@dataclass(frozen=True)
class Now:
    """The moment, Unix ms; whether quiet hours are on; when a digest was due last (Unix ms; 0: none is wanted).

    ``watched_ms``: for how long it has been looked at without a break. What was wrong before that may have been over.
    """

    ms: int
    quiet: bool = False
    digest_due_ms: int = 0
    watched_ms: int = DAY_MS


#: Of those that are over, a digest tells at most so many.
_MOST_OVER = 200


def attend(
    book: AlertBook, findings: Iterable[Finding], now: Now, rules: AlertRules
) -> tuple[AlertBook, tuple[Telling, ...]]:
    """One look: what was found now, and what is to be told."""
    book = _taken_in(_not_ahead(book, now.ms), findings, now.ms)
    told: list[Telling] = []
    # Programs that are only starting are missed at first: what is remembered of them does not make that news.
    alert = _alert(book, now, rules) if now.watched_ms >= rules.lasts_ms else None
    if alert is not None and len(book.alerts_at_ms) < rules.most_an_hour:
        told.append(alert)
        book = _noted(book, alert, now.ms)
    book = _closed(book, now.ms, rules)
    if now.digest_due_ms > book.digest_at_ms:
        told.append(_digest(book, now.ms))
        book = replace(book, digest_at_ms=now.ms, over=())
    return book, tuple(told)


def acknowledge(book: AlertBook, finding_id: str, by: str, now_ms: int, until_ms: int | None = None) -> AlertBook:
    """Somebody knows of it.

    Raises:
        KeyError: nothing of that name is wrong now.
    """
    found = book.standing[finding_id]
    if found.gone_at_ms is not None:
        raise KeyError(finding_id)
    said = Acknowledgement(by, now_ms, found.finding.severity, until_ms)
    return replace(book, standing={**book.standing, finding_id: replace(found, acknowledged=said)})


def _not_ahead(book: AlertBook, now_ms: int) -> AlertBook:
    """What the book says of times to come was written by a clock that was wrong: it counts as now."""
    standing = {name: _each_not_ahead(each, now_ms) for name, each in book.standing.items()}
    alerts = tuple(min(at_ms, now_ms) for at_ms in book.alerts_at_ms)
    return replace(
        book,
        standing=standing,
        alerts_at_ms=tuple(at_ms for at_ms in alerts if now_ms - at_ms < HOUR_MS),
        digest_at_ms=min(book.digest_at_ms, now_ms),
    )


def _each_not_ahead(each: Standing, now_ms: int) -> Standing:
    gone_ms = None if each.gone_at_ms is None else min(each.gone_at_ms, now_ms)
    return replace(
        each, since_ms=min(each.since_ms, now_ms), told_at_ms=min(each.told_at_ms, now_ms), gone_at_ms=gone_ms
    )


def _taken_in(book: AlertBook, findings: Iterable[Finding], now_ms: int) -> AlertBook:
    """What is found stands; what is not found any more is gone for now."""
    found = {each.id: each for each in reversed(in_order(findings))}  # of two with one name, the worse
    standing = {
        name: each if name in found or each.gone_at_ms is not None else replace(each, gone_at_ms=now_ms)
        for name, each in book.standing.items()
    }
    for name, finding in found.items():
        before = standing.get(name, Standing(finding, now_ms))
        standing[name] = replace(before, finding=finding, gone_at_ms=None)
    return replace(book, standing=standing)


def _alert(book: AlertBook, now: Now, rules: AlertRules) -> Telling | None:
    there = [each for each in book.standing.values() if _may_be_told(each, now)]
    news = tuple(each for each in there if each.is_news(now.ms, rules))
    again = tuple(each for each in there if each not in news and each.is_due_again(now.ms, rules))
    well = tuple(
        each
        for each in book.standing.values()
        if each.is_well(now.ms, rules) and each.times_told and not each.known_at(now.ms)
    )
    if now.quiet and not news and not again:
        return None
    return Telling("alert", news, again, well) if news or again or well else None


def _may_be_told(each: Standing, now: Now) -> bool:
    if each.gone_at_ms is not None or each.finding.severity == "note" or each.known_at(now.ms):
        return False
    return each.finding.severity == "fault" or not now.quiet


def _noted(book: AlertBook, alert: Telling, now_ms: int) -> AlertBook:
    standing = dict(book.standing)
    for each in alert.news:
        standing[each.finding.id] = _told(each, 1, now_ms)
    for each in alert.again:
        standing[each.finding.id] = _told(each, each.times_told + 1, now_ms)
    over = [standing.pop(each.finding.id) for each in alert.well]
    return replace(book, standing=standing, over=(*book.over, *over), alerts_at_ms=(*book.alerts_at_ms, now_ms))


def _told(each: Standing, times: int, now_ms: int) -> Standing:
    return replace(each, told_at_ms=now_ms, times_told=times, told_severity=each.finding.severity)


def _closed(book: AlertBook, now_ms: int, rules: AlertRules) -> AlertBook:
    """What is over, and nobody waits to hear of."""
    over = [
        each
        for each in book.standing.values()
        if each.is_well(now_ms, rules) and (not each.times_told or each.known_at(now_ms))
    ]
    standing = {name: each for name, each in book.standing.items() if each not in over}
    return replace(book, standing=standing, over=(*book.over, *over)[-_MOST_OVER:])


def _digest(book: AlertBook, now_ms: int) -> Telling:
    there = [each for each in book.standing.values() if each.gone_at_ms is None]
    known = tuple(each for each in there if each.known_at(now_ms))
    return Telling("digest", again=tuple(each for each in there if each not in known), well=book.over, known=known)
