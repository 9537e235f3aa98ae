"""``earmark verify``: check every recording, the catalogue and the evidence log, without any key."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial

import click

from firmware.adapters.catalogue.reader import CatalogueReader
from firmware.adapters.control.client import ControlClient
from firmware.adapters.store.evidence_files import EvidenceFilesReader
from firmware.adapters.store.segment_files import SegmentFilesReader
from firmware.core.errors import DamagedCatalogue, NotSetUp, ServiceAway, StorageError
from firmware.core.home import Home
from firmware.services.verification import Finding
from firmware.services.verification import verify as verify_all

_FOUND_SOMETHING_WRONG = 1


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def verify(ctx: click.Context, as_json: bool) -> None:
    """Check recordings and the evidence log. Exit status 1 when something is wrong."""
    findings = verify_home(ctx.obj)
    wrong = [finding for finding in findings if finding.severity == "wrong"]
    if as_json:
        document = {"sound": not wrong, "findings": [asdict(finding) for finding in findings]}
        click.echo(json.dumps(document, indent=2))
    else:
        _show(findings)
    ctx.exit(_FOUND_SOMETHING_WRONG if wrong else 0)


def verify_home(home: Home) -> list[Finding]:
    """Everything found in a data folder.

    Raises:
        NotSetUp: there is no office in it.
        StorageError: the data disk is not there, or cannot be read.
    """
    if not home.device_public_key.exists():
        raise NotSetUp(f"There is no office in {home.root}.", "Set one up with earmark init, or name it with --home.")
    if not any(path.is_file() for path in home.data.rglob("*")):
        raise StorageError("The data disk is locked or missing.", "Unlock it or plug it in, and check again.")
    return [*_waiting(home), *_verify_store(home)]


def _waiting(home: Home) -> Iterator[Finding]:
    if count := len({stored.recording_id for stored in SegmentFilesReader(home.spooled).everything()}):
        yield Finding("note", "spool", f"{count} recordings wait to be taken in, and are not checked here.")


def _verify_store(home: Home) -> list[Finding]:
    store, evidence = SegmentFilesReader(home), EvidenceFilesReader(home)
    try:
        catalogue = CatalogueReader(home.catalogue)
    except StorageError:
        return verify_all(store, evidence, None)
    try:
        return verify_all(store, evidence, catalogue, partial(_let_the_recorder_enter, home))
    except DamagedCatalogue as error:
        return [Finding("wrong", "catalogue", str(error)), *verify_all(store, evidence, None)]
    finally:
        catalogue.close()


def _let_the_recorder_enter(home: Home) -> None:
    """A recorder at work enters a new file within a moment of making it; without one, all is entered already."""
    with contextlib.suppress(ServiceAway):
        ControlClient(home.recorder_socket).post("/flush", {})


def _show(findings: Sequence[Finding]) -> None:
    for finding in findings:
        mark = "WRONG" if finding.severity == "wrong" else "note "
        click.echo(f"{mark}  {finding.subject}: {finding.text}")
    count = Counter(finding.severity for finding in findings)
    if count["wrong"]:
        click.echo(f"{count['wrong']} things are wrong.")
    else:
        click.echo("Everything holds: recordings, keyslots, catalogue and evidence log.")
