"""``earmark doctor``: looks the machine over and says what to do."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict

import click

from firmware.cli.doctor.checks import examine
from firmware.cli.doctor.finding import Verdict
from firmware.core.home import Home

_SIGNS = {"ok": "ok     ", "attention": "LOOK   ", "wrong": "WRONG  "}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, for a program.")
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Check this machine, the data folder and the processes.

    Exits with 1 when something is wrong; what is only to be looked at (LOOK) leaves it at 0.
    """
    home: Home = context.obj
    findings = []
    for finding in examine(home):
        findings.append(finding)
        if not as_json:
            click.echo(f"{_SIGNS[finding.verdict]}{finding.check}: {finding.where}: {finding.what}")
            if finding.remedy:
                click.echo(f"       {finding.remedy}")
    count = Counter(finding.verdict for finding in findings)
    if as_json:
        click.echo(json.dumps({"findings": [asdict(finding) for finding in findings]}, indent=2, ensure_ascii=False))
    else:
        click.echo(f"\n{_summary(count)}")
    context.exit(1 if count["wrong"] else 0)


def _summary(count: Counter[Verdict]) -> str:
    """Agrees with the lines above it: as many as are wrong, and as many as somebody should look at."""
    told = [f"{count['wrong']} wrong" if count["wrong"] else "Nothing wrong"]
    told += [f"{count['attention']} to look at"] if count["attention"] else []
    return f"{', '.join(told)}, in {count.total()} checks."
