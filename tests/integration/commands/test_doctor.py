"""``earmark doctor``: what it finds, and that its last line agrees with those above."""

from __future__ import annotations

import re
import socket

from firmware.core.home import Home
from tests.integration.commands.earmark import Earmark, findings


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
