"""The PBX logs the calls that went through the box: what was recorded is matched, and what was not is an alarm."""

from __future__ import annotations

import contextlib
import json
import socket
import sqlite3
import sys
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from firmware.adapters.control.client import ControlClient
from tests.functional.office.driven_call import STAFF, telephones
from tests.functional.office.office import Office, unix_s
from tests.functional.office.ports import free_ports
from tests.functional.office.processes import wait_until

pytestmark = pytest.mark.functional
LONDON = ZoneInfo("Europe/London")
READER = (sys.executable, "-m", "firmware.cli.main", "lines", "--only", "smdr")
MISSED_NUMBER, EXEMPT = "01632960777", "299"


def _logged(began: datetime, seconds: int, number: str, extension: str, call_id: int) -> bytes:
    """As Avaya IP Office logs an outbound call; its clock is ours here."""
    start, length = f"{began.astimezone(LONDON):%Y/%m/%d %H:%M:%S}", timedelta(seconds=seconds)
    party = f"E{extension},Extn{extension},T9001,LINE 1.0,0,0"
    return f"{start},0{length},0,{extension},O,9{number},9{number},,0,{call_id},0,{party}\r\n".encode()


def _rows(office: Office) -> list[Mapping[str, Any]]:
    with contextlib.closing(sqlite3.connect(office.home.catalogue)) as database:
        database.row_factory = sqlite3.Row
        found = database.execute("SELECT * FROM call_log ORDER BY started_at_ms").fetchall()
        return [dict(row) for row in found]


def _as_if_later(office: Office, minutes: int) -> None:
    """The rows came that much earlier, and their calls began so."""
    with contextlib.closing(sqlite3.connect(office.home.catalogue, timeout=10)) as database, database:
        database.execute("UPDATE call_log SET received_at_ms = received_at_ms - ?", (minutes * 60_000,))


def test_recorded_calls_are_matched_and_one_without_a_recording_is_an_alarm(folder: Path) -> None:
    ports = free_ports()
    log = {
        "name": "avaya",
        "format": "avaya-ip-office",
        "listen": {"bind": f"127.0.0.1:{ports.base + 450}", "addresses": ["127.0.0.1"]},
    }
    extensions = [{"number": EXEMPT, "mode": "never"}]
    with Office.found(folder / "home", notice="", ports=ports, smdr=[log], extensions=extensions) as office:
        office.start("recorder", "lines", "log", log=READER)
        with telephones(office) as phones:
            call = phones.call_out("01632960123", calling=STAFF)
            time.sleep(2)
            call.near_dialog.hang_up()
            call.far_dialog.expect_bye()
        office.wait_until_quiet()
        (recording,) = office.recordings()
        began = datetime.fromtimestamp(unix_s(recording["started_at"]), LONDON)
        missed_at = began - timedelta(minutes=20)
        with socket.create_connection(("127.0.0.1", ports.base + 450)) as pbx:
            pbx.sendall(_logged(began, 2, "01632960123", "201", 1))
            pbx.sendall(_logged(missed_at, 95, MISSED_NUMBER, "202", 2))
            pbx.sendall(_logged(missed_at, 60, "01632960888", EXEMPT, 3))

        wait_until(lambda: [row["state"] for row in _rows(office)] == ["waiting", "matched"], 30, "the match")
        missed, matched = _rows(office)
        assert (matched["recording_id"], matched["number"]) == (recording["id"], "+441632960123")
        assert matched["confidence"] > 750
        assert missed["number"] == f"+44{MISSED_NUMBER[1:]}"
        kept = json.dumps(_rows(office))
        assert "632960888" not in kept
        assert "632960888"[::-1] not in kept

        _as_if_later(office, 6)
        with socket.create_connection(("127.0.0.1", ports.base + 450)) as pbx:  # it looks again when a call comes
            pbx.sendall(_logged(began, 2, "01632960123", "201", 1) + _logged(missed_at, 9, "01632960555", "203", 4))
        wait_until(lambda: "missed" in [row["state"] for row in _rows(office)], 30, "the missed recording to be told")
        assert len(_rows(office)) == 3  # what came twice is kept once
        wait_until(lambda: "has no recording" in str(office.recorder.get("/health")["attention"]), 30, "the alarm")
        health = ControlClient(office.home.lines_socket_of("smdr")).get("/health")
        assert (health["state"], health["lines"][0]["calls"], health["lines"][0]["kept"]) == ("working", 5, 4)
        assert MISSED_NUMBER[-6:] not in str(health)
        assert office.verify().returncode == 0
        entered = "".join(path.read_text() for path in office.home.evidence.glob("*.log"))
        assert "missed-recording" in entered
        assert MISSED_NUMBER[-6:] not in entered
        for name in ("recorder", "log"):
            assert MISSED_NUMBER[-6:] not in office.running[0].log(name)
