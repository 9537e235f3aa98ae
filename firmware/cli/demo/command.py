"""``earmark demo``: a demonstration office, from nothing to a call that can be heard. ``scripts/run`` ends in it.

It sets up the office where there is none, keeps all processes running as systemd does on the box, places one real call
over loopback, says where the page is and how to sign in, and runs until it is told to stop.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, NoReturn

import click

from firmware.adapters.catalogue.reader import CatalogueReader
from firmware.adapters.control.client import ControlClient
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.store.data_disk import MarkedDataDisk
from firmware.adapters.supervision.supervisor import ProcessSpec, Supervisor
from firmware.cli.demo.lock import alone_in
from firmware.cli.demo.office import SIGN_IN_FILE
from firmware.cli.demo.ports import choose_web_port, refuse_if_taken
from firmware.cli.demo.processes import instances_with_calls, processes_of
from firmware.config.loader import load_settings
from firmware.config.network_address import split_host_port
from firmware.config.settings_model import Settings, WebSettings
from firmware.core.errors import EarmarkError, LineError, ServiceAway
from firmware.core.home import Home

READY_WITHIN_S = 60.0
CALL_WITHIN_S = 120.0
TALK_S = 12
HEARD_WITHIN_S = 15.0
LOOK_AGAIN_S = 0.2


class StopAsked(Exception):
    """Somebody pressed Ctrl-C, or the terminal or the machine goes down."""


@dataclass
class Progress:
    """Numbered steps with the time since the beginning, going on where the shell script that called us left off."""

    step: int
    steps: int
    began_s: float

    def next(self, text: str) -> None:
        self.step += 1
        click.echo(f"[{self.step}/{self.steps} {time.monotonic() - self.began_s:4.0f}s] {text}")

    @staticmethod
    def note(text: str) -> None:
        click.echo("\n".join(f"      {line}" for line in text.splitlines()))


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="The page's port. Default: 8080 or the next that is free.")
@click.option("--call/--no-call", default=True, show_default=True, help="Place a demonstration call.")
@click.option("--once", is_flag=True, help="Stop when the call can be heard, instead of at Ctrl-C.")
@click.option("--verbose", is_flag=True, help="Show what the processes log, instead of keeping it in the folder log.")
@click.option("--step", type=int, default=0, hidden=True)
@click.option("--steps", type=int, default=4, hidden=True)
@click.option("--elapsed", type=float, default=0.0, hidden=True)
@click.pass_obj
def demo(
    home: Home, port: int | None, call: bool, once: bool, verbose: bool, step: int, steps: int, elapsed: float
) -> None:
    """Run a demonstration office with one real call in it, until Ctrl-C."""
    progress = Progress(step, steps if call else steps - 1, time.monotonic() - elapsed)
    with alone_in(home):
        progress.next(f"The demonstration office in {home.root}")
        settings = _prepare(home, port, progress)
        processes = processes_of(settings)
        progress.next(f"Starting {', '.join(processes)} (the front panel is simulated)")
        with _supervised(home, processes, verbose) as supervisor, suppress(StopAsked):
            _start(home, settings, supervisor, progress)
            if call:
                progress.next("One real call with real speech, by SIP and RTP over loopback")
                _place_call(home, supervisor, progress)
            progress.next("Ready")
            click.echo(_where_and_how(home, settings))
            while not once:
                supervisor.attend()
        click.echo("All processes have stopped.")


# -- the office ---------------------------------------------------------------------------------------------------


def _prepare(home: Home, port: int | None, progress: Progress) -> Settings:
    """Set up the office if there is none; see that its ports are free; write down which port the page takes."""
    if home.settings_file.exists():
        progress.note("it is there already, with its recordings")
        disk = MarkedDataDisk(home)
        if not disk.was_prepared:  # of a version before marks; a demonstration's data lies in its own folder
            disk.prepare()
    else:
        _earmark(home, "init", "--demo")
        progress.note("made: its keys, six people, a SIP line and the generator line")
    store = SettingsFile(home.settings_file)
    settings = load_settings(store)
    refuse_if_taken(settings)
    host, usual = split_host_port(settings.web.bind)
    chosen = choose_web_port(port, usual)
    if chosen != usual:
        progress.note(f"the page moves from port {usual} to port {chosen}")
        settings = settings.model_copy(update={"web": WebSettings(bind=f"{host}:{chosen}", tls=settings.web.tls)})
        store.replace(settings.to_document())
    return settings


def _command(home: Home, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "firmware.cli.main", "--home", str(home.root), *arguments)


def _earmark(home: Home, *arguments: str) -> str:
    """Run one ``earmark`` command to its end and return what it printed.

    Raises:
        EarmarkError: it failed; the message is its own.
    """
    done = subprocess.run(_command(home, *arguments), capture_output=True, text=True, check=False)
    if done.returncode:
        raise EarmarkError(f"earmark {' '.join(arguments)} failed: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


# -- the processes ------------------------------------------------------------------------------------------------


@contextmanager
def _supervised(home: Home, processes: Mapping[str, tuple[str, ...]], verbose: bool) -> Iterator[Supervisor]:
    logs = home.root / "log"
    logs.mkdir(mode=0o700, exist_ok=True)
    specs = [
        ProcessSpec(name, _command(home, *arguments), None if verbose else logs / f"{name}.log")
        for name, arguments in processes.items()
    ]
    for spec in specs:
        if spec.log_file is not None:
            spec.log_file.unlink(missing_ok=True)  # one run's words, or they would grow for ever
    supervisor = Supervisor(specs, os.environ, lambda line: click.echo(f"      {line}"))
    with _stop_signals(supervisor):
        try:
            yield supervisor
        finally:
            click.echo("Stopping …")
            supervisor.stop()


@contextmanager
def _stop_signals(supervisor: Supervisor) -> Iterator[None]:
    """Have the supervisor's loop raise StopAsked when a signal asks to stop: between two events, never within one."""
    reader, writer = socket.socketpair()
    writer.setblocking(False)

    def stop() -> NoReturn:
        raise StopAsked

    supervisor.wake_on(reader.fileno(), stop)
    before_fd = signal.set_wakeup_fd(writer.fileno())
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, lambda *_: None) for number in numbers]
    try:
        yield
    finally:
        signal.set_wakeup_fd(before_fd)
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
        reader.close()
        writer.close()


