"""Each check of the box's health: what makes it find something, and what makes it well."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest

from firmware.adapters.supervision.failed_units import units_in
from firmware.adapters.supervision.instruments import Instruments
from firmware.core.clock_quality import ClockQuality
from firmware.core.errors import ServiceAway, StorageError
from firmware.core.health_check import CHECKS, Finding
from firmware.core.hook_health import judge_web_hook
from firmware.core.line_health import HeardCall, Unrecorded, judge_lost_sound
from firmware.core.machine_health import (
    judge_backup,
    judge_certificate,
    judge_checkpoint,
    judge_clock,
    judge_power,
    judge_temperature,
    judge_wear,
)
from firmware.core.process_health import judge_processes
from firmware.ports.space_meter import Space
from firmware.services.health_checks import (
    Check,
    HealthChecks,
    UpdateState,
    WatchedLines,
    certificate_check,
    clock_check,
    disk_check,
    line_checks,
    machine_checks,
    made,
    process_check,
    state_check,
    task_check,
    update_check,
)
from tests.hand_set_clock import HandSetClock

DAY_MS = 86_400_000
GOOD = ClockQuality(True, "network", 20)
LINES: dict[str, Any] = {"state": "working", "lines": [{"name": "main", "state": "working", "attention": []}]}


def severities(found: Iterable[Finding]) -> list[tuple[str, str]]:
    """Of each finding its check and how bad it is; each offers a fix and is one of the checks that are listed."""
    listed = list(found)
    assert all(each.fix.words and each.what.endswith((".", ").")) and each.check in CHECKS for each in listed)
    return [(each.check, each.severity) for each in listed]


Case = tuple[Callable[[], Iterable[Finding]], list[tuple[str, str]]]


@pytest.mark.parametrize(
    ("look", "found"),
    [
        (lambda: judge_temperature("cpu", 61, None, None), []),
        (lambda: judge_temperature("cpu", 76, None, None), [("temperature", "attention")]),
        (lambda: judge_temperature("cpu", 76, 95, 105), []),
        (lambda: judge_temperature("cpu", 101, 95, 105), [("temperature", "fault")]),
        (lambda: judge_power(None), []),
        (lambda: judge_power(False), []),
        (lambda: judge_power(True), [("power", "attention")]),
        (lambda: judge_wear("mmcblk0", 0.7, ""), []),
        (lambda: judge_wear("mmcblk0", 0.8, ""), [("disk-wear", "attention")]),
        (lambda: judge_wear("mmcblk0", 1.1, ""), [("disk-wear", "fault")]),
        (lambda: judge_wear("sda", None, "it says itself that it is failing"), [("disk-wear", "fault")]),
        (lambda: judge_clock(GOOD, False, ""), []),
        (lambda: judge_clock(GOOD, True, ""), [("clock", "attention")]),
        (lambda: judge_clock(GOOD, False, "it was put forward by 12 years"), [("clock", "attention")]),
        (lambda: judge_clock(ClockQuality(False, "nothing"), False, ""), [("clock", "attention")]),
        (lambda: judge_clock(ClockQuality(False, "own clock"), False, ""), [("clock", "note")]),
        (lambda: judge_clock(ClockQuality(True, "network", 9000), False, ""), [("clock", "note")]),
        (lambda: judge_certificate(60 * DAY_MS), []),
        (lambda: judge_certificate(20 * DAY_MS), [("certificate", "attention")]),
        (lambda: judge_certificate(2 * DAY_MS), [("certificate", "fault")]),
        (lambda: judge_certificate(-1), [("certificate", "fault")]),
        (lambda: judge_certificate(None, "the page does not answer"), [("certificate", "attention")]),
        (lambda: judge_web_hook("CRM", None, "", 0, False), []),
        (lambda: judge_web_hook("CRM", 1700.0, "It answered 500.", 0, False), []),
        (lambda: judge_web_hook("CRM", 1800.0, "It answered 500.", 2, False), [("web-hooks", "attention")]),
        (lambda: judge_web_hook("CRM", 1.0, "", 1, True), [("web-hooks", "attention")]),
        (lambda: judge_backup(True, DAY_MS), []),
        (lambda: judge_backup(False, None), [("backup", "note")]),
        (lambda: judge_backup(True, None), [("backup", "attention")]),
        (lambda: judge_backup(True, 3 * DAY_MS), [("backup", "attention")]),
        (lambda: judge_backup(True, 8 * DAY_MS), [("backup", "fault")]),
        (lambda: judge_checkpoint(True, 3_600_000), []),
        (lambda: judge_checkpoint(False, None), [("checkpoint", "note")]),
        (lambda: judge_checkpoint(True, None), [("checkpoint", "attention")]),
        (lambda: judge_checkpoint(True, 7 * 3_600_000), [("checkpoint", "attention")]),
        (lambda: judge_lost_sound("main", 0, 0), []),
        (lambda: judge_lost_sound("main", 80, 0), [("sound-lost", "attention")]),
        (lambda: judge_lost_sound("main", 0, 2000), [("sound-lost", "attention")]),
    ],
)
def test_each_reading_means_what_it_should(look: Callable[[], Iterable[Finding]], found: list[tuple[str, str]]) -> None:
    assert severities(look()) == found


def test_programs_are_judged_by_what_they_say() -> None:
    def found(**answers: Any) -> list[tuple[str, str]]:
        return severities(judge_processes(answers))

    well = {
        "lines": LINES | {"recorder_connected": True},
        "recorder": {"state": "recording"},
        "keeper": {"state": "ok"},
    }
    assert found(**well) == []
    assert found(**well | {"recorder": None}) == [("processes", "fault")]
    assert found(**well | {"opener": None}) == [("processes", "attention")]
    assert found(lines=None, recorder=None) == [("processes", "attention")] * 2
    assert found(**well | {"keeper": {"state": "attention", "attention": ["A hold is to be reviewed."]}}) == [
        ("duties", "attention")
    ]
    assert found(**well | {"recorder": {"state": "fault", "attention": ["No room."]}}) == [("processes", "fault")]
    assert found(**well | {"lines": LINES | {"recorder_connected": False}}) == [("processes", "fault")]
    unregistered = {"name": "main", "state": "degraded", "registered": False, "attention": ["The trunk says no."]}
    assert found(**well | {"lines": {"state": "degraded", "lines": [unregistered]}}) == [("line-registered", "fault")]
    registering = {"name": "main", "state": "starting", "registered": False, "attention": []}
    assert found(**well | {"lines": {"state": "starting", "lines": [registering]}}) == [], "it has only just begun"


def test_a_line_that_is_not_registered_is_one_finding_that_says_why() -> None:
    line = {"name": "main", "state": "degraded", "registered": False, "attention": ["the trunk says no: SIP 403."]}
    (finding,) = judge_processes({"lines": {"state": "degraded", "lines": [line]}})
    assert finding.what == "Line main is not registered: calls may not come in (the trunk says no: SIP 403)."


def test_a_line_that_hears_nothing_is_a_fault_and_what_else_its_process_says_is_none() -> None:
    deaf = {"name": "desk", "state": "stopped", "attention": ["The sound device gives no sound."]}
    said = {"state": "stopped", "attention": ["Settings were changed and are not in effect yet."], "lines": [deaf]}
    found = {each.what: each.severity for each in judge_processes({"lines-analogue": said})}
    assert found == {
        "Settings were changed and are not in effect yet.": "attention",
        "Line desk: The sound device gives no sound.": "fault",
    }


def test_the_same_complaint_keeps_its_name_while_its_figures_change() -> None:
    ids = {
        each.id
        for left in (480, 12)
        for each in judge_processes({"recorder": {"attention": [f"The data disk has {left} MB left. Free space."]}})
    }
    assert ids == {"processes:recorder the-data-disk-has-mb-left-free-space"}


# ---- real-looking trees of sysfs, and reports of smartctl


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


RASPBERRY_PI = {
    "sys/class/thermal/thermal_zone0/type": "cpu-thermal\n",
    "sys/class/thermal/thermal_zone0/temp": "48686\n",
    "sys/class/thermal/thermal_zone0/trip_point_0_type": "critical\n",
    "sys/class/thermal/thermal_zone0/trip_point_0_temp": "110000\n",
    "sys/class/hwmon/hwmon0/name": "cpu_thermal\n",
    "sys/class/hwmon/hwmon1/name": "rpi_volt\n",
    "sys/class/hwmon/hwmon1/in0_lcrit_alarm": "0\n",
    "sys/block/mmcblk0/device/life_time": "0x02 0x01\n",
    "sys/block/mmcblk0/device/pre_eol_info": "0x01\n",
    "sys/block/mmcblk0boot0/device/life_time": "0x0b 0x0b\n",
}
NVME = {
    "smartctl": {"exit_status": 0},
    "smart_status": {"passed": True},
    "nvme_smart_health_information_log": {"critical_warning": 0, "percentage_used": 4, "media_errors": 0},
}
SATA: dict[str, Any] = {
    "smartctl": {"exit_status": 0},
    "smart_status": {"passed": True},
    "ata_smart_attributes": {
        "table": [
            {"id": 5, "name": "Reallocated_Sector_Ct", "value": 100, "raw": {"value": 0}},
            {"id": 177, "name": "Wear_Leveling_Count", "value": 93, "raw": {"value": 81}},
        ]
    },
}


@pytest.mark.parametrize(
    ("files", "reports", "found"),
    [
        ({}, {}, []),
        ({"sys/class/thermal/thermal_zone0/temp": "107000\n"}, {}, [("temperature", "fault")]),
        ({"sys/class/hwmon/hwmon1/in0_lcrit_alarm": "1\n"}, {}, [("power", "attention")]),
        ({"sys/block/mmcblk0/device/life_time": "0x03 0x09\n"}, {}, [("disk-wear", "attention")]),
        ({"sys/block/mmcblk0/device/pre_eol_info": "0x03\n"}, {}, [("disk-wear", "fault")]),
        ({"sys/class/thermal/thermal_zone0/temp": "\n", "sys/block/mmcblk0/device/life_time": "\n"}, {}, []),
        ({}, {"nvme0n1": NVME, "sda": SATA}, []),
        ({}, {"sda": SATA | {"smart_status": {"passed": False}}}, [("disk-wear", "fault")]),
        (
            {},
            {"nvme0n1": NVME | {"nvme_smart_health_information_log": {"percentage_used": 91}}},
            [("disk-wear", "attention")],
        ),
        (
            {},
            {"sda": SATA | {"ata_smart_attributes": {"table": [{"id": 5, "raw": {"value": 1}}]}}},
            [("disk-wear", "attention")],
        ),
        ({}, {"sda": "no report"}, []),
    ],
)
def test_the_machine_s_instruments_are_read(
    tmp_path: Path, files: dict[str, str], reports: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    write(tmp_path, RASPBERRY_PI | files)
    write(tmp_path / "smart", {f"{name}.json": json.dumps(report) for name, report in reports.items()})
    checks = machine_checks(Instruments(tmp_path / "smart", tmp_path))
    assert severities(each for check in checks for each in made(check)) == found


def test_a_task_of_the_system_that_failed_is_told_and_that_the_packet_filter_is_not_there_is_a_fault() -> None:
    """As systemd lists them."""
    listed = (
        "earmark-firewall.service loaded failed failed Earmark: packet filter\n"
        "earmark-certificate.service loaded failed failed Earmark: certificates\n"
    )
    found = list(made(task_check(lambda: units_in(listed))))
    assert severities(found) == [("tasks", "fault"), ("tasks", "attention")]
    assert "packet filter" in found[0].what
    assert list(made(task_check(lambda: units_in("")))) == []


def test_a_machine_without_instruments_is_not_ill(tmp_path: Path) -> None:
    checks = machine_checks(Instruments(tmp_path / "smart", tmp_path))
    assert [each for check in checks for each in made(check)] == []


# ---- gathering


@dataclass
class Figures:
    """``HealthTables`` of a test's."""

    last_ms: int | None = None
    calls: Sequence[HeardCall] = ()
    lost: dict[str, tuple[int, int]] = field(default_factory=dict)
    left_out: dict[str, Unrecorded] = field(default_factory=dict)
    away: bool = False

    def last_call_ms(self, line: str) -> int | None:
        self._there()
        return self.last_ms

    def heard(self, line: str, most: int) -> Sequence[HeardCall]:
        self._there()
        return self.calls[:most]

    def lost_ms(self, since_ms: int) -> dict[str, tuple[int, int]]:
        self._there()
        return self.lost

    def unrecorded(self, since_ms: int) -> dict[str, Unrecorded]:
        self._there()
        return self.left_out

    def backup_ms(self, destination: str) -> int | None:
        return None

    def checkpoint_ms(self, destination: str) -> int | None:
        return None

    def clock_doubt(self) -> str:
        self._there()
        return ""

    def _there(self) -> None:
        if self.away:
            raise StorageError("There is no catalogue.", "Unlock the data disk.")


