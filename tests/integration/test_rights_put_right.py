"""Root puts rights right in folders of others: what these put in its way is left alone, and keeps it from nothing."""

from __future__ import annotations

import grp
import os
import pwd
import socket
import stat
from pathlib import Path

import pytest

from firmware.adapters.store.rights import set_rights, wrong_rights
from firmware.core.home import Home
from firmware.core.rights import Place

PLACES = (
    Place("state/phones/", "lines", "", 0o700, ("lines",), ("lines",), "where registered phones are"),
    Place("state/phones/*", "lines", "", 0o600, ("lines",), ("lines",), "and what lies there"),
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """One where every process runs as whoever tests."""
    own, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(os.getegid())
    monkeypatch.setattr(pwd, "getpwnam", lambda _: own)
    monkeypatch.setattr(grp, "getgrnam", lambda _: group)
    made = Home(tmp_path / "home")
    made.phone_registrations.parent.mkdir(parents=True, mode=0o700)
    return made


def test_links_pipes_and_sockets_are_left_alone_and_all_else_is_put_right(home: Home, tmp_path: Path) -> None:
    folder, elsewhere = home.phone_registrations.parent, tmp_path / "elsewhere"
    elsewhere.touch()
    elsewhere.chmod(0o644)
    (folder / "a link").symlink_to(elsewhere)
    (folder / "another name").hardlink_to(elsewhere)
    os.mkfifo(folder / "a pipe", 0o666)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "a socket"))
        home.phone_registrations.touch()
        home.phone_registrations.chmod(0o666)
        assert [each.path for each in wrong_rights(home, PLACES)] == [home.phone_registrations]
        assert set_rights(home, PLACES) == 1
    assert stat.S_IMODE(home.phone_registrations.stat().st_mode) == 0o600
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o644
    assert wrong_rights(home, PLACES) == []
