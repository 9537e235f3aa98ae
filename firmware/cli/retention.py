"""``earmark retention``: how long recordings are kept, and what a sweep would erase."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import click

from firmware.adapters.catalogue.database import open_for_reading
from firmware.adapters.catalogue.retention import RetentionRows
from firmware.adapters.control.client import ControlClient
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.call_time import read_time
from firmware.cli.text_table import text_table
from firmware.config.loader import load_settings
from firmware.core.home import Home
from firmware.ports.retention import Due

_MOST_SHOWN = 100_000


@click.group()
def retention() -> None:
    """Say how long recordings are kept, and what is due to be erased."""


@retention.command()
@click.pass_obj
def classes(home: Home) -> None:
    """List how long each retention class is kept.

    As it is set, and as recordings are kept by it: a class that was made shorter may wait to be confirmed.
    """
    settings = load_settings(SettingsFile(home.settings_file))
    with _catalogue(home) as rows:
        applied = rows.applied()
    known = settings.retention_classes.by_name
    table = []
    for name in sorted({*known, *applied}):
        now, wanted = applied.get(name), known.get(name)
        table.append(
            (
                name,
                wanted.period.shown if wanted else "not set (any more)",
                now.kept.period.shown if now else "not taken in yet",
                "regulated" if (now.kept if now else known[name]).regulated else "",
            )
        )
    click.echo(text_table(("class", "set to", "kept by", ""), table))


@retention.command()
@click.option("--dry-run", is_flag=True, help="Only list what would go.")
@click.option("--by", help='With --dry-run: as if it were this time, such as "2032-11-23 00:00".')
@click.option("--json", "for_program", is_flag=True, help="With --dry-run: as JSON, for a program.")
@click.pass_obj
def sweep(home: Home, dry_run: bool, by: str | None, for_program: bool) -> None:
    """Erase now what its time is over for; or list it.

    The keeper does it by itself every minute. Numbers and names are not shown.
    """
    if not dry_run:
        if by or for_program:
            raise click.UsageError("--by and --json go with --dry-run.")
        ControlClient(home.keeper_socket).post("/look-now", {})
        click.echo("The keeper looks now. What it finds wrong is on the health page and in: earmark doctor")
        return
    zone = ZoneInfo(load_settings(SettingsFile(home.settings_file)).office.timezone)
    moment = _moment(by, zone)
    with _catalogue(home) as rows:
        due = rows.due(round(moment.timestamp() * 1000), _MOST_SHOWN)
    if for_program:
        click.echo(json.dumps([_as_json(each) for each in due], indent=2))
    else:
        click.echo("\n".join(_as_text(due, zone)))


@retention.command("trust-clock")
@click.pass_obj
def trust_clock(home: Home) -> None:
    """Say that the box's clock is right.

    A sweep that stopped because the clock was in doubt goes on.
    """
    answer = ControlClient(home.keeper_socket).post("/retention/trust-clock", {})
    ControlClient(home.keeper_socket).post("/look-now", {})
    moment = datetime.fromtimestamp(int(answer["wall_ms"]) / 1000, UTC)
    click.echo(f"The box goes by its clock again: it is {moment:%Y-%m-%d %H:%M:%S} UTC. That is in the evidence.")


@retention.command()
@click.argument("name")
@click.option("--erases", type=click.IntRange(0), help="How many recordings it will erase at once.")
@click.option("--sooner", type=click.IntRange(0), help="How many in all go sooner than they would have.")
@click.pass_obj
def confirm(home: Home, name: str, erases: int | None, sooner: int | None) -> None:
    """Let a class that was made shorter erase recordings.

    Exactly so many as --erases and --sooner say. Without them it only shows what would go.
    """
    keeper = ControlClient(home.keeper_socket)
    if erases is None or sooner is None:
        click.echo(_waiting(keeper, name))
        return
    keeper.post("/retention/confirm", {"class": name, "erases": erases, "sooner": sooner})
    keeper.post("/look-now", {})
    click.echo(f"Confirmed: the retention class {name} is shortened, and {erases} recordings are erased.")


def _waiting(keeper: ControlClient, name: str) -> str:
    for each in keeper.get("/retention/waiting")["waiting"]:
        if each["class"] == name:
            return (
                f"The class {name} keeps {each['keeps']}. To shorten it to {each['wanted']} {each['words']}.\n"
                f"Nothing was changed. To have it so: earmark retention confirm {name} --erases {each['at_once']} "
                f"--sooner {each['sooner']}"
            )
    return f"No change of the retention class {name} waits to be confirmed."


@retention.command("holds-lost")
@click.argument("holds", type=click.IntRange(1))
@click.pass_obj
def holds_lost(home: Home, holds: int) -> None:
    """Go on without legal holds that were lost.

    An older catalogue may lack them; nothing is erased until somebody says how many they were. Place them anew first.
    """
    ControlClient(home.keeper_socket).post("/retention/holds-lost", {"holds": holds})
    ControlClient(home.keeper_socket).post("/look-now", {})
    click.echo(f"The box goes on without these {holds} legal holds. That is in the evidence.")


def _moment(by: str | None, zone: ZoneInfo) -> datetime:
    now = datetime.now(UTC)
    try:
        return read_time(by, zone, now) if by else now
    except ValueError as mistake:
        raise click.BadParameter(str(mistake), param_hint="--by") from None


@contextmanager
def _catalogue(home: Home) -> Iterator[RetentionRows]:
    engine = open_for_reading(home.catalogue)
    try:
        yield RetentionRows(engine, home.catalogue)
    finally:
        engine.dispose()


def _as_json(due: Due) -> dict[str, str | bool]:
    return {
        "recording": due.recording_id,
        "class": due.retention_class,
        "began_at": _shown(due.started_at_ms, UTC),
        "kept_until": _shown(due.expires_at_ms, UTC),
        "held": due.held,
    }


def _as_text(due: Sequence[Due], zone: ZoneInfo) -> Iterator[str]:
    rows = []
    for each in due:
        began, until = _shown(each.started_at_ms, zone), _shown(each.expires_at_ms, zone)
        rows.append((each.recording_id, began, until, each.retention_class, "held: stays" if each.held else ""))
    going = sum(not each.held for each in due)
    if due:
        yield text_table(("recording", "began", "kept until", "class", ""), rows)
    yield f"{going} recordings would be erased, {len(due) - going} are held. Nothing was done."


def _shown(unix_ms: int, zone: tzinfo) -> str:
    return datetime.fromtimestamp(unix_ms / 1000, zone).isoformat(sep=" ", timespec="seconds")