@dataclass
class Meter:
    free_bytes: int = 60_000_000_000

    def measure(self) -> Space:
        return Space(100_000_000_000, self.free_bytes)


def test_the_calls_of_a_line_are_judged_and_a_catalogue_that_is_away_is_no_finding() -> None:
    clock, figures = HandSetClock(), Figures()
    lines = WatchedLines(["main", "fax"], frozenset({"fax"}), timedelta(hours=12), None, UTC)
    checks = line_checks(figures, lambda: lines, clock)
    assert [each for check in checks for each in made(check)] == []
    figures.calls, figures.lost = [HeardCall(60_000, 0, 9_000)] * 5, {"main": (160, 0)}
    clock.now_s += 13 * 3600
    found = {(each.check, each.subject) for check in checks for each in made(check)}
    assert found == {("line-quiet", "main"), ("one-sided", "main"), ("one-sided", "fax"), ("sound-lost", "main")}
    figures.last_ms = clock.wall_ms() - 3_600_000
    assert "line-quiet" not in {each.check for check in checks for each in made(check)}
    figures.away = True
    assert [each for check in checks for each in made(check)] == []


def test_calls_that_were_to_be_recorded_and_were_not_are_a_fault_until_one_is() -> None:
    figures = Figures()
    lines = WatchedLines(["main"], frozenset(), None, None, UTC)
    checks = line_checks(figures, lambda: lines, HandSetClock())
    for go_on, severity in ((True, "fault"), (False, "attention")):
        figures.left_out = {"main": Unrecorded(2, "No shared memory for a recording.", go_on)}
        assert severities(each for check in checks for each in made(check)) == [("unrecorded", severity)]


