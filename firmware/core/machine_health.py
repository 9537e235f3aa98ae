"""What the machine's own readings mean: pure judgements, each from a reading to findings."""

from __future__ import annotations

from collections.abc import Iterator

from firmware.core.clock_quality import ClockQuality
from firmware.core.health_check import Finding, Fix, Severity

#: Where a machine says nothing of its limits: those at which a Raspberry Pi slows down and protects itself, °C.
WARM_C, CRITICAL_C = 80.0, 90.0
_NEARLY_C = 5.0
WORN, WORN_OUT = 0.8, 1.0
_DAY_MS = 86_400_000
#: What a certificate has left, in days, when it should be looked at, and when it is late.
CERTIFICATE_DAYS, CERTIFICATE_LATE_DAYS = 21, 5
BACKUP_LATE_MS, BACKUP_LOST_MS = 2 * _DAY_MS, 7 * _DAY_MS
CHECKPOINT_LATE_MS = 6 * 3_600_000
_ROUGH_MS = 2000

_NTP = Fix(
    "Let the box reach a time server (NTP); the settings of the network name one.", "timedatectl timesync-status"
)
_AIR = Fix("Give it air, take it out of the sun, and see that its fan runs.")
_SUPPLY = Fix("Use the power supply that the parts list names, and a short cable.")
_PLACE_ELSEWHERE = Fix("Name a place in the settings, under [archive].", "earmark archive test")


def judge_temperature(where: str, celsius: float, warm: float | None, critical: float | None) -> Iterator[Finding]:
    warm, critical = warm or WARM_C, critical or CRITICAL_C
    if celsius < warm - _NEARLY_C:
        return
    severity: Severity = "fault" if celsius >= critical - _NEARLY_C else "attention"
    what = f"{where} is at {celsius:.0f} °C; at {warm:.0f} °C the machine slows down, at {critical:.0f} °C it stops."
    yield Finding("temperature", severity, what, _AIR, where)


def judge_power(too_weak: bool | None) -> Iterator[Finding]:
    if too_weak:
        yield Finding(
            "power", "attention", "The power supply is too weak: the voltage has dropped below what is safe.", _SUPPLY
        )


def judge_wear(name: str, used_share: float | None, failing: str, damaged: str = "") -> Iterator[Finding]:
    fix = Fix("Back up, and put in another disk before this one fails.", "earmark backup now")
    if failing:
        yield Finding("disk-wear", "fault", f"Disk {name} is failing: {failing}.", fix, name)
    elif used_share is not None and used_share >= WORN:
        severity: Severity = "fault" if used_share >= WORN_OUT else "attention"
        what = f"Disk {name} has used {used_share:.0%} of the life that its maker gives it."
        yield Finding("disk-wear", severity, what, fix, name)
    elif damaged:
        watched = Fix("Keep the backups going, and put in another disk when it says so again.", "earmark backup now")
        yield Finding("disk-wear", "attention", f"Disk {name} is damaged, and still works: {damaged}.", watched, name)


def judge_clock(quality: ClockQuality, impossible: bool, doubt: str) -> Iterator[Finding]:
    """``impossible``: it shows a time before this program was made. ``doubt``: why it is not believed, if it is not."""
    if impossible:
        what = "The clock shows a time before this program was made; times of calls are wrong, and nothing is erased."
        yield Finding("clock", "attention", what, _NTP, "time")
    elif doubt:
        what = f"The clock is not believed: {doubt}. Calls go on; nothing is erased by it."
        fix = Fix("Set the clock right; or, if it is right, say so.", "earmark retention trust-clock")
        yield Finding("clock", "attention", what, fix, "time")
    elif quality.source == "own clock":
        what = "No time server keeps the clock; times of calls are as right as this machine's own clock."
        yield Finding("clock", "note", what, _NTP)
    elif quality.source == "nothing":
        what = "The clock was not set from the network since the box started; times of calls may be wrong."
        yield Finding("clock", "attention", what, _NTP)
    elif (quality.error_ms or 0) > _ROUGH_MS:
        what = (
            f"The clock may be out by {(quality.error_ms or 0) / 1000:.1f} s: the time server is far, or seldom there."
        )
        yield Finding("clock", "note", what, _NTP)


def judge_certificate(left_ms: int | None, trouble: str = "") -> Iterator[Finding]:
    """``left_ms``: until it ends; None where it cannot be seen, ``trouble`` saying why."""
    fix = Fix(
        "The box renews its own long before: see why it did not. If the office had this one issued itself, upload its "
        "successor under Certificate.",
        "systemctl start earmark-certificate",
        "/certificate",
    )
    if left_ms is None:
        yield Finding("certificate", "attention", f"The page's certificate cannot be seen: {trouble}.", fix)
        return
    days = left_ms // _DAY_MS
    if left_ms <= 0:
        yield Finding("certificate", "fault", "The page's certificate has ended: browsers refuse the page.", fix)
    elif days < CERTIFICATE_DAYS:
        severity: Severity = "fault" if days < CERTIFICATE_LATE_DAYS else "attention"
        yield Finding("certificate", severity, f"The page's certificate ends in {_days(days)}.", fix)


def judge_backup(wanted: bool, age_ms: int | None) -> Iterator[Finding]:
    """``wanted``: the settings name a place for backups. ``age_ms``: of the newest whole one; None: there is none."""
    if not wanted:
        what = "No place is set for backups: if this box is lost, so are its keyslots and its list of calls."
        yield Finding("backup", "note", what, _PLACE_ELSEWHERE, "place")
        return
    fix = Fix("Make one now, and read why it does not work.", "earmark backup now")
    if age_ms is None:
        yield Finding("backup", "attention", "There is no backup yet.", fix)
    elif age_ms >= BACKUP_LATE_MS:
        severity: Severity = "fault" if age_ms >= BACKUP_LOST_MS else "attention"
        yield Finding("backup", severity, f"The newest backup is {_days(age_ms // _DAY_MS)} old.", fix)


def judge_checkpoint(wanted: bool, age_ms: int | None) -> Iterator[Finding]:
    """``age_ms``: since the newest signed checkpoint reached the office's own storage; None: none ever has."""
    if not wanted:
        what = "The evidence log does not leave the box: only the box itself vouches for it."
        yield Finding("checkpoint", "note", what, _PLACE_ELSEWHERE, "place")
        return
    fix = Fix("See whether the storage answers; it is sent by itself as soon as it does.", "earmark archive test")
    if age_ms is None:
        yield Finding("checkpoint", "attention", "No checkpoint of the evidence has left the box yet.", fix)
    elif age_ms >= CHECKPOINT_LATE_MS:
        hours = age_ms // 3_600_000
        what = (
            f"No checkpoint of the evidence has left the box for {hours} hours: what came since, only it vouches for."
        )
        yield Finding("checkpoint", "attention", what, fix)


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
