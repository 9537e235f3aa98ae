"""``earmark health``: what is wrong now, since when, and what to do; as the page, the light and alerts tell it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import click

from firmware.adapters.control.client import ControlClient
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.supervision.smart_reports import ask_disks
from firmware.config.loader import load_settings
from firmware.core.home import Home

_SIGNS = {"fault": "FAULT ", "attention": "LOOK  ", "note": "note  "}
_WRONG = {"fault", "attention"}


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="As JSON, for a program.")
@click.pass_context
def health(context: click.Context, as_json: bool) -> None:
    """Say what is wrong with the box, since when, and what to do.

    Exits with 1 when something is wrong that nobody has acknowledged.
    """
    if context.invoked_subcommand is not None:
        return
    home: Home = context.obj
    zone = ZoneInfo(load_settings(SettingsFile(home.settings_file)).office.timezone)
    answer = ControlClient(home.keeper_socket).get("/findings")
    findings = answer["findings"]
    if as_json:
        click.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(finding_text(finding, zone))
        click.echo(_summary(findings, len(answer["checks"])))
    context.exit(1 if any(map(_is_wrong, findings)) else 0)


@health.command("ask-disks")
@click.pass_obj
def ask_all_disks(home: Home) -> None:
    """Ask every disk how worn it is (SMART), for the checks to read. Only root may; a timer does it each day."""
    disks = ask_disks(home.smart_reports)
    click.echo(f"Asked: {', '.join(disks)}." if disks else "There is no disk that could be asked.")


def finding_text(finding: Mapping[str, Any], zone: tzinfo) -> str:
    """A few lines for a person."""
    since = datetime.fromtimestamp(int(finding["since_ms"]) / 1000, zone)
    fix = finding["fix"]
    lines = [
        f"{_SIGNS[finding['severity']]}{finding['title']}: {finding['what']}",
        f"      {fix['words']}" + (f" ({fix['command']})" if fix["command"] else ""),
        f"      since {since:%-d %B %Y, %H:%M}; {finding['id']}",
    ]
    if said := finding["acknowledged"]:
        lines.append(f"      {said['by']} knows of it.")
    return "\n".join(lines)


def _is_wrong(finding: Mapping[str, Any]) -> bool:
    return finding["severity"] in _WRONG and finding["acknowledged"] is None


def _summary(findings: list[Mapping[str, Any]], checks: int) -> str:
    wrong = sum(map(_is_wrong, findings))
    known = sum(finding["acknowledged"] is not None for finding in findings)
    words = "All is well" if not wrong else "1 thing to see to" if wrong == 1 else f"{wrong} things to see to"
    return f"{words}{f', {known} that somebody knows of' if known else ''}, by {checks} checks."