def test_an_office_without_a_line_is_not_well() -> None:
    lines = WatchedLines([], frozenset(), None, None, UTC)
    checks = line_checks(Figures(away=True), lambda: lines, HandSetClock())
    assert severities(each for check in checks for each in made(check)) == [("line-quiet", "attention")]


def test_room_clock_certificate_and_update_are_looked_at() -> None:
    clock, meter, away, why, ends_ms = HandSetClock(), Meter(), [""], ["Read-only file system"], [0]
    disk = disk_check(meter, 500_000_000, 300_000_000, lambda: away[0])
    assert list(made(disk)) == []
    meter.free_bytes = 1_500_000_000
    assert severities(made(disk)) == [("disk", "attention")]
    meter.free_bytes = 400_000_000
    assert severities(made(disk)) == [("disk", "fault")]
    meter.free_bytes = 200_000_000
    (full,) = made(disk)
    assert (full.severity, full.id) == ("fault", "disk")
    assert full.what.startswith("The data disk is full (200 MB left): new calls go to the small spool")
    away[0] = "The data disk is not there."
    assert severities(made(disk)) == [("disk", "attention")]

    state = state_check(lambda: why[0])
    assert severities(made(state)) == [("state", "fault")]
    why[0] = ""
    assert list(made(state)) == []

    time_of_day = clock_check(clock, lambda: GOOD, lambda: "")
    assert list(made(time_of_day)) == []
    clock.epoch_ms = 0  # 1970
    assert severities(made(time_of_day)) == [("clock", "attention")]

    certificate = certificate_check(lambda: ends_ms[0], HandSetClock())
    assert severities(made(certificate)) == [("certificate", "fault")]
    ends_ms[0] = HandSetClock().wall_ms() + 100 * DAY_MS
    assert list(made(certificate)) == []

    assert severities(made(update_check(lambda: UpdateState("The update to 1.2.0 was left again.")))) == [
        ("update", "attention")
    ]
    assert severities(made(update_check(lambda: UpdateState(available="1.2.0")))) == [("update", "note")]
    assert list(made(update_check(UpdateState))) == []


