"""``earmark desks add|list|revoke``: browsers that may pause and resume one extension's calls, and nothing else."""

from __future__ import annotations

import ipaddress
import json
import socket
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from firmware.adapters.control.client import ControlClient, path_of
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.text_table import text_table
from firmware.config.loader import load_settings
from firmware.config.network_address import split_host_port
from firmware.core.home import Home

_HEADINGS = ("EXTENSION", "NAME", "PAIRED", "ID")


@click.group()
def desks() -> None:
    """Pair browsers at desks: each may pause and resume the recording of one extension, and nothing else."""


@desks.command("add")
@click.argument("extension")
@click.option("--name", required=True, help="Where it stands, such as Reception.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for a program.")
@click.pass_obj
def add(home: Home, extension: str, name: str, as_json: bool) -> None:
    """Make a code for a desk.

    It is typed once, in the browser of the desk with EXTENSION, at /desk of the page.
    """
    made = _opener(home).post("/desks", {"name": name, "extension": extension})
    if as_json:
        click.echo(json.dumps(made, indent=2, ensure_ascii=False))
        return
    click.echo(f"Code for {made['name']}, extension {made['extension']}:\n\n    {made['code']}\n")
    click.echo(f"In the browser of that desk open {_address(home)} and type it there.")
    click.echo(f"It is good once, until {_moment(home, made['expires_at_ms']):%H:%M}.")


@desks.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for a program.")
@click.pass_obj
def list_desks(home: Home, as_json: bool) -> None:
    """List the paired desks, and codes not yet typed."""
    found = _opener(home).get("/desks")
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    rows = [_row(desk, f"{_moment(home, desk['paired_at_ms']):%Y-%m-%d %H:%M}") for desk in found["desks"]]
    rows += [_row(each, f"waits until {_moment(home, each['expires_at_ms']):%H:%M}") for each in found["waiting"]]
    click.echo(text_table(_HEADINGS, rows) if rows else "No desk is paired. Pair one with: earmark desks add")


@desks.command("revoke")
@click.argument("desk_id", metavar="ID")
@click.pass_obj
def revoke(home: Home, desk_id: str) -> None:
    """End the right of a desk, at once.

    ID is what list shows.
    """
    desk = _opener(home).post(path_of("desks", desk_id, "revoke"))
    click.echo(f"{desk['name']} can no longer pause extension {desk['extension']}.")


def _opener(home: Home) -> ControlClient:
    return ControlClient(home.opener_socket)


def _row(desk: dict[str, Any], paired: str) -> tuple[str, ...]:
    return (str(desk["extension"]), str(desk["name"]), paired, str(desk.get("desk_id", "-")))


def _moment(home: Home, unix_ms: int) -> datetime:
    zone = ZoneInfo(load_settings(SettingsFile(home.settings_file)).office.timezone)
    return datetime.fromtimestamp(unix_ms / 1000, UTC).astimezone(zone)


def _address(home: Home) -> str:
    """Where a browser on the office's network finds the page for desks."""
    web = load_settings(SettingsFile(home.settings_file)).web
    bound, port = split_host_port(web.bind)
    here = bound if ipaddress.ip_address(bound).is_loopback else socket.gethostname()
    return f"{'https' if web.tls else 'http'}://{next(iter(web.host_names), here)}:{port}/desk"
