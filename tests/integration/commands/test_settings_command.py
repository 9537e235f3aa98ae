"""Settings go out and in as one file."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

from firmware.adapters.catalogue.details import DetailTable
from firmware.adapters.store.evidence_files import EvidenceFilesReader
from firmware.cli.at_the_box import who_is_at_the_box
from firmware.core.home import Home
from tests.integration.commands.earmark import Earmark


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
    (entry,) = EvidenceFilesReader(home).lines()
    detail = DetailTable(home.catalogue).details([entry.commitment])[entry.commitment].words
    assert (entry.kind, detail["name"], detail["sections"]) == ("settings-changed", who_is_at_the_box(), "office")
    assert detail["settings"] == "office.name: Demonstration office → Another office"


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
