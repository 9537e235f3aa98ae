"""The people in TinyDB: one document a person, and one of failed attempts for each who had any."""

from __future__ import annotations

from pathlib import Path

from tinydb import TinyDB, where
from tinydb.table import Table

from firmware.adapters.settings.atomic_storage import AtomicStorage, locked
from firmware.core.errors import StorageError
from firmware.core.people import Person
from firmware.core.sign_in_attempts import Attempts

_MOST_STRANGERS = 500


class PeopleFile:
    """``PeopleStore`` over ``state/people.json``.

    Every change is made under a lock that threads and other processes respect.

    Every method raises StorageError when the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def _table(self, name: str) -> Table:
        return TinyDB(self._path, storage=AtomicStorage).table(name, cache_size=0)

    def people(self) -> tuple[Person, ...]:
        try:
            return tuple(Person.from_json(dict(document)) for document in self._table("people").all())
        except (KeyError, ValueError) as error:
            raise StorageError(
                f"{self._path} is damaged: a person's entry lacks or garbles {error}.",
                "Put it back from a backup of the state folder.",
            ) from error

    def find(self, name: str) -> Person | None:
        return next((person for person in self.people() if person.name == name), None)

    def put(self, person: Person) -> None:
        with locked(self._path):
            self._table("people").upsert(person.to_json(), where("person_id") == person.person_id)

    def attempts(self, key: str) -> Attempts:
        document = self._table("attempts").get(where("key") == key)
        if not isinstance(document, dict):
            return Attempts()
        return Attempts(int(document["failures"]), int(document["not_before_ms"]))

    def set_attempts(self, key: str, attempts: Attempts) -> None:
        document = {"key": key, "failures": attempts.failures, "not_before_ms": attempts.not_before_ms}
        table = self._table("attempts")
        with locked(self._path):
            table.upsert(document, where("key") == key)
            strangers = [each for each in table.all() if str(each["key"]).startswith("name-")]
            if len(strangers) > _MOST_STRANGERS:
                strangers.sort(key=lambda each: int(each["not_before_ms"]))
                table.remove(doc_ids=[each.doc_id for each in strangers[: len(strangers) // 2]])
