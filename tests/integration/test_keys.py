"""Keys on the disk and in memory: what opens what, and what does not."""

from __future__ import annotations

import ctypes
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest

from firmware.adapters.keys.device_key import load_device_key, load_device_public_key, new_device_key
from firmware.adapters.keys.listening_keys import AgeKeyUnlocker, new_person
from firmware.adapters.keys.pass_phrases import check_pass_phrase, new_pass_phrase
from firmware.adapters.keys.private_files import new_file_with_room, write_new
from firmware.adapters.keys.typed_phrase import normalised
from firmware.adapters.keys.user_keys import Argon2Costs
from firmware.adapters.keys.wiping import wipe
from firmware.adapters.sealing.keyslot import wrap_key
from firmware.core.access_policy import Role
from firmware.core.errors import KeyErased, NotAllowed, SettingsError, SignInRefused, StorageError
from firmware.core.people import Person

CHEAP = Argon2Costs(memory_kib=64, passes=1)
BOX_SECRET = b"b" * 32
RECORDING_KEY = bytes(range(32))


@pytest.fixture(scope="module")
def office() -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.generate()


@pytest.fixture(scope="module")
def anna(office: pyrage.x25519.Identity) -> Person:
    return new_person("anna", Role.SERVICES_MANAGER, "five words of some sort", BOX_SECRET, office, CHEAP)


@pytest.fixture(scope="module")
def keyslot(office: pyrage.x25519.Identity) -> bytes:
    return wrap_key(RECORDING_KEY, [office.to_public(), pyrage.x25519.Identity.generate().to_public()])


def test_the_right_pass_phrase_opens_a_recording_of_this_office(anna: Person, keyslot: bytes) -> None:
    keys = AgeKeyUnlocker(BOX_SECRET, CHEAP).unlock(anna, "five words of some sort")
    assert keys.open_keyslot(keyslot) == RECORDING_KEY


def test_spaces_and_unicode_forms_do_not_matter_but_words_do(anna: Person) -> None:
    unlocker = AgeKeyUnlocker(BOX_SECRET, CHEAP)
    assert unlocker.unlock(anna, "  five words  of some sort\n").may_open
    with pytest.raises(SignInRefused):
        unlocker.unlock(anna, "five words of some Sort")
    assert normalised("caf\u00e9") == normalised("cafe\u0301")


def test_the_pass_phrase_alone_opens_nothing_without_the_box_secret(anna: Person) -> None:
    with pytest.raises(SignInRefused):
        AgeKeyUnlocker(b"c" * 32, CHEAP).unlock(anna, "five words of some sort")


def test_one_person_s_wrapped_key_does_not_work_in_another_s_place(anna: Person) -> None:
    with pytest.raises(SignInRefused):
        AgeKeyUnlocker(BOX_SECRET, CHEAP).unlock(replace(anna, person_id="ben"), "five words of some sort")


def test_nobody_and_a_wrong_pass_phrase_get_the_same_answer(anna: Person) -> None:
    answers = []
    for person in (anna, None):
        with pytest.raises(SignInRefused) as caught:
            AgeKeyUnlocker(BOX_SECRET, CHEAP).unlock(person, "wrong")
        answers.append(str(caught.value))
    assert answers[0] == answers[1]


def test_costs_that_were_tampered_with_do_not_exhaust_the_memory(anna: Person) -> None:
    greedy = replace(anna, user_key=replace(anna.user_key, memory_kib=1 << 30))
    with pytest.raises(SignInRefused):
        AgeKeyUnlocker(BOX_SECRET, CHEAP).unlock(greedy, "five words of some sort")


def test_the_administrator_s_sign_in_opens_nothing(keyslot: bytes) -> None:
    administrator = new_person("admin", Role.ADMINISTRATOR, "other words entirely", BOX_SECRET, None, CHEAP)
    keys = AgeKeyUnlocker(BOX_SECRET, CHEAP).unlock(administrator, "other words entirely")
    assert not keys.may_open
    with pytest.raises(NotAllowed):
        keys.open_keyslot(keyslot)


