"""The archive, on real servers, over a network that is cut."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import time as time_of_day
from pathlib import Path

import pytest

from firmware.adapters.archive.rclone import RcloneStorage
from firmware.adapters.catalogue.archiving import ArchiveRows
from firmware.adapters.store.evidence_pieces import EvidencePieces, put_together
from firmware.adapters.store.segment_files import SegmentFilesReader
from firmware.core.archive_names import read_piece_name, read_segment_name, segment_name
from firmware.core.daily_window import DailyWindow
from firmware.core.errors import StorageAway
from firmware.services.archiving import Archiving
from firmware.services.checkpoint_courier import CheckpointCourier
from tests.hand_set_clock import HandSetClock
from tests.integration.storage_servers import CuttableNetwork, Server, s3_server, sftp_server
from tests.integration.vault import LONDON, Vault, vault

Opened = Callable[[Path], AbstractContextManager[Server]]
SERVERS = [pytest.param(sftp_server, id="sftp"), pytest.param(s3_server, id="s3")]


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Vault]:
    with vault(tmp_path / "home") as made:
        made.home.keeper.mkdir(mode=0o700)
        yield made


def archiving(made: Vault, storage: RcloneStorage, window: DailyWindow | None = None) -> Archiving:
    rows, sealed = ArchiveRows(made.engine, made.home.catalogue), SegmentFilesReader(made.home)
    clock = HandSetClock(epoch_ms=made.time.wall_ms)
    return Archiving(storage, rows, sealed, made.home.data, made.made.desk, clock, window or DailyWindow(), LONDON)


def folder_storage(made: Vault, tmp_path: Path) -> RcloneStorage:
    return RcloneStorage({"type": "local"}, str(tmp_path / "nas"), made.home.keeper)


def fetched(storage: RcloneStorage, into: Path) -> dict[str, str]:
    """What lies there, read back: name and SHA-256."""
    names = [each.name for each in storage.listed()]
    storage.fetch(names, into)
    return {name: hashlib.sha256((into / name).read_bytes()).hexdigest() for name in names}


def sealed_here(made: Vault) -> dict[str, str]:
    """What should lie there."""
    found = {}
    for path in made.home.recordings.rglob("*.ear"):
        recording, number, _ = path.name.split(".")
        started = made.query("SELECT started_at_ms FROM recordings WHERE id = ?", recording)[0][0]
        found[segment_name(recording, int(number), started)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(
    "cut_at", [0.9, *(pytest.param(share, marks=pytest.mark.long) for share in (0.05, 0.3, 0.6, 0.75))]
)
def test_an_upload_that_is_cut_completes_and_every_file_is_verified_and_none_sent_twice(
    made: Vault, tmp_path: Path, server: Opened, cut_at: float
) -> None:
    for _ in range(4):
        made.record(segments=2)
    wanted = sealed_here(made)
    total = sum(path.stat().st_size for path in made.home.recordings.rglob("*.ear"))
    with server(tmp_path / "server") as there:
        network = CuttableNetwork(there.port)
        storage = RcloneStorage(there.options(network.port), there.path, made.home.keeper, stuck_after_s=15)
        task = archiving(made, storage)
        network.cut_after(int(total * cut_at))
        with pytest.raises(StorageAway, match="did not reach"):
            task.run(made.time.wall_ms)
        network.mend()
        before = _change_times(there)
        arrived = {name for name in before if _is_whole(there, name, wanted) and _is_dated(there, made, name)}
        task.run(made.time.wall_ms)
        sent = network.sent
        task.run(made.time.wall_ms)
        assert network.sent == sent, "with nothing new, nothing is sent"

        assert fetched(storage, tmp_path / "back") == wanted
        assert {row[0] for row in made.query("SELECT path FROM archived_files WHERE verified_at_ms > 0")} == set(wanted)
        if there.kind == "s3":
            objects = {name: count for name, count in there.puts().items() if name.endswith(".ear")}
            assert sorted(objects.values()) == [1] * len(wanted)
        else:
            after = _change_times(there)
            assert {name: before[name] for name in arrived} == {name: after[name] for name in arrived}
        network.close()
    files = [line for line in _evidence(made) if " archived " in line]
    assert sum(int(line.split("files=")[1].split(",")[0]) for line in files) == len(wanted)


def _change_times(there: Server) -> dict[str, int]:
    if there.kind == "s3":
        return {}
    store = Path(there.path)
    return {str(path.relative_to(store)): path.stat().st_ctime_ns for path in store.rglob("*.ear")}


def _is_whole(there: Server, name: str, wanted: dict[str, str]) -> bool:
    return hashlib.sha256((Path(there.path) / name).read_bytes()).hexdigest() == wanted[name]


def _is_dated(there: Server, made: Vault, name: str) -> bool:
    """A file's time is set, in whole seconds, when all of it has arrived; one that was cut off before that is touched
    once more. It may have been written in the second in which it was recorded: its own time is no whole second then.
    """
    times_ns = {int(path.stat().st_mtime) * 1_000_000_000 for path in made.home.recordings.rglob("*.ear")}
    return (Path(there.path) / name).stat().st_mtime_ns in times_ns


def _evidence(made: Vault) -> list[str]:
    return "".join(path.read_text() for path in sorted(made.home.evidence.glob("*.log"))).splitlines()


def test_an_upload_that_stands_still_is_ended_and_told(made: Vault, tmp_path: Path) -> None:
    """As some releases of rclone do where a connection breaks while it is being made."""
    large = tmp_path / "large"
    large.write_bytes(bytes(1_000_000))
    options = {"type": "local"}
    storage = RcloneStorage(options, str(tmp_path / "nas"), made.home.keeper, bandwidth_kbit_s=8, stuck_after_s=1)
    with ThreadPoolExecutor(1) as pool:
        upload = pool.submit(storage.upload, {"large": large})
        while not (copying := _programs_begun("rclone\0", "\0copy\0")):
            time.sleep(0.02)
        os.kill(copying[0], signal.SIGSTOP)
        uploaded = upload.result(60)
    assert not uploaded.verified
    assert uploaded.problem == "it stood still for 1 s and was ended"


def _programs_begun(*words: str) -> list[int]:
    """By this process, with these in their command lines."""
    children = " ".join(path.read_text() for path in Path("/proc/self/task").glob("*/children")).split()
    lines = {int(child): Path(f"/proc/{child}/cmdline").read_text() for child in children}
    return [child for child, line in lines.items() if line.startswith(words[0]) and all(word in line for word in words)]


def test_what_is_archived_is_fetched_again_byte_for_byte_and_named_without_anybody(made: Vault, tmp_path: Path) -> None:
    made.record(segments=3)
    storage = folder_storage(made, tmp_path)
    archiving(made, storage).run(made.time.wall_ms)
    back = fetched(storage, tmp_path / "back")
    assert back == sealed_here(made)
    assert [each.segment for name in sorted(back) if (each := read_segment_name(name))] == [1, 2, 0]


def test_keyslots_never_leave_for_the_archive(made: Vault, tmp_path: Path) -> None:
    made.record()
    archiving(made, folder_storage(made, tmp_path)).run(made.time.wall_ms)
    assert {path.suffix for path in (tmp_path / "nas").rglob("*") if path.is_file()} == {".ear"}


def test_a_call_in_progress_waits_until_it_is_closed(made: Vault, tmp_path: Path) -> None:
    made.made.record(finish=False)
    storage = folder_storage(made, tmp_path)
    archiving(made, storage).run(made.time.wall_ms)
    assert not storage.listed()


def test_nothing_is_sent_outside_the_hours_that_are_set(made: Vault, tmp_path: Path) -> None:
    made.record()
    storage = folder_storage(made, tmp_path)
    archiving(made, storage, DailyWindow(time_of_day(19), time_of_day(7))).run(made.time.wall_ms)
    assert not storage.listed()


def test_a_damaged_file_never_takes_the_place_of_a_good_copy(made: Vault, tmp_path: Path) -> None:
    hurt, sound = made.record(), made.record()
    path = made.made.sealed(hurt)[0]
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    storage, task = folder_storage(made, tmp_path), archiving(made, folder_storage(made, tmp_path))
    task.run(made.time.wall_ms)
    assert [sound in each.name for each in storage.listed()] == [True]
    assert path.name in task.attention[0]


def test_a_file_that_is_other_there_than_here_is_sent_again(made: Vault, tmp_path: Path) -> None:
    """Of the same size and time, so that only its content tells."""
    made.record()
    storage, [(name, digest)] = folder_storage(made, tmp_path), list(sealed_here(made).items())
    here, there = next(made.home.recordings.rglob("*.ear")), tmp_path / "nas" / name
    there.parent.mkdir(parents=True)
    there.write_bytes(bytes(here.stat().st_size))
    os.utime(there, ns=(here.stat().st_atime_ns, here.stat().st_mtime_ns))
    task = archiving(made, storage)
    with pytest.raises(StorageAway):
        task.run(made.time.wall_ms)
    task.run(made.time.wall_ms)
    assert fetched(storage, tmp_path / "back") == {name: digest}


def test_what_is_erased_here_is_removed_there(made: Vault, tmp_path: Path) -> None:
    gone, stays = made.record(), made.record()
    storage = folder_storage(made, tmp_path)
    task = archiving(made, storage)
    task.run(made.time.wall_ms)
    made.order(gone)
    made.run()
    task.run(made.time.wall_ms)
    assert [stays in each.name for each in storage.listed()] == [True]


def test_evidence_leaves_the_box_in_pieces_that_are_the_log_when_put_together(made: Vault, tmp_path: Path) -> None:
    storage = folder_storage(made, tmp_path)
    rows = ArchiveRows(made.engine, made.home.catalogue)
    courier = CheckpointCourier(storage, rows, EvidencePieces(made.home), made.home.keeper / "courier")
    for day in ("2026-03-01 09:00", "2026-03-01 12:00", "2026-03-02 09:00"):
        made.set_wall(day)
        made.record()
        made.made.log.checkpoint()
        courier.run(made.time.wall_ms)
        courier.run(made.time.wall_ms)
    names = [each.name for each in storage.listed()]
    pieces = [piece for name in names if (piece := read_piece_name(name))]
    assert len(pieces) == 3
    assert len(names) == 6
    storage.fetch(names, tmp_path / "back")
    put_together(tmp_path / "log", [(piece, tmp_path / "back" / piece.name) for piece in pieces])
    for path in made.home.evidence.glob("*.log"):
        assert (tmp_path / "log" / path.name).read_bytes() == path.read_bytes()


def test_a_log_that_is_shorter_than_what_has_left_the_box_raises_an_alarm(made: Vault, tmp_path: Path) -> None:
    rows = ArchiveRows(made.engine, made.home.catalogue)
    courier = CheckpointCourier(folder_storage(made, tmp_path), rows, EvidencePieces(made.home), made.home.keeper)
    made.record()
    courier.run(made.time.wall_ms)
    assert not courier.attention
    [path] = made.home.evidence.glob("*.log")
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    courier.run(made.time.wall_ms)
    assert "cut short" in courier.attention[0]


def test_passwords_of_the_storage_are_on_no_command_line_and_in_no_error(made: Vault, tmp_path: Path) -> None:
    secret = "not-to-be-seen-5417"
    storage = RcloneStorage(
        {"type": "sftp", "host": "127.0.0.1", "port": 9, "user": "office", "pass": secret}, "x", made.home.keeper
    )
    uploaded = storage.upload({"a": made.home.catalogue})
    assert uploaded.problem
    assert secret not in uploaded.problem + storage.shown
    assert not any(secret.encode() in path.read_bytes() for path in made.home.keeper.rglob("*") if path.is_file())
    assert all(path.stat().st_mode & 0o077 == 0 for path in made.home.keeper.glob("rclone-*.conf"))
