"""The table of who owns what says what it means, and the files that systemd reads say the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.core.rights import GROUPS, PLACES, PROCESSES, RUN, STATE, Place, allowed

SYSTEMD = Path(__file__).parents[2] / "systemd"


def words_of(name: str) -> list[list[str]]:
    lines = (SYSTEMD / name).read_text().splitlines()
    return [line.split() for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("place", [*PLACES, *RUN], ids=lambda place: place.path or "/")
def test_owner_group_and_mode_allow_what_the_row_says_and_nothing_else(place: Place) -> None:
    behind = [row for row in PLACES if row.path == "data/" and place.path.startswith("data/")]
    made = {
        process: allowed(place, process) if all(allowed(door, process)[0] for door in behind) else (False, False)
        for process in PROCESSES
    }
    assert {process for process in PROCESSES if made[process][0]} == set(place.reads)
    assert {process for process in PROCESSES if made[process][1]} == set(place.writes)
    assert not place.mode & 0o002


def test_what_is_for_nobody_else_lies_behind_a_door_that_lets_nobody_else_in() -> None:
    """The other users of a machine are no row of the table."""
    open_to_all = {place.path for place in PLACES if place.mode & 0o004 and not place.path.startswith("data/")}
    public_keys = {"state/keys/*.pub", "state/keys/office.pub", "state/keys/recovery.pub"}
    assert open_to_all == public_keys | {"", "state/", "state/keys/", "state/network/", "state/updates/"}
    (door,) = [place for place in PLACES if place.path == "data/"]
    assert not door.mode & 0o007


def test_systemd_makes_the_same_of_the_state_folder_and_of_where_sockets_are() -> None:
    made = {
        (path, mode.zfill(4), owner, group)
        for kind, path, mode, owner, group, *_ in words_of("earmark.tmpfiles")
        if kind in ("d", "z")
    }
    lie = [*((f"/var/lib/earmark/{place.path}", place) for place in STATE)]
    lie += [(place.path.replace("run/", "/run/earmark/", 1), place) for place in RUN]
    meant = {(path.rstrip("/"), f"{place.mode:04o}", place.user, place.group_name) for path, place in lie}
    assert made == meant


def test_the_users_are_in_the_groups_that_the_table_counts_on() -> None:
    rows = words_of("earmark.sysusers")
    for group, members in GROUPS.items():
        assert ["g", group, "-"] in rows
        if group != "earmark":  # in which the units put them all
            named = {user for kind, user, of, *_ in rows if kind == "m" and of == group}
            assert named == {f"earmark-{process}" for process in members}


def test_the_readme_shows_the_table() -> None:
    shown = (SYSTEMD / "README.md").read_text()
    for place in (*PLACES, *RUN):
        row = f"| `{place.path or '.'}` | {place.user}:{place.group_name} | {place.mode:04o} |"
        assert row in shown, row
