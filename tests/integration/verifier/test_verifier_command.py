"""``scripts/verify-recordings`` as a stranger runs it, and the same by hand."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from firmware.adapters.keys.device_key import new_device_key
from tests.integration.verifier.proven_store import NOT_CHECKED, PROVEN, SCRIPT, Case, command


def test_the_report_is_in_plain_sentences(case: Case, tmp_path: Path) -> None:
    key = tmp_path / "device.pub"
    key.write_text(case.key)
    done = command(case.home.data, "--key", key, "--checkpoint", case.held, "--catalogue", "--jobs", "2")
    assert (done.returncode, done.stderr) == (PROVEN, "")
    assert "PROVEN       Nothing before the checkpoint was altered, removed, inserted or re-ordered:" in done.stdout
    assert "Only the box itself vouches for what came after 2026-03-04T" in done.stdout


def test_json_says_the_same_and_a_whole_data_folder_will_do(case: Case) -> None:
    done = command(case.home.root, "--key", case.key, "--checkpoint", case.held, "--json")
    document = json.loads(done.stdout)
    assert (document["verdict"], document["status"], document["findings"]) == ("proven", 0, [])
    assert set(document["later"]) >= {"since", "until", "first_line", "last_line", "begun", "closed", "erased"}


def test_what_cannot_be_checked_is_told_from_what_is_wrong(case: Case, tmp_path: Path) -> None:
    stranger = new_device_key("earmark-box").public_text()
    for arguments, why in (
        ((case.home.data, "--key", stranger, "--checkpoint", case.held), "not signed by"),
        ((case.home.data, "--key", case.key[:-4], "--checkpoint", case.held), "device key"),
        ((case.home.data, "--key", case.key, "--checkpoint", tmp_path / "none"), "cannot be read"),
        ((tmp_path, "--key", case.key, "--checkpoint", case.held), "neither evidence nor recordings"),
        ((case.home.data, "--key", tmp_path / "none", "--checkpoint", case.held), "cannot be read"),
    ):
        done = command(*arguments)
        assert done.returncode == NOT_CHECKED, done.stdout
        assert why in done.stderr
    assert command(case.home.data).returncode == NOT_CHECKED


def test_the_tool_needs_nothing_but_python_and_pynacl(case: Case, tmp_path: Path) -> None:
    """It is handed to others by itself: neither this project nor another library may be within its reach."""
    lone = tmp_path / "verify-recordings"
    shutil.copyfile(SCRIPT, lone)
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(SCRIPT.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names])
    }
    assert imported - sys.stdlib_module_names == {"nacl"}
    run: list[str | Path] = [sys.executable, lone, case.home.data, "--key", case.key, "--checkpoint", case.held]
    done = subprocess.run(run, capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path)
    assert done.returncode == PROVEN, done.stderr


def test_the_tool_is_as_clean_as_the_rest(tmp_path: Path) -> None:
    """Without a suffix, the checks of the whole project pass it over."""
    typed = tmp_path / "verify_recordings.py"
    shutil.copyfile(SCRIPT, typed)
    clone = SCRIPT.parents[1]
    checks: tuple[tuple[str | Path, ...], ...] = (
        ("ruff", "check", "--config", clone / "pyproject.toml", "--ignore", "T201"),
        ("ruff", "format", "--check", "--config", clone / "pyproject.toml"),
        ("mypy", "--strict", "--cache-dir", tmp_path / "cache"),
    )
    for check in checks:
        done = subprocess.run(
            [sys.executable, "-m", *map(str, check), str(typed)],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_s_commands_prove_by_hand_what_the_tool_proves(case: Case, tmp_path: Path) -> None:
    """``sha256sum`` and ``openssl`` alone, as the page on the format says; its blocks run one after the other."""
    shutil.copytree(case.home.data, tmp_path / "copy")
    copy = tmp_path / "copy"
    shutil.copyfile(case.held, copy / "latest.note")
    (copy / "device.pub").write_text(case.key + "\n")
    page = (SCRIPT.parents[1] / "firmware" / "core" / "evidence-format.md").read_text()
    blocks = re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "".join(blocks)],
        capture_output=True,
        text=True,
        check=False,
        cwd=copy,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    signature, signed, found, walked, closed, sealed, made, keyslot = done.stdout.splitlines()
    assert signature == "Signature Verified Successfully"
    assert signed == found == walked
    assert closed == sealed
    assert made == keyslot