def test_wiped_keys_open_nothing_any_more(anna: Person, keyslot: bytes) -> None:
    keys = AgeKeyUnlocker(BOX_SECRET, CHEAP).unlock(anna, "five words of some sort")
    keys.wipe()
    with pytest.raises(NotAllowed):
        keys.open_keyslot(keyslot)


def test_an_overwritten_keyslot_is_told_as_erased(anna: Person) -> None:
    keys = AgeKeyUnlocker(BOX_SECRET, CHEAP).unlock(anna, "five words of some sort")
    with pytest.raises(KeyErased):
        keys.open_keyslot(bytes(1024))


def test_nothing_readable_about_the_office_key_is_in_a_person_s_entry(
    anna: Person, office: pyrage.x25519.Identity
) -> None:
    assert str(office) not in str(anna.to_json())
    assert "AGE-SECRET-KEY" not in str(anna.to_json())


def test_wiping_zeroes_the_memory_of_bytes_and_text() -> None:
    raw = bytes(bytearray(b"not shared, 0123456789"))
    text = (raw + b"!").decode()
    addresses = [(id(each) + sys.getsizeof(each) - len(each) - 1, len(each)) for each in (raw, text)]
    wipe(raw, text)
    assert all(ctypes.string_at(start, length) == bytes(length) for start, length in addresses)


def test_five_words_are_drawn_afresh_each_time() -> None:
    phrases = {new_pass_phrase() for _ in range(50)}
    assert len(phrases) == 50
    assert all(len(phrase.split()) == 5 for phrase in phrases)


def test_a_pass_phrase_that_somebody_chose_needs_twelve_characters() -> None:
    check_pass_phrase("twelve chars")
    with pytest.raises(SettingsError, match="12 characters"):
        check_pass_phrase("eleven char")


def test_the_device_key_is_written_and_read_in_the_standard_form(tmp_path: Path) -> None:
    key = new_device_key("earmark-1")
    write_new(tmp_path / "device.key", key.private_text().encode())
    write_new(tmp_path / "device.pub", key.public_text().encode())
    loaded = load_device_key(tmp_path / "device.key")
    name, public = load_device_public_key(tmp_path / "device.pub")
    public.verify(loaded.private.sign(b"note"), b"note")
    assert (loaded.name, name) == ("earmark-1", "earmark-1")
    # The example key of https://c2sp.org/signed-note has this shape; its id is checked against the key.
    assert key.public_text().split("+")[1] == key.key_id.hex()


@pytest.mark.parametrize("text", ["", "x", "a+b+c", "PRIVATE+KEY+a+00000000+AAAA", "a+00000000+" + "A" * 44, "\xff"])
def test_what_is_no_device_key_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "device").write_text(text)
    for load in (load_device_key, load_device_public_key):
        with pytest.raises(StorageError, match="is not a device key"):
            load(tmp_path / "device")


def test_a_key_file_is_never_written_over(tmp_path: Path) -> None:
    write_new(tmp_path / "k", b"1")
    with pytest.raises(StorageError):
        write_new(tmp_path / "k", b"2")
    assert (tmp_path / "k").read_bytes() == b"1"
    assert (tmp_path / "k").stat().st_mode & 0o777 == 0o600


def test_a_process_that_holds_keys_cannot_be_dumped() -> None:
    program = (
        "import resource\n"
        "from firmware.adapters.keys.process_memory import keep_memory_private\n"
        "keep_memory_private()\n"
        "import ctypes; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "0 (0, 0)"


def test_room_for_a_secret_is_taken_before_it_is_made(tmp_path: Path) -> None:
    file = tmp_path / "recovery.txt"
    with new_file_with_room(file, 75) as write:
        assert file.stat().st_size == 75
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        file.unlink()
        file.symlink_to(tmp_path / "elsewhere")
        write(b"secret\n")
    assert not (tmp_path / "elsewhere").exists()


def test_a_secret_that_was_never_made_leaves_no_file(tmp_path: Path) -> None:
    file = tmp_path / "recovery.txt"
    with pytest.raises(KeyError), new_file_with_room(file, 75):
        raise KeyError
    assert not file.exists()
