"""What ``earmark doctor`` looks at. Each check looks at one thing and says what is wrong, where, and what to do."""

from __future__ import annotations

import importlib.util
import stat
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from firmware.adapters.keys.page_certificate import page_certificate_state, page_pair
from firmware.adapters.prompts.library import PromptLibrary
from firmware.adapters.sealing.exposed_keys import refuse_private_keys
from firmware.adapters.settings.people_file import PeopleFile
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.store.rights import has_box_users, wrong_rights
from firmware.cli.doctor.finding import Finding
from firmware.cli.doctor.health import health
from firmware.cli.doctor.ports import ports
from firmware.cli.rights import places_there
from firmware.config.loader import load_settings
from firmware.config.prompt_check import prompts_named
from firmware.config.settings_model import Settings
from firmware.core.errors import EarmarkError, PrivateKeyExposed
from firmware.core.home import Home

PACKAGES = (
    *("alembic", "apprise", "av", "cheroot", "click", "cryptography", "diceware", "flask", "flask_wtf", "orjson"),
    *("prometheus_client", "pydantic", "pyrage", "sqlalchemy", "tinydb", "tomlkit"),
)
_RENEW = "See: earmark certificate show"


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
        yield _certificate(home, settings.web.hosts)


def _prompts(home: Home, settings: Settings) -> Iterator[Finding]:
    library = PromptLibrary(home.prompts, settings.prompts)
    for prompt in sorted({prompt for _, prompt in prompts_named(settings)}):
        try:
            found = library.find(prompt)
        except EarmarkError as error:
            yield Finding("notices", "wrong", prompt, error.what, error.remedy)
        else:
            yield Finding("notices", "ok", str(found.path), f"{prompt} can be played, {found.duration_ms / 1000:.1f} s")


def _certificate(home: Home, names: Sequence[str]) -> Finding:
    where = str(page_pair(home)[0])
    if not page_pair(home)[0].exists():
        return Finding("certificate", "ok", where, "is made when the page starts")
    now = datetime.now(UTC)
    state = page_certificate_state(home, now, names)
    if state.ends is None or state.ends <= now:
        return Finding("certificate", "wrong", where, state.problem, _RENEW)
    if state.problem:
        return Finding("certificate", "attention", where, state.problem, _RENEW)
    return Finding("certificate", "ok", where, f"is good until {state.ends:%-d %B %Y}")


def modes(home: Home) -> Iterator[Finding]:
    """Nobody but the owner may look into the state folder, nor read a key; on the box, each user what is theirs."""
    found = list(_wrong_owners(home) if has_box_users() else _open_to_others(home))
    yield from found or [Finding("modes", "ok", str(home.state), "is closed to other users")]
    try:
        refuse_private_keys(home)
    except PrivateKeyExposed as error:
        yield Finding("keys", "wrong", str(home.root), error.what, error.remedy)
    else:
        yield Finding("keys", "ok", str(home.root), "no private listening key lies about")


def _wrong_owners(home: Home) -> Iterator[Finding]:
    for each in wrong_rights(home, places_there(home)):
        what = f"is {each.is_now}, and should be {each.should_be}"
        yield Finding("modes", "wrong", str(each.path), what, "Run: earmark rights apply")


def _open_to_others(home: Home) -> Iterator[Finding]:
    for path in (home.root, home.state, *home.state.rglob("*")):
        if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & 0o007:
            yield Finding("modes", "wrong", str(path), "is open to other users", f"Run: chmod o-rwx '{path}'")


def swap(_: Home) -> Iterator[Finding]:
    """Keys and audio in memory must not reach a disk by way of swap."""
    areas = Path("/proc/swaps").read_text().splitlines()[1:]
    on_disk = [area.split()[0] for area in areas if "zram" not in area]
    if on_disk:
        yield Finding("swap", "attention", ", ".join(on_disk), "is in use", "Turn it off: swapoff -a")
    else:
        yield Finding("swap", "ok", "this machine", "swaps to no disk")


OF_THE_MACHINE: tuple[Check, ...] = (packages, telephony, swap)
OF_THE_OFFICE: tuple[Check, ...] = (office, modes, health, ports)


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
