"""Of what is erased nothing is left: no key, no file, no row, no word; also when it comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.core.errors import ServiceAway
from firmware.ports.erasing import Erasure
from tests.integration.retention.looks import bytes_of_the_catalogue, wrong
from tests.integration.vault import Vault

WORD = "zyxwvunheard"


def test_no_word_about_an_erased_recording_is_left_in_the_catalogues_bytes(kept: Vault) -> None:
    doomed, stays = kept.record(), kept.record()
    kept.execute("UPDATE recordings SET far_number = ?, far_display_name = ?", f"+44{WORD}", WORD)
    kept.execute("UPDATE recordings SET far_number = NULL, far_display_name = NULL WHERE id = ?", stays)
    for number in range(50):
        kept.note(stays, f"ordinary words, number {number}")
    kept.note(doomed, f"{WORD} rang about the fence")
    kept.made.tell("listened", doomed, name="anna", purpose=WORD)
    kept.execute(
        "INSERT INTO access_requests (id, requester_id, requester_name, asked_at_ms, purpose, state)"
        " VALUES ('r1', 'p2', 'bob', 1, ?, 'approved')",
        WORD,
    )
    kept.execute("INSERT INTO requested_recordings VALUES ('r1', ?, 'approved')", doomed)
    kept.execute("INSERT INTO grants VALUES (?, 'p2', 'r1', 1, 2, NULL)", doomed)
    kept.execute(
        "INSERT INTO cases (id, kind, subject_name, received_on, state, opened_by_id, opened_by_name)"
        " VALUES ('c1', 'access', 'somebody', '2026-03-01', 'open', 'p1', 'anna')"
    )
    kept.execute(
        "INSERT INTO case_recordings (case_id, recording_id, state, reason) VALUES ('c1', ?, 'left out', ?)",
        doomed,
        WORD,
    )
    assert WORD.encode() in bytes_of_the_catalogue(kept)
    kept.order(doomed)
    kept.run()
    assert kept.listed() == {stays}
    assert WORD[1:-1].encode() not in bytes_of_the_catalogue(kept)
    assert kept.query("SELECT count(*) FROM notes_search WHERE notes_search MATCH ?", WORD) == [(0,)]
    assert kept.query("SELECT count(*) FROM notes_search WHERE notes_search MATCH 'ordinary'") == [(50,)]
    assert kept.query("SELECT count(*) FROM grants") == kept.query("SELECT count(*) FROM access_requests") == [(0,)]
    assert wrong(kept) == []


def test_keyslots_and_grants_are_overwritten_before_their_names_go(kept: Vault, tmp_path: Path) -> None:
    recording = kept.record(segments=2)
    (sealed, *_) = kept.made.sealed(recording)
    grant = Path(f"{sealed.with_suffix('')}.{'ab' * 16}.grant")
    grant.write_bytes(b"G" * 1024)
    keys = [path for path in kept.files(recording) if path.suffix in (".key", ".grant")]
    for number, path in enumerate(keys):
        (tmp_path / f"other-name-{number}").hardlink_to(path)  # shows what becomes of the content itself
    kept.order(recording)
    kept.run()
    assert len(keys) == 3
    assert [(tmp_path / f"other-name-{number}").read_bytes() for number in range(3)] == [bytes(1024)] * 3
    assert kept.files(recording) == []


def test_the_evidence_says_that_something_was_erased_and_names_nobody(kept: Vault) -> None:
    recording = kept.record()
    kept.made.tell("listened", recording, name="anna", purpose="claim")
    kept.order(recording)
    kept.run()
    last = sorted(kept.home.evidence.glob("*.log"))[-1].read_text().splitlines()[-1]
    assert f"recording={recording},because=request" in last
    assert last.split(" ")[4] == "-"
    assert kept.query("SELECT count(*) FROM evidence_details") == [(0,)]
    assert wrong(kept) == []


def test_details_from_before_their_recording_was_noted_go_with_it_all_the_same(kept: Vault) -> None:
    doomed, stays = kept.record(), kept.record()
    kept.made.tell("listened", doomed, name=WORD)
    kept.made.tell("listened", stays, name="anna")
    kept.made.tell("signed-in", "", name="anna")
    kept.execute("UPDATE evidence_details SET recording_id = NULL")
    kept.order(doomed)
    kept.run()
    assert WORD.encode() not in bytes_of_the_catalogue(kept)
    rows = kept.query("SELECT recording_id FROM evidence_details ORDER BY recording_id")
    assert rows == sorted([("",), (stays,)])


def test_a_bundle_with_the_recording_in_it_goes_and_other_papers_of_the_case_stay(kept: Vault) -> None:
    doomed, other = kept.record(), kept.record()
    for case, recording in (("c1", doomed), ("c2", other)):
        kept.execute(
            "INSERT INTO cases (id, kind, subject_name, received_on, state, opened_by_id, opened_by_name)"
            " VALUES (?, 'access', 'somebody', '2026-03-01', 'open', 'p1', 'anna')",
            case,
        )
        kept.execute("INSERT INTO case_recordings (case_id, recording_id, state) VALUES (?, ?, 'in')", case, recording)
        for kind in ("bundle", "authority"):
            kept.execute(
                "INSERT INTO case_papers (id, case_id, kind, name, added_at_ms, added_by_name, sha256, content)"
                " VALUES (?, ?, ?, 'x', 1, 'anna', '', x'00')",
                f"{case}-{kind}",
                case,
                kind,
            )
    kept.order(doomed)
    kept.run()
    assert kept.query("SELECT id FROM case_papers ORDER BY id") == [
        ("c1-authority",),
        ("c2-authority",),
        ("c2-bundle",),
    ]


def test_what_is_erased_is_gone_from_the_backups_thirty_days_later(kept: Vault) -> None:
    recording = kept.record()
    kept.order(recording)
    kept.run()
    kept.time.pass_by(29 * 24)
    kept.run()
    assert kept.journal(recording)[1] == "erased"
    kept.time.pass_by(2 * 24)
    kept.run()
    assert kept.journal(recording)[1] == "gone"


def test_what_comes_back_from_a_backup_is_erased_again(kept: Vault) -> None:
    recording = kept.record()
    database = kept.home.catalogue.read_bytes()
    row = kept.query("SELECT * FROM recordings WHERE id = ?", recording)[0]
    sealed = {path: path.read_bytes() for path in kept.files(recording)}
    kept.order(recording)
    kept.run()
    assert database
    for path, content in sealed.items():
        path.write_bytes(content)
    kept.execute(f"INSERT INTO recordings VALUES ({','.join('?' * len(row))})", *row)
    kept.begin()
    kept.run()
    assert kept.listed() == set()
    assert kept.files(recording) == []


def test_what_comes_back_with_a_catalogue_from_before_is_erased_again(kept: Vault) -> None:
    recording, other = kept.record(), kept.record()
    row = kept.query("SELECT * FROM recordings WHERE id = ?", recording)[0]
    sealed = {path: path.read_bytes() for path in kept.files(recording)}
    kept.order(recording)
    kept.run()
    for path, content in sealed.items():
        path.write_bytes(content)
    kept.execute(f"INSERT INTO recordings VALUES ({','.join('?' * len(row))})", *row)
    kept.execute("DELETE FROM erasures")
    kept.begin()
    kept.run()
    assert kept.listed() == {other}
    assert kept.files(recording) == []
    assert kept.journal(recording)[:2] == ("request", "erased")


def test_only_a_redaction_erases_what_is_held(kept: Vault) -> None:
    recording = kept.record()
    kept.hold(recording)
    kept.order(recording)
    kept.run()
    assert recording in kept.listed()
    kept.execute("UPDATE erasures SET because = 'redaction'")
    kept.run()
    assert recording not in kept.listed()


def test_a_recorder_that_is_away_stops_erasing_before_the_rows_go_and_nothing_is_entered_twice(
    kept: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = kept.record()
    kept.order(recording)
    whole = kept.made.desk.erased

    def entered_and_never_heard(recordings: list[Erasure]) -> None:
        whole(recordings)
        raise ServiceAway("The recorder does not answer.", "Start it.")

    monkeypatch.setattr(kept.made.desk, "erased", entered_and_never_heard)
    with pytest.raises(ServiceAway):
        kept.run()
    assert recording in kept.listed()
    monkeypatch.undo()
    kept.run()
    assert kept.listed() == set()
    assert kept.kinds().count("recording-erased") == 1