def _start(home: Home, settings: Settings, supervisor: Supervisor, progress: Progress) -> None:
    supervisor.start()
    supervisor.wait_until_ready(READY_WITHIN_S, lambda name: progress.note(f"{name} is ready"))
    lines = [ControlClient(home.lines_socket_of(instance)) for instance in instances_with_calls(settings)]
    _wait(
        supervisor,
        lambda: all(each.get("/health")["recorder_connected"] for each in lines),
        "lines to find the recorder",
    )


def _wait(supervisor: Supervisor, condition: Callable[[], bool], what: str, within_s: float = HEARD_WITHIN_S) -> None:
    """Look again whenever something happened to a process, and every fifth of a second.

    Raises:
        ServiceAway: it did not come to pass in time.
    """
    deadline_s = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline_s:
            raise ServiceAway(f"Waited {within_s:.0f} s in vain for {what}.", "Look at the logs beside the data.")
        supervisor.attend(LOOK_AGAIN_S)


# -- the call -----------------------------------------------------------------------------------------------------


def _place_call(home: Home, supervisor: Supervisor, progress: Progress) -> None:
    report = _generated_call(home, supervisor)
    recording_id = report["recording_id"]
    if recording_id is None:
        raise LineError("The call went through, but it was not recorded.", "Look at the recorder's log.")
    catalogue = CatalogueReader(home.catalogue)

    def complete() -> bool:
        row = catalogue.recording(recording_id)
        return row is not None and row.state == "complete"

    _wait(supervisor, complete, "the recording to be complete")
    progress.note(
        f"{report['caller']} called {report['called']}, heard the notice, and talked for {report['talked_s']:.0f} s\n"
        f"recorded and sealed as {recording_id}"
    )


def _generated_call(home: Home, supervisor: Supervisor) -> dict[str, Any]:
    """Run ``earmark generator call`` while the processes are looked after.

    Raises:
        LineError: the call did not go through; the message is the generator's.
    """
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as complained:
        caller = subprocess.Popen(
            _command(home, "generator", "call", "--seconds", str(TALK_S), "--json"), stdout=said, stderr=complained
        )
        try:
            _wait(supervisor, lambda: caller.poll() is not None, "the call to end", CALL_WITHIN_S)
        finally:
            if caller.poll() is None:
                caller.terminate()
            caller.wait()
        said.seek(0)
        complained.seek(0)
        if caller.returncode:
            raise LineError(f"The demonstration call failed:\n{complained.read().strip()}")
        report: dict[str, Any] = json.loads(said.read().splitlines()[-1])
        return report


# -- what a person wants to know ----------------------------------------------------------------------------------


def _where_and_how(home: Home, settings: Settings) -> str:
    scheme = "https" if settings.web.tls else "http"
    _, port = split_host_port(settings.web.bind)
    sign_ins = home.root / SIGN_IN_FILE
    if sign_ins.exists():
        how = [f"  Sign in as {name}, pass phrase: {phrase}" for name, phrase in _sign_ins(sign_ins.read_text())]
    else:
        how = ["  Sign in with a name and pass phrase given when the office was set up."]
    return "\n".join(
        [
            "",
            f"  Open {scheme}://localhost:{port} in a browser on this machine.",
            *how,
            "  Director and listener find the call on the first page and hear it; manager and dpo ask for it under",
            "  Requests, and the director decides; staff and admin hear nothing.",
            f"  Another call: .venv/bin/earmark --home {home.root} generator call",
            f"  Front panel, in a terminal of its own: .venv/bin/earmark --home {home.root} panel --simulated",
            "  Ctrl-C stops everything; what was recorded stays.",
            "",
        ]
    )


def _sign_ins(text: str) -> list[tuple[str, str]]:
    """Name and pass phrase of each person, the listener first."""
    pairs = [(name, phrase.strip()) for name, _, phrase in (line.partition(":") for line in text.splitlines())]
    return sorted(pairs, key=lambda pair: pair[0] != "listener")
