"""Every check that the box makes of itself, put together once: for the keeper and for the doctor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from firmware.adapters.archive.rclone import RcloneStorage
from firmware.adapters.catalogue.health_figures import HealthFigures
from firmware.adapters.control.client import ControlClient
from firmware.adapters.settings.named_instances import NamedInstances
from firmware.adapters.store.data_disk import MarkedDataDisk
from firmware.adapters.supervision.disk_space import DiskSpace
from firmware.adapters.supervision.failed_units import failed_units
from firmware.adapters.supervision.instruments import Instruments
from firmware.adapters.supervision.kernel_clock import KernelClock
from firmware.adapters.supervision.seen_certificate import certificate_ends_at_ms
from firmware.adapters.supervision.writable_folder import why_not_writable
from firmware.adapters.update.update_notes import UpdateNotesFile
from firmware.cli.lines.reception import office_hours
from firmware.cli.office_storage import archive_storage, backup_storage
from firmware.config.network_address import split_host_port
from firmware.config.settings_model import Settings
from firmware.core.errors import EarmarkError, ServiceAway
from firmware.core.home import Home
from firmware.core.lines_instance import process_name
from firmware.core.process_health import Answers
from firmware.core.system_update import Phase
from firmware.ports.clock import Clock
from firmware.services.health_checks import (
    Check,
    UpdateState,
    WatchedLines,
    certificate_check,
    clock_check,
    disk_check,
    elsewhere_checks,
    line_checks,
    machine_checks,
    process_check,
    state_check,
    task_check,
    update_check,
)

_PATIENCE_S = 2.0
#: Where the settings say no hours, nights and weekends count: a line has so many times as long to be quiet.
_WITHOUT_HOURS = 4


def health_list(
    home: Home, settings_now: Callable[[], Settings], clock: Clock, answers: Callable[[], Answers]
) -> list[Check]:
    """``answers``: asks the programs how they are."""
    settings = settings_now()
    tables = HealthFigures(home.catalogue)
    least_free = settings.recorder.minimum_free_mb * 1_000_000
    backups, archive = backup_storage(home, settings, "health"), archive_storage(home, settings, "health")
    checks = [
        process_check(answers),
        task_check(failed_units),
        *machine_checks(Instruments(home.smart_reports)),
        clock_check(clock, KernelClock().quality, tables.clock_doubt),
        disk_check(
            DiskSpace(home.data),
            least_free,
            settings.space.reserve_mb * 1_000_000,
            MarkedDataDisk(home, looked_at_only=True).look,
        ),
        state_check(lambda: why_not_writable(_own_part_of_the_state(home))),
        *line_checks(tables, lambda: watched_lines(settings_now()), clock),
        *elsewhere_checks(tables, _identity(backups), _identity(archive), clock),
        update_check(partial(update_state, home)),
    ]
    if settings.web.tls:
        checks.append(certificate_check(partial(certificate_ends_at_ms, *split_host_port(settings.web.bind)), clock))
    return checks


def _own_part_of_the_state(home: Home) -> Path:
    """Where the keeper may write."""
    return home.alerts.parent if home.alerts.parent.is_dir() else home.state


def watched_lines(settings: Settings) -> WatchedLines:
    alerts, hours = settings.alerts, settings.hours
    quiet_after = alerts.quiet_after
    if quiet_after is not None and not hours.given:
        quiet_after *= _WITHOUT_HOURS
    return WatchedLines(
        [line.name for line in settings.lines],
        frozenset(alerts.quiet_lines),
        quiet_after,
        office_hours(hours) if hours.given else None,
        ZoneInfo(settings.office.timezone),
    )


def process_answers(home: Home, named: NamedInstances, own: Mapping[str, Any] | None = None) -> Answers:
    """What every program with a control socket says of itself. ``own``: what the keeper says, where it asks itself."""
    found = {name: _health(path) for name, path in process_sockets(home, named).items()}
    return found if own is None else found | {"keeper": own}


def process_sockets(home: Home, named: NamedInstances) -> dict[str, Path]:
    """A clone has no process that runs as root, and no place for its socket."""
    box = {"box": home.box_socket} if home.box_socket.parent.is_dir() else {}
    return {
        **{process_name(instance): home.lines_socket_of(instance) for instance in named()},
        "recorder": home.recorder_socket,
        "opener": home.opener_socket,
        "keeper": home.keeper_socket,
        **box,
    }


def update_state(home: Home) -> UpdateState:
    try:
        newest = UpdateNotesFile(home).update()
    except EarmarkError as error:
        return UpdateState(error.what)
    if newest is None or newest.phase not in (Phase.LEFT, Phase.FAILED):
        return UpdateState()
    came_to = "was tried and left again" if newest.phase is Phase.LEFT else "could not be written"
    return UpdateState(f"The update to version {newest.version} {came_to}.")


def _identity(storage: RcloneStorage | None) -> str | None:
    return storage.identity if storage else None


def _health(socket_path: Path) -> Mapping[str, Any] | None:
    try:
        return ControlClient(socket_path, timeout_s=_PATIENCE_S).get("/health")
    except ServiceAway:
        return None
    except EarmarkError as error:
        return {"state": "fault", "attention": [error.what]}
