"""Rules and extensions in the settings: what they become, and how a mistake in them is named."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.adapters.numbering.phone_numbers import PhoneNumbers
from firmware.cli.lines.policy import recording_policy
from firmware.config.line_settings import SipLine
from firmware.config.policy_settings import ExtensionSettings, RuleSettings
from firmware.config.settings_model import Settings
from firmware.config.toml_settings import settings_from_toml, settings_to_toml
from firmware.core.errors import SettingsError
from firmware.core.local_time import TimeOfWeek
from firmware.core.number_pattern import NumberPattern
from firmware.core.recording_policy import ExtensionMode, RecordingPolicy, Rule

LINE = """\
[office]
country = "GB"
[[lines]]
name = "main"
kind = "sip"
[lines.sip]
trunks = [{ name = "bt", host = "sip.example.com" }]
office = { host = "192.0.2.1" }
"""
GOOD = f"""\
{LINE}
[[rules]]
name = "HR is private"
mode = "never"
numbers = [
  "01632 960205",
  "0845*",
]

[[rules]]
name = "Nights"
mode = "pausable"
direction = "inbound"
lines = ["main"]
extensions = ["20*", "01632 960310"]
presentation = "withheld"
days = ["fri", "sat"]
from = "22:00"
until = "06:00"
share = 0.5
retention_class = "short"
notice = false

[[extensions]]
number = "206"
mode = "never"

[[extensions]]
number = "01632 960207"
mode = "on_demand"
notice = false

