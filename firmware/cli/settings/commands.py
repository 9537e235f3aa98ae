"""``earmark config show`` and ``earmark settings export|import``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from firmware.adapters.keys.private_files import write_new
from firmware.adapters.numbering.phone_numbers import PhoneNumbers
from firmware.adapters.prompts.library import PromptLibrary
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.settings.evidence import enter_change
from firmware.cli.settings.restart_advice import processes_to_restart, restart_advice
from firmware.config.loader import load_settings
from firmware.config.notice_doubts import notice_doubts
from firmware.config.settings_model import Settings
from firmware.config.toml_settings import document_to_toml, read_toml_file, read_toml_stream, settings_to_toml
from firmware.core.errors import NotSetUp, PromptError, SettingsError
from firmware.core.home import Home

_STANDARD = Path("-")


@click.group()
def config() -> None:
    """Show the settings in effect."""


@config.command("show")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for a program.")
@click.pass_obj
def show(home: Home, as_json: bool) -> None:
    """Print every setting in effect, defaults included. Passwords are starred out."""
    settings = load_settings(SettingsFile(home.settings_file))
    if as_json:
        click.echo(json.dumps({"home": str(home.root), "settings": settings.to_shown()}, indent=2, ensure_ascii=False))
        return
    click.echo(f"# Settings in effect, from {home.settings_file}")
    click.echo(settings_to_toml(settings, reveal=False), nl=False)


@click.group()
def settings() -> None:
    """Export or import the settings as one TOML file."""


@settings.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), default="-")
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@click.pass_obj
def export_settings(home: Home, file: Path, force: bool) -> None:
    """Write all settings to a file.

    FILE gets mode 600; without it, or with "-", they go to standard output.

    SIP passwords are in it, or it could not be imported again: keep it to yourself. To show settings to others use
    earmark config show.
    """
    text = _exported(SettingsFile(home.settings_file))
    if file == _STANDARD:
        click.echo(text, nl=False)
        return
    if force:
        _replace(file, text.encode())
    elif file.exists():
        raise click.UsageError(f"{file} is already there; name another file, or say --force.")
    else:
        write_new(file, text.encode())
    click.echo(f"The settings are in {file}. SIP passwords are in it: keep it to yourself.", err=True)


def _replace(file: Path, content: bytes) -> None:
    """At once, and for its owner alone, whatever the mode of the old file was."""
    new = file.with_name(f"{file.name}.new")
    write_new(new, content)
    new.replace(file)


def _exported(store: SettingsFile) -> str:
    """Settings that this version refuses are written as they stand: that is how they are put right."""
    try:
        return settings_to_toml(load_settings(store), reveal=True)
    except SettingsError as error:
        click.echo(f"Written as it is stored, to be put right: {error.what}", err=True)
        return document_to_toml(store.read())


@settings.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.pass_obj
def import_settings(home: Home, file: Path) -> None:
    """Replace all settings by those in a file.

    With "-" for FILE they are read from standard input.

    Any mistake in it is named by line and key, and nothing is changed. Processes that run go on with the old settings:
    those to restart are named.
    """
    store = SettingsFile(home.settings_file)
    before = _in_effect(home, store)
    imported = _read(file, home)
    if imported == before:
        click.echo("These are the settings in effect already; nothing was changed.")
        return
    store.replace(imported.to_document())
    enter_change(home, before, imported)
    click.echo(restart_advice(home, processes_to_restart(before, imported)))
    for _, doubt in notice_doubts(imported):
        click.echo(f"Note: {doubt}", err=True)


def _read(file: Path, home: Home) -> Settings:
    def why_no_prompt(imported: Settings, prompt: str) -> str:
        try:
            PromptLibrary(home.prompts, imported.prompts).find(prompt)
        except PromptError as error:
            return str(error).removesuffix(".")
        return ""

    if file == _STANDARD:
        return read_toml_stream(sys.stdin.buffer, "standard input", PhoneNumbers, why_no_prompt)
    return read_toml_file(file, PhoneNumbers, why_no_prompt)


def _in_effect(home: Home, store: SettingsFile) -> Settings | None:
    """None where an office has lost its settings, or has some that this version refuses.

    Raises:
        NotSetUp: there is no office.
    """
    try:
        return load_settings(store)
    except SettingsError:
        return None
    except NotSetUp:
        if not home.office_public_key.exists():
            raise
        return None
