"""``earmark line test`` for a line that is heard on wires: level meter, phone off its hook, a call out, a call in."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

from firmware.cli.line.calls import CallWatch, say
from firmware.core.analogue.line_trial import Look, at_rest, called_in, called_out, lifted
from firmware.core.line_verdict import Verdict, recorder_there

_REST_S = 4.0
_LIFTED_S = 30.0
_METER_FROM_DBM0 = -70
_METER_PER_MARK_DB = 3
_MARKS = 24
# Without a terminal, the meter is a line every so many looks.
_SAID_EVERY = 10


class _Meter:
    """Shows each look: on one line that is written over; where there is no terminal, now and then on a line more."""

    def __init__(self) -> None:
        self._live = sys.stdout.isatty()
        self._looks = 0

    def show(self, look: Look) -> None:
        self._looks += 1
        if self._live:
            click.echo(f"\r    {_in_words(look):<76}", nl=False)
        elif self._looks % _SAID_EVERY == 1:
            click.echo(f"    {_in_words(look)}")

    def end(self) -> None:
        if self._live:
            click.echo(f"\r{'':<80}\r", nl=False)


def try_tapped_line(watch: CallWatch, patience_s: float) -> bool:
    """Walk through it; whether all is well.

    Raises:
        ServiceAway: the process of the analogue lines does not run.
    """
    told = watch.ear()
    channels = " and ".join(str(channel) for channel in told["channels"])
    click.echo(f"It is channel {channels} of the sound device {told['device']}.")
    if not told["listening"]:
        say([Verdict(False, "the line cannot be heard", told["trouble"])])
        return False
    click.echo("\n1 of 4: the line at rest. Leave the phone on its hook.")
    well = say(at_rest(_look(watch, _REST_S)))
    click.echo("\n2 of 4: pick up the phone now, and listen to its dial tone. Do not dial.")
    well &= say(lifted(_look(watch, min(patience_s, _LIFTED_S), until=_lifted)))
    click.echo("    Put it down again.")
    click.echo(
        "\n3 of 4: dial your mobile on this phone, answer it, and speak into both for ten seconds. Hang up both."
    )
    well &= say(called_out(_look(watch, patience_s, calls=True), tuple(watch.calls.values())))
    click.echo(
        "\n4 of 4: call this line from your mobile. Let it ring three times, pick up, and speak into both for ten"
    )
    click.echo("seconds. Hang up both.")
    well &= say(called_in(_look(watch, patience_s, calls=True), tuple(watch.calls.values())))
    well &= say([recorder_there(watch.recorder_connected())])
    click.echo("\nAll is well." if well else "\nMend what is marked 'look', and try again.")
    return well


def _look(
    watch: CallWatch, patience_s: float, *, calls: bool = False, until: Callable[[Look], bool] | None = None
) -> list[Look]:
    """Everything seen until it is enough: with ``calls``, until a call has begun and ended."""
    meter = _Meter()
    looks: list[Look] = []
    watch.forget_calls()

    def enough() -> bool:
        look = Look.read(watch.ear())
        looks.append(look)
        meter.show(look)
        if calls:
            watch.look_at_calls()
            return bool(watch.calls) and not watch.in_progress
        return until is not None and until(look)

    watch.wait(enough, patience_s)
    meter.end()
    return looks


def _lifted(look: Look) -> bool:
    return look.tone == "dial" and look.loop is not False


def _in_words(look: Look) -> str:
    marks = round((look.level_dbm0 - _METER_FROM_DBM0) / _METER_PER_MARK_DB)
    bar = "#" * max(0, min(_MARKS, marks))
    said = [look.sound]
    if look.loop is not None:
        said.append("off its hook" if look.loop else "on its hook")
    return f"{look.level_dbm0:4.0f} dBm0 |{bar:<{_MARKS}}| {', '.join(word for word in said if word)}"