def test_what_a_program_says_of_itself_and_a_check_has_found_is_told_once() -> None:
    away = "The data disk is locked or missing."
    disk = disk_check(Meter(), 1, 1, lambda: away)
    recorder = {"state": "recording", "attention": [f"{away} 2 calls wait in the spool.", "The spool is full."]}
    found = HealthChecks([process_check(lambda: {"recorder": recorder}), disk], HandSetClock()).findings()
    assert [(each.check, each.what) for each in found] == [("processes", "The spool is full."), ("disk", away)]
    recorder["attention"] = ["This version of Earmark is on trial."]
    found = HealthChecks([process_check(lambda: {"recorder": recorder})], HandSetClock()).findings()
    assert [each.what for each in found] == ["This version of Earmark is on trial."]


def test_a_check_that_cannot_be_made_is_a_finding_and_each_is_made_when_it_is_due() -> None:
    clock, looks = HandSetClock(), []

    def refuses() -> list[Finding]:
        looks.append(clock.now_s)
        raise ServiceAway("The instrument does not answer.", "Look at its cable.")

    checks = HealthChecks([Check("power", refuses, 60.0)], clock)
    for _ in range(13):
        assert severities(checks.findings()) == [("power", "attention")]
        clock.now_s += 10
    assert len(looks) == 3
