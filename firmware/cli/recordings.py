"""``earmark recordings list|show``: what the catalogue knows. It opens no recording, and every look is evidence."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import click

from firmware.adapters.catalogue.reader import CatalogueReader, RecordingQuery, RecordingRow
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.evidence import enter_search
from firmware.cli.text_table import clock_text, text_table
from firmware.config.loader import load_settings
from firmware.core.call_record import Hold, Mark, Notice, PartyChange, Pause
from firmware.core.call_story import story, why_not_recorded
from firmware.core.errors import NoSuchRecording
from firmware.core.home import Home
from firmware.core.packet_loss import network_loss_lines
from firmware.ports.catalogue import RecordingState

_HEADINGS = ("STARTED", "LASTED", "DIRECTION", "FAR PARTY", "OFFICE PARTY", "LINE", "STATE", "ID")


@click.group()
def recordings() -> None:
    """List recordings, or show one."""


@recordings.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@click.option("--number", help="Only calls with this number, or part of it, in any form.")
@click.option("--line", help="Only calls of this line.")
@click.option("--direction", type=click.Choice(["inbound", "outbound"]))
@click.option("--state", type=click.Choice(get_args(RecordingState)), help="Only calls in this state.")
@click.option("--from", "first_day", type=click.DateTime(["%Y-%m-%d"]), help="First day, YYYY-MM-DD, office time.")
@click.option("--to", "last_day", type=click.DateTime(["%Y-%m-%d"]), help="Last day, YYYY-MM-DD, office time.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for a program.")
@click.pass_obj
def list_recordings(
    home: Home,
    limit: int,
    number: str | None,
    line: str | None,
    direction: str | None,
    state: str | None,
    first_day: datetime | None,
    last_day: datetime | None,
    as_json: bool,
) -> None:
    """List recordings, newest first."""
    zone = ZoneInfo(load_settings(SettingsFile(home.settings_file)).office.timezone)
    query = RecordingQuery(
        limit=limit,
        number=number,
        line=line,
        direction=direction,
        state=state,
        started_from=first_day.replace(tzinfo=zone) if first_day else None,
        started_to=_day_after(last_day, zone) if last_day else None,
    )
    rows = _searched(home, query, limit)
    if as_json:
        click.echo(json.dumps({"recordings": [_document(row) for row in rows]}, indent=2, ensure_ascii=False))
    elif rows:
        click.echo(text_table(_HEADINGS, [_cells(row, zone) for row in rows]))
    else:
        click.echo("No recording matches." if query != RecordingQuery(limit=limit) else "None yet.")


@recordings.command("show")
@click.argument("recording_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for a program.")
@click.pass_obj
def show(home: Home, recording_id: str, as_json: bool) -> None:
    """Show what is known of one recording."""
    zone = ZoneInfo(load_settings(SettingsFile(home.settings_file)).office.timezone)
    row = CatalogueReader(home.catalogue).recording(recording_id) if home.catalogue.exists() else None
    if row is None:
        raise NoSuchRecording(
            f"There is no recording {recording_id[:64]!r} in the catalogue.", "List them with: earmark recordings list"
        )
    enter_search(home, {"recording": row.id}, row.id)
    if as_json:
        click.echo(json.dumps(_document(row), indent=2, ensure_ascii=False))
        return
    facts = [
        ("Recording", row.id),
        ("Started", f"{row.started_at.astimezone(zone):%A %-d %B %Y, %H:%M:%S %Z}"),
        ("Lasted", clock_text(row.duration_s)),
        ("Direction", row.direction),
        ("Far party", row.far_party),
        ("Office party", row.office_party),
        ("Line", row.line),
        _decided(row),
        ("Notice", _notice_text(row)),
        *_told(row, zone),
        *([("Tags", ", ".join(row.tags))] if row.tags else []),
        ("Ended", row.end_cause or "for a cause that is not known"),
        ("State", row.state.replace("_", " ")),
        ("Paused", f"{row.paused_s:.1f} s in all" if row.pauses else "never"),
        ("Sound missing", _missing_text(row)),
        ("On the way", " ".join(network_loss_lines(row.legs, row.direction)) or "not counted"),
        ("Clock", row.clock.words if row.clock else "how well it was known is not recorded"),
        ("Sealed files", str(row.segments)),
    ]
    click.echo(text_table(("", ""), facts).lstrip("\n"))


def _searched(home: Home, query: RecordingQuery, limit: int) -> list[RecordingRow]:
    """The search is in the evidence before anything is found."""
    if not home.catalogue.exists():
        return []
    asked = asdict(query)
    unasked = asdict(RecordingQuery(limit=limit))
    enter_search(home, {name: str(value) for name, value in asked.items() if value != unasked[name]})
    return CatalogueReader(home.catalogue).recordings(query)


def _day_after(day: datetime, zone: ZoneInfo) -> datetime:
    try:
        return (day + timedelta(days=1)).replace(tzinfo=zone)
    except OverflowError:
        raise click.BadParameter("there is no day after that one.", param_hint="--to") from None


def _cells(row: RecordingRow, zone: ZoneInfo) -> tuple[str, ...]:
    return (
        f"{row.started_at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
        clock_text(row.duration_s),
        row.direction,
        row.far_party,
        row.office_party,
        row.line,
        row.state.replace("_", " "),
        row.id,
    )


def _decided(row: RecordingRow) -> tuple[str, str]:
    if row.state == "not_recorded":
        return "Not recorded because", why_not_recorded(row.mode, row.decided_by, row.opted_out, row.end_cause)
    started = ", started on demand" if row.started_on == "on demand" else ""
    return "Recorded because", f"{row.decided_by}{started}"


def _told(row: RecordingRow, zone: ZoneInfo) -> list[tuple[str, str]]:
    """What happened in the call, a line each."""
    moments = story(row, going_on=row.state == "recording")
    heads = ["During the call"] + [""] * len(moments)
    return [
        (head, f"{_clock(moment.at_ms, zone)}  {moment.text}") for head, moment in zip(heads, moments, strict=False)
    ]


def _clock(at_ms: int, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, zone):%H:%M:%S}"


def _notice_text(row: RecordingRow) -> str:
    if not row.notice and row.notice_given_by:
        return f"not given by the line, which only listens, but by: {row.notice_given_by}"
    if not row.notice:
        return "none was played"
    to = "the far party" if row.notice.get("to") == "far_party" else "the office party"
    heard = "to its end" if row.notice.get("completed") else "but not to its end"
    return f"{row.notice.get('prompt', '')!s} was played to {to}, {heard}"


def _missing_text(row: RecordingRow) -> str:
    parts = (("could not be taken off the call", row.not_taken_s), ("could not be stored", row.not_stored_s))
    return ", ".join(f"{seconds:.1f} s {words}" for words, seconds in parts if seconds) or "none"


def _document(row: RecordingRow) -> dict[str, Any]:
    """Stable names: programs read them. Times are ISO 8601 in UTC."""
    return {
        "id": row.id,
        "started_at": _iso(row.started_at),
        "answered_at": _iso(row.answered_at),
        "ended_at": _iso(row.ended_at),
        "duration_s": row.duration_s,
        "direction": row.direction,
        "far_party": row.far_party,
        "office_party": row.office_party,
        "line": row.line,
        "decided_by": row.decided_by,
        "mode": row.mode,
        "notice": dict(row.notice) if row.notice else None,
        "notice_given_by": row.notice_given_by or None,
        "state": row.state,
        "end_cause": row.end_cause,
        "not_taken_s": row.not_taken_s,
        "not_stored_s": row.not_stored_s,
        "segments": row.segments,
        "legs": [asdict(leg) | {"packets_lost_share": round(leg.lost_share, 4)} for leg in row.legs],
        "retention_class": row.retention_class,
        "started_on": row.started_on,
        "extension": row.extension,
        "paused_s": row.paused_s,
        "pauses": [_span(pause) for pause in row.pauses],
        "announcements": [_span(said) for said in row.announcements],
        "holds": [_span(hold) for hold in row.holds],
        "parties": [_span(change) | {"party": change.party.shown} for change in row.parties],
        "marks": [_span(mark) for mark in row.marks],
        "tags": list(row.tags),
        "opted_out": row.opted_out,
        "clock": asdict(row.clock) if row.clock else None,
    }


def _span(part: Pause | Notice | Hold | PartyChange | Mark) -> dict[str, Any]:
    """As in the call's record, its times as all others here."""
    return {
        name.removesuffix("_ms"): _iso_of(value) if name.endswith("_at_ms") or name == "at_ms" else value
        for name, value in asdict(part).items()
    }


def _iso_of(at_ms: int | None) -> str | None:
    return None if at_ms is None else _iso(datetime.fromtimestamp(at_ms / 1000, UTC))


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds") if moment else None
