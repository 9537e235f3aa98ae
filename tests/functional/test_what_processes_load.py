"""What lies in memory for months: no process loads a large library that it has no use for at rest.

``scripts/bench box`` says what each process takes.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.functional.office.office import Office
from tests.functional.office.ports import free_ports
from tests.functional.office.processes import Processes

pytestmark = pytest.mark.functional

LARGE = {
    *("alembic", "alsaaudio", "apprise", "av", "cheroot", "cryptography", "defusedxml", "diceware", "dns", "fido2"),
    *("flask", "fpdf", "gpiod", "gpiozero", "holidays", "jinja2", "markdown", "numpy", "phonenumbers"),
    *("pjsua2", "prometheus_client", "pydantic", "pyrage", "pyzipper", "requests", "segno", "serial", "sqlalchemy"),
    *("tomlkit", "werkzeug", "wtforms", "yaml"),
}
STORE = {"cryptography", "pyrage", "sqlalchemy"}
NEEDED = {
    "box": {"cryptography"},
    "recorder": STORE,
    "opener": STORE,
    "keeper": STORE | {"pydantic"},
    "lines": {"phonenumbers", "pjsua2", "pydantic"},
    "web": STORE | {"cheroot", "flask", "jinja2", "werkzeug", "wtforms"},
    "panel": {"gpiod", "gpiozero"},
}
_IMPORTED = re.compile(r"^import time:\s+\d+ \|\s+\d+ \|\s+(\w+)", re.MULTILINE)


def _kept(processes: Processes, name: str) -> set[str]:
    """What the process told of; without what only a copy of it loaded, which ended with that."""
    told = set(_IMPORTED.findall(processes.log(name)))
    native = Path(f"/proc/{processes.pid(name)}/maps").read_text()
    return told if "pydantic_core" in native else told - {"pydantic"}


def _told_what_it_loads(name: str) -> tuple[str, ...]:
    simulated = ("--simulated",) if name == "panel" else ()
    return (sys.executable, "-X", "importtime", "-m", "firmware.cli.main", name, *simulated)


def test_no_process_loads_a_large_library_that_it_has_no_use_for(tmp_path: Path) -> None:
    with Office.found(tmp_path / "home", ports=free_ports()) as office:
        processes = office.start(*NEEDED, **{name: _told_what_it_loads(name) for name in NEEDED})
        loaded = {name: _kept(processes, name) for name in NEEDED}
    assert all({"click", "firmware"} <= names for names in loaded.values()), "imports are not told of"
    assert {name: sorted(loaded[name] & LARGE - NEEDED[name]) for name in NEEDED} == {name: [] for name in NEEDED}
