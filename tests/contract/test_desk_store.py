"""The store of paired desks, on a real disk."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from firmware.adapters.settings.desk_file import DeskFile
from firmware.core.desk import Desk
from firmware.core.errors import StorageError
from firmware.ports.settings_store import DeskStore


def desk(number: int) -> Desk:
    return Desk(f"id-{number}", f"Desk {number}", f"20{number}", f"{number:064x}", 1_800_000_000_000 + number)


@pytest.fixture
def store(tmp_path: Path) -> DeskStore:
    return DeskFile(tmp_path / "desks.json")


def test_an_office_without_desks_has_none(store: DeskStore) -> None:
    assert store.desks() == ()
    assert store.remove("id-1") is False


def test_desks_are_there_in_order_for_whoever_opens_the_store_next(store: DeskStore, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        store.put(desk(number))
    assert DeskFile(tmp_path / "desks.json").desks() == (desk(1), desk(2), desk(3))


def test_a_removed_desk_leaves_nothing_behind(store: DeskStore, tmp_path: Path) -> None:
    store.put(desk(1))
    store.put(desk(2))
    assert store.remove("id-1") is True
    assert store.desks() == (desk(2),)
    assert desk(1).token_hash not in (tmp_path / "desks.json").read_text()


def test_the_file_is_for_its_owner_alone(store: DeskStore, tmp_path: Path) -> None:
    store.put(desk(1))
    assert stat.S_IMODE((tmp_path / "desks.json").stat().st_mode) == 0o600


def test_a_damaged_file_is_named_with_what_to_do(store: DeskStore, tmp_path: Path) -> None:
    (tmp_path / "desks.json").write_text('{"desks": {"1": {"desk_id": "x"}}}')
    with pytest.raises(StorageError, match=r"desks\.json is damaged.*pair the desks anew"):
        store.desks()
