"""What the command says of itself, and where there is no office, or one that has lost something."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from firmware.cli.main import SUBCOMMANDS
from firmware.core.errors import EarmarkError
from firmware.core.home import Home
from tests.integration.commands.earmark import Earmark, findings


def test_help_names_every_command_without_loading_any(earmark: Earmark) -> None:
    said = earmark("--help").stdout
    assert all(re.search(rf"^  {name} ", said, re.MULTILINE) for name in SUBCOMMANDS)
    probe = "import sys; import firmware.cli.main; print([m for m in sys.modules if m.split('.')[0] in {names}])"
    names = {"flask", "sqlalchemy", "pydantic", "tinydb", "av", "pyrage", "pjsua2"}
    loaded = subprocess.run([sys.executable, "-c", probe.format(names=names)], capture_output=True, text=True)
    assert loaded.stdout.strip() == "[]", loaded.stderr


@pytest.mark.parametrize("command", ["opener", "web"])
def test_processes_say_that_there_is_no_office_yet(earmark: Earmark, command: str) -> None:
    done = earmark(command)
    assert done.returncode == 12
    assert "earmark init" in done.stderr


@pytest.mark.parametrize("arguments", [("config", "show"), ("recordings", "list"), ("settings", "export")])
def test_commands_say_that_there_is_no_office_yet(earmark: Earmark, arguments: tuple[str, ...]) -> None:
    done = earmark(*arguments)
    assert done.returncode == 12
    assert "What to do: Set the box up with: earmark init" in done.stderr


@pytest.mark.parametrize(
    ("lost", "command"), [("people.json", "opener"), ("opener/box.secret", "opener"), ("keys/device.key", "recorder")]
)
def test_a_process_whose_keys_or_people_are_lost_asks_for_the_backup_and_not_for_init(
    earmark: Earmark, home: Home, lost: str, command: str
) -> None:
    earmark("init", "--demo")
    (home.state / lost).unlink()
    done = earmark(command)
    assert done.returncode == 14
    assert lost in done.stderr
    assert "backup" in done.stderr
    assert "earmark init" not in done.stderr
    assert "wrong" in {verdict for verdict, _ in findings(earmark)["office"]}


def test_a_folder_that_cannot_even_be_looked_at_is_named_without_a_trace(earmark: Earmark, home: Home) -> None:
    done = earmark("--home", str(home.root.parent / ("x" * 300)), "verify")
    assert done.returncode == 20
    assert "Traceback" not in done.stderr
    assert "File name too long" in done.stderr


def test_help_tells_every_exit_code(earmark: Earmark) -> None:
    said = earmark("--help").stdout
    assert {0, 1, 2, 10} | {kind.exit_code for kind in EarmarkError.__subclasses__()} <= {
        int(code) for code in re.findall(r"^  (\d+) ", said, re.MULTILINE)
    }


def test_calls_says_which_process_is_away(earmark: Earmark) -> None:
    earmark("init", "--demo")
    done = earmark("calls")
    assert done.returncode == 41
    assert "earmark lines" in done.stderr
