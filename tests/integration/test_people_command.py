"""``earmark init`` and ``earmark people``, against an opener as it runs: from one director to an office of several."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from firmware.adapters.control.server import ControlServer, Request
from firmware.core.home import Home

CLONE = Path(__file__).resolve().parents[2]
OWN_WORDS = "some words of my own"


@dataclass
class Office:
    home: Home
    director: str = ""
    entries: list[Mapping[str, Any]] = field(default_factory=list)

    def earmark(self, *arguments: str, typed: str = "", code: int = 0) -> str:
        """What a command said, but for what it asked."""
        command = [sys.executable, "-W", "ignore", "-m", "firmware.cli.main", "--home", str(self.home.root), *arguments]
        done = subprocess.run(
            command,
            env={**os.environ, "PYTHONPATH": str(CLONE)},
            input=typed,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def take(self, request: Request) -> Mapping[str, Any]:
        self.entries.append(request.body)
        return {"line": len(self.entries)}


def code_in(said: str) -> str:
    found = re.search(r"^    (\S+)$", said, re.MULTILINE)
    assert found is not None, said
    return found[1]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(Home(tmp_path / "var"))
    said = made.earmark("init", "--recovery-key-out", str(tmp_path / "safe.txt"))
    found = re.search(r"^  director  (\S+(?: \S+){4})   \(director\)$", said, re.MULTILINE)
    assert found is not None
    made.director = found[1]
    settings = tmp_path / "settings.toml"
    settings.write_text('[sign_in]\nsecond_factor = "offered"\n')
    made.earmark("settings", "import", str(settings))
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(made.home.root), "opener"]
    with (
        ControlServer(made.home.recorder_socket, {"POST /evidence": made.take}),
        subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process,
    ):
        assert process.stderr is not None
        lines = iter(process.stderr)
        assert any("ready on" in line for line in lines)
        reader = threading.Thread(target=lambda: deque(lines, maxlen=0))
        reader.start()
        yield made
        process.terminate()
        reader.join()


def test_a_director_alone_becomes_an_office_and_gets_back_in_by_the_recovery_key(
    office: Office, tmp_path: Path
) -> None:
    as_director = ("--as", "director")
    said = office.earmark("people", "invite", "ben", "--role", "director", *as_director, typed=office.director)
    joined = office.earmark("people", "join", "ben", typed=f"{code_in(said)}\n{OWN_WORDS}\n{OWN_WORDS}\n")
    assert "must compare" in joined
    office.earmark("people", "list", "--as", "ben", typed=OWN_WORDS, code=30)
    office.earmark("people", "confirm", "ben", *as_director, typed=f"{office.director}\ny\n")
    shown = json.loads(office.earmark("people", "list", "--as", "ben", "--json", typed=OWN_WORDS))
    assert {each["name"]: each["holds_office_key"] for each in shown["people"]} == {"director": True, "ben": True}
    voucher = code_in(office.earmark("people", "vouch", "director", "--as", "ben", typed=OWN_WORDS))
    assert len(voucher.replace("-", "")) == 10
    office.earmark("people", "leave", "director", "--as", "ben", typed=OWN_WORDS)
    assert "ben; unchanged since" in office.earmark("people", "list", "--as", "ben", typed=OWN_WORDS)
    office.earmark("people", "leave", "ben", "--as", "ben", typed=OWN_WORDS, code=54)

    again = "yet another set of words"
    key_file = ("--recovery-key-file", str(tmp_path / "safe.txt"))
    office.earmark("people", "recover", "carol", *key_file, typed=f"{again}\n{again}\n")
    assert "carol" in office.earmark("people", "list", "--as", "carol", typed=again)
    kinds = [entry["kind"] for entry in office.entries if not entry["kind"].startswith("signed")]
    assert kinds == [
        "recipients-changed",
        "person-invited",
        "person-joined",
        "person-confirmed",
        "recipients-changed",
        "vouched",
        "person-left",
        "recipients-changed",
        "recovery-used",
        "recipients-changed",
    ]
