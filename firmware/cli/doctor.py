"""``earmark doctor``: looks the machine over and says what to do."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from firmware.cli.doctor_checks import examine
from firmware.core.home import Home

_SIGNS = {"ok": "ok     ", "attention": "LOOK   ", "wrong": "WRONG  "}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, for a program.")
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Check this machine, the data folder and the processes. Exits with 1 when something is wrong."""
    home: Home = context.obj
    findings = []
    for finding in examine(home):
        findings.append(finding)
        if not as_json:
            click.echo(f"{_SIGNS[finding.verdict]}{finding.check}: {finding.where}: {finding.what}")
            if finding.remedy:
                click.echo(f"       {finding.remedy}")
    wrong = sum(finding.verdict == "wrong" for finding in findings)
    if as_json:
        click.echo(json.dumps({"findings": [asdict(finding) for finding in findings]}, indent=2, ensure_ascii=False))
    else:
        click.echo(f"\n{wrong} of {len(findings)} wrong." if wrong else f"\nNothing wrong in {len(findings)} checks.")
    context.exit(1 if wrong else 0)