[[retention]]
name = "short"
days = 180
"""


def policy_of(text: str) -> RecordingPolicy:
    found = settings_from_toml(text, "office.toml", PhoneNumbers)
    line = found.lines[0]
    assert isinstance(line, SipLine)
    return recording_policy(line, found, PhoneNumbers(found.office.country))


def refusal(text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        settings_from_toml(text, "office.toml", PhoneNumbers)
    return caught.value.what


def test_settings_become_rules_with_their_numbers_in_one_form() -> None:
    hr, nights = policy_of(GOOD).rules
    assert hr == Rule(
        "HR is private",
        "never",
        numbers=(
            NumberPattern("+441632960205", shown="01632 960205"),
            NumberPattern("+44845", prefix=True, shown="0845*"),
        ),
    )
    assert nights == Rule(
        "Nights",
        "pausable",
        direction="inbound",
        lines=frozenset({"main"}),
        extensions=(
            NumberPattern("20", prefix=True, shown="20*"),
            NumberPattern("+441632960310", shown="01632 960310"),
        ),
        presentation="withheld",
        when=TimeOfWeek(frozenset({4, 5}), 22 * 60, 6 * 60),
        share=0.5,
        retention_class="short",
        notice=False,
    )


def test_settings_become_the_extensions_own_modes() -> None:
    assert policy_of(GOOD).extensions == {
        "206": ExtensionMode("never", "206"),
        "+441632960207": ExtensionMode("on_demand", "01632 960207", notice=False),
    }


def test_a_line_of_which_nothing_is_said_can_be_paused_and_emergency_calls_follow_it() -> None:
    policy = policy_of(LINE)
    assert (policy.mode, policy.emergency_mode, policy.rules) == ("pausable", None, ())


def test_a_line_may_say_what_is_done_with_emergency_calls() -> None:
    assert policy_of(LINE.replace('"sip"\n', '"sip"\nemergency_mode = "always"\n')).emergency_mode == "always"


@pytest.mark.parametrize(
    ("until", "minute"), [("00:00", 24 * 60), ("24:00", 24 * 60), ("06:00", 6 * 60), ("23:59", 24 * 60 - 1)]
)
def test_a_span_may_end_with_the_day(until: str, minute: int) -> None:
    when = policy_of(GOOD.replace('"06:00"', f'"{until}"')).rules[1].when
    assert when is not None
    assert when.until_minute == minute


def test_days_alone_mean_the_whole_of_them() -> None:
    text = GOOD.replace('from = "22:00"\nuntil = "06:00"\n', "")
    assert policy_of(text).rules[1].when == TimeOfWeek(frozenset({4, 5}))


@pytest.mark.parametrize(
    ("right", "wrong", "line", "says"),
    [
        ('mode = "never"\nnumbers', 'mode = "nevr"\nnumbers', 12, "rules[1].mode"),
        ('mode = "never"\nnumbers', "numbers", 10, "rules[1].mode is missing"),
        ('"HR is private"', '""', 11, "rules[1].name"),
        ('"01632 960205"', '"01632 96O205"', 13, "'01632 96O205' is not a number such as"),
        ('"01632 960205"', '"01632 9602055"', 13, "'01632 9602055' has too many or too few digits"),
        ('"01632 960205"', '"01632"', 13, "'01632' has too many or too few digits"),
        ('"01632 960205"', '"987654321012"', 13, "too many or too few digits"),
        ('"01632 960205"', '"999"', 13, "'999' is an emergency number"),
        ('"0845*"', '"*"', 13, "'*' is not a number such as"),
        ('"0845*"', '"00*"', 13, 'name the country, as in "+33*"'),
        ('"0845*"', '"08*45"', 13, "'08*45' is not a number such as"),
        ('direction = "inbound"', 'direction = "in"', 21, "rules[2].direction"),
        ('lines = ["main"]', 'lines = ["mian"]', 10, "rule 'Nights' is for line 'mian', and there is no line"),
        ('"20*"', '"20 !"', 23, "'20 !' is not an extension such as"),
        ('"fri", "sat"', '"fri", "fri"', 18, "days names one day twice"),
        ('"fri", "sat"', '"friday"', 25, "rules[2].days[1]"),
        ('"22:00"', '"22"', 26, "'22' is not a time of day such as \"09:00\""),
        ('"22:00"', '"06:00"', 18, "from and until leave no time between them"),
        ('"22:00"', '"24:00"', 18, "from and until leave no time between them"),
        ('until = "06:00"', 'till = "06:00"', 27, "there is no setting rules[2].till"),
        ("share = 0.5", "share = 50", 28, "rules[2].share"),
        ("share = 0.5", 'share = "half"', 28, "rules[2].share"),
        (
            'extensions = ["20*", "01632 960310"]',
            'numbers = ["0845*"]',
            18,
            "a number that is withheld is none of numbers",
        ),
        ('name = "Nights"', 'name = "HR is private"', 10, "two rules are called 'HR is private'"),
        ('number = "206"', 'number = "20*"', 33, "'20*' is not an extension such as"),
        ('number = "206"', 'number = "01632 960207"', 32, "two extensions are called '01632960207'"),
        (
            'number = "206"',
            'number = "+44 1632 960207"',
            37,
            "is an extension that has its mode already",
        ),
        (
            'country = "GB"',
            'country = "UK"',
            2,
            "office.country: 'UK' has no telephone numbers",
        ),
    ],
)
def test_a_mistake_in_a_rule_is_named_by_its_line_and_in_words(right: str, wrong: str, line: int, says: str) -> None:
    assert right in GOOD
    what = refusal(GOOD.replace(right, wrong, 1))
    assert says in what
    assert f"office.toml, line {line}:" in what


def test_an_extension_or_short_code_is_no_mistake() -> None:
    assert policy_of(GOOD.replace('"01632 960205"', '"0", "202", "1571", "116123"')).rules[0].numbers[0].digits == "0"


def clock_times(first: int, last: int) -> st.SearchStrategy[str]:
    """Between two minutes of the day, in the form of the settings."""
    return st.integers(first, last).map(lambda minute: f"{minute // 60:02d}:{minute % 60:02d}")


RULES = st.builds(
    RuleSettings,
    name=st.text(st.characters(codec="utf-8"), min_size=1, max_size=60),
    mode=st.sampled_from(["always", "pausable", "on_demand", "never"]),
    direction=st.sampled_from(["any", "inbound", "outbound"]),
    numbers=st.lists(st.sampled_from(["01632 960123", "0845*", "+33 1*", "202"])).map(tuple),
    days=st.lists(st.sampled_from(["mon", "sun"]), unique=True).map(tuple),
    from_=clock_times(0, 719),
    until=clock_times(720, 1440),
    share=st.floats(0, 1),
    notice=st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(
    st.builds(
        Settings,
        rules=st.lists(RULES, max_size=4, unique_by=lambda rule: rule.name).map(tuple),
        extensions=st.just((ExtensionSettings(number="202", mode="never"),)) | st.just(()),
    )
)
def test_any_rules_go_out_and_in_unchanged(before: Settings) -> None:
    assert settings_from_toml(settings_to_toml(before, reveal=True), "x.toml", PhoneNumbers) == before
