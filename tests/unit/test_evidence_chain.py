"""The evidence chain: every change, removal or insertion shows."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.evidence_chain import (
    ChainEnd,
    Checkpoint,
    EvidenceFault,
    EvidenceLine,
    commitment_to,
    follow_chain,
    line_hash,
)

AT = datetime(2026, 3, 1, 10, 0, 0, 123_000, UTC)


def log(lines: int = 6) -> list[str]:
    end, texts = ChainEnd(), []
    for number in range(lines):
        text, end = end.follow(AT, "recording-closed", {"recording": f"{number:032x}", "segment": "0"})
        texts.append(text)
    return texts


def read(texts: list[str]) -> list[EvidenceLine]:
    return [line for line, _ in follow_chain(texts)]


def test_a_log_is_read_as_it_was_written() -> None:
    lines = read(log())
    assert [line.number for line in lines] == [1, 2, 3, 4, 5, 6]
    assert lines[2].subject["recording"] == f"{2:032x}"
    assert lines[0].at == AT


def test_anybody_can_check_a_link_with_sha256sum() -> None:
    first, second, *_ = log()
    assert second.rstrip("\n").endswith(hashlib.sha256(first.encode()).hexdigest())
    assert line_hash(first) in second


@given(st.integers(0, 4), st.data())
def test_any_changed_character_before_the_last_line_breaks_the_chain(number: int, data: st.DataObject) -> None:
    texts = log()
    place = data.draw(st.integers(0, len(texts[number]) - 2))
    old = texts[number][place]
    new = data.draw(st.sampled_from([c for c in "0123456789abcdef -:TZ" if c != old]))
    texts[number] = texts[number][:place] + new + texts[number][place + 1 :]
    with pytest.raises(EvidenceFault):
        read(texts)


@pytest.mark.parametrize("order", [[0, 2, 3, 4, 5], [0, 1, 1, 2], [1, 0, 2], [1, 2, 3], [0, 1, 3, 2]])
def test_lines_removed_repeated_or_moved_break_the_chain(order: list[int]) -> None:
    texts = log()
    with pytest.raises(EvidenceFault, match=r"line"):
        read([texts[number] for number in order])


@given(st.text(max_size=80))
def test_no_text_makes_the_reader_fail_in_another_way(text: str) -> None:
    with pytest.raises(EvidenceFault):
        EvidenceLine.from_text(text)


@pytest.mark.parametrize("value", ["two words", "a,b", "a=b", "", "Ünicode", "new\nline"])
def test_what_is_not_an_opaque_id_does_not_get_in(value: str) -> None:
    with pytest.raises(EvidenceFault):
        ChainEnd().follow(AT, "listened", {"person": value})


def test_a_detail_cannot_be_told_from_its_commitment_but_can_be_proved() -> None:
    detail = {"number": "+441632960123", "reason": "complaint"}
    commitment = commitment_to(detail, b"s" * 16)
    assert commitment == commitment_to(dict(reversed(detail.items())), b"s" * 16)
    assert commitment != commitment_to(detail, b"t" * 16)
    assert "1632" not in commitment


def test_a_checkpoint_is_read_as_it_was_written() -> None:
    checkpoint = Checkpoint(ChainEnd(17, "ab" * 32), AT)
    assert Checkpoint.from_text(checkpoint.to_text()) == checkpoint
    with pytest.raises(EvidenceFault):
        Checkpoint.from_text(checkpoint.to_text().replace("17", "17x"))
