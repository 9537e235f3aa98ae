"""A person's pause of a copied call outlives the process that heard it, and what is kept of it says nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from firmware.adapters.siprec.carried_pauses import AFTER_A_RESTART_S, CarriedPauses
from firmware.core.call_record import STILL_PAUSED, CallRecord, Party, Pause
from firmware.core.recording_metadata import CommunicationSession, Participant, RecordingMetadata

NUMBER, CLERK, SESSION = "+441632960123", "sip:201@pbx.example", "a-session-of-the-client"
SAID = (
    RecordingMetadata(
        sessions=(CommunicationSession(SESSION),),
        participants=(Participant("1", f"sip:{NUMBER}@carrier.example"), Participant("2", CLERK)),
    ),
)


def _record(call_id: str, number: str | None = NUMBER, line: str = "copied", how: str = "") -> CallRecord:
    pauses = (Pause(2000, 2000, how=how),) if how else ()
    return CallRecord(
        recording_id=f"of-{call_id}",
        call_id=call_id,
        line=line,
        direction="inbound",
        far_party=Party(number=number),
        office_party=Party(number="201"),
        started_at_ms=1000,
        mode="pausable",
        decided_by="line",
        pauses=pauses,
    )


def test_a_call_that_was_paused_when_the_process_died_is_paused_in_the_next(tmp_path: Path) -> None:
    before = CarriedPauses(tmp_path, 100.0)
    before.goes_on(_record("a", how="code"), SAID, 100.0)
    before.goes_on(_record("a", how="code"), SAID, 900.0)  # it lasts, and does not grow old
    after = CarriedPauses(tmp_path, 900.0 + AFTER_A_RESTART_S - 1)
    at_s = 900.0 + AFTER_A_RESTART_S - 1
    assert not after.go_on_in(_record("b", number=None), (), at_s), "of which nothing is known"
    assert not after.go_on_in(_record("c", line="another"), SAID, at_s)
    assert after.go_on_in(_record("d", number=None), SAID, at_s), "it is known by its ids"
    assert not after.go_on_in(_record("e"), SAID, at_s), "once only"
    assert not CarriedPauses(tmp_path, at_s).go_on_in(_record("e"), SAID, at_s)


def test_it_is_known_again_by_the_far_party_alone(tmp_path: Path) -> None:
    CarriedPauses(tmp_path, 100.0).goes_on(_record("a", how="api"), (), 100.0)
    assert CarriedPauses(tmp_path, 105.0).go_on_in(_record("b"), SAID, 105.0)


@pytest.mark.parametrize("now_s", [100.0 + AFTER_A_RESTART_S + 1, 5.0])
def test_one_of_long_ago_or_of_another_start_of_the_machine_is_none(tmp_path: Path, now_s: float) -> None:
    CarriedPauses(tmp_path, 100.0).goes_on(_record("a", how="code"), SAID, 100.0)
    assert not CarriedPauses(tmp_path, now_s).go_on_in(_record("b"), SAID, now_s)
    assert not list(tmp_path.glob("*.mark"))


def test_what_was_let_go_on_or_paused_by_the_client_is_not_kept(tmp_path: Path) -> None:
    before = CarriedPauses(tmp_path, 100.0)
    before.goes_on(_record("a", how="pbx"), SAID, 100.0)
    before.goes_on(_record("b", how="code"), SAID, 100.0)
    resumed = replace(_record("b"), pauses=(Pause(2000, 2000, 3000, "code", resumed_how="code"),))
    before.goes_on(resumed, SAID, 101.0)
    before.goes_on(_record("c", how="code"), SAID, 101.0)
    before.ended(resumed, SAID, 102.0)
    before.ended(replace(resumed, call_id="c"), SAID, 102.0)
    assert not CarriedPauses(tmp_path, 102.0).go_on_in(_record("d"), SAID, 102.0)


def test_a_call_that_ended_paused_is_waited_for_only_briefly_though_the_process_is_another(tmp_path: Path) -> None:
    still = replace(_record("a"), pauses=(Pause(2000, 2000, 3000, "code", resumed_how=STILL_PAUSED),))
    CarriedPauses(tmp_path, 100.0).ended(still, SAID, 100.0)
    assert not CarriedPauses(tmp_path, 111.0).go_on_in(_record("b"), SAID, 111.0)


def test_what_is_kept_on_disk_names_nobody(tmp_path: Path) -> None:
    folder = tmp_path / "paused"
    CarriedPauses(folder, 100.0).goes_on(_record("a", how="code"), SAID, 100.0)
    CarriedPauses(tmp_path / "other", 100.0).goes_on(_record("a", how="code"), SAID, 100.0)
    (kept,), (other,) = folder.glob("*.mark"), (tmp_path / "other").glob("*.mark")
    assert folder.stat().st_mode & 0o077 == 0
    for word in (NUMBER.removeprefix("+"), CLERK, SESSION):
        assert word not in kept.read_text()
    assert kept.read_text() != other.read_text(), "nor the same on two boxes"


def test_where_nothing_can_be_written_a_pause_still_outlives_its_session(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("no folder")
    pauses = CarriedPauses(tmp_path / "taken", 100.0)
    pauses.goes_on(_record("a", how="code"), SAID, 100.0)
    still = replace(_record("a"), pauses=(Pause(2000, 2000, 3000, "code", resumed_how=STILL_PAUSED),))
    pauses.ended(still, SAID, 101.0)
    assert pauses.go_on_in(_record("b"), SAID, 102.0)
