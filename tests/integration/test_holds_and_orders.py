"""Who may hold, release, erase and re-class recordings, and what a hold stands in the way of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from firmware.adapters.catalogue.holds import KeepingTables
from firmware.core.access_policy import Action, Role, may
from firmware.core.errors import ActionRefused, NoSuchRecording, NotAllowed, SettingsError, SignInRefused
from firmware.core.grant import GrantTerms
from firmware.core.people import Person, SealedOfficeKey, WrappedKey
from firmware.core.retention import Period, RetentionClass, RetentionClasses
from firmware.ports.listening_keys import Admission
from firmware.services.early_erasure import EarlyErasure
from firmware.services.hold_reviews import HoldReviews
from firmware.services.legal_holds import LegalHolds
from firmware.services.opener_sessions import Session
from tests.hand_set_clock import HandSetClock
from tests.integration.vault import LONDON, Vault, vault

LONG = RetentionClass("long", Period(years=10))
SHORT = RetentionClass("short", Period(days=30))
ADVICE = RetentionClass("advice", Period(years=5), regulated=True)


class NoKeys:
    """Nothing here is about opening."""

    user_public_key = ""
    may_open = False

    def open_keyslot(self, keyslot: bytes) -> bytes:
        raise NotAllowed("Nobody here opens anything.")

    def open_grant(self, content: bytes, terms: GrantTerms) -> bytes:
        raise NotAllowed("Nobody here opens anything.")

    def admit(self, person_id: str, user_public_key: str) -> Admission:
        raise NotAllowed("Nobody here admits anybody.")

    def recognises(self, person: Person) -> bool:
        return False

    def open_own(self, sealed: bytes) -> bytes:
        raise NotAllowed("Nobody here opens anything.")

    def take_office_keys(self, sealed: Sequence[SealedOfficeKey]) -> None: ...

    def wipe(self) -> None: ...


@dataclass
class Reception:
    """Everybody is signed in whose token is a role's name. What is entered goes into the real evidence."""

    vault: Vault
    details: list[Mapping[str, Any]] = field(default_factory=list)

    def session(self, token: str, *, activity: bool = True) -> Session:
        if token not in list(Role):
            raise SignInRefused("This sign-in has ended.", "Sign in again.")
        nothing = WrappedKey(b"", b"", b"", 1, 1, 1)
        return Session("s1", Person(f"{token}-id", token, Role(token), "", nothing), NoKeys(), 0, 0)

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> int:
        self.details.append(detail)
        return self.vault.made.desk.enter(kind, subject, detail)

    def enter_soon(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> None:
        self.enter(kind, subject, detail)


@dataclass
class Counter:
    """The opener's desk for holds and erasures, over a vault."""

    vault: Vault

    def __post_init__(self) -> None:
        self.reception = Reception(self.vault)
        clock = HandSetClock(epoch_ms=self.vault.time.wall_ms, now_s=0)
        store = KeepingTables(self.vault.home.catalogue)
        self.store = store
        self.holds = LegalHolds(self.reception, store, clock, LONDON, lambda search: self.found)
        self.erasure = EarlyErasure(self.reception, store, clock, LONDON, self.vault.run)
        self.found: list[str] = []

    @property
    def soon(self) -> date:
        return date(2026, 3, 1) + timedelta(days=90)

    def hold(self, *calls: str) -> str:
        return self.holds.place("director", "claim 4711", self.soon, calls).hold.hold_id


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    with vault(tmp_path / "home") as made:
        made.begin(RetentionClasses((LONG, SHORT, ADVICE)))
        made.run()
        yield Counter(made)


def test_a_held_recording_is_not_erased_on_request_and_the_reason_is_said(counter: Counter) -> None:
    held, free = counter.vault.record(), counter.vault.record()
    counter.hold(held)
    done = counter.erasure.order("director", [held, free, "no-such-call"], "asked by the caller")
    assert done.ordered == (free,)
    assert "claim 4711" in done.refused[held]
    assert set(done.refused) == {held, "no-such-call"}
    assert counter.vault.listed() == {held}
    assert counter.vault.files(free) == []
    kinds = counter.vault.kinds()
    assert [kind for kind in kinds if kind.startswith(("hold", "erase"))] == [
        "hold-placed",
        "erase-refused",
        "erase-ordered",
    ]


def test_a_regulated_recording_is_erased_on_request_only_after_its_time(counter: Counter) -> None:
    recording = counter.vault.record("advice")
    counter.vault.run()
    done = counter.erasure.order("director", [recording], "asked by the caller")
    assert "regulated class advice" in done.refused[recording]
    assert recording in counter.vault.listed()


def test_a_hold_is_on_what_a_search_finds_and_ends_with_a_reason(counter: Counter) -> None:
    counter.found = [counter.vault.record() for _ in range(3)]
    placed = counter.holds.place("data_protection_officer", "claim 4711", counter.soon, (), {"number": "0123"})
    assert placed.recordings == 3
    (shown,) = counter.holds.all("services_manager")
    assert (shown.recordings, shown.hold.owner_name) == (3, "data_protection_officer")
    hold, calls = counter.holds.one("director", shown.hold.hold_id)
    assert set(calls) == set(counter.found)
    with pytest.raises(SettingsError):
        counter.holds.release("director", hold.hold_id, "")
    counter.holds.release("director", hold.hold_id, "the claim was settled")
    assert counter.erasure.order("director", counter.found, "asked by the caller").refused == {}
    assert counter.vault.listed() == set()


def test_what_is_about_to_be_erased_is_not_held_any_more(counter: Counter) -> None:
    """Keys may be destroyed already: a hold on it would promise what nobody can keep."""
    recording = counter.vault.record()
    counter.vault.order(recording)
    with pytest.raises(ActionRefused):
        counter.hold(recording)
    assert not counter.holds.all("director")


def test_two_holds_on_one_recording_must_both_be_released(counter: Counter) -> None:
    recording = counter.vault.record()
    first, second = counter.hold(recording), counter.hold(recording)
    counter.holds.release("director", first, "settled")
    assert counter.erasure.order("director", [recording], "asked").ordered == ()
    counter.holds.release("director", second, "settled, too")
    assert counter.erasure.order("director", [recording], "asked").ordered == (recording,)


def test_a_review_that_is_due_is_told_by_number_alone(counter: Counter) -> None:
    counter.hold(counter.vault.record())
    reviews = HoldReviews(counter.store.holds, LONDON)
    reviews.run(counter.vault.time.wall_ms)
    assert not reviews.attention
    later_ms = counter.vault.time.wall_ms + 91 * 86_400_000
    reviews.run(later_ms)
    (said,) = reviews.attention
    assert said.startswith("1 legal hold is due for review.")
    assert "4711" not in said


def test_by_hand_longer_is_possible_and_shorter_only_with_open_eyes(counter: Counter) -> None:
    recording = counter.vault.record()
    counter.vault.run()

    def choose(wanted: str, **how: bool) -> None:
        counter.erasure.choose_class(
            "services_manager", recording, wanted, "the board asked", even_if_erased=how.get("even_if_erased", False)
        )

    choose("long")
    assert counter.erasure.keeping("director", recording).retention_class == "long"
    with pytest.raises(ActionRefused, match="no retention class"):
        choose("longer")
    choose("short")
    assert counter.erasure.keeping("director", recording).retention_class == "short"
    assert [kind for kind in counter.vault.kinds() if kind == "retention-changed"] == ["retention-changed"] * 2


def test_a_class_that_would_erase_the_recording_at_once_must_be_confirmed(tmp_path: Path) -> None:
    with vault(tmp_path / "home") as made:
        made.begin(RetentionClasses((SHORT,)))
        recording = made.record()
        made.set_wall("2026-05-01 09:00")
        made.run()
        counter = Counter(made)
        with pytest.raises(ActionRefused, match="1 recording would be erased at once"):
            counter.erasure.choose_class("director", recording, "short", "of no use", even_if_erased=False)
        with pytest.raises(NotAllowed, match="may not order an erasure"):
            counter.erasure.choose_class("services_manager", recording, "short", "of no use", even_if_erased=True)
        made.run()
        assert recording in made.listed()
        counter.erasure.choose_class("director", recording, "short", "of no use", even_if_erased=True)
        made.run()
        assert made.listed() == set()


def test_a_regulated_or_held_recording_is_not_shortened_by_hand(counter: Counter) -> None:
    regulated, held = counter.vault.record("advice"), counter.vault.record()
    counter.hold(held)
    counter.vault.run()
    for recording in (regulated, held):
        with pytest.raises(ActionRefused):
            counter.erasure.choose_class("director", recording, "short", "of no use", even_if_erased=True)
    with pytest.raises(NoSuchRecording):
        counter.erasure.choose_class("director", "ab" * 16, "long", "of use", even_if_erased=False)


def test_the_journal_says_what_was_erased_and_when_it_is_gone_from_backups(counter: Counter) -> None:
    recording = counter.vault.record()
    counter.erasure.order("director", [recording], "asked by the caller")
    (line,) = counter.erasure.journal("administrator")
    assert (line.recording_id, line.because, line.state) == (recording, "request", "erased")
    assert line.gone_from_backups_at_ms == counter.vault.time.wall_ms + 30 * 86_400_000


_ASKED: Mapping[str, tuple[Action, Callable[[Counter, str], object]]] = {
    "place": (Action.PLACE_HOLDS, lambda desk, who: desk.holds.place(who, "claim", desk.soon, [desk.found[0]])),
    "list": (Action.SEE_HOLDS, lambda desk, who: desk.holds.all(who)),
    "release": (Action.RELEASE_HOLDS, lambda desk, who: desk.holds.release(who, desk.hold(desk.found[0]), "settled")),
    "erase": (Action.ERASE, lambda desk, who: desk.erasure.order(who, [desk.found[0]], "asked")),
    "class": (
        Action.SET_CLASS,
        lambda desk, who: desk.erasure.choose_class(who, desk.found[0], "long", "asked", even_if_erased=False),
    ),
    "journal": (Action.SEE_RETENTION, lambda desk, who: desk.erasure.journal(who)),
}


@pytest.mark.parametrize("asked", _ASKED)
def test_only_the_roles_of_the_table_may(counter: Counter, asked: str) -> None:
    action, ask = _ASKED[asked]
    for role in Role:
        counter.found = [counter.vault.record()]
        counter.vault.run()
        if may(role, action):
            ask(counter, role)
        else:
            with pytest.raises(NotAllowed):
                ask(counter, role)
    with pytest.raises(SignInRefused):
        ask(counter, "nobody")
