"""Updates of the whole box, with the plug pulled before every single step that is taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.core.errors import UpdateRefused
from firmware.core.system_update import Phase, Version
from firmware.services.updating import BEGUN, FAILED, LEFT, REFUSED, STAYED, WENT_BACK
from tests.unit.two_slots import KIND, Box, Office, PlugPulled, Restarted

GOOD = Path(f"{KIND}_2.0.0")
NEWER_CATALOGUE = Path(f"{KIND}_3.0.0")


def apply(box: Box, bundle: Path = GOOD) -> None:
    box.updating().apply(bundle, "root", at_once=False, progress=lambda percent: None)


def restarted(box: Box) -> Box:
    with pytest.raises(Restarted):
        box.quiet_restart().try_now()
    box.start()
    return box


def updated(box: Box | None = None) -> Box:
    box = box or Box()
    box.start()
    apply(box)
    return restarted(box)


def phase_of(box: Box) -> Phase | None:
    update = box.update()
    return update.phase if update else None


def test_an_update_that_does_well_stays_and_the_evidence_says_so() -> None:
    box = updated()
    assert box.version == "2.0.0"
    assert phase_of(box) is Phase.STAYED
    assert box.office.kinds == [BEGUN, STAYED]
    box.start()
    assert box.version == "2.0.0"
    assert box.office.kinds == [BEGUN, STAYED]


NEW = frozenset({"2.0.0"})


@pytest.mark.parametrize(("unwell", "dead"), [(NEW, frozenset()), (frozenset(), NEW)])
def test_an_update_that_is_unwell_or_does_not_start_is_left_for_the_version_before(
    unwell: frozenset[str], dead: frozenset[str]
) -> None:
    box = updated(Box(unwell=unwell, dead=dead))
    assert box.version == "1.0.0"
    assert phase_of(box) is Phase.LEFT
    assert box.office.kinds == [BEGUN, LEFT]
    assert box.put_back
    for _ in range(5):
        box.start()
        assert box.version == "1.0.0"


@pytest.mark.parametrize(
    ("bundle", "why"),
    [
        (f"{KIND}_0.9.9", "older"),
        ("earmark-other_2.0.0", "is for earmark-other"),
        ("unsigned_2.0.0", "Nobody signed"),
        (f"{KIND}_two", "names no version"),
    ],
)
def test_what_is_older_or_foreign_or_unsigned_is_refused_and_changes_nothing(bundle: str, why: str) -> None:
    box = Box()
    box.start()
    with pytest.raises(UpdateRefused, match=why):
        apply(box, Path(bundle))
    assert box.holds == {"A": "1.0.0", "B": "1.0.0"}
    assert box.office.kinds == [REFUSED]
    assert box.update() is None


def test_no_update_is_left_for_what_was_wrong_before_it() -> None:
    box = Box()
    box.office.archive_away = True
    assert updated(box).version == "2.0.0"


def test_versions_are_compared_as_numbers() -> None:
    assert Version.parse("1.10.0") > Version.parse("1.9.9")
    with pytest.raises(ValueError, match="not a version"):
        Version.parse("1.9")


def steps_of(box: Box) -> int:
    """How many steps it takes to update it, start to end."""
    box.start()
    before = box.steps
    apply(box)
    restarted(box)
    return box.steps - before


@pytest.mark.parametrize("unwell", [frozenset(), NEW])
def test_a_plug_pulled_before_any_step_leaves_a_box_that_runs_and_knows_how_it_went(unwell: frozenset[str]) -> None:
    steps = steps_of(Box(unwell=unwell))
    assert steps > 10
    for step in range(steps):
        box = Box(unwell=unwell)
        box.start()
        box.pull_before = box.steps + step
        try:
            apply(box)
            box.quiet_restart().try_now()
        except (PlugPulled, Restarted):
            box.start()
        update = box.update()
        assert box.version in ("1.0.0", "2.0.0")
        if update is None:
            assert box.version == "1.0.0"
            continue
        assert update.phase in (Phase.STAYED, Phase.LEFT, Phase.FAILED)
        assert box.version == ("2.0.0" if update.phase is Phase.STAYED else "1.0.0")
        assert box.office.kinds.count(STAYED) + box.office.kinds.count(LEFT) + box.office.kinds.count(FAILED) <= 1
        apply(box)  # and it takes an update again
        assert restarted(box).version == ("1.0.0" if unwell else "2.0.0")


def test_a_start_cut_off_three_times_does_not_lead_back_to_the_version_before() -> None:
    box = updated()
    for _ in range(2):
        box.pull_before = box.steps
        box.start()
    assert box.version == "2.0.0"


def test_a_version_that_was_left_runs_rather_than_none_when_the_one_before_starts_no_more() -> None:
    box = updated(Box(unwell=NEW))
    box.dead = frozenset({"1.0.0"})
    box.start()
    assert box.version == "2.0.0"


def test_the_box_restarts_for_an_update_only_without_calls_and_while_the_office_is_closed() -> None:
    box = Box()
    box.start()
    apply(box)
    quiet = box.quiet_restart()
    box.office.calls, box.office.open = 2, True
    quiet.hurry()
    assert "2 calls are in progress" in quiet.try_now()
    box.office.calls = 0
    with pytest.raises(Restarted):
        quiet.try_now()  # it was told not to wait for the office to close
    other = Box(Office())
    other.start()
    apply(other)
    other.office.open = True
    assert other.quiet_restart().try_now() == "The office is open."


def test_a_system_on_trial_is_not_restarted_for_the_update_that_it_is() -> None:
    box = Box()
    box.start()
    apply(box)
    box.running = "B"
    assert box.quiet_restart().waiting() is None


def test_going_back_by_hand_runs_the_version_before_on_trial() -> None:
    box = updated()
    box.updating().go_back("root", at_once=False)
    assert restarted(box).version == "1.0.0"
    assert box.office.kinds == [BEGUN, STAYED, WENT_BACK, STAYED]


def test_there_is_no_way_back_past_a_catalogue_in_a_newer_form() -> None:
    box = Box()
    box.start()
    apply(box, NEWER_CATALOGUE)
    assert restarted(box).version == "3.0.0"
    with pytest.raises(UpdateRefused, match="cannot read the list of recordings"):
        box.updating().go_back("root", at_once=False)


def test_what_the_recorder_could_not_be_told_it_is_told_later_and_once() -> None:
    box = Box()
    box.start()
    box.office.recorder_away = True
    apply(box)
    restarted(box)
    assert box.office.kinds == []
    box.office.recorder_away = False
    box.start()
    box.start()
    assert box.office.kinds == [BEGUN, STAYED]
