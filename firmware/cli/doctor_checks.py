"""What ``earmark doctor`` looks at. Each check looks at one thing and says what is wrong, where, and what to do."""

from __future__ import annotations

import importlib.util
import socket
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from cryptography import x509

from firmware.adapters.control.client import ControlClient
from firmware.adapters.keys.page_certificate import RENEW_WITHIN
from firmware.adapters.prompts.library import PromptLibrary
from firmware.adapters.sealing.exposed_keys import refuse_private_keys
from firmware.adapters.settings.people_file import PeopleFile
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.store.data_disk import MarkedDataDisk
from firmware.adapters.supervision.disk_space import DiskSpace
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.config.line_settings import SipLine
from firmware.config.loader import load_settings
from firmware.config.network_address import split_host_port
from firmware.config.prompt_check import prompts_named
from firmware.config.settings_model import Settings
from firmware.core.errors import EarmarkError, PrivateKeyExposed, ServiceAway
from firmware.core.home import Home
from firmware.services.health import MADE_AT_MS

Verdict = Literal["ok", "attention", "wrong"]

PACKAGES = (
    *("alembic", "av", "cheroot", "click", "cryptography", "diceware", "flask", "flask_wtf", "orjson", "pydantic"),
    *("pyrage", "sqlalchemy", "tinydb", "tomlkit"),
)
_CONTENT = {"ok", "working", "recording"}
_FAILED = {"fault", "stopped"}
_NO_DISK = "Plug it in or unlock it; calls wait in the spool meanwhile. A new disk: earmark data-disk prepare"
_NO_ROOM = "Make room on that disk, or put a larger one in."
_RENEW = "Restart the page: it makes a new one, unless the office had this one issued itself."


@dataclass(frozen=True)
class Finding:
    """``what`` was found ``where``; ``remedy`` is empty when all is well."""

    check: str
    verdict: Verdict
    where: str
    what: str
    remedy: str = ""


Check = Callable[[Home], Iterator[Finding]]


def packages(_: Home) -> Iterator[Finding]:
    """Python packages that any process needs."""
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        yield Finding(
            "packages", "wrong", "Python", f"missing: {', '.join(missing)}", "Run scripts/run, or pip install ."
        )
    else:
        yield Finding("packages", "ok", "Python", f"{len(PACKAGES)} packages are there")


def telephony(_: Home) -> Iterator[Finding]:
    """pjsua2 and the compiled recorder port."""
    if importlib.util.find_spec("pjsua2") is None:
        yield Finding("telephony", "wrong", "pjsua2", "is not installed", "Run scripts/build-pjsua2 --install.")
        return
    from firmware.native.build import library_path

    try:
        library = library_path()
    except EarmarkError as error:
        yield Finding("telephony", "wrong", "pjsua2", error.what, error.remedy)
        return
    if library.exists():
        yield Finding("telephony", "ok", library.name, "pjsua2 and the recorder port are there")
    else:
        what, remedy = "is not compiled yet; the first use does it", "Run: python -m firmware.native.build"
        yield Finding("telephony", "attention", str(library), what, remedy)


def office(home: Home) -> Iterator[Finding]:
    """Settings, people, keys and certificate can be read and make sense."""
    settings = load_settings(SettingsFile(home.settings_file))
    people = PeopleFile(home.people_file).people()
    listeners = [person.name for person in people if person.office_keys]
    if listeners:
        yield Finding("office", "ok", str(home.state), f"{len(people)} people, {len(listeners)} may listen")
    else:
        remedy = "Put people.json back from a backup; with the recovery key recordings can still be opened elsewhere."
        yield Finding("office", "wrong", str(home.people_file), "nobody may listen: no recording can be opened", remedy)
    for key in (
        home.office_public_key,
        home.recovery_public_key,
        home.device_public_key,
        home.device_key,
        home.box_secret,
    ):
        if not key.exists():
            yield Finding("office", "wrong", str(key), "is missing", "Put it back from a backup of the state folder.")
    yield from _prompts(home, settings)
    if settings.web.tls:
        yield _certificate(home.tls_certificate)


