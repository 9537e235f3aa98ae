"""How the box is, as an update that is on trial is judged by; and what a restart has to wait for."""

from __future__ import annotations

import http.client
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from firmware.adapters.control.client import ControlClient
from firmware.adapters.settings.named_instances import NamedInstances
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.store.held_back_disk import newer_catalogue
from firmware.cli.lines.reception import office_hours
from firmware.config.loader import load_settings
from firmware.config.network_address import split_host_port
from firmware.config.settings_model import Settings
from firmware.core.errors import EarmarkError, ServiceAway
from firmware.core.home import Home
from firmware.core.lines_instance import WITH_CALLS, process_name
from firmware.core.local_time import local_time
from firmware.core.system_update import NIGHT, Probe, SystemUpdate

_PATIENCE_S = 5.0
_TARGET = "earmark.target"
#: Whoever judges is at work still.
_OWN = "earmark-update-"
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - where it listens, not where we do


def calls_in_progress(home: Home) -> int:
    """Of all processes that hold or hear calls; one that does not answer holds none that could be asked for."""
    return sum(len(answer.get("calls", ())) for answer in _of_lines(home, "/calls"))


def well_lines(home: Home) -> list[str]:
    return sorted(
        str(line["name"])
        for health in _of_lines(home, "/health")
        for line in health.get("lines", ())
        if not line.get("attention")
    )


def office_is_open(home: Home, now_ms: int) -> bool:
    """By the settings' hours; where they say none, it is closed in the small hours. Before set-up nobody is there."""
    try:
        settings = load_settings(SettingsFile(home.settings_file))
    except EarmarkError:
        return False
    local = local_time(now_ms, ZoneInfo(settings.office.timezone))
    if not settings.hours.given:
        return local.minute not in NIGHT
    return office_hours(settings.hours).at(local).open


def hours_are_given(home: Home) -> bool:
    """Whether the settings say when the office is open."""
    try:
        return load_settings(SettingsFile(home.settings_file)).hours.given
    except EarmarkError:
        return False


def probes(home: Home, update: SystemUpdate) -> list[Probe]:
    """Everything that is looked at. A box that is not set up yet has only its system to show."""
    if not home.settings_file.exists():
        return [*_units()]
    try:
        settings = load_settings(SettingsFile(home.settings_file))
    except EarmarkError as error:
        return [Probe("settings", str(error))]
    lines = [_lines(home, update)] if update.well_lines else []
    return [*_units(), *_sockets(home), _catalogue(home), _page(settings), *lines]


def _units() -> Iterator[Probe]:
    """What the target wants runs, or was skipped on purpose."""
    wanted = _show(_TARGET, "Wants").get("Wants", "").split()
    judged = (name for name in wanted if name.endswith(".service") and not name.startswith(_OWN))
    for unit in sorted(judged):
        found = _show(unit, "ActiveState", "Result", "ConditionResult")
        skipped = found.get("ConditionResult") == "no" or found.get("Result") == "exec-condition"
        if found.get("ActiveState") == "active" or (found.get("ActiveState") == "inactive" and skipped):
            yield Probe(unit)
        else:
            yield Probe(unit, f"is {found.get('ActiveState') or 'not there'} ({found.get('Result', '')}).")


def _show(unit: str, *properties: str) -> dict[str, str]:
    command = ["systemctl", "show", f"--property={','.join(properties)}", unit]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return {}
    return dict(line.split("=", 1) for line in said.splitlines() if "=" in line)


def _sockets(home: Home) -> Iterator[Probe]:
    named = NamedInstances(home.settings_file)()
    sockets = {process_name(instance): home.lines_socket_of(instance) for instance in named}
    sockets |= {"recorder": home.recorder_socket, "opener": home.opener_socket, "keeper": home.keeper_socket}
    for name, path in sockets.items():
        try:
            health = ControlClient(path, _PATIENCE_S).get("/health")
        except EarmarkError as error:
            yield Probe(name, str(error))
        else:
            no_ear = health.get("recorder_connected") is False
            yield Probe(name, "has no recorder that takes its audio." if no_ear else "")


def _catalogue(home: Home) -> Probe:
    return Probe("catalogue", newer_catalogue(home.catalogue))


def _page(settings: Settings) -> Probe:
    """It answers on its port. Whose certificate it is, is not asked: that is no matter of the program."""
    host, port = split_host_port(settings.web.bind)
    host = _ANYWHERE.get(host, host)
    if settings.web.tls:
        # The answer is thrown away; nothing is sent that could be overheard.
        context = ssl._create_unverified_context()
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(host, port, timeout=10, context=context)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request("GET", "/", headers={"Host": "localhost"})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return Probe("page", f"does not answer on port {port}: {error}.")
    finally:
        connection.close()
    return Probe("page", f"answers with error {status}." if status >= 500 else "")


def _lines(home: Home, update: SystemUpdate) -> Probe:
    missing = sorted(set(update.well_lines) - set(well_lines(home)))
    return Probe("lines", f"not well, and were before: {', '.join(missing)}." if missing else "")


def _of_lines(home: Home, path: str) -> Iterator[Mapping[str, Any]]:
    for instance in NamedInstances(home.settings_file)():
        if instance in WITH_CALLS:
            with suppress(ServiceAway):
                yield ControlClient(home.lines_socket_of(instance), _PATIENCE_S).get(path)


def now_ms() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)
