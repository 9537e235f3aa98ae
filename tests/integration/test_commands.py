"""The commands that set up, show and check: run as a person runs them, and read as a person reads them."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import socket
import ssl
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware.adapters.catalogue.details import DetailTable
from firmware.adapters.store.evidence_files import EvidenceFilesReader
from firmware.cli.at_the_box import who_is_at_the_box
from firmware.cli.main import SUBCOMMANDS
from firmware.core.errors import EarmarkError
from firmware.core.home import Home

CLONE = Path(__file__).resolve().parents[2]
Earmark = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "var")


@pytest.fixture
def earmark(home: Home) -> Earmark:
    def run(*arguments: str, typed: str = "", folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "EARMARK_HOME": str(home.root), "PYTHONPATH": str(CLONE)}
        command = [sys.executable, "-m", "firmware.cli.main", *arguments]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, input=typed, check=False, timeout=60, cwd=folder
        )

    return run


def everything_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_help_names_every_command_without_loading_any(earmark: Earmark) -> None:
    said = earmark("--help").stdout
    assert all(re.search(rf"^  {name} ", said, re.MULTILINE) for name in SUBCOMMANDS)
    probe = "import sys; import firmware.cli.main; print([m for m in sys.modules if m.split('.')[0] in {names}])"
    names = {"flask", "sqlalchemy", "pydantic", "tinydb", "av", "pyrage", "pjsua2"}
    loaded = subprocess.run([sys.executable, "-c", probe.format(names=names)], capture_output=True, text=True)
    assert loaded.stdout.strip() == "[]", loaded.stderr


def test_init_makes_an_office_that_is_closed_to_others(earmark: Earmark, home: Home) -> None:
    done = earmark("init", "--demo")
    assert done.returncode == 0, done.stderr
    for path in (home.root, *home.root.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    for path in (home.office_public_key, home.recovery_public_key):
        assert path.read_text().startswith("age1")
    assert not (home.root / ".setting-up").exists()


def test_no_private_listening_key_and_no_pass_phrase_is_kept_but_the_demonstrations(
    earmark: Earmark, home: Home, tmp_path: Path
) -> None:
    key_file = tmp_path / "recovery.txt"
    done = earmark("init", "--recovery-key-out", str(key_file))
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"AGE-SECRET-KEY-1[0-9A-Z]+\n", key_file.read_text())
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    kept = everything_below(home.root)
    assert b"AGE-SECRET-KEY" not in kept
    phrases = re.findall(r"^  \S+ +(\S+ \S+ \S+ \S+ \S+)   \((\S+)\)$", done.stdout, re.MULTILINE)
    assert [role for _, role in phrases] == ["director"], "the first director is alone when the keys are made"
    assert all(phrase.encode() not in kept for phrase, _ in phrases)
    assert "AGE-SECRET-KEY" not in done.stdout + done.stderr
    assert not (home.root / "demo-sign-in.txt").exists()


def test_without_a_terminal_the_recovery_key_needs_a_file_and_nothing_is_made(earmark: Earmark, home: Home) -> None:
    done = earmark("init")
    assert done.returncode == 2
    assert "--recovery-page" in done.stderr
    assert not home.root.exists()


def test_the_recovery_page_is_a_page_to_print_and_lies_outside_the_box(
    earmark: Earmark, home: Home, tmp_path: Path
) -> None:
    page, text = tmp_path / "page.pdf", tmp_path / "key.txt"
    done = earmark("init", "--recovery-page", str(page), "--recovery-key-out", str(text))
    assert done.returncode == 0, done.stderr
    assert page.read_bytes().startswith(b"%PDF-")
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert text.read_text().strip().encode() not in everything_below(home.root)


def test_a_recovery_key_file_that_exists_is_not_written_over(earmark: Earmark, home: Home, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    done = earmark("init", "--recovery-key-out", str(tmp_path / "mine"))
    assert done.returncode == 20
    assert (tmp_path / "mine").read_text() == "mine"
    assert not home.state.exists()


def test_the_recovery_key_is_not_written_into_the_data_folder(earmark: Earmark, home: Home) -> None:
    done = earmark("init", "--recovery-key-out", str(home.state / "recovery.txt"))
    assert done.returncode == 2
    assert "outside" in done.stderr
    assert not home.root.exists()


def test_at_a_terminal_the_recovery_key_is_shown_once(home: Home) -> None:
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(home.root), "init"]
    with subprocess.Popen(command, stdout=follower, stderr=follower, stdin=subprocess.DEVNULL) as process:
        os.close(follower)
        said = b""
        while True:
            try:
                said += os.read(leader, 65536)
            except OSError:  # EIO: the last writer closed the terminal
                break
        assert process.wait(30) == 0
    os.close(leader)
    assert len(re.findall(rb"AGE-SECRET-KEY-1[0-9A-Z]+", said)) == 1
    assert b"AGE-SECRET-KEY" not in everything_below(home.root)


def test_a_second_init_refuses_and_changes_nothing(earmark: Earmark, home: Home) -> None:
    earmark("init", "--demo")
    before = {path: path.read_bytes() for path in home.root.rglob("*") if path.is_file()}
    done = earmark("init", "--demo")
    assert done.returncode == 13
    assert "already holds an office; nothing was changed" in done.stderr
    assert {path: path.read_bytes() for path in home.root.rglob("*") if path.is_file()} == before


def test_recordings_without_their_keys_are_not_orphaned_by_new_ones(earmark: Earmark, home: Home) -> None:
    (home.recordings / "2026").mkdir(parents=True)
    done = earmark("init", "--demo")
    assert done.returncode == 13
    assert "not the keys they were made for" in done.stderr


def test_a_folder_that_cannot_be_made_is_named(earmark: Earmark, home: Home) -> None:
    home.root.write_text("a file, not a folder")
    done = earmark("init", "--demo")
    assert done.returncode == 20
    assert str(home.root) in done.stderr


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


def test_settings_go_out_and_in_and_a_mistake_changes_nothing(earmark: Earmark, home: Home, tmp_path: Path) -> None:
    earmark("init", "--demo")
    file = tmp_path / "office.toml"
    assert earmark("settings", "export", str(file)).returncode == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "nothing was changed" in earmark("settings", "import", str(file)).stdout
    before = home.settings_file.read_bytes()
    text = file.read_text()
    line = text.splitlines().index('country = "GB"') + 1
    file.write_text(text.replace('country = "GB"', 'county = "GB"'))
    done = earmark("settings", "import", str(file))
    assert done.returncode == 11
    assert f"office.toml, line {line}:" in done.stderr
    assert "office.county" in done.stderr
    assert home.settings_file.read_bytes() == before
    file.write_text(text.replace("Demonstration office", "Another office"))
    assert earmark("settings", "import", str(file)).returncode == 0
    shown = json.loads(earmark("config", "show", "--json").stdout)
    assert shown["settings"]["office"]["name"] == "Another office"
    (line,) = EvidenceFilesReader(home).lines()
    detail = DetailTable(home.catalogue).details([line.commitment])[line.commitment].words
    assert (line.kind, detail) == ("settings-changed", {"name": who_is_at_the_box(), "sections": "office"})


def test_a_dash_is_standard_output_and_input_and_no_file(earmark: Earmark, tmp_path: Path) -> None:
    earmark("init", "--demo")
    folder = tmp_path / "here"
    folder.mkdir()
    exported = earmark("settings", "export", "-", folder=folder)
    assert exported.stdout == earmark("settings", "export").stdout != ""
    changed = exported.stdout.replace("Demonstration office", "Another office")
    taken = earmark("settings", "import", "-", typed=changed, folder=folder)
    assert taken.returncode == 0
    assert re.search("not in effect yet: restart .*lines", taken.stdout), taken.stdout
    assert "Another office" in earmark("config", "show").stdout
    wrong = earmark("settings", "import", "-", typed=changed.replace("country", "county"), folder=folder)
    assert wrong.returncode == 11
    assert "standard input, line" in wrong.stderr
    assert list(folder.iterdir()) == []


def test_settings_that_this_version_refuses_can_be_taken_out_and_put_right(
    earmark: Earmark, home: Home, tmp_path: Path
) -> None:
    earmark("init", "--demo")
    home.settings_file.write_text(home.settings_file.read_text().replace('"country"', '"county"'))
    refused = earmark("config", "show")
    assert refused.returncode == 11
    file = tmp_path / "s.toml"
    assert earmark("settings", "export", str(file)).returncode == 0
    file.write_text(file.read_text().replace("county", "country"))
    assert earmark("settings", "import", str(file)).returncode == 0
    assert earmark("config", "show").returncode == 0


def test_lost_settings_are_not_answered_by_an_init_that_would_refuse(
    earmark: Earmark, home: Home, tmp_path: Path
) -> None:
    earmark("init", "--demo")
    file = tmp_path / "s.toml"
    earmark("settings", "export", str(file))
    home.settings_file.unlink()
    lost = earmark("config", "show")
    assert lost.returncode == 14
    assert "earmark init" not in lost.stderr
    assert "settings import" in lost.stderr
    assert earmark("settings", "import", str(file)).returncode == 0
    assert "Demonstration office" in earmark("config", "show").stdout


def test_settings_are_not_brought_into_a_folder_without_an_office(earmark: Earmark, home: Home, tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_text("")
    assert earmark("settings", "import", str(file)).returncode == 12
    assert not home.root.exists()


def test_an_export_does_not_replace_a_file_without_force(earmark: Earmark, tmp_path: Path) -> None:
    earmark("init", "--demo")
    (tmp_path / "x.toml").write_text("mine")
    assert earmark("settings", "export", str(tmp_path / "x.toml")).returncode == 2
    assert (tmp_path / "x.toml").read_text() == "mine"
    (tmp_path / "x.toml").chmod(0o644)
    assert earmark("settings", "export", "--force", str(tmp_path / "x.toml")).returncode == 0
    assert "Demonstration office" in (tmp_path / "x.toml").read_text()
    assert stat.S_IMODE((tmp_path / "x.toml").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.glob("*toml*")] == ["x.toml"]


def test_a_forced_export_that_fails_leaves_the_file_that_was_there(earmark: Earmark, tmp_path: Path) -> None:
    earmark("init", "--demo")
    (tmp_path / "x.toml").write_text("mine")
    (tmp_path / "x.toml.new").mkdir()
    assert earmark("settings", "export", "--force", str(tmp_path / "x.toml")).returncode == 20
    assert (tmp_path / "x.toml").read_text() == "mine"


def test_a_missing_settings_file_is_named(earmark: Earmark, tmp_path: Path) -> None:
    earmark("init", "--demo")
    done = earmark("settings", "import", str(tmp_path / "none.toml"))
    assert done.returncode == 20
    assert "none.toml" in done.stderr


def test_the_page_is_served_with_the_box_s_own_certificate_and_ends_cleanly(
    earmark: Earmark, home: Home, tmp_path: Path
) -> None:
    earmark("init", "--recovery-key-out", str(tmp_path / "recovery.txt"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    file = tmp_path / "s.toml"
    file.write_text(f'[web]\nbind = "127.0.0.1:{port}"\n')
    assert earmark("settings", "import", str(file)).returncode == 0
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(home.root), "web"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert any("serving the page" in line for line in process.stderr)
        trusted = ssl.create_default_context(cafile=str(home.tls_certificate))
        with urllib.request.urlopen(f"https://localhost:{port}/sign-in", context=trusted, timeout=10) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        process.stderr.read()
        assert process.wait(15) == 0


def test_a_second_opener_on_one_data_folder_is_told_about_the_first(earmark: Earmark, home: Home) -> None:
    earmark("init", "--demo")
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(home.root), "opener"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert any("ready" in line for line in process.stderr)
        done = earmark("opener")
        process.terminate()
        process.stderr.read()
        assert process.wait(10) == 0
    assert done.returncode == 40
    assert "Another process already serves the control socket" in done.stderr
    assert not home.opener_socket.exists()


def findings(earmark: Earmark) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for finding in json.loads(earmark("doctor", "--json").stdout)["findings"]:
        found.setdefault(finding["check"], []).append((finding["verdict"], finding["where"]))
        assert finding["verdict"] == "ok" or finding["remedy"], finding
    return found


def test_the_doctor_finds_nothing_wrong_in_a_new_office(earmark: Earmark) -> None:
    earmark("init", "--demo")
    found = findings(earmark)
    for check in ("packages", "office", "notices", "modes", "keys", "disk"):
        assert {verdict for verdict, _ in found[check]} == {"ok"}, found[check]


def test_the_doctor_s_last_line_agrees_with_those_above_it(earmark: Earmark, home: Home) -> None:
    earmark("init", "--demo")
    for broken in (False, True):
        if broken:
            home.device_public_key.unlink()
        done = earmark("doctor")
        ok, look, wrong = (len(re.findall(rf"^{sign} ", done.stdout, re.MULTILINE)) for sign in ("ok", "LOOK", "WRONG"))
        assert look >= 4, "no process runs"
        assert wrong or not broken
        told = f"{wrong} wrong" if wrong else "Nothing wrong"
        assert done.stdout.splitlines()[-1] == f"{told}, {look} to look at, in {ok + look + wrong} checks."
        assert done.returncode == (1 if wrong else 0)


def test_the_doctor_names_what_is_wrong_and_where(earmark: Earmark, home: Home) -> None:
    earmark("init", "--demo")
    home.box_secret.chmod(0o644)
    (home.state / "old-key.txt").write_text("AGE-SECRET-KEY-1" + "Q" * 58)
    home.device_key.unlink()
    with socket.socket() as squatter:
        text = earmark("settings", "export").stdout
        squatter.bind(("127.0.0.1", 0))
        port = squatter.getsockname()[1]
        file = home.root / "s.toml"
        file.write_text(text.replace('bind = "127.0.0.1:5060"', f'bind = "127.0.0.1:{port}"'))
        assert earmark("settings", "import", str(file)).returncode == 0
        assert earmark("doctor").returncode == 1
        found = findings(earmark)
    assert ("wrong", str(home.box_secret)) in found["modes"]
    assert ("wrong", str(home.root)) in found["keys"]
    assert ("wrong", str(home.device_key)) in found["office"]
    assert ("wrong", f"127.0.0.1 port {port}") in found["ports"]


def test_the_doctor_says_that_there_is_no_office(earmark: Earmark) -> None:
    done = earmark("doctor")
    assert done.returncode == 1
    assert "holds no office" in done.stdout
    assert "earmark init" in done.stdout