def _prompts(home: Home, settings: Settings) -> Iterator[Finding]:
    library = PromptLibrary(home.prompts, settings.prompts)
    for prompt in sorted({prompt for _, prompt in prompts_named(settings)}):
        try:
            found = library.find(prompt)
        except EarmarkError as error:
            yield Finding("notices", "wrong", prompt, error.what, error.remedy)
        else:
            yield Finding("notices", "ok", str(found.path), f"{prompt} can be played, {found.duration_ms / 1000:.1f} s")


def _certificate(path: Path) -> Finding:
    try:
        ends = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as error:
        remedy = "Put it back from a backup; or remove it, and the page makes a new one when it starts."
        return Finding("certificate", "wrong", str(path), f"cannot be read: {error}", remedy)
    left = ends - datetime.now(UTC)
    if left < timedelta():
        return Finding("certificate", "wrong", str(path), f"ended on {ends:%-d %B %Y}", _RENEW)
    if left < RENEW_WITHIN:
        return Finding("certificate", "attention", str(path), f"is good until {ends:%-d %B %Y} only", _RENEW)
    return Finding("certificate", "ok", str(path), f"is good until {ends:%-d %B %Y}")


def modes(home: Home) -> Iterator[Finding]:
    """Nobody but the owner may look into the state folder, nor read a key."""
    open_to_others = [
        path
        for path in (home.root, home.state, *home.state.rglob("*"))
        if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & 0o007
    ]
    for path in open_to_others:
        yield Finding("modes", "wrong", str(path), "is open to other users", f"Run: chmod o-rwx '{path}'")
    if not open_to_others:
        yield Finding("modes", "ok", str(home.state), "is closed to other users")
    try:
        refuse_private_keys(home)
    except PrivateKeyExposed as error:
        yield Finding("keys", "wrong", str(home.root), error.what, error.remedy)
    else:
        yield Finding("keys", "ok", str(home.root), "no private listening key lies about")


def processes(home: Home) -> Iterator[Finding]:
    """Each process answers on its control socket, and is content."""
    healths = {name: _health(path) for name, path in _sockets(home).items()}
    some_run = any(health is not None for health in healths.values())
    for name, health in healths.items():
        if health is not None:
            yield from _process(name, health)
        elif some_run:
            yield Finding("processes", "wrong", name, "does not answer", f"Look at its log; start it: earmark {name}")
        else:
            yield Finding("processes", "attention", name, "does not run", "Start all: scripts/run, or the services.")


def _process(name: str, health: Mapping[str, Any]) -> Iterator[Finding]:
    state = str(health.get("state", "ok"))
    complaints = [
        *health.get("attention", ()),
        *(word for line in health.get("lines", ()) for word in line["attention"]),
    ]
    if health.get("recorder_connected") is False:
        yield Finding("processes", "wrong", name, "the recorder takes no audio", "Look at the recorder's log.")
    for complaint in complaints:
        yield Finding("processes", "attention", name, str(complaint), f"Look at the log of {name}.")
    if state in _CONTENT:
        yield Finding("processes", "ok", name, f"runs ({state})")
    elif not complaints:
        verdict: Verdict = "wrong" if state in _FAILED else "attention"
        yield Finding("processes", verdict, name, f"runs, and is {state}", f"Look at the log of {name}.")


def _sockets(home: Home) -> dict[str, Path]:
    return {
        "lines": home.lines_socket,
        "recorder": home.recorder_socket,
        "opener": home.opener_socket,
        "keeper": home.keeper_socket,
    }


def _health(socket_path: Path) -> Mapping[str, Any] | None:
    try:
        return ControlClient(socket_path, timeout_s=2.0).get("/health")
    except ServiceAway:
        return None
    except EarmarkError as error:
        return {"state": "fault", "attention": [error.what]}


