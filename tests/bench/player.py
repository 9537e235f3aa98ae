"""The player on a long call's page, as the processes really run and a real Chromium shows it: how soon there is sound,
how soon after a jump, and what it costs.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Page, Response, expect, sync_playwright

from firmware.core.call_record import CallRecord
from firmware.core.home import Home
from tests.bench import page as page_bench
from tests.browser.windows import DESK, launch
from tests.integration.real_page import running
from tests.integration.sealed_call import seal_call
from tests.integration.web_office import new_record

Say = Callable[[str], object]

_LISTENER = "listener"
_SOUND = ("/audio", "/peaks")
#: Milliseconds from a press on Play until sound comes.
_START = """() => new Promise((resolve) => {
  const audio = document.getElementById("audio");
  const pressed = performance.now();
  const heard = () => {
    if (audio.currentTime === 0) return;
    audio.removeEventListener("timeupdate", heard);
    resolve(performance.now() - pressed);
  };
  audio.addEventListener("timeupdate", heard);
  document.getElementById("play").click();
})"""
#: Milliseconds from a jump until there is sound to play from there.
_SEEK = """(seconds) => new Promise((resolve) => {
  const audio = document.getElementById("audio");
  const asked = performance.now();
  audio.addEventListener("seeked", () => resolve(performance.now() - asked), { once: true });
  audio.currentTime = seconds;
})"""
#: When the picture was complete, in milliseconds since the page was asked for.
_DRAWN = """() => new Promise((resolve) => {
  const wave = document.getElementById("wave");
  const done = () => {
    if (wave.dataset.drawn === "voices") resolve(performance.now());
    else setTimeout(done, 50);
  };
  done();
})"""


def run(minutes: int, seeks: int, say: Say) -> dict[str, Any]:
    """All of it; figures by name."""
    with _scratch() as folder:
        home, port, pass_phrase = page_bench.new_office(folder / "office")
        say(f"sealing a call of {minutes} minutes")
        record = seal_call(home, new_record(datetime.now(UTC) - timedelta(hours=3)), minutes * 60.0)
        return {"minutes": minutes} | measure(home, port, pass_phrase, record, seeks)


def shown(report: Mapping[str, Any]) -> str:
    """The figures, a line each."""
    return "\n".join(f"{name}: {figure}" for name, figure in report.items())


def measure(home: Home, port: int, pass_phrase: str, record: CallRecord, seeks: int) -> dict[str, Any]:
    """Of a recording that is in the office's store: milliseconds, the page's bytes, the web process's memory in MB."""
    with ExitStack() as stack:
        stack.enter_context(running(home, "recorder", "ready on"))
        stack.enter_context(running(home, "opener", "ready on"))
        web = stack.enter_context(running(home, "web", "serving the page"))
        before = _memory_mb(web.pid)["VmRSS"]
        browser = launch(stack.enter_context(sync_playwright()))
        stack.callback(browser.close)
        page = browser.new_page(viewport=DESK)
        weights: dict[str, int] = {}
        page.on("response", lambda answer: _weigh(weights, answer))
        _sign_in(page, f"http://localhost:{port}", pass_phrase, record)
        weights.clear()  # of the call's own page alone
        found = _listen(page, seeks, partial(_processor_s, web.pid))
        memory = _memory_mb(web.pid)
        found |= {"page without sound, kB": round(sum(weights.values()) / 1000)}
        return found | {
            "web at rest, MB": before,
            "web playing, MB": memory["VmRSS"],
            "web at most, MB": memory["VmHWM"],
        }


def _sign_in(page: Page, site: str, pass_phrase: str, record: CallRecord) -> None:
    page.goto(site)
    page.get_by_label("Name").fill(_LISTENER)
    page.get_by_label("Pass phrase").fill(pass_phrase)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.goto(f"{site}/calls/{record.recording_id}")
    page.get_by_label("Why do you need to hear this call?").fill("measuring")


def _listen(page: Page, seeks: int, used_s: Callable[[], float]) -> dict[str, Any]:
    began, used = time.perf_counter(), used_s()
    page.get_by_role("button", name="Open the recording").click()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    opened, used_opening = time.perf_counter() - began, used_s() - used
    started = page.evaluate(_START)
    length = page.evaluate("document.getElementById('audio').duration")
    chance = random.Random(1)
    took = [page.evaluate(_SEEK, chance.uniform(0, length - 10)) for _ in range(seeks)]
    drawn = page.evaluate(_DRAWN)
    after = [page.evaluate(_SEEK, chance.uniform(0, length - 10)) for _ in range(seeks)]
    return {
        "opened: unsealed, page there, ms": round(opened * 1000),
        "of that the page's processor time, ms": round(used_opening * 1000),
        "from Play to sound, ms": round(started),
        "jump while the picture is made, ms": _told(took),
        "picture complete after, s": round(drawn / 1000, 1),
        "processor time for everything, s": round(used_s() - used, 1),
        "jump afterwards, ms": _told(after),
    }


def _told(times_ms: list[float]) -> dict[str, int]:
    return {"median": round(median(times_ms)), "longest": round(max(times_ms))}


def _weigh(weights: dict[str, int], answer: Response) -> None:
    length = answer.headers.get("content-length")
    if length and not answer.url.endswith(_SOUND):
        weights[answer.url] = int(length)


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mb(pid: int) -> dict[str, int]:
    status = Path(f"/proc/{pid}/status").read_text()
    return {name: int(kilobytes) // 1024 for name, kilobytes in re.findall(r"(VmHWM|VmRSS):\s+(\d+)", status)}


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="earmark-player-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
