"""``earmark update``: the whole box, programs and operating system, from a signed file."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import click

from firmware.adapters.update.rauc import end_deadline
from firmware.cli.at_the_box import who_is_at_the_box
from firmware.cli.update.composition import UpdateParts, compose_update
from firmware.cli.update.download import fetched_update
from firmware.core.errors import UpdateRefused
from firmware.core.home import Home
from firmware.core.system_update import Phase, SystemUpdate

#: So long a system on trial has to become well; the timer that ends it for a system that hangs gives it twice that.
_WELL_WITHIN_S = 300.0
#: RAUC's service, in the hurry of a start.
_STARTS_WITHIN_S = 600.0


@click.group()
def update() -> None:
    """Update the whole box from a signed file, and go back.

    An update is written beside what runs, while calls go on. The box restarts for it when no call is up and the office
    is closed, and stays with it only if all is well then; otherwise it goes back by itself.
    """


@update.command()
@click.pass_obj
def status(home: Home) -> None:
    """Say which version runs, and what became of the newest update."""
    parts = compose_update(home)
    system, newest = parts.slots.system(), parts.notes.update()
    click.echo(f"Version {system.version} runs from slot {system.running.name} ({system.compatible}).")
    there = parts.notes.facts(system.other.name)
    beside = f"version {there.version}" if there else "nothing that is known to run well"
    click.echo(f"Slot {system.other.name}: {beside}.")
    if newest is not None:
        click.echo(_shown(newest))


@update.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_obj
def check(home: Home, file: Path) -> None:
    """Say what FILE is, and whether this box would take it. Nothing is changed."""
    bundle = compose_update(home).updating.look(file.resolve())
    size_mb = bundle.size_bytes / 1e6
    click.echo(f"Version {bundle.version} for {bundle.compatible}, {size_mb:.0f} MB: the box would take it.")


@update.command()
@click.argument("source", metavar="FILE|URL")
@click.option("--now", "at_once", is_flag=True, help="Restart as soon as no call is up, also while the office is open.")
@click.pass_obj
def apply(home: Home, source: str, at_once: bool) -> None:
    """Write the update FILE, or the one at URL, beside what runs.

    Calls go on. Nothing older than what runs is taken, and nothing that is not signed.
    """
    parts = compose_update(home)
    with parts.notes.alone():
        if urlsplit(source).scheme in ("http", "https"):
            with fetched_update(home, source, _said) as file:
                done = _apply(parts, file, at_once)
        else:
            done = _apply(parts, Path(source).resolve(), at_once)
    click.echo(_shown(done))
    _restart_or_say(parts)


@update.command("roll-back")
@click.option("--now", "at_once", is_flag=True, help="Restart as soon as no call is up, also while the office is open.")
@click.pass_obj
def roll_back(home: Home, at_once: bool) -> None:
    """Go back to the system that ran before, as it lies in the other slot."""
    parts = compose_update(home)
    with parts.notes.alone():
        parts.keep_settings()
        done = parts.updating.go_back(who_is_at_the_box(), at_once=at_once)
    click.echo(_shown(done))
    _restart_or_say(parts)


@update.command()
@click.option("--now", "at_once", is_flag=True, help="Also while the office is open; never during a call.")
@click.option("--quiet", is_flag=True, help="Say nothing while it has to wait.")
@click.pass_obj
def restart(home: Home, at_once: bool, quiet: bool) -> None:
    """Restart the box for an update that waits, if it may be now."""
    parts = compose_update(home)
    if at_once:
        parts.restart.hurry()
    elif (parts.restart.waiting() is None) and not quiet:
        raise UpdateRefused("No update waits for a restart.", "Apply one first: earmark update apply.")
    if (why := parts.restart.try_now()) and not quiet:
        click.echo(f"{why} The box restarts by itself when that is over.")


@update.command("mark-good")
@click.pass_obj
def mark_good(home: Home) -> None:
    """Have the system that runs started again the next time, whatever the probes say. Ends a trial."""
    parts = compose_update(home)
    parts.slots.call_good()
    newest, running = parts.notes.update(), parts.slots.system().running.name
    if newest is not None and newest.is_unconfirmed and newest.slot == running:
        parts.notes.keep(newest.now(Phase.STAYED))
    click.echo(f"Slot {running} is good.")


@update.command(hidden=True)
@click.pass_obj
def confirm(home: Home) -> None:
    """After each start: keep the system that was started, or leave it for the one before. Run by its unit."""
    parts = compose_update(home, _STARTS_WITHIN_S)
    parts.mend_marks()
    judged = parts.trial(threading.Event()).judge(_WELL_WITHIN_S)
    if judged is not None:
        click.echo(_shown(judged))
    if judged is None or judged.slot != parts.slots.system().running.name or judged.phase is Phase.STAYED:
        parts.keep_spare_marks()
    end_deadline()


def _apply(parts: UpdateParts, file: Path, at_once: bool) -> SystemUpdate:
    parts.keep_settings()
    return parts.updating.apply(file, who_is_at_the_box(), at_once=at_once, progress=_told_in_tens())


def _told_in_tens() -> _Tens:
    return _Tens()


class _Tens:
    """Says every tenth once: a log is no place for a hundred lines."""

    def __init__(self) -> None:
        self._told = -1

    def __call__(self, percent: int) -> None:
        if percent // 10 > self._told:
            self._told = percent // 10
            _said(f"{percent} % written")


def _said(words: str) -> None:
    click.echo(words, err=True)


def _restart_or_say(parts: UpdateParts) -> None:
    if why := parts.restart.try_now():
        click.echo(f"{why} The box restarts when that is over. While the office is open: earmark update restart --now")


def _shown(newest: SystemUpdate) -> str:
    begun = datetime.fromtimestamp(newest.begun_at_ms / 1000, UTC)
    what = "Going back to version" if newest.went_back else "Version"
    told = f"{what} {newest.version} {newest.phase.words} (begun {begun:%Y-%m-%d %H:%M} UTC by {newest.who})."
    return f"{told} {newest.why}".rstrip()
