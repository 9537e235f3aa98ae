"""Saved searches, which have numbers and names in them, go with whoever saved them and in their time."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from firmware.adapters.catalogue.database import open_for_writing
from firmware.adapters.catalogue.saved_searches import SavedSearchTable
from firmware.core.access_policy import Role
from firmware.core.retention import Period
from firmware.ports.saved_searches import SavedSearch
from firmware.services.old_searches import OldSearches
from tests.hand_set_clock import HandSetClock
from tests.integration.opener.acts import listening, person_path
from tests.integration.opener_box import Box

YEAR_MS = 366 * 24 * 3_600_000


@pytest.fixture
def clock() -> HandSetClock:
    return HandSetClock()


@pytest.fixture
def searches(box: Box, clock: HandSetClock) -> OldSearches:
    people, tell = box.parts.people.people, box.parts.opener.enter_soon
    store = SavedSearchTable(box.home.catalogue)
    old = OldSearches(people, store, tell, clock, Period(years=2), ZoneInfo("Europe/London"))
    box.parts.desk.ends_too(lambda _person_id, _because: old.look())
    return old


def test_they_go_with_the_sign_in_of_whoever_saved_them_and_with_a_role_that_may_not_search(
    box: Box, searches: OldSearches, clock: HandSetClock
) -> None:
    open_for_writing(box.home.catalogue).dispose()
    store = SavedSearchTable(box.home.catalogue)
    anna = box.sign_in()
    ids = {}
    for name in ("ben", "carl"):
        listening(box, anna, name)
        ids[name] = box.person(name).person_id
        for number in ("0123", "0124"):
            store.put(ids[name], SavedSearch(number, {"find": number}), clock.wall_ms())
    searches.look()
    assert len(store.searches(ids["carl"])) == 2, "who may still search keeps them"
    box.client.post(person_path(box, "carl", "change"), {"role": Role.INSTALLER.value, "extension": ""}, token=anna)
    box.client.post(person_path(box, "ben", "leave"), token=anna)
    assert store.everybodys() == []
    entry = box.desk.last("searches-removed")
    assert (entry["subject"]["about"], entry["detail"]) == (ids["ben"], {"searches": 2})


def test_they_go_in_their_time_unless_they_were_saved_anew_and_not_by_a_clock_that_nobody_set(
    box: Box, searches: OldSearches, clock: HandSetClock
) -> None:
    searches.look()  # before there is a catalogue
    open_for_writing(box.home.catalogue).dispose()
    store, anna = SavedSearchTable(box.home.catalogue), box.person("anna").person_id
    for name in ("old", "anew"):
        store.put(anna, SavedSearch(name, {"find": "0123"}), clock.wall_ms())
    clock.epoch_ms += YEAR_MS
    store.put(anna, SavedSearch("anew", {"find": "0123"}), clock.wall_ms())
    clock.epoch_ms += YEAR_MS
    clock.set_from_network = False
    searches.look_when_due()
    assert len(store.searches(anna)) == 2
    clock.set_from_network = True
    searches.look_when_due()
    assert len(store.searches(anna)) == 2, "once an hour"
    clock.now_s += 3600
    searches.look_when_due()
    assert [each.name for each in store.searches(anna)] == ["anew"]
