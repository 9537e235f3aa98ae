"""``earmark calls``: the calls in progress, as the processes that hold or hear them tell."""

from __future__ import annotations

import json
import time
from typing import Any

import click

from firmware.adapters.control.client import ControlClient
from firmware.adapters.settings.named_instances import NamedInstances
from firmware.cli.evidence import enter_search
from firmware.cli.text_table import clock_text, text_table
from firmware.core.errors import ServiceAway
from firmware.core.home import Home
from firmware.core.lines_instance import WITH_CALLS

_HEADINGS = ("LINE", "DIRECTION", "FAR PARTY", "OFFICE PARTY", "STATE", "FOR", "RECORDED")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, for a program.")
@click.pass_obj
def calls(home: Home, as_json: bool) -> None:
    """Show the calls in progress. That somebody looked is in the evidence."""
    found = _calls(home)
    if found:
        enter_search(home, {"calls": "in progress"})
    if as_json:
        click.echo(json.dumps({"calls": found}, indent=2, ensure_ascii=False))
    elif not found:
        click.echo("No call is in progress.")
    else:
        now_ms = time.time_ns() // 1_000_000
        click.echo(text_table(_HEADINGS, [_row(call, now_ms) for call in found]))


def _calls(home: Home) -> list[dict[str, Any]]:
    """Those of every process that answers; one that does not is told of on the side.

    Raises:
        ServiceAway: none of them answers.
    """
    found: list[dict[str, Any]] = []
    away: list[ServiceAway] = []
    instances = [instance for instance in NamedInstances(home.settings_file)() if instance in WITH_CALLS]
    for instance in instances:
        try:
            found += ControlClient(home.lines_socket_of(instance)).get("/calls").get("calls", [])
        except ServiceAway as error:
            away.append(error)
            if len(away) == len(instances):
                raise
    for silent in away:
        click.echo(f"Not all calls are shown: {silent}", err=True)
    return found


def _row(call: dict[str, Any], now_ms: int) -> tuple[str, ...]:
    since_ms = call.get("connected_at_ms") or call.get("started_at_ms") or now_ms
    return (
        str(call.get("line", "")),
        str(call.get("direction", "")),
        _party(call.get("far_party")),
        _party(call.get("office_party")),
        str(call.get("state", "")),
        clock_text(max(0, now_ms - int(since_ms)) / 1000),
        _recorded(call),
    )


def _recorded(call: dict[str, Any]) -> str:
    if call.get("paused"):
        return "paused"
    return "yes" if call.get("recording") else "no"


def _party(party: Any) -> str:
    """A party is its display text, or the record's own form of it."""
    if not isinstance(party, dict):
        return str(party or "")
    if party.get("presentation", "available") != "available":
        return str(party["presentation"])
    return str(party.get("number") or "unavailable")
