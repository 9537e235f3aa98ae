"""What a person reads about packets that the network lost."""

from __future__ import annotations

import pytest

from firmware.core.call_record import LegReport
from firmware.core.packet_loss import network_loss_lines


@pytest.mark.parametrize(
    ("received", "lost", "sentence"),
    [
        (1000, 0, "All of the caller's packets arrived."),
        (9999, 1, "Less than 0.1% of the caller's packets were lost on the way: hardly to be heard."),
        (996, 4, "0.4% of the caller's packets were lost on the way: hardly to be heard."),
        (970, 30, "3.0% of the caller's packets were lost on the way: short breaks may be heard."),
        (900, 100, "10.0% of the caller's packets were lost on the way: words may be missing."),
    ],
)
def test_a_little_loss_is_told_without_alarm_and_much_is_told_plainly(received: int, lost: int, sentence: str) -> None:
    assert network_loss_lines([LegReport("far_party", "PCMA/8000", received, lost)], "inbound") == [sentence]


def test_each_side_is_named_as_a_person_would_name_it() -> None:
    legs = (LegReport("far_party", "PCMA/8000", 100), LegReport("office", "PCMA/8000", 100))
    assert network_loss_lines(legs, "outbound") == [
        "All of the called party's packets arrived.",
        "All of the office's packets arrived.",
    ]


def test_a_leg_without_a_packet_says_nothing() -> None:
    assert network_loss_lines([LegReport("office", "none")], "inbound") == []
    assert LegReport("office", "none").lost_share == 0.0
