"""The checks that the box makes of itself: one list for the page, the light, alerts, metrics and the doctor.

Each check gathers what ports tell and has the core judge it. One that cannot be made is a finding itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from firmware.core.clock_doubt import MADE_AT_MS
from firmware.core.clock_quality import ClockQuality
from firmware.core.errors import EarmarkError, StorageError
from firmware.core.health_check import Finding, Fix, Severity, in_order, told_once
from firmware.core.line_health import (
    IN_A_ROW,
    judge_hearing,
    judge_lost_sound,
    judge_no_line,
    judge_quiet,
    judge_unrecorded,
)
from firmware.core.machine_health import (
    judge_backup,
    judge_certificate,
    judge_checkpoint,
    judge_clock,
    judge_power,
    judge_temperature,
    judge_wear,
)
from firmware.core.office_hours import OfficeHours
from firmware.core.process_health import Answers, FailedUnit, judge_processes, judge_tasks
from firmware.ports.clock import Clock
from firmware.ports.health_tables import HealthTables
from firmware.ports.machine_readings import MachineReadings
from firmware.ports.space_meter import SpaceMeter

_DAY_MS = 86_400_000
#: Short calls say nothing of who spoke: so many are looked through for some that are long enough.
_LOOKED_THROUGH = 5 * IN_A_ROW
_ROOM = Fix("Make room on that disk, or put a larger one in.", page="/holds")


@dataclass(frozen=True)
class Check:
    """One of ``health_check.CHECKS``. ``every_s``: what it looks at changes no faster."""

    name: str
    look: Callable[[], Iterable[Finding]]
    every_s: float = 10.0


class HealthChecks:
    """All checks, each made when it is due. One thread."""

    def __init__(self, checks: Sequence[Check], clock: Clock) -> None:
        self._checks = checks
        self._clock = clock
        self._found: dict[str, list[Finding]] = {}
        self._due_s: dict[str, float] = {}

    @property
    def names(self) -> Sequence[str]:
        """The checks that are made."""
        return [check.name for check in self._checks]

    def findings(self) -> list[Finding]:
        """All that is wrong, worst first."""
        now_s = self._clock.monotonic_s()
        for check in self._checks:
            if now_s >= self._due_s.get(check.name, now_s):
                self._due_s[check.name] = now_s + check.every_s
                self._found[check.name] = list(made(check))
        return in_order(told_once(finding for found in self._found.values() for finding in found))


def made(check: Check) -> Iterator[Finding]:
    """What a check finds."""
    try:
        yield from check.look()
    except EarmarkError as error:
        yield Finding(check.name, "attention", f"This could not be looked at: {error.what}", Fix(error.remedy), "look")


def process_check(answers: Callable[[], Answers]) -> Check:
    return Check("processes", lambda: judge_processes(answers()), 5.0)


def task_check(failed: Callable[[], Iterable[FailedUnit]]) -> Check:
    return Check("tasks", lambda: judge_tasks(failed()), 60.0)


def machine_checks(readings: MachineReadings) -> list[Check]:
    def temperature() -> Iterator[Finding]:
        for each in readings.temperatures():
            yield from judge_temperature(each.where, each.celsius, each.warm, each.critical)

    def wear() -> Iterator[Finding]:
        for disk in readings.disks():
            yield from judge_wear(disk.name, disk.used_share, disk.failing, disk.damaged)

    return [
        Check("temperature", temperature),
        Check("power", lambda: judge_power(readings.under_voltage())),
        Check("disk-wear", wear, 600.0),
    ]


def clock_check(clock: Clock, quality: Callable[[], ClockQuality], doubt: Callable[[], str]) -> Check:
    """``doubt``: why the keeper does not believe it; asked of the catalogue, which may be away."""

    def look() -> Iterator[Finding]:
        yield from judge_clock(quality(), clock.wall_ms() < MADE_AT_MS, _or_nothing(doubt, ""))

    return Check("clock", look)


def disk_check(meter: SpaceMeter, least_free_bytes: int, reserve_bytes: int, away: Callable[[], str]) -> Check:
    """``reserve_bytes``: with less room no new recording begins there. ``away``: why the data disk is not there; empty
    while it is."""

    def look() -> Iterator[Finding]:
        if why := away():
            fix = Fix("Plug it in or unlock it; calls wait in the spool meanwhile.", "earmark data-disk", "/disk")
            yield Finding("disk", "attention", why, fix, "away")
            return
        space = meter.measure()
        left = f"{space.free_bytes / 1e6:,.0f} MB left"
        if space.free_bytes < reserve_bytes:
            what = f"The data disk is full ({left}): new calls go to the small spool, and are lost once that is full."
            yield Finding("disk", "fault", what, _ROOM)
        elif space.free_bytes < least_free_bytes:
            yield Finding("disk", "fault", f"The data disk has only {left}: soon no new call has room on it.", _ROOM)
        elif space.used_share > 0.9 and space.free_bytes < 4 * least_free_bytes:
            what = f"The data disk is {space.used_share:.0%} full: {left}."
            yield Finding("disk", "attention", what, _ROOM)

    return Check("disk", look)


def state_check(why_not_writable: Callable[[], str]) -> Check:
    """Of where settings, people and the spool are. ``why_not_writable``: empty when they can be written."""

    def look() -> Iterator[Finding]:
        if why := why_not_writable():
            what = f"The state partition cannot be written ({why}): nothing can be set, and the spool takes no calls."
            yield Finding("state", "fault", what, Fix("Restart the box when no call is up: it is repaired then."))

    return Check("state", look, 300.0)


@dataclass(frozen=True)
class WatchedLines:
    """``may_be_quiet``: on these nobody may call for weeks. ``quiet_after``: None: none is ever quiet for too long."""

    names: Sequence[str]
    may_be_quiet: frozenset[str]
    quiet_after: timedelta | None
    hours: OfficeHours | None
    zone: tzinfo


def line_checks(tables: HealthTables, watched: Callable[[], WatchedLines], clock: Clock) -> list[Check]:
    """What the calls of the lines tell. Without a catalogue nothing is known; its absence is told elsewhere.

    ``watched``: asked each time, for settings change.
    """
    first_seen_ms = clock.wall_ms()

    def quiet() -> Iterator[Finding]:
        now_ms, lines = clock.wall_ms(), watched()
        if not lines.names:
            yield from judge_no_line()
        for line in lines.names:
            if lines.quiet_after is None or line in lines.may_be_quiet:
                continue
            since_ms = min(now_ms, tables.last_call_ms(line) or first_seen_ms)
            since, now = (datetime.fromtimestamp(at_ms / 1000, lines.zone) for at_ms in (since_ms, now_ms))
            yield from judge_quiet(line, since, now, lines.hours, lines.quiet_after)

    def heard(wanted: str) -> Callable[[], Iterator[Finding]]:
        def look() -> Iterator[Finding]:
            for line in watched().names:
                found = judge_hearing(line, tables.heard(line, _LOOKED_THROUGH))
                yield from (each for each in found if each.check == wanted)

        return look

    def lost() -> Iterator[Finding]:
        for line, (not_taken_ms, not_stored_ms) in tables.lost_ms(clock.wall_ms() - _DAY_MS).items():
            yield from judge_lost_sound(line, not_taken_ms, not_stored_ms)

    def unrecorded() -> Iterator[Finding]:
        for line, calls in tables.unrecorded(clock.wall_ms() - _DAY_MS).items():
            yield from judge_unrecorded(line, calls)

    made_of = {
        "line-quiet": quiet,
        "one-sided": heard("one-sided"),
        "no-speech": heard("no-speech"),
        "sound-lost": lost,
        "unrecorded": unrecorded,
    }
    return [Check(name, _while_there(look), 60.0) for name, look in made_of.items()]


def certificate_check(ends_at_ms: Callable[[], int], clock: Clock) -> Check:
    """``ends_at_ms``: raises EarmarkError, saying why it cannot be seen."""

    def look() -> Iterator[Finding]:
        try:
            left_ms = ends_at_ms() - clock.wall_ms()
        except EarmarkError as error:
            yield from judge_certificate(None, error.what.rstrip("."))
        else:
            yield from judge_certificate(left_ms)

    return Check("certificate", look, 300.0)


def elsewhere_checks(tables: HealthTables, backups: str | None, archive: str | None, clock: Clock) -> list[Check]:
    """``backups``, ``archive``: which place of the office they go to; None: to none."""

    def age(found_ms: int | None) -> int | None:
        return None if not found_ms else clock.wall_ms() - found_ms

    def backup() -> Iterator[Finding]:
        yield from judge_backup(backups is not None, age(tables.backup_ms(backups)) if backups else None)

    def checkpoint() -> Iterator[Finding]:
        yield from judge_checkpoint(archive is not None, age(tables.checkpoint_ms(archive)) if archive else None)

    return [
        Check("backup", _while_there(backup), 60.0),
        Check("checkpoint", _while_there(checkpoint), 60.0),
    ]


@dataclass(frozen=True)
class UpdateState:
    """``trouble``: what the last update came to, empty where it is well. ``available``: a newer version, if known."""

    trouble: str = ""
    available: str = ""


def update_check(state: Callable[[], UpdateState]) -> Check:
    def look() -> Iterator[Finding]:
        found = state()
        if found.trouble:
            fix = Fix(
                "The version before it runs. Try it again, or ask who made it.", "earmark update status", "/updates"
            )
            yield Finding("update", "attention", found.trouble, fix, "failed")
        if found.available:
            what = f"Version {found.available} can be installed."
            yield Finding("update", "note", what, Fix("Install it when few people telephone.", page="/updates"))

    return Check("update", look, 60.0)


def trouble_check(name: str, troubles: Callable[[], Sequence[tuple[str, Severity, str, Fix]]]) -> Check:
    """What something that already knows says of itself: subject, severity, words, fix."""
    return Check(name, lambda: [Finding(name, bad, what, fix, about) for about, bad, what, fix in troubles()], 1.0)


def _while_there(look: Callable[[], Iterator[Finding]]) -> Callable[[], Iterator[Finding]]:
    """Nothing while there is no catalogue: the data disk is locked, or nothing was ever recorded."""

    def looked() -> Iterator[Finding]:
        try:
            yield from list(look())
        except StorageError:
            return

    return looked


def _or_nothing(ask: Callable[[], str], nothing: str) -> str:
    try:
        return ask()
    except StorageError:
        return nothing
