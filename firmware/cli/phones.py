"""``earmark phones``: the phones that register with the box, which of them are there, and how another is added."""

from __future__ import annotations

import json
import secrets
from typing import Any

import click

from firmware.adapters.control.client import ControlClient
from firmware.adapters.numbering.phone_numbers import PhoneNumbers
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.settings.evidence import enter_change
from firmware.cli.settings.restart_advice import processes_to_restart, restart_advice
from firmware.cli.text_table import clock_text, text_table
from firmware.config.line_settings import SipLine
from firmware.config.loader import load_settings
from firmware.config.network_address import split_host_port
from firmware.config.settings_model import Settings
from firmware.config.toml_settings import document_to_toml, settings_from_toml
from firmware.core.errors import LineError
from firmware.core.home import Home
from firmware.core.typed_code import CODE_LETTERS

_HEADINGS = ("EXTENSION", "NAME", "SIGNS IN AS", "LINE", "REGISTERED FROM", "FOR", "ANSWERS")
# 24 letters out of 31: 118 bits.
_PASSWORD_LETTERS = 24
_SIP_PORT = 5060
_ANSWERS = {"True": "yes", "False": "no"}


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="As JSON, for a program.")
@click.pass_context
def phones(ctx: click.Context, as_json: bool) -> None:
    """Show which phones are registered with the box."""
    if ctx.invoked_subcommand is not None:
        return
    home: Home = ctx.obj
    found = ControlClient(home.lines_socket).get("/phones").get("phones", [])
    if as_json:
        click.echo(json.dumps({"phones": found}, indent=2, ensure_ascii=False))
    elif not found:
        click.echo("No phone registers with this box. To have one do so: earmark phones add EXTENSION")
    else:
        click.echo(text_table(_HEADINGS, [_row(phone) for phone in found]))


@phones.command("add")
@click.argument("extension")
@click.option("--name", default="", help="Whose it is; colleagues see it when it calls.")
@click.option("--user", default="", help="What it signs in as, if the extension has a phone already.")
@click.option("--line", "line_name", default=None, help="Of which line, if there are several.")
@click.pass_obj
def add_phone(home: Home, extension: str, name: str, user: str, line_name: str | None) -> None:
    """Add a phone to the settings, with a password that nobody guesses, and say what to enter in the phone."""
    store = SettingsFile(home.settings_file)
    before = load_settings(store)
    line = _line(before, line_name)
    password = "".join(secrets.choice(CODE_LETTERS) for _ in range(_PASSWORD_LETTERS))
    phone = {"extension": extension, "name": name, "user": user, "password": password}
    after = _with_phone(before, line, phone)
    store.replace(after.to_document())
    enter_change(home, before, after)
    _, port = split_host_port(line.sip.bind)
    click.echo("Enter in the phone (its manual may call the server registrar, domain or proxy):")
    click.echo(f"  server    the address of this box{'' if port == _SIP_PORT else f', port {port}'}")
    click.echo(f"  user      {user or extension}")
    click.echo(f"  password  {password}")
    click.echo(restart_advice(home, processes_to_restart(before, after)))


def _line(settings: Settings, name: str | None) -> SipLine:
    lines = [line for line in settings.lines if isinstance(line, SipLine) and name in (None, line.name)]
    if len(lines) == 1:
        return lines[0]
    if not lines:
        raise LineError(f"There is no SIP line{f' called {name}' if name else ''}.", "See: earmark config show")
    raise LineError("There are several SIP lines.", f"Name one: --line {lines[0].name}")


def _with_phone(settings: Settings, line: SipLine, phone: dict[str, str]) -> Settings:
    """Raises SettingsError when it does not fit to the others."""
    document = settings.to_document()
    wanted = next(each for each in document["lines"] if each["name"] == line.name)
    wanted["sip"]["phones"].append(phone)
    return settings_from_toml(document_to_toml(document), "the settings", PhoneNumbers)


def _row(phone: dict[str, Any]) -> tuple[str, ...]:
    addresses = phone.get("addresses") or []
    return (
        str(phone.get("extension", "")),
        str(phone.get("name", "")),
        str(phone.get("user", "")),
        str(phone.get("line", "")),
        ", ".join(map(str, addresses)) or "not registered",
        clock_text(float(phone.get("expires_s", 0))) if addresses else "",
        _ANSWERS.get(str(phone.get("answers")), "") if addresses else "",
    )
