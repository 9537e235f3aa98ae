"""The people in TinyDB: one document a person, one for each who left, and one of failed attempts if there are any."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

from tinydb import TinyDB, where
from tinydb.table import Table

from firmware.adapters.settings.atomic_storage import ForgetfulStorage, locked
from firmware.core.errors import NoSuchPerson, StorageError
from firmware.core.people import Leaver, Person
from firmware.core.sign_in_attempts import Attempts

_MOST_STRANGERS = 500
_COUNT = "written"


class PeopleFile:
    """``PeopleStore`` over ``state/people.json``.

    Every change and every look is made under a lock that threads and other processes respect, because what a change
    replaces is overwritten on the disk.

    Every method raises StorageError when the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def _table(self, name: str) -> Table:
        return TinyDB(self._path, storage=_CountingStorage).table(name, cache_size=0)

    def people(self) -> tuple[Person, ...]:
        with locked(self._path):  # what is overwritten in this moment must not be read
            return self._people()

    def _people(self) -> tuple[Person, ...]:
        try:
            return tuple(Person.from_json(dict(document)) for document in self._table("people").all())
        except (KeyError, ValueError) as error:
            raise StorageError(
                f"{self._path} is damaged: a person's entry lacks or garbles {error}.",
                "Put it back from a backup of the state folder.",
            ) from error

    def find(self, name: str) -> Person | None:
        return next((person for person in self.people() if person.name == name), None)

    def by_id(self, person_id: str) -> Person | None:
        return next((person for person in self.people() if person.person_id == person_id), None)

    def put(self, person: Person) -> None:
        with locked(self._path):
            self._table("people").upsert(person.to_json(), where("person_id") == person.person_id)

    def change(self, person_id: str, how: Callable[[Person], Person]) -> Person:
        with locked(self._path):
            person = next((each for each in self._people() if each.person_id == person_id), None)
            if person is None:
                raise NoSuchPerson("Nobody of that id has a sign-in here.", "They may have left.")
            changed = how(person)
            self._table("people").upsert(changed.to_json(), where("person_id") == person_id)
        return changed

    def change_all(self, how: Callable[[Person], Person]) -> tuple[Person, ...]:
        with locked(self._path):
            changed = {person.person_id: how(person) for person in self._people()}

            def put(document: MutableMapping[Any, Any]) -> None:
                document.update(changed[document["person_id"]].to_json())

            self._table("people").update(put)
        return tuple(changed.values())

    def withdraw(self, leaver: Leaver) -> None:
        is_them = where("person_id") == leaver.person_id
        with locked(self._path):
            self._table("people").remove(is_them)  # first: should the power fail now, the keys are gone at least
            self._table("left").upsert(leaver.to_json(), is_them)
            self._table("attempts").remove(where("key") == leaver.person_id)

    def left(self) -> tuple[Leaver, ...]:
        try:
            with locked(self._path):
                return tuple(Leaver.from_json(dict(document)) for document in self._table("left").all())
        except (KeyError, ValueError) as error:
            raise StorageError(
                f"{self._path} is damaged: the entry of somebody who left lacks or garbles {error}.",
                "Put it back from a backup of the state folder.",
            ) from error

    def times_written(self) -> int:
        with locked(self._path):
            return _times_written(_CountingStorage(self._path).read() or {})

    def go_on_counting(self, from_times: int) -> None:
        with locked(self._path):
            storage = _CountingStorage(self._path)
            storage.write({**(storage.read() or {}), _COUNT: {"1": {"times": from_times}}})

    def attempts(self, key: str) -> Attempts:
        with locked(self._path):
            document = self._table("attempts").get(where("key") == key)
        if not isinstance(document, dict):
            return Attempts()
        recent_ms = tuple(int(each) for each in document.get("recent_ms", ()))
        return Attempts(int(document["failures"]), int(document["not_before_ms"]), recent_ms)

    def set_attempts(self, key: str, attempts: Attempts) -> None:
        document = {
            "key": key,
            "failures": attempts.failures,
            "not_before_ms": attempts.not_before_ms,
            "recent_ms": list(attempts.recent_ms),
        }
        table = self._table("attempts")
        with locked(self._path):
            table.upsert(document, where("key") == key)
            strangers = [each for each in table.all() if str(each["key"]).startswith("name-")]
            if len(strangers) > _MOST_STRANGERS:
                strangers.sort(key=lambda each: int(each["not_before_ms"]))
                table.remove(doc_ids=[each.doc_id for each in strangers[: len(strangers) // 2]])


class _CountingStorage(ForgetfulStorage):
    """Whatever is written, the file says how often that was."""

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        super().write({**data, _COUNT: {"1": {"times": _times_written(data) + 1}}})


def _times_written(data: dict[str, dict[str, Any]]) -> int:
    return int(data.get(_COUNT, {}).get("1", {}).get("times", 0))