def ports(home: Home) -> Iterator[Finding]:
    """The addresses that lines and web need are free, or held by them."""
    settings = load_settings(SettingsFile(home.settings_file))
    lines_run = _health(home.lines_socket) is not None
    for line in settings.lines:
        if isinstance(line, SipLine):
            for transport in line.sip.transports:
                host, port = split_host_port(line.sip.bind)
                port = line.sip.tls_port if transport == "tls" else port
                kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
                yield _port(f"line {line.name}, {transport.upper()}", host, port, kind, held_by_us=lines_run)
    host, port = split_host_port(settings.web.bind)
    # The page has no control socket: that something answers there is taken for it.
    yield _port("page", host, port, socket.SOCK_STREAM, held_by_us=_answers(host, port))


def _port(name: str, host: str, port: int, kind: socket.SocketKind, *, held_by_us: bool) -> Finding:
    where = f"{host} port {port}"
    if held_by_us:
        return Finding("ports", "ok", where, f"is in use ({name})")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            remedy = "End the program that holds it (ss -lntup shows it), or change bind in the settings."
            return Finding("ports", "wrong", where, f"cannot be had for {name}: {error.strerror}", remedy)
    return Finding("ports", "ok", where, f"is free ({name})")


def _answers(host: str, port: int) -> bool:
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    with suppress(OSError):
        socket.create_connection((target, port), timeout=1.0).close()
        return True
    return False


def disk(home: Home) -> Iterator[Finding]:
    """The data disk is there, and has room for recordings."""
    if away := MarkedDataDisk(home).look():
        yield Finding("disk", "attention", str(home.data), away, _NO_DISK)
        return
    settings, space = load_settings(SettingsFile(home.settings_file)), DiskSpace(home.data).measure()
    free_mb, hours = space.free_bytes // 1_000_000, space.free_bytes / (settings.recorder.bitrate / 8 * 3600)
    if free_mb < settings.recorder.minimum_free_mb:
        yield Finding("disk", "wrong", str(home.data), f"has only {free_mb} MB left", _NO_ROOM)
    else:
        yield Finding("disk", "ok", str(home.data), f"has {free_mb:,} MB left, about {hours:,.0f} hours of calls")


def clock(_: Home) -> Iterator[Finding]:
    """The time was set from outside: recordings are dated by it."""
    remedy = "Let this machine reach a time server (timedatectl shows the state)."
    if SystemClock().wall_ms() < MADE_AT_MS:
        yield Finding("clock", "wrong", "this machine", "shows a time before this program was made", remedy)
    elif SystemClock().is_set():
        yield Finding("clock", "ok", "this machine", "has its clock kept by NTP")
    else:
        yield Finding("clock", "attention", "this machine", "has a clock that is not kept by NTP", remedy)


def swap(_: Home) -> Iterator[Finding]:
    """Keys and audio in memory must not reach a disk by way of swap."""
    areas = Path("/proc/swaps").read_text().splitlines()[1:]
    on_disk = [area.split()[0] for area in areas if "zram" not in area]
    if on_disk:
        yield Finding("swap", "attention", ", ".join(on_disk), "is in use", "Turn it off: swapoff -a")
    else:
        yield Finding("swap", "ok", "this machine", "swaps to no disk")


OF_THE_MACHINE: tuple[Check, ...] = (packages, telephony, clock, swap)
OF_THE_OFFICE: tuple[Check, ...] = (office, modes, processes, ports, disk)


def examine(home: Home) -> Iterator[Finding]:
    """Every check in turn; one that cannot be made is a finding itself."""
    checks = OF_THE_MACHINE
    if home.state.exists():
        checks += OF_THE_OFFICE
    else:
        yield Finding("office", "wrong", str(home.root), "holds no office", "Set one up with: earmark init")
    for check in checks:
        try:
            yield from check(home)
        except EarmarkError as error:
            yield Finding(check.__name__, "wrong", str(home.root), error.what, error.remedy)
        except OSError as error:
            where = str(error.filename or home.root)
            yield Finding(check.__name__, "wrong", where, f"cannot be looked at: {error.strerror}", "Run as its owner.")
