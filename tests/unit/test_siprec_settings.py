"""The settings of a SIPREC line, and which numbers they make the office's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from firmware.adapters.numbering.phone_numbers import PhoneNumbers
from firmware.cli.lines.siprec import siprec_config
from firmware.config.siprec_settings import SiprecLine
from firmware.config.toml_settings import settings_from_toml
from firmware.core.errors import EarmarkError
from firmware.core.home import Home


def line(**siprec: Any) -> SiprecLine:
    settings = "".join(f"{name} = {value}\n" for name, value in {"clients": '["192.0.2.10"]', **siprec}.items())
    text = f'[[lines]]\nname = "pbx"\nkind = "siprec"\n[lines.siprec]\n{settings}'
    (found,) = settings_from_toml(text, "the test").lines
    assert isinstance(found, SiprecLine)
    return found


@pytest.mark.parametrize(
    ("siprec", "complaint"),
    [
        ({"clients": "[]"}, "clients"),
        ({"office_numbers": '["2?"]'}, "is not a number or extension"),
        ({"office_pattern": '"2["'}, "is not a regular expression"),
        ({"client_ca_file": '"/etc/ssl/pbx.pem"'}, "every client comes by TLS"),
        ({"codecs": '["PCMA"]'}, "clock rate"),
        ({"rtp_ports": '"9-1"'}, "range of ports"),
    ],
)
def test_what_cannot_work_is_refused_with_the_reason(siprec: dict[str, str], complaint: str) -> None:
    with pytest.raises(EarmarkError, match=complaint.replace("[", r"\[")):
        line(**siprec)


@pytest.mark.parametrize(
    ("number", "ours"),
    [
        ("201", True),
        ("+441632960200", True),
        ("01632 960200", True),
        ("441632960299", False),
        ("7001", True),
        ("70011", False),
        ("reception", True),
        ("208", True),
        ("01632960123", False),
    ],
)
def test_the_offices_numbers_are_known_in_any_form(number: str, ours: bool) -> None:
    settings = line(
        office_numbers='["20*", "01632 960200", "reception"]', office_pattern=r"'70\d\d'", transports='["tls"]'
    )
    config = siprec_config(settings, Home(Path("/nowhere")), ["208"], PhoneNumbers("GB"))
    assert config.is_office(number) is ours
    assert config.client_ca_file is None


def test_a_line_that_only_listens_says_what_it_cannot_do() -> None:
    capabilities = line().capabilities
    assert (capabilities.announces, capabilities.ends_calls, capabilities.separates_parties) == (False, False, True)
