"""``earmark line test`` for a line of the network: what it is registered with, and a call either way."""

from __future__ import annotations

import click

from firmware.cli.line.calls import CallWatch, say
from firmware.core.line_verdict import SeenCall, Verdict, judged, recorder_there, was_recorded


def try_network_line(watch: CallWatch, patience_s: float) -> bool:
    """Walk through it; whether all is well.

    Raises:
        ServiceAway: the process of the line does not run.
    """
    click.echo("\n1 of 3: the line and its peers.")
    well = say(_peers(watch))
    for step, direction, request in (
        (2, "inbound", "call the office from your mobile, answer there, and speak for ten seconds. Hang up both."),
        (3, "outbound", "call your mobile from a phone of the office, answer it, speak for ten seconds. Hang up both."),
    ):
        click.echo(f"\n{step} of 3: {request}")
        watch.forget_calls()
        watch.wait(lambda: _made(watch), patience_s)
        well &= say(_call(tuple(watch.calls.values()), direction))
    click.echo("\nAll is well." if well else "\nMend what is marked 'look', and try again.")
    return well


def _peers(watch: CallWatch) -> list[Verdict]:
    health = watch.health()
    found = [Verdict(False, "a peer or the line needs attention", attention) for attention in health["attention"]]
    if health["registered"] is not None:
        remedy = "See the trunk's user, password and host."
        found.append(judged(bool(health["registered"]), "registered", "not registered with every trunk", remedy))
    if not found:
        found.append(Verdict(health["state"] == "working", f"the line is {health['state']}"))
    return [*found, recorder_there(watch.recorder_connected())]


def _made(watch: CallWatch) -> bool:
    watch.look_at_calls()
    return bool(watch.calls) and not watch.in_progress


def _call(calls: tuple[SeenCall, ...], direction: str) -> list[Verdict]:
    made = [call for call in calls if call.direction == direction]
    if not made:
        return [
            Verdict(
                False,
                f"no {direction} call came by this line",
                "See that the trunk or the exchange sends its calls to the box, and its address in the settings.",
            )
        ]
    return [Verdict(True, f"an {direction} call with {made[-1].far}"), was_recorded(made[-1])]
