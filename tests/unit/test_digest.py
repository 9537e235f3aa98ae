"""Digest authentication as a server does it: who knows the password, for this request, and has not said so before."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.adapters.sip.phones.digest import Credentials, DigestGuard, response_to
from tests.hand_set_clock import HandSetClock

# RFC 7616 section 3.9.1, the example for both algorithms.
MUFASA = Credentials(
    "Mufasa",
    "http-auth@example.org",
    "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    "/dir/index.html",
    "",
    cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    qop="auth",
    count="00000001",
)
URI = "sip:192.0.2.1"


class Phone:
    """One that knows a password."""

    def __init__(self, guard: DigestGuard, algorithm: str = "md5", password: str = "secret") -> None:
        self.guard = guard
        self.algorithm = algorithm
        self.password = password
        found = re.search(r'nonce="([^"]+)"', dict(guard.challenge())["WWW-Authenticate"])
        assert found is not None
        self.nonce = found[1]

    def says(self, count: int = 1, method: str = "REGISTER", uri: str = URI, **changed: str) -> Credentials:
        blank = Credentials(
            "201", "earmark", self.nonce, uri, "", self.algorithm, "c", changed.pop("qop", "auth"), f"{count:08x}"
        )
        return replace(blank, response=response_to(blank, self.password, method), **changed)


@pytest.fixture
def clock() -> HandSetClock:
    return HandSetClock(epoch_ms=0)


@pytest.fixture
def guard(clock: HandSetClock) -> DigestGuard:
    return DigestGuard("earmark", ("SHA-256", "MD5"), clock.monotonic_s)


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("md5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("sha-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_response_is_that_of_the_standard(algorithm: str, response: str) -> None:
    assert response_to(replace(MUFASA, algorithm=algorithm), "Circle of Life", "GET") == response


@pytest.mark.parametrize("algorithm", ["md5", "sha-256"])
def test_whoever_knows_the_password_is_let_in_with_either_algorithm(guard: DigestGuard, algorithm: str) -> None:
    assert guard.check(Phone(guard, algorithm).says(), "secret", "REGISTER", URI) == "good"


def test_every_algorithm_is_offered_in_order(guard: DigestGuard) -> None:
    assert [re.findall(r"algorithm=([^,]+)", value) for _, value in guard.challenge()] == [["SHA-256"], ["MD5"]]


def test_what_is_not_offered_is_not_taken(clock: HandSetClock) -> None:
    strict = DigestGuard("earmark", ("SHA-256",), clock.monotonic_s)
    assert strict.check(Phone(strict, "md5").says(), "secret", "REGISTER", URI) == "wrong"


def test_a_wrong_password_and_a_phone_that_is_not_there_are_the_same(guard: DigestGuard) -> None:
    assert guard.check(Phone(guard, password="guess").says(), "secret", "REGISTER", URI) == "wrong"
    assert guard.check(Phone(guard).says(), None, "REGISTER", URI) == "wrong"


def test_an_answer_counts_once_and_for_what_it_was_given(guard: DigestGuard) -> None:
    phone = Phone(guard)
    assert guard.check(phone.says(2), "secret", "REGISTER", URI) == "good"
    assert guard.check(phone.says(2), "secret", "REGISTER", URI) == "stale"
    assert guard.check(phone.says(1), "secret", "REGISTER", URI) == "stale"
    assert guard.check(phone.says(3), "secret", "INVITE", URI) == "wrong", "an answer to REGISTER is none to INVITE"
    asked = phone.says(3, uri="sip:202@192.0.2.1")
    assert guard.check(asked, "secret", "REGISTER", "sip:09066660123@192.0.2.1") == "wrong"
    assert guard.check(phone.says(3), "secret", "REGISTER", URI) == "good"


def test_an_answer_as_of_old_counts_once(guard: DigestGuard) -> None:
    phone = Phone(guard)
    assert guard.check(phone.says(qop=""), "secret", "REGISTER", URI) == "good"
    assert guard.check(phone.says(qop=""), "secret", "REGISTER", URI) == "stale"


def test_a_nonce_has_its_time_and_cannot_be_made_up(guard: DigestGuard, clock: HandSetClock) -> None:
    phone = Phone(guard)
    clock.now_s += 299
    assert guard.check(phone.says(1), "secret", "REGISTER", URI) == "good"
    clock.now_s += 2
    assert guard.check(phone.says(2), "secret", "REGISTER", URI) == "stale"
    phone.nonce = Phone(DigestGuard("earmark", ("MD5",), clock.monotonic_s)).nonce
    assert guard.check(phone.says(1), "secret", "REGISTER", URI) == "stale", "another's, or of before a restart"


@pytest.mark.parametrize("asked", ["sip:192.0.2.1:5060", "SIP:192.0.2.1;transport=udp", "sip:192.0.2.1"])
def test_the_same_address_may_be_written_in_several_ways(guard: DigestGuard, asked: str) -> None:
    assert guard.check(Phone(guard).says(), "secret", "REGISTER", asked) == "good"
    assert guard.check(Phone(guard).says(), "secret", "INVITE", "sip:202@192.0.2.1") == "wrong"
    some_phones = Phone(guard).says(method="INVITE", uri="sip:192.0.2.1")
    assert guard.check(some_phones, "secret", "INVITE", "sip:202@192.0.2.1") == "good"


def test_an_authorization_is_read_as_phones_write_it() -> None:
    header = (
        'Digest  username="2\\"01", realm="earmark",nonce="n", uri="sip:a,b@h" , response="ABC",algorithm=MD5, '
        'cnonce="x", qop=auth, nc=00000001, opaque=""'
    )
    read = Credentials.of(["Basic abc", 'Digest realm="other"', header], "earmark")
    assert read == Credentials('2"01', "earmark", "n", "sip:a,b@h", "abc", "md5", "x", "auth", "00000001")
    assert "abc" not in repr(read)


@pytest.mark.parametrize("garbage", ["a" * 30_000, "a" + " " * 30_000 + "1", 'a="' + "\\" * 30_000, "a=," * 10_000])
def test_a_strangers_garbage_is_given_up_at_once(garbage: str) -> None:
    began_s = time.process_time()
    assert Credentials.of([f"Digest {garbage}"], "earmark") is None
    assert time.process_time() - began_s < 0.5, "it keeps the one thread of all calls busy"


@given(st.lists(st.text(max_size=80), max_size=4), st.text(max_size=80))
def test_no_text_from_the_network_raises(headers: list[str], more: str) -> None:
    guard = DigestGuard("earmark", ("MD5",), lambda: 1.0)
    for header in (*headers, f'Digest realm="earmark", {more}', f'Digest realm="earmark", nonce="{more}", nc={more}'):
        assert guard.check(Credentials.of([header], "earmark"), "secret", "REGISTER", more) != "good"
