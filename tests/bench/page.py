"""The page over a large catalogue, as the processes really run: how soon somebody is in, and its memory."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlencode

from firmware.cli.demo.office import demo_settings
from firmware.cli.set_up.making import set_up_office
from firmware.config.settings_model import WebSettings
from firmware.core.access_policy import Role
from firmware.core.call_record import CallRecord
from firmware.core.home import Home
from tests.functional.office.ports import free_ports
from tests.integration.real_page import Browser, running

NAME = "listener"


def new_office(root: Path) -> tuple[Home, int, str]:
    """An office without recordings: its folder, the port of its page, the listener's pass phrase."""
    home, port = Home(root), free_ports().web
    settings = demo_settings().model_copy(update={"web": WebSettings(tls=False, bind=f"127.0.0.1:{port}")})
    made = set_up_office(
        home, settings, (("director", Role.DIRECTOR), (NAME, Role.SERVICES_MANAGER)), datetime.now(UTC)
    )
    return home, port, next(person.pass_phrase for person in made.people if person.name == NAME)


def measure(home: Home, port: int, pass_phrase: str, wanted: list[CallRecord], tries: int = 30) -> dict[str, Any]:
    """Milliseconds of signing in, of the first page, and of searches on the page; the web process's memory, MB."""
    with ExitStack() as stack:
        stack.enter_context(running(home, "recorder", "ready on"))
        stack.enter_context(running(home, "opener", "ready on"))
        web = stack.enter_context(running(home, "web", "serving the page"))
        into, first, searches = [], [], []
        for number in range(tries):
            browser = Browser(port)
            began = time.perf_counter()
            _must_be(303, browser.sign_in(NAME, pass_phrase))
            signed_in = time.perf_counter()
            _must_be(200, browser.get("/calls"))
            shown = time.perf_counter()
            _must_be(200, browser.get(f"/calls?{urlencode(_search(wanted[number % len(wanted)]))}"))
            searches.append(time.perf_counter() - shown)
            first.append(shown - signed_in)
            into.append(shown - began)
            browser.post("/sign-out")
            browser.close()
        figures = {"sign-in and first page": into, "first page": first, "search on the page": searches}
        took: dict[str, Any] = {name: _milliseconds(times) for name, times in figures.items()}
        return took | {"web_mb": _memory_mb(web.pid)}


def _search(record: CallRecord) -> Mapping[str, str]:
    day = datetime.fromtimestamp(record.started_at_ms / 1000, UTC).date()
    number = (record.far_party.number or "")[-6:-2]
    return {"find": number, "from": str(day - timedelta(days=15)), "to": str(day + timedelta(days=15))}


def _milliseconds(times: list[float]) -> dict[str, float]:
    return {"median_ms": round(median(times) * 1000, 1), "p95_ms": round(quantiles(times, n=20)[18] * 1000, 1)}


def _must_be(status: int, answer: tuple[int, str]) -> None:
    if answer[0] != status:
        raise RuntimeError(f"the page answered {answer[0]}: {answer[1][:300]}")


def _memory_mb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) // 1024
