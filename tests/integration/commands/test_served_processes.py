"""The page and the opener as commands."""

from __future__ import annotations

import signal
import socket
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path

from firmware.core.home import Home
from tests.integration.commands.earmark import Earmark


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
        trusted = ssl.create_default_context(cafile=str(home.authority_certificate))
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
