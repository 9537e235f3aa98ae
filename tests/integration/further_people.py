"""More people for a test's office: whoever is there already brings the office key."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace

import pyrage

from firmware.adapters.keys import user_keys
from firmware.adapters.keys.listening_keys import identity_from, new_person
from firmware.adapters.keys.user_keys import Argon2Costs
from firmware.adapters.settings.people_file import PeopleFile
from firmware.core.access_policy import Role, role_may_open
from firmware.core.home import Home
from firmware.core.people import Person

CHEAP = Argon2Costs(memory_kib=64, passes=1)


def user_key_of(home: Home, name: str, pass_phrase: str) -> pyrage.x25519.Identity:
    """A person's own private key, had as the opener has it."""
    person = person_of(home, name)
    secret = home.box_secret.read_bytes()
    return identity_from(user_keys.unwrap(person.user_key, pass_phrase, person.person_id, secret))


def office_key_of(home: Home, name: str, pass_phrase: str) -> pyrage.x25519.Identity:
    """The office's private key, by somebody to whom it is sealed."""
    own = user_key_of(home, name, pass_phrase)
    return identity_from(pyrage.decrypt(person_of(home, name).office_keys[0].blob, [own]))


def person_of(home: Home, name: str) -> Person:
    found = PeopleFile(home.people_file).find(name)
    assert found is not None, name
    return found


def let_sign_in_quickly(home: Home, phrases: Mapping[str, str]) -> None:
    """Put people's keys under the same pass phrases at next to no cost: tests sign in some hundred times."""
    people, secret = PeopleFile(home.people_file), home.box_secret.read_bytes()
    for name, phrase in phrases.items():
        person = person_of(home, name)
        private = user_keys.unwrap(person.user_key, phrase, person.person_id, secret)
        people.put(replace(person, user_key=user_keys.wrap(private, phrase, person.person_id, secret, CHEAP)))


def add_people(home: Home, office_key: pyrage.x25519.Identity, roles: Mapping[str, Role]) -> dict[str, str]:
    """Add people by name and role; gives their pass phrases."""
    phrases = {name: f"{secrets.token_hex(8)} for {name}" for name in roles}
    people = PeopleFile(home.people_file)
    for name, role in roles.items():
        sealed = office_key if role_may_open(role) else None
        people.put(new_person(name, role, phrases[name], home.box_secret.read_bytes(), sealed, CHEAP))
    return phrases
