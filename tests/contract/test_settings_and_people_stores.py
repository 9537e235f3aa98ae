"""The stores of settings and people, on a real disk: what was written is there, whole, whatever happened meanwhile."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from firmware.adapters.settings.invitation_file import InvitationFile
from firmware.adapters.settings.people_file import PeopleFile
from firmware.adapters.settings.recipients_file import RecipientsFile
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.core.access_policy import Role
from firmware.core.errors import ActionRefused, NoSuchPerson, NotSetUp, StorageError
from firmware.core.invitation import Invitation
from firmware.core.people import Leaver, Person, SealedOfficeKey, WrappedKey
from firmware.core.sign_in_attempts import Attempts
from firmware.ports.settings_store import PeopleStore, SettingsStore

WRITER = """
import sys
from pathlib import Path
from firmware.adapters.settings.settings_file import SettingsFile
store = SettingsFile(Path(sys.argv[1]))
print("up", flush=True)
n = 0
while True:
    n += 1
    store.replace({"n": n, "filler": [n] * 2000})
"""


def person(name: str, number: int = 1) -> Person:
    wrapped = WrappedKey(b"s" * 16, b"n" * 12, b"c" * 90, 65536, 3, 1)
    return Person(f"id-{name}", name, Role.SERVICES_MANAGER, "age1x", wrapped, (SealedOfficeKey(number, b"\x00\xff"),))


@pytest.fixture
def settings(tmp_path: Path) -> SettingsStore:
    return SettingsFile(tmp_path / "settings.json")


@pytest.fixture
def people(tmp_path: Path) -> PeopleStore:
    return PeopleFile(tmp_path / "people.json")


def test_settings_that_were_never_written_are_not_set_up(settings: SettingsStore) -> None:
    with pytest.raises(NotSetUp, match="There are no settings"):
        settings.read()


def test_a_document_replaces_the_one_before_it_entirely(settings: SettingsStore) -> None:
    settings.replace({"a": 1, "lines": [{"name": "x"}]})
    settings.replace({"lines": [], "ü": "✓"})
    assert settings.read() == {"lines": [], "ü": "✓"}


def test_another_process_s_change_is_seen_at_once(settings: SettingsStore, tmp_path: Path) -> None:
    settings.replace({"n": 1})
    SettingsFile(tmp_path / "settings.json").replace({"n": 2})
    assert settings.read() == {"n": 2}


def test_the_file_is_for_its_owner_alone_and_keeps_a_mode_it_was_given(settings: SettingsStore, tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    settings.replace({"n": 1})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    settings.replace({"n": 2})
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_change_leaves_the_file_to_its_owner_and_group(people: PeopleStore, tmp_path: Path) -> None:
    owner, group = (1, 2) if os.geteuid() == 0 else (os.geteuid(), os.getgroups()[-1])
    people.put(person("anna"))
    os.chown(tmp_path / "people.json", owner, group)
    people.put(person("ben"))
    changed = (tmp_path / "people.json").stat()
    assert (changed.st_uid, changed.st_gid) == (owner, group)


def test_a_writer_killed_at_any_moment_leaves_a_whole_document(settings: SettingsStore, tmp_path: Path) -> None:
    for _ in range(8):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path / "settings.json")], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        threading.Event().wait(random.uniform(0.02, 0.15))
        process.kill()
        process.wait()
        process.stdout.close()
        document = settings.read()
        assert document["filler"] == [document["n"]] * 2000
        settings.replace({"n": 0, "filler": [0] * 2000})


def test_a_full_disk_leaves_the_old_document_and_says_so(settings: SettingsStore, tmp_path: Path) -> None:
    settings.replace({"n": 1})
    old_limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    old_handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, old_limit[1]))
    try:
        with pytest.raises(StorageError, match=r"settings\.json"):
            settings.replace({"filler": "x" * 20000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old_limit)
        signal.signal(signal.SIGXFSZ, old_handler)
    assert settings.read() == {"n": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["settings.json"]


def test_what_cannot_even_be_tidied_up_is_still_told_as_what_it_is(settings: SettingsStore, tmp_path: Path) -> None:
    settings.replace({"n": 1})
    (tmp_path / "settings.json.new").mkdir()
    with pytest.raises(StorageError, match=r"settings\.json"):
        settings.replace({"n": 2})
    assert settings.read() == {"n": 1}


def test_a_damaged_file_is_named_and_left_alone(settings: SettingsStore, tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"settings": {"1": {"n"')
    with pytest.raises(StorageError, match="is damaged"):
        settings.read()
    assert path.read_text() == '{"settings": {"1": {"n"'


def test_people_are_found_by_name_and_come_back_as_they_were(people: PeopleStore) -> None:
    people.put(person("anna"))
    people.put(person("ben"))
    assert people.find("anna") == person("anna")
    assert people.find("nobody") is None
    assert [each.name for each in people.people()] == ["anna", "ben"]


def test_a_person_put_again_replaces_the_old_entry(people: PeopleStore) -> None:
    people.put(person("anna", 1))
    people.put(person("anna", 2))
    assert people.people() == (person("anna", 2),)


def test_failed_attempts_are_remembered_by_person(people: PeopleStore, tmp_path: Path) -> None:
    people.set_attempts("id-anna", Attempts(3, 17))
    people.set_attempts("id-anna", Attempts(4, 18))
    assert PeopleFile(tmp_path / "people.json").attempts("id-anna") == Attempts(4, 18)
    assert people.attempts("id-ben") == Attempts()


def test_names_that_nobody_has_cannot_fill_the_store_nor_push_a_person_s_count_out(people: PeopleStore) -> None:
    people.set_attempts("id-anna", Attempts(9, 1))
    for n in range(520):
        people.set_attempts(f"name-{n}", Attempts(1, n))
    assert people.attempts("id-anna") == Attempts(9, 1)
    assert people.attempts("name-519") == Attempts(1, 519)
    assert people.attempts("name-0") == Attempts()


def test_changes_made_at_the_same_time_are_all_kept(people: PeopleStore) -> None:
    threads = [threading.Thread(target=people.put, args=(person(f"p{n}"),)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(people.people()) == 12


def test_a_garbled_entry_is_an_error_that_names_the_file(people: PeopleStore, tmp_path: Path) -> None:
    people.put(person("anna"))
    path = tmp_path / "people.json"
    document = json.loads(path.read_text())
    document["people"]["1"]["role"] = "emperor"
    path.write_text(json.dumps(document))
    with pytest.raises(StorageError, match=r"people\.json is damaged"):
        people.find("anna")


def test_somebody_is_changed_in_place_and_nobody_who_left_comes_back(people: PeopleStore, tmp_path: Path) -> None:
    people.put(person("anna"))
    changed = people.change("id-anna", lambda anna: replace(anna, extension="201"))
    assert people.by_id("id-anna") == changed
    people.withdraw(Leaver("id-anna", "anna", Role.SERVICES_MANAGER, 5))
    with pytest.raises(NoSuchPerson):
        people.change("id-anna", lambda anna: anna)
    assert PeopleFile(tmp_path / "people.json").people() == ()
    assert people.left() == (Leaver("id-anna", "anna", Role.SERVICES_MANAGER, 5),)


def test_a_change_that_is_refused_changes_nothing(people: PeopleStore) -> None:
    def refuse(_: Person) -> Person:
        raise ActionRefused("No.")

    people.put(person("anna"))
    with pytest.raises(ActionRefused):
        people.change("id-anna", refuse)
    assert people.by_id("id-anna") == person("anna")


def test_keys_that_are_replaced_or_withdrawn_do_not_lie_where_they_lay(people: PeopleStore, tmp_path: Path) -> None:
    people.put(person("anna"))
    with (tmp_path / "people.json").open("rb") as before:
        people.set_attempts("id-anna", Attempts(1, 2, (3,)))
        assert set(before.read()) == {0}
    with (tmp_path / "people.json").open("rb") as before:
        people.withdraw(Leaver("id-anna", "anna", Role.SERVICES_MANAGER, 5))
        assert set(before.read()) == {0}


def test_invitations_are_kept_until_they_are_taken_up(tmp_path: Path) -> None:
    path = tmp_path / "invitations.json"
    made = Invitation("i1", "p1", "ben", Role.HR_PANEL, "", "d" * 64, 9, "a1", True)
    InvitationFile(path).put(made)
    InvitationFile(path).put(made.with_wrong_code())
    assert InvitationFile(path).invitations() == (made.with_wrong_code(),)
    assert InvitationFile(path).remove("i1")
    assert not InvitationFile(path).remove("i1")


def test_what_the_recovery_key_opens_and_what_the_evidence_knows_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "recipients.json"
    store = RecipientsFile(path)
    assert (store.office_keys_for_recovery(), store.noted()) == ((), ("", 0))
    sealed = (SealedOfficeKey(1, b"\x00one"), SealedOfficeKey(2, b"two\xff"))
    store.set_office_keys_for_recovery(sealed)
    store.note("d1", 7)
    store.note("d2", 8)
    assert RecipientsFile(path).office_keys_for_recovery() == sealed
    assert RecipientsFile(path).noted() == ("d2", 8)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("invitations.json", lambda path: InvitationFile(path).invitations()),
        ("recipients.json", lambda path: RecipientsFile(path).office_keys_for_recovery()),
    ],
)
def test_what_is_garbled_is_told_with_the_file_s_name(
    tmp_path: Path, name: str, read: Callable[[Path], object]
) -> None:
    (tmp_path / name).write_text('{"invitations": {"1": {"x": 1}}, "for_recovery": {"1": {"office_keys": [{"x": 1}]}}}')
    with pytest.raises(StorageError, match=name):
        read(tmp_path / name)
