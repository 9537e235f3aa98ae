"""``earmark smdr``: try lines of a PBX's call log against a format, and list the formats that are known."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

import click

from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.text_table import text_table
from firmware.config.loader import load_settings
from firmware.config.log_formats import shipped_formats, shipped_text
from firmware.core.call_log_format import FormatError, LogFormat, format_from
from firmware.core.call_log_reading import NotRead, Passed, Read, Reading, read_line
from firmware.core.errors import NotSetUp, SettingsError
from firmware.core.home import Home

_LONGEST_FILE = 4_000_000


@click.group()
def smdr() -> None:
    """Call logs of PBXs (SMDR, CDR)."""


@smdr.command()
@click.argument("format_id", required=False)
def formats(format_id: str | None) -> None:
    """List the formats that are known, or write one out to begin one's own with."""
    if format_id is None:
        rows = [[each.format_id, each.title, each.about] for each in shipped_formats().values()]
        click.echo("\n".join(f"{name:24} {title}\n{'':24} {about}" for name, title, about in rows))
        return
    if format_id not in shipped_formats():
        raise SettingsError(f"There is no format {format_id!r}.", "earmark smdr formats lists them.")
    click.echo(shipped_text(format_id))


@smdr.command("try")
@click.argument("file", type=click.File("rb"))
@click.option("--format", "named", help="One of those that are known; without it the settings' first call log.")
@click.option("--description", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="A format as TOML.")
@click.pass_obj
def try_lines(home: Home, file: IO[bytes], named: str | None, description: Path | None) -> None:
    """Say how each line of FILE is read (- for what is typed). Exit code 1: some line is not read."""
    form, zone = _chosen(home, named, description)
    lines = file.read(_LONGEST_FILE).decode("latin-1").splitlines()
    now = datetime.now(UTC)
    readings = [read_line(line, form, now, zone) for line in lines]
    table = [[str(number), *_words(reading, zone)] for number, reading in enumerate(readings, 1)]
    click.echo(text_table(["Line", "Read as", "Began", "Seconds", "Extension", "Number", "Trunk"], table))
    not_read = sum(isinstance(each, NotRead) for each in readings)
    calls = sum(isinstance(each, Read) for each in readings)
    click.echo(f"{calls} calls, {len(lines) - calls - not_read} lines that are none, {not_read} not read.")
    if not_read:
        click.get_current_context().exit(1)


def _chosen(home: Home, named: str | None, description: Path | None) -> tuple[LogFormat, ZoneInfo]:
    try:
        settings = load_settings(SettingsFile(home.settings_file))
        zone, first = ZoneInfo(settings.office.timezone), next(iter(settings.smdr), None)
    except NotSetUp:
        zone, first = ZoneInfo("Europe/London"), None
    if description is not None:
        try:
            return format_from(tomllib.loads(description.read_text())), zone
        except (FormatError, tomllib.TOMLDecodeError) as error:
            raise SettingsError(f"{description} describes no format: {error}.") from error
    if named is not None:
        if named not in shipped_formats():
            raise SettingsError(f"There is no format {named!r}.", "earmark smdr formats lists them.")
        return shipped_formats()[named], zone
    if first is None:
        raise SettingsError("The settings name no call log.", "Say which format: --format or --description.")
    return first.log_format, ZoneInfo(first.timezone) if first.timezone else zone


def _words(reading: Reading, zone: ZoneInfo) -> list[str]:
    match reading:
        case Read(call):
            began = datetime.fromtimestamp(call.started_at_ms / 1000, zone)
            answered = call.direction if call.answered else f"{call.direction}, not answered"
            length = str(call.duration_ms // 1000)
            return [
                answered,
                f"{began:%Y-%m-%d %H:%M:%S}",
                length,
                *(each or "-" for each in (call.extension, call.number, call.trunk)),
            ]
        case Passed(why):
            return [f"no call ({why})", "", "", "", "", ""]
        case NotRead(why):
            return [f"NOT READ: {why}", "", "", "", "", ""]
