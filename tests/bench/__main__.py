"""``scripts/bench``: the command line of the benchmarks."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from functools import partial

import click

from tests.bench import analogue as analogue_bench
from tests.bench import box as box_bench
from tests.bench import calls as calls_bench
from tests.bench import catalogue as catalogue_bench
from tests.bench import churn as churn_bench
from tests.bench import delay as delay_bench
from tests.bench import player as player_bench

_say = partial(click.echo, err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def bench() -> None:
    """Measure Earmark under load on this machine. Progress goes to standard error, --json to standard output."""


@bench.command()
@click.option(
    "--calls", "counts", default="1,10,30,60,100", show_default=True, help="Simultaneous calls, one run each."
)
@click.option("--seconds", default=20.0, show_default=True, help="How long each run is measured.")
@click.option("--repeats", default=3, show_default=True, help="Runs of each; the medians are shown.")
@click.option("--against", type=click.Choice(["asterisk"]), default=None, help="Measure this, too, turn about.")
@click.option("--busy-thread", is_flag=True, help="Keep one Python thread of the lines process busy all the time.")
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
def calls(counts: str, seconds: float, repeats: int, against: str | None, busy_thread: bool, as_json: bool) -> None:
    """CPU per call-second, peak memory, frames lost and worst gap for simultaneous recorded calls."""
    numbers = [int(word) for word in counts.split(",")]
    report = calls_bench.run(numbers, seconds, repeats, against or "", busy_thread, _say)
    for name, value in report.items():
        if name.startswith("ratio"):
            _say(f"{name}: {value}")
    if as_json:
        click.echo(json.dumps(report, indent=2))


@bench.command()
@click.option("--calls", default=6, show_default=True, help="Calls, one after the other, for each kind of network.")
@click.option("--seconds", default=12.0, show_default=True, help="How long each call is.")
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
def delay(calls: int, seconds: float, as_json: bool) -> None:
    """One-way delay through the box, in quiet and with 30 ms of jitter, without and with overtaking."""
    found = [delay_bench.measure(network, calls, seconds, _say) for network in delay_bench.NETWORKS]
    if as_json:
        medians = [{"added_median_ms": one.added_median_ms, "felt_median_ms": one.felt_median_ms} for one in found]
        click.echo(json.dumps([asdict(one) | two for one, two in zip(found, medians, strict=True)], indent=2))


@bench.command()
@click.option("--lines", default=8, show_default=True, help="Lines of one sound card, each in a recorded call.")
@click.option("--minutes", default=10.0, show_default=True, help="How long it is measured.")
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
def analogue(lines: int, minutes: float, as_json: bool) -> None:
    """CPU and memory of lines heard on wires, and whether any sound was lost. Exits 1 when some was."""
    found = analogue_bench.measure(lines, minutes * 60, _say)
    if as_json:
        click.echo(json.dumps(asdict(found), indent=2))
    sys.exit(bool(found.lost))


@bench.command()
@click.option("--rows", default=1_000_000, show_default=True, help="Recordings in the catalogue that is searched.")
@click.option("--files", default=100_000, show_default=True, help="Sealed recordings to rebuild a catalogue from.")
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
def catalogue(rows: int, files: int, as_json: bool) -> None:
    """Searches in six years of calls, and rebuilding the catalogue."""
    report = catalogue_bench.run(rows, files, _say)
    if as_json:
        click.echo(json.dumps(report, indent=2))
    else:
        click.echo(catalogue_bench.shown(report))


@bench.command()
@click.option("--calls", default=5000, show_default=True)
@click.option("--per-second", default=20.0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
def churn(calls: int, per_second: float, as_json: bool) -> None:
    """Many short calls: failed, stuck, and memory. Exits 1 when a call failed or got stuck."""
    found = churn_bench.measure(calls, per_second, _say)
    if as_json:
        click.echo(json.dumps(asdict(found), indent=2))
    sys.exit(bool(found.failed or found.stuck or found.unfinished))


@bench.command()
@click.option("--runs", default=3, show_default=True, help="Each process is started so often; the medians are shown.")
@click.option("--rest", "rest_s", default=30.0, show_default=True, help="Seconds after which memory is measured.")
@click.option("--every-line", is_flag=True, help="Lines of every kind, each in a process of its own.")
@click.option("--panel", is_flag=True, help="The front panel, too, a simulated one.")
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
def box(runs: int, rest_s: float, every_line: bool, panel: bool, as_json: bool) -> None:
    """Seconds and CPU seconds from each process's start to ready, and the memory of all at rest."""
    found = box_bench.measure(runs, rest_s, every_line, panel, _say)
    if as_json:
        click.echo(json.dumps(asdict(found), indent=2))


@bench.command()
@click.option("--minutes", default=120, show_default=True, help="How long the call is.")
@click.option("--seeks", default=12, show_default=True, help="Jumps while the picture is made, and as many afterwards.")
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
def player(minutes: int, seeks: int, as_json: bool) -> None:
    """How soon a long call is heard in a browser, and after a jump; the page's weight and its process's memory."""
    found = player_bench.run(minutes, seeks, _say)
    click.echo(json.dumps(found, indent=2) if as_json else player_bench.shown(found))


if __name__ == "__main__":
    bench(prog_name="scripts/bench")
