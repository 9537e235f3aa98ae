"""What the evidence log says each file must be, whatever happened to it since it was made."""

from __future__ import annotations

from datetime import UTC, datetime

from firmware.core.entered_files import EnteredFiles, EnteredSegment
from firmware.core.evidence_chain import BEFORE_THE_FIRST, EvidenceLine

AT = datetime(2026, 3, 1, tzinfo=UTC)
ID = "0195a2b4c6d870008123456789abcdef"


def entered(*entries: tuple[str, dict[str, str]]) -> EnteredFiles:
    files = EnteredFiles()
    for number, (kind, subject) in enumerate(entries, 1):
        files.take(EvidenceLine(number, AT, kind, {"recording": ID, **subject}, "", BEFORE_THE_FIRST))
    return files


def test_a_recording_has_its_keyslot_from_its_beginning_and_its_content_from_its_end() -> None:
    begun = entered(("recording-started", {"segment": "0", "keyslot": "aa"}))
    assert begun.segments == {(ID, 0): EnteredSegment("aa")}
    closed = entered(
        ("recording-started", {"segment": "0", "keyslot": "aa"}),
        ("recording-closed", {"segment": "0", "sha256": "cc"}),
        ("recording-resumed", {"segment": "1", "keyslot": "bb"}),
        ("recording-recovered", {"segment": "1", "sha256": "dd"}),
    )
    assert closed.segments == {(ID, 0): EnteredSegment("aa", "cc"), (ID, 1): EnteredSegment("bb", "dd")}


def test_a_rewrapped_keyslot_is_the_newest_and_the_content_stays() -> None:
    files = entered(
        ("recording-started", {"segment": "0", "keyslot": "aa"}),
        ("recording-closed", {"segment": "0", "sha256": "cc"}),
        ("keyslot-rewrapped", {"segment": "0", "keyslot": "bb"}),
    )
    assert files.segments == {(ID, 0): EnteredSegment("bb", "cc")}


def test_a_file_that_recovery_met_before_anything_was_entered_has_both_digests() -> None:
    files = entered(("recording-recovered", {"segment": "0", "sha256": "cc", "keyslot": "aa"}))
    assert files.segments == {(ID, 0): EnteredSegment("aa", "cc")}


def test_a_revision_has_both_digests_from_one_line() -> None:
    files = entered(("recording-redacted", {"segment": "0", "sha256": "cc", "keyslot": "aa", "revises": "0" * 32}))
    assert files.segments == {(ID, 0): EnteredSegment("aa", "cc")}


def test_an_erasure_is_of_the_whole_recording() -> None:
    files = entered(("recording-started", {"segment": "0", "keyslot": "aa"}), ("recording-erased", {}))
    assert files.erased == {ID}


def test_a_second_digest_for_the_same_content_is_a_contradiction_and_the_first_holds() -> None:
    again = entered(*[("recording-recovered", {"segment": "0", "sha256": "cc"})] * 2)
    assert again.segments[ID, 0].contradicted_by == 0
    other = entered(
        ("recording-closed", {"segment": "0", "sha256": "cc"}),
        ("recording-recovered", {"segment": "0", "sha256": "dd"}),
    )
    assert other.segments[ID, 0] == EnteredSegment("", "cc", contradicted_by=2)


def test_lines_about_anything_else_are_passed_over() -> None:
    assert entered(("listened", {}), ("listened", {"segment": "0"})).segments == {}
