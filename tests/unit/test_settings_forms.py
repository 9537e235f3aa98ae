"""Every setting has a field, and a form that is sent back as it was drawn changes nothing."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from firmware.config.blanks import blanks
from firmware.config.log_formats import shipped_text
from firmware.config.settings_model import Settings
from firmware.core.settings_changes import flat
from webui.settings.drawing import Drawer, Drawing, DrawnField, DrawnHeading, DrawnList, Path
from webui.settings.fields import Field, Heading, Listed, Node, Part
from webui.settings.naming import said_path
from webui.settings.pages import Place, by_name, drawn, moved, typed, without
from webui.settings.settings_desk import SettingsView
from webui.settings.tables import SECTIONS

BLANKS = blanks()
OWN = tomllib.loads(shipped_text("3cx"))
TRUNK = {"name": "bt", "host": "192.0.2.1", "user": "u", "password": "hush"}
SIP = {
    "name": "main",
    "kind": "sip",
    "sip": {
        "trunks": [TRUNK, {**TRUNK, "name": "spare"}],
        "phones": [{"extension": "201", "password": "long enough"}],
        "groups": [{"name": "all", "extensions": ["201"]}],
    },
    "menu": {"prompt": "attendant-choices", "choices": {"1": "201"}},
}
DOCUMENT = {
    "hours": {"mon": ["09:00-12:00", "13:00-17:30"], "holidays": [{"date": "2026-12-25", "name": "Christmas"}]},
    "retention": [{"name": "standard", "years": 6}, {"name": "short", "days": 180}],
    "lines": [
        SIP,
        {"name": "copies", "kind": "siprec", "siprec": {"clients": ["192.0.2.3"]}},
        {"name": "wires", "kind": "analogue", "analogue": {"device": "hw:1", "modem": {"port": "/dev/ttyS0"}}},
        {"name": "tries", "kind": "generator"},
    ],
    "rules": [{"name": "HR", "mode": "never", "numbers": ["202", "0845*"], "days": ["mon", "fri"], "share": 0.25}],
    "extensions": [{"number": "202", "mode": "never"}],
    "smdr": [
        {"name": "pbx", "format": "avaya-ip-office", "listen": {"addresses": ["192.0.2.4"]}, "line": "main"},
        {"name": "own", "format": "custom", "custom": OWN, "connect": {"host": "192.0.2.5:1752"}, "line": "main"},
    ],
    "alerts": {"destinations": [{"name": "mail", "url": "mailtos://u:p@example.org"}]},
    "archive": {"remote": {"type": "sftp", "host": "nas", "pass": "hush", "shell_type": "unix"}},
}


@pytest.fixture(scope="module")
def now() -> SettingsView:
    shown = Settings.model_validate_json(json.dumps(DOCUMENT)).to_shown()
    return SettingsView(shown, "v1", BLANKS, ("call-recorded",), (), frozenset(shown), (), {})


def places(now: SettingsView) -> Iterator[Place]:
    for section in SECTIONS.values():
        if section.is_list:
            yield from (Place(section, number) for number in range(len(now.document[section.name])))
        else:
            yield Place(section)


def as_sent(drawing: Drawing) -> Iterator[tuple[str, str]]:
    """What a browser sends of a form that nobody touched."""
    for each in (*drawing.common, *drawing.rare):
        if isinstance(each, DrawnHeading):
            continue
        if isinstance(each, DrawnField):
            yield from _field_as_sent(each)
        elif isinstance(each, DrawnList):
            for item in each.items:
                if item.is_new:
                    yield f"{item.name}.new", "yes"
                yield from as_sent(item.drawing)
        else:
            if each.is_there:
                yield f"{each.name}.here", "yes"
            yield from as_sent(each.drawing)


def _field_as_sent(each: DrawnField) -> Iterator[tuple[str, str]]:
    if each.field.kind == "yes":
        if each.value:
            yield each.name, "yes"
    elif each.field.kind == "some":
        yield from ((each.name, value) for value in each.value)
    else:
        yield each.name, each.value
    if each.is_set:
        yield f"{each.name}.kept", "yes"


def sent(place: Place, now: SettingsView) -> MultiDict[str, str]:
    drawing, _ = drawn(place, now, place.value_in(now), {})
    return MultiDict(list(as_sent(drawing)))


def test_a_form_that_nobody_touched_changes_nothing(now: SettingsView) -> None:
    for place in places(now):
        found = typed(place, now, sent(place, now))
        before, after = flat(now.document), flat(place.put_in(now.document, found.value))
        differs = {path for path in {*before, *after} if (before.get(path) or None) != (after.get(path) or None)}
        assert differs == set(), place.section.name


def test_every_setting_has_a_field(now: SettingsView) -> None:
    for place in places(now):
        value = place.value_in(now)
        nodes = place.section.nodes_of(value)
        assert set(without_fields(nodes, value)) == set(), place.section.name
    every = {part for section in SECTIONS.values() for part in section.parts}
    assert set(Settings.model_fields) - every == {"prompts"}


def without_fields(nodes: Sequence[Node], value: Mapping[str, Any], at: str = "") -> Iterator[str]:
    known = {node.path: node for node in nodes if not isinstance(node, Heading)}
    for key, each in value.items():
        path = f"{at}{key}"
        node = known.get(path)
        if path == "kind" or f"{path}.*" in known or isinstance(node, Field):
            continue
        if isinstance(node, Listed):
            for item in each:
                yield from without_fields(node.nodes, item)
        elif isinstance(node, Part):
            yield from without_fields(node.nodes, each or BLANKS[node.blank])
        elif isinstance(each, Mapping) and each:
            yield from without_fields(nodes, each, f"{path}.")
        else:
            yield path


def test_what_is_wrong_stands_beside_its_field_and_the_rest_at_the_head(now: SettingsView) -> None:
    place = Place(SECTIONS["lines"], 0)
    mistakes: dict[Path, str] = {
        ("lines", 0, "sip", "trunks", 1, "host"): "is no host",
        ("lines", 0, "sip", "trunks"): "two trunks are alike",
        ("rules",): "a rule names it",
    }
    drawing, rest = drawn(place, now, place.value_in(now), mistakes)
    (trunks,) = [each for each in drawing.common if isinstance(each, DrawnList) and each.name == "sip.trunks"]
    (host,) = [
        each for each in trunks.items[1].drawing.common if isinstance(each, DrawnField) and each.field.path == "host"
    ]
    assert (host.name, host.mistake, trunks.mistake) == ("sip.trunks.1.host", "is no host", "two trunks are alike")
    assert rest == ["rules: a rule names it"]


def test_a_form_with_a_gap_is_told_by_the_names_that_it_has(now: SettingsView) -> None:
    place = Place(SECTIONS["lines"], 0)
    form = sent(place, now)
    form["sip.trunks.0.remove"] = "yes"
    form["sip.trunks.2.name"] = "third"
    found = typed(place, now, form)
    assert [each["name"] for each in found.value["sip"]["trunks"]] == ["spare", "third"]
    mistakes: dict[Path, str] = {("lines", 0, "sip", "trunks", 1, "host"): "is needed"}
    assert by_name(place, found, mistakes) == {"sip.trunks.2.host": "is needed"}


def test_a_secret_stays_goes_or_is_typed_anew(now: SettingsView) -> None:
    place = Place(SECTIONS["lines"], 0)
    form = sent(place, now)
    assert form["sip.trunks.0.password"] == ""
    kept, form["sip.trunks.0.password.forget"] = typed(place, now, form), "yes"
    gone = typed(place, now, form)
    form["sip.trunks.0.password"] = "new one"
    new = typed(place, now, form)
    passwords = [each.value["sip"]["trunks"][0]["password"] for each in (kept, gone, new)]
    assert passwords == ["**********", "", "new one"]


def test_storage_that_is_given_up_leaves_nothing_behind(now: SettingsView) -> None:
    place = Place(SECTIONS["archive"])
    form = sent(place, now)
    form["archive.remote.type"] = ""
    assert typed(place, now, form).value["archive"]["remote"] == {}


def test_numbers_that_are_none_are_left_as_typed_for_who_judges_them(now: SettingsView) -> None:
    place = Place(SECTIONS["pause"])
    form = sent(place, now)
    form["reminder_s"], form["look_back_ms"] = "often", ""
    assert typed(place, now, form).value == {"reminder_s": "often", "resume_after_s": 180}


def test_rules_change_places_and_go() -> None:
    document = {"rules": [{"name": name} for name in "abc"]}
    rules = SECTIONS["rules"]

    def names(changed: Mapping[str, Any]) -> str:
        return "".join(each["name"] for each in changed["rules"])

    assert names(moved(document, Place(rules, 2), -1)) == "acb"
    assert names(moved(document, Place(rules, 0), -1)) == "abc"
    assert names(without(document, Place(rules, 1))) == "ac"


def test_a_new_thing_begins_with_what_is_usual() -> None:
    drawing = Drawer(BLANKS).drawn(SECTIONS["lines"].nodes_of({"kind": "sip"}), BLANKS["sip"])
    values = {each.name: each.value for each in (*drawing.common, *drawing.rare) if isinstance(each, DrawnField)}
    assert (values["name"], values["mode"], values["sip.bind"]) == ("", "pausable", "0.0.0.0:5060")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("pause.reminder_s", "Pausing › Reminder to staff"),
        ("lines.main.sip.trunks.bt.host", "Lines main › Provider bt › Server"),
        ("lines.main.sip.office.host", "Lines main › Telephone system › Server"),
        ("rules.Sales, v. 2.mode", "Rules Sales, v. 2 › Such calls are"),
        ("archive.remote.type", "Archive and backup › Kind of storage"),
        ("prompts.ours", "prompts › ours"),
    ],
)
def test_a_change_is_told_by_the_words_of_its_page(path: str, said: str) -> None:
    assert said_path(path) == said
