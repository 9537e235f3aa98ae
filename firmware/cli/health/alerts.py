"""``earmark alerts``: try where alerts go, say that a finding is known, make the token for /metrics."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import click

from firmware.adapters.control.client import ControlClient
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.cli.health.command import finding_text
from firmware.cli.text_table import text_table
from firmware.config.loader import load_settings
from firmware.core.home import Home

#: Every destination may take a minute to say no.
_PATIENCE_S = 300.0
_TOKEN_BYTES = 32


@click.group()
def alerts() -> None:
    """Try where alerts go, and say that you know of what is wrong."""


@alerts.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for a program.")
@click.pass_obj
def list_alerts(home: Home, as_json: bool) -> None:
    """List where alerts go, what is wrong now, and who knows of it."""
    settings = load_settings(SettingsFile(home.settings_file))
    answer = ControlClient(home.keeper_socket).get("/findings")
    destinations = [{"name": each.name, "of": each.of, "digest": each.digest} for each in settings.alerts.destinations]
    if as_json:
        click.echo(json.dumps({"destinations": destinations, **answer}, indent=2, ensure_ascii=False))
        return
    if destinations:
        rows = [(each.name, each.of, "yes" if each.digest else "no") for each in settings.alerts.destinations]
        click.echo(text_table(("DESTINATION", "OF", "DIGEST"), rows))
    else:
        click.echo("Alerts go nowhere: name a destination in the settings, under [alerts].")
    for finding in answer["findings"]:
        click.echo(finding_text(finding, ZoneInfo(settings.office.timezone)))
    if answer["waiting"]:
        click.echo(f"{answer['waiting']} messages have not reached everybody yet.")


@alerts.command()
@click.pass_context
def test(context: click.Context) -> None:
    """Send every destination a message now, and say which take it."""
    home: Home = context.obj
    answer = ControlClient(home.keeper_socket, _PATIENCE_S).post("/alerts/test", {})
    failed = False
    for name, why in answer["destinations"]:
        click.echo(f"{name}: {f'NOT SENT: {why}' if why else 'sent'}")
        failed = failed or bool(why)
    if not answer["destinations"]:
        click.echo("Alerts go nowhere: name a destination in the settings, under [alerts].")
    context.exit(1 if failed or not answer["destinations"] else 0)


@alerts.command()
@click.argument("finding")
@click.option("--for-days", type=click.IntRange(1, 365), help="Be told again after so many days.")
@click.pass_obj
def ack(home: Home, finding: str, for_days: int | None) -> None:
    """Say that you know of FINDING (its id, as earmark health shows it).

    It is not told again until it becomes worse; the daily digest goes on telling it. Who said so is in the evidence.
    """
    until_ms = None
    if for_days:
        until_ms = SystemClock().wall_ms() + timedelta(days=for_days) // timedelta(milliseconds=1)
    answer = ControlClient(home.keeper_socket).post("/findings/acknowledge", {"finding": finding, "until_ms": until_ms})
    zone = ZoneInfo(load_settings(SettingsFile(home.settings_file)).office.timezone)
    until = f" until {datetime.fromtimestamp(until_ms / 1000, zone):%-d %B %Y}" if until_ms else ""
    click.echo(f"{answer['finding']['what']}\nYou will not be told of it again{until}, unless it becomes worse.")


@alerts.command("metrics-token")
def metrics_token() -> None:
    """Make a token that may read /metrics, and say what belongs in the settings. Nothing is changed."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    click.echo(f"For the program that reads the page's /metrics, as a bearer token:\n\n  {token}\n")
    click.echo("For the settings, under [alerts]; the token itself is kept nowhere:\n")
    click.echo(f'  metrics_token_sha256 = "{hashlib.sha256(token.encode()).hexdigest()}"')
