"""Settings that come back from a page: stars stand for what is kept, mistakes are by their fields, changes named."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.adapters.numbering.phone_numbers import PhoneNumbers
from firmware.config.archive_settings import ArchiveSettings
from firmware.config.kept_secrets import STARS, with_kept_secrets
from firmware.config.settings_check import checked
from firmware.config.settings_model import Settings
from firmware.core.access_policy import Role
from firmware.core.errors import NotAllowed
from firmware.core.settings_changes import changes, sections, told_in_evidence
from firmware.core.settings_rights import check_change, check_look, may_change


def trunk(name: str, password: str, host: str = "192.0.2.1") -> dict[str, Any]:
    return {"name": name, "host": host, "password": password}


def office(*trunks: dict[str, Any]) -> dict[str, Any]:
    sip = {"trunks": list(trunks), "office": {"host": "192.0.2.9"}}
    return {"lines": [{"name": "main", "kind": "sip", "sip": sip}]}


KEPT = office(trunk("bt", "first"), trunk("spare", "second"))


@pytest.mark.parametrize(
    ("given", "passwords"),
    [
        (office(trunk("bt", STARS), trunk("spare", STARS)), ["first", "second"]),
        (office(trunk("spare", STARS), trunk("bt", STARS)), ["second", "first"]),
        (office(trunk("spare", STARS)), ["second"]),
        (office(trunk("bt", STARS), trunk("renamed", STARS)), ["first", "second"]),
        (office(trunk("bt", "new"), trunk("spare", "")), ["new", ""]),
    ],
)
def test_a_star_is_the_secret_of_the_item_of_that_name(given: dict[str, Any], passwords: list[str]) -> None:
    filled, mistakes = with_kept_secrets(given, KEPT)
    assert [each["password"] for each in filled["lines"][0]["sip"]["trunks"]] == passwords
    assert mistakes == ()


@pytest.mark.parametrize(
    "given", [office(trunk("renamed", STARS)), office(trunk("bt", STARS), trunk("new", "x"), trunk("renamed", STARS))]
)
def test_one_renamed_while_another_comes_or_goes_gets_nobody_else_s_password(given: dict[str, Any]) -> None:
    filled, mistakes = with_kept_secrets(given, KEPT)
    assert len(mistakes) == 1
    assert filled["lines"][0]["sip"]["trunks"][-1]["password"] == STARS


SMB = {"type": "smb", "host": "nas", "user": "box", "pass": "hush", "share": "calls"}


@pytest.mark.parametrize(
    ("kept", "changed", "is_typed_again"),
    [
        (trunk("bt", "first"), {"host": "192.0.2.66"}, True),
        (trunk("bt", "first"), {"outbound_proxy": "192.0.2.66"}, True),
        (trunk("bt", "first"), {"verify_certificate": False}, True),
        (trunk("bt", "first") | {"transport": "tls", "ca_file": "/etc/ca.pem"}, {"ca_file": ""}, True),
        (trunk("bt", "first") | {"transport": "tls"}, {"transport": "udp"}, True),
        (trunk("bt", "first"), {"transport": "tls"}, False),
        (trunk("bt", "first"), {"user": "another", "register": True, "outbound_proxy": ""}, False),
        ({"name": "mail", "url": "mailtos://hush", "password": "x"}, {"url": STARS, "name": "post"}, False),
        (SMB, {"host": "192.0.2.66"}, True),
        (SMB, {"type": "webdav", "url": "https://192.0.2.66"}, True),
        (SMB, {"share": "recordings", "chunk_size": "8M"}, False),
    ],
)
def test_a_kept_password_is_typed_again_before_it_goes_to_another_machine(
    kept: dict[str, Any], changed: dict[str, Any], is_typed_again: bool
) -> None:
    secret = "pass" if "pass" in kept else "password"
    _, mistakes = with_kept_secrets({"lines": [{**kept, **changed, secret: STARS}]}, {"lines": [kept]})
    assert [each.path for each in mistakes] == ([("lines", 0, secret)] if is_typed_again else [])
    _, mistakes = with_kept_secrets({"lines": [{**kept, **changed, secret: "typed"}]}, {"lines": [kept]})
    assert mistakes == ()


def test_a_star_that_stands_for_nothing_is_a_mistake_and_no_password() -> None:
    given = office(trunk("bt", STARS), trunk("spare", STARS), trunk("third", STARS))
    _, mistakes = with_kept_secrets(given, KEPT)
    assert [each.path for each in mistakes] == [("lines", 0, "sip", "trunks", 2, "password")]


def test_every_mistake_has_the_way_to_its_field_and_words_without_a_pattern() -> None:
    document = {
        **office({"name": "A trunk!", "host": "two words", "password": ""}),
        "pause": {"reminder_s": 9999},
        "rules": [{"name": "cold", "mode": "never", "numbers": ["0163296012345678"]}],
    }
    found = checked(document, PhoneNumbers, lambda settings, prompt: "")
    assert not isinstance(found, Settings)
    told = {".".join(map(str, each.path)): each.what for each in found}
    assert told["lines.0.sip.trunks.0.name"].startswith("must be a short name")
    assert "'two words' is not a host name" in told["lines.0.sip.trunks.0.host"]
    assert told["pause.reminder_s"] == "must be 600 or less"


def test_numbers_and_prompts_are_looked_at_once_the_form_is_right() -> None:
    document = office(trunk("bt", "")) | {"rules": [{"name": "cold", "mode": "never", "numbers": ["0163296012345678"]}]}
    found = checked(document, PhoneNumbers, lambda settings, prompt: "is not there")
    assert not isinstance(found, Settings)
    assert ("rules", 0, "numbers", 0) in [each.path for each in found]
    assert "is not there" in [each.what for each in found]


def test_a_change_is_named_by_what_people_call_things_and_a_secret_is_not_told() -> None:
    after = office(trunk("bt", "other"), trunk("spare", "second", host="192.0.2.2"))
    told = changes(KEPT, after, stars=frozenset({"lines.main.sip.trunks.bt.password"}))
    assert [(each.path, each.before, each.after) for each in told] == [
        ("lines.main.sip.trunks.bt.password", "•••", "•••"),
        ("lines.main.sip.trunks.spare.host", "192.0.2.1", "192.0.2.2"),
    ]
    assert sections(KEPT, after) == ("lines",)


def test_neither_a_namesake_nor_another_order_hides_what_changed() -> None:
    rules = [{"name": "HR", "mode": "never"}, {"name": "all", "mode": "always"}, {"name": "HR", "mode": "never"}]
    other = [rules[1], {**rules[0], "mode": "always"}, rules[2]]
    told = changes({"rules": rules}, {"rules": other}, stars=frozenset())
    assert [(each.path, each.before, each.after) for each in told] == [
        ("rules.HR.mode", "never", "always"),
        ("rules", "HR, all, HR (2)", "all, HR, HR (2)"),
    ]


def test_the_evidence_has_a_change_with_its_values_or_at_least_its_digest() -> None:
    made = [{"path": f"rules.r{number}.mode", "before": None, "after": "never"} for number in range(40)]
    told = told_in_evidence(made)
    assert told["settings"].startswith("rules.r0.mode: nothing → never, rules.r1.mode")
    assert told["settings"].endswith("rules.r29.mode: nothing → never, and 10 more")
    assert told["digest"] != told_in_evidence([*made[:39], {**made[39], "after": "always"}])["digest"]


def test_how_long_calls_are_kept_is_a_directors_to_change_and_lines_are_the_administrators() -> None:
    assert [may_change(Role.DIRECTOR, section) for section in ("retention", "sign_in", "lines", "archive")] == [
        *(True, True, False, True),
    ]
    assert [may_change(Role.ADMINISTRATOR, each) for each in ("retention", "sign_in", "lines", "archive")] == [
        *(False, False, True, True),
    ]
    with pytest.raises(NotAllowed, match="change retention"):
        check_change(Role.ADMINISTRATOR, ["lines", "retention"])
    with pytest.raises(NotAllowed):
        check_look(Role.SERVICES_MANAGER)


@pytest.mark.parametrize(
    "remote",
    [
        {"type": "sftp", "host": "nas", "ssh": "sh -c true"},
        {"type": "webdav", "url": "https://nas", "bearer_token_command": "true"},
        {"type": "sftp", "host": "nas", "SSH": "true"},
        {"type": "alias", "remote": ":sftp,ssh=true:"},
        {"type": "union", "upstreams": ":sftp,ssh=true:"},
        {"type": "webdav", "x": "command", "url": "http://nas/,bearer_token_%(x)s=true"},
    ],
)
def test_no_setting_of_the_archive_has_the_box_run_a_program(remote: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"run a program|needs its type|another option's name"):
        ArchiveSettings(remote=remote)
