"""The settings as a TOML file: mistakes are named by line and key, and what is exported can be imported."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.cli.demo.office import demo_settings
from firmware.config.line_settings import GeneratorLine, OfficePeer, SipLine, SipSettings, Trunk
from firmware.config.network_address import split_host_port
from firmware.config.reception_settings import NoticeSettings
from firmware.config.settings_model import OfficeSettings, Settings, WebSettings
from firmware.config.toml_settings import settings_from_toml, settings_to_toml
from firmware.core.errors import SettingsError

GOOD = """\
[office]
name = "An office"

[[lines]]
name = "main"
kind = "sip"
mode = "always"
[lines.sip]
bind = "127.0.0.1:5060"
trunks = [
  { name = "bt", host = "127.0.0.1:5070", register = true, user = "u", password = "hush" },
  { name = "spare", host = "sip.example.com" },
]
office = { host = "127.0.0.1:5080" }
[lines.notice]
inbound = "call-recorded"

[web]
bind = "0.0.0.0:8443"
"""


def refusal(text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        settings_from_toml(text, "office.toml")
    return caught.value.what


def test_a_good_file_is_read() -> None:
    line = settings_from_toml(GOOD, "office.toml").lines[0]
    assert isinstance(line, SipLine)
    assert line.sip.trunks[0].password.get_secret_value() == "hush"
    assert line.sip.trunks[0].registers


@pytest.mark.parametrize(
    ("right", "wrong", "line", "key"),
    [
        ('name = "An office"', 'nam = "An office"', 2, "office.nam"),
        ('name = "An office"', "name = 12", 2, "office.name"),
        ('mode = "always"', 'mode = "sometimes"', 7, "lines[1].mode"),
        ('kind = "sip"', 'kind = "pots"', 4, "lines[1].kind"),
        ('bind = "127.0.0.1:5060"', 'bind = "127.0.0.1"', 9, "lines[1].sip.bind"),
        ('bind = "127.0.0.1:5060"', "session_timer_s = true", 9, "lines[1].sip.session_timer_s"),
        ('host = "sip.example.com"', 'host = "sip.example.com", transprt = "udp"', 12, "trunks[2].transprt"),
        ('host = "sip.example.com"', 'host = "sip.example.com", ca_file = "ca.pem"', 12, "trunks[2].ca_file"),
        ('host = "127.0.0.1:5080"', 'hosts = "127.0.0.1:5080"', 14, "lines[1].sip.office.hosts"),
        ('inbound = "call-recorded"', 'inbound = "Call Recorded"', 16, "lines[1].notice.inbound"),
        ('bind = "0.0.0.0:8443"', 'bind = "0.0.0.0:8443"\ntls = false', 19, "web.bind"),
        ("[web]", "[wob]", 18, "wob"),
        ('name = "spare"', 'name = "bt"', 8, "trunks"),
    ],
)
def test_a_mistake_is_named_by_its_line_and_key(right: str, wrong: str, line: int, key: str) -> None:
    assert right in GOOD
    what = refusal(GOOD.replace(right, wrong, 1))
    assert f"office.toml, line {line}:" in what
    assert key in what


def test_every_mistake_is_named_in_the_file_s_order() -> None:
    lines = refusal(GOOD.replace("An office", "").replace("0.0.0.0:8443", "x")).splitlines()
    assert [each.split(":")[0] for each in lines] == ["office.toml, line 2", "office.toml, line 19"]


@pytest.mark.parametrize(
    ("text", "line"), [("a = ", 1), ("[office]\nname = 'x", 2), ("[office]\n[office]", 2), ("x\n", 1), ("\x01", 1)]
)
def test_a_file_that_is_not_toml_is_refused_with_the_line(text: str, line: int) -> None:
    assert f"line {line}" in refusal(text) or "is not TOML" in refusal(text)


def test_a_mistyped_password_is_not_repeated_in_the_message() -> None:
    assert "8675309" not in refusal(GOOD.replace('"hush"', "8675309"))


@given(st.text())
def test_any_text_is_either_settings_or_a_clear_refusal(text: str) -> None:
    with suppress(SettingsError):
        assert isinstance(settings_from_toml(text, "any.toml"), Settings)


def test_shown_settings_hide_every_password_and_exported_ones_keep_it() -> None:
    settings = settings_from_toml(GOOD, "office.toml")
    assert "hush" not in settings_to_toml(settings, reveal=False)
    assert "hush" not in repr(settings)
    assert "hush" in settings_to_toml(settings, reveal=True)


def test_the_demonstration_s_settings_go_out_and_in_unchanged() -> None:
    assert settings_from_toml(settings_to_toml(demo_settings(), reveal=True), "x") == demo_settings()


NAMES = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,31}", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=80)
PEERS = st.sampled_from(["127.0.0.1", "127.0.0.1:5070", "10.0.0.0/8", "[::1]:5060", "2001:db8::/32"])
HOSTS = st.sampled_from(["sip.example.com", "10.1.2.3:5060", "[2001:db8::1]:5061", "localhost"])
TRUNKS = st.builds(
    Trunk,
    name=NAMES,
    host=HOSTS,
    transport=st.sampled_from(["udp", "tcp", "tls"]),
    user=TEXTS,
    password=TEXTS,
    registers=st.booleans(),
    addresses=st.lists(PEERS).map(tuple),
)
NOTICES = st.builds(NoticeSettings, inbound=NAMES | st.just(""), outbound=NAMES | st.just(""))
SIP = st.builds(
    SipSettings,
    trunks=st.lists(TRUNKS, min_size=1, max_size=3, unique_by=lambda trunk: trunk.name).map(tuple),
    office=st.builds(OfficePeer, host=HOSTS, addresses=st.lists(PEERS).map(tuple)),
    session_timer_s=st.integers(90, 86400),
)
LINES = st.builds(SipLine, name=NAMES, kind=st.just("sip"), sip=SIP, notice=NOTICES) | st.builds(
    GeneratorLine, name=NAMES, kind=st.just("generator"), mode=st.sampled_from(["always", "never"])
)


@settings(max_examples=60, deadline=None)
@given(
    st.builds(
        Settings,
        office=st.builds(OfficeSettings, name=TEXTS),
        lines=st.lists(LINES, max_size=3, unique_by=lambda line: line.name).map(tuple),
        prompts=st.dictionaries(NAMES, NAMES.map(lambda name: f"{name}.wav"), max_size=3),
        web=st.builds(WebSettings, tls=st.booleans(), bind=st.just("127.0.0.1:8443")),
    )
)
def test_any_settings_go_out_and_in_unchanged(before: Settings) -> None:
    assert settings_from_toml(settings_to_toml(before, reveal=True), "x.toml") == before


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("a.example", ("a.example", 5060)),
        ("a.example:70", ("a.example", 70)),
        ("[::1]:70", ("::1", 70)),
        ("[::1]", ("::1", 5060)),
        ("2001:db8::1", ("2001:db8::1", 5060)),
    ],
)
def test_hosts_and_ports_come_apart(text: str, pair: tuple[str, int]) -> None:
    assert split_host_port(text, 5060) == pair


@pytest.mark.parametrize("text", ["a:b", "a:", "a:99999", "[::1", "[::1]x", "a:-1", "a:٣"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        split_host_port(text)
