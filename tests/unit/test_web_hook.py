"""Web hooks: where they may go, how a message is signed, what it says and what it leaves out."""

from __future__ import annotations

import ipaddress
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.call_news import CallFollower, CallNews, document
from firmware.core.errors import SettingsError
from firmware.core.web_hook import Target, new_secret, signature, signed_headers, target_of, why_not_to

NUMBER = "+441632960123"


def call(call_id: str = "a", **changes: Any) -> dict[str, Any]:
    return {
        "call_id": call_id,
        "recording_id": "01" * 16,
        "line": "main",
        "direction": "inbound",
        "far_party": NUMBER,
        "office_party": "201",
        "extension": "201",
        "state": "connected",
        "started_at_ms": 1_800_000_000_000,
        "connected_at_ms": 1_800_000_005_000,
        "recording": True,
        "paused": False,
        "tags": ["told caller"],
        "end_cause": None,
        **changes,
    }


def test_the_signature_is_that_of_the_specifications_own_example() -> None:
    # https://github.com/standard-webhooks/standard-webhooks: the example of its libraries' tests
    secret, message = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    assert signature(secret, message, 1_614_265_330, b'{"test": 2432232314}') == (
        "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


@given(body=st.binary(max_size=200), other=st.binary(max_size=200), at_s=st.integers(0, 2**33))
def test_a_signature_holds_for_just_these_bytes_that_moment_and_that_secret(
    body: bytes, other: bytes, at_s: int
) -> None:
    secret = new_secret(bytes(range(32)))
    headers = signed_headers(secret, "msg_1", at_s, body)
    assert headers["webhook-signature"] == f"v1,{signature(secret, 'msg_1', at_s, body)}"
    assert headers["webhook-timestamp"] == str(at_s)
    others = [
        signature(secret, "msg_1", at_s + 1, body),
        signature(secret, "msg_2", at_s, body),
        signature(new_secret(bytes(32)), "msg_1", at_s, body),
    ]
    assert headers["webhook-signature"][3:] not in others
    assert (signature(secret, "msg_1", at_s, other) == headers["webhook-signature"][3:]) == (other == body)


@pytest.mark.parametrize(
    "url",
    [
        "https://crm.example.org/calls?from=box",
        "http://192.168.1.20:8080/calls",
        "http://till.local/x",
        "https://203.0.114.9/",
        "http://[fd00::20]/calls",
    ],
)
def test_a_hook_goes_to_the_offices_own_network_or_anywhere_over_tls(url: str) -> None:
    assert target_of(url).host in url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://192.168.1.20/",
        "https://",
        "https://user:word@crm.example.org/",
        "https://crm.example.org/#part",
        "https://crm.example.org/ a",
        "https://crm.example.org/\r\nX: y",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::127.0.0.1]/",
        "https://[64:ff9b::169.254.169.254]/",
        "https://[2002:7f00:1::1]/",
        "http://169.254.169.254/latest",
        "http://8.8.8.8/",
        "https://0.0.0.0/",
        "https://crm.example.org:99999/",
        "https://" + "a" * 500,
    ],
)
def test_a_hook_goes_nowhere_else(url: str) -> None:
    with pytest.raises(SettingsError):
        target_of(url)


@given(address=st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_whatever_a_name_stands_for_the_box_never_asks_itself_nor_sends_in_clear_to_the_world(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    open_way = Target("http", "crm.example.org", 80, "/")
    if not why_not_to(open_way, address):
        mapped = getattr(address, "ipv4_mapped", None) or address
        assert mapped.is_private
        assert not mapped.is_loopback
        assert not mapped.is_link_local
        assert not why_not_to(Target("https", "crm.example.org", 443, "/"), address)


def test_each_call_is_told_once_when_it_begins_and_once_when_it_ends() -> None:
    follower = CallFollower()
    told = [
        *follower.happened(call(state="ringing"), 1),
        *follower.happened(call(), 2),
        *follower.happened(call(paused=True), 3),
        *follower.happened(call(state="ended", end_cause="caller hung up"), 4),
        *follower.happened(call(state="ended"), 5),
    ]
    assert [(each.kind, each.at_ms) for each in told] == [("call.started", 1), ("call.ended", 4)]


def test_calls_that_began_and_ended_while_their_process_was_away_are_told_when_it_is_back() -> None:
    follower = CallFollower()
    follower.happened(call("a"), 1)
    follower.happened(call("b"), 1)
    told = follower.all_now([call("b"), call("c"), call("d", state="ended")], 9)
    assert [(each.kind, each.call["call_id"]) for each in told] == [("call.ended", "a"), ("call.started", "c")]
    assert told[0].call["end_cause"] == "not known"


@given(
    far=st.sampled_from([NUMBER, "withheld", "unavailable", ""]), kind=st.sampled_from(["call.started", "call.ended"])
)
def test_numbers_leave_the_box_only_where_a_director_said_so(far: str, kind: Any) -> None:
    news = CallNews(kind, 1_800_000_009_000, call(far_party=far))
    without, with_them = (json.dumps(document(news, numbers)) for numbers in (False, True))
    assert NUMBER not in without
    assert "party" not in without
    assert (NUMBER in with_them) == (far == NUMBER)
    assert json.loads(with_them)["data"]["far_party"]["presentation"] == (
        far if far in ("withheld", "unavailable") else "available" if far else "unavailable"
    )
    assert json.loads(without)["timestamp"] == "2027-01-15T08:00:09.000Z"
