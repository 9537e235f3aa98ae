"""Every shipped format reads the public sample it was made by, and what people write of their own is told apart."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.config.log_formats import shipped_formats, shipped_text
from firmware.config.smdr_settings import SmdrSettings, logs_must_know_their_lines
from firmware.core.call_log import LoggedCall
from firmware.core.call_log_format import FormatError, LogFormat, Sample, format_from
from firmware.core.call_log_reading import NotRead, Passed, Read, read_line
from webui.call_log.trying import for_settings

LONDON = ZoneInfo("Europe/London")
_SAMPLES = [(form, sample) for form in shipped_formats().values() for sample in form.samples]


def _read(form: LogFormat, line: str, received: datetime = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)) -> LoggedCall:
    reading = read_line(line, form, received, LONDON)
    assert isinstance(reading, Read), reading
    return reading.call


@pytest.mark.parametrize(("form", "sample"), _SAMPLES, ids=[form.format_id for form, _ in _SAMPLES])
def test_a_shipped_format_reads_its_public_sample(form: LogFormat, sample: Sample) -> None:
    call = _read(form, sample.line)
    told: dict[str, Any] = {
        "start": f"{datetime.fromtimestamp(call.started_at_ms / 1000, LONDON):%Y-%m-%d %H:%M:%S}",
        "duration_s": call.duration_ms // 1000,
        "direction": call.direction,
        "extension": call.extension,
        "number": call.number,
        "trunk": call.trunk,
        "answered": call.answered,
    }
    assert {name: told[name] for name in sample.reads} == dict(sample.reads)


def test_every_shipped_format_names_where_it_is_published_and_has_a_sample() -> None:
    for form in shipped_formats().values():
        assert form.source[0]
        assert form.source[1].startswith("http")
        assert form.samples
        assert form.about


def test_a_line_without_a_year_is_of_the_year_nearest_to_when_it_came() -> None:
    nec = shipped_formats()["nec-sl"]
    line = "POT 23:58 12/31 002 00:00:10 2001 2142623801"
    new_year = datetime(2027, 1, 1, 0, 1, tzinfo=UTC)
    call = _read(nec, line, new_year)
    assert datetime.fromtimestamp(call.started_at_ms / 1000, UTC) == datetime(2026, 12, 31, 23, 58, tzinfo=UTC)


def test_the_twenty_ninth_of_february_is_read_without_a_year() -> None:
    nec = shipped_formats()["nec-sl"]
    call = _read(nec, "POT 10:00 02/29 002 00:00:10 2001 2142623801", datetime(2028, 2, 29, 10, 1, tzinfo=UTC))
    assert datetime.fromtimestamp(call.started_at_ms / 1000, UTC).year == 2028


def test_how_exactly_a_line_tells_the_time_is_said_of_that_line() -> None:
    """A make may log seconds or not: a call of a line without them may have begun at any second of the minute."""
    mitel = shipped_formats()["mitel-3300"]
    line = "07/09 10:54{} 00:02:46 5075 08703891000 A T100 5411"
    received = datetime(2026, 7, 9, 18, tzinfo=UTC)
    assert [_read(mitel, line.format(seconds), received).resolution_s for seconds in ("", ":20")] == [60, 1]


def test_calls_within_the_office_that_are_logged_without_a_length_are_no_calls_to_compare() -> None:
    form = shipped_formats()["panasonic-kx-day-first"]
    line = "10/12/20 16:09    402    EXT401                                                 "
    assert isinstance(read_line(line, form, datetime(2020, 12, 10, tzinfo=UTC), LONDON), Passed)


def test_the_hour_that_comes_twice_in_autumn_is_the_one_nearer_to_when_the_line_came() -> None:
    avaya = shipped_formats()["avaya-ip-office"]
    line = "2026/10/25 01:30:00,00:00:05,0,01707299900,I,23,390664,,0,1000013,0,E23,Extn23,T9001,Line 1.2,0,0"
    first = _read(avaya, line, datetime(2026, 10, 25, 0, 31, tzinfo=UTC))
    second = _read(avaya, line, datetime(2026, 10, 25, 1, 31, tzinfo=UTC))
    assert second.started_at_ms - first.started_at_ms == timedelta(hours=1) / timedelta(milliseconds=1)


def test_a_line_that_tells_the_time_of_day_alone_is_of_the_day_it_came() -> None:
    form = shipped_formats()["mitel-5000"]
    call = _read(form, form.samples[0].line, datetime(2026, 11, 22, 8, 37, tzinfo=UTC))
    assert datetime.fromtimestamp(call.started_at_ms / 1000, UTC) == datetime(2026, 11, 22, 8, 36, tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    [
        "06/24/97 10:11AM 18 2 0163296012XX 00:03'02",
        "06/24/97 10:11AM 18 2 0163296.... 00:03'02",
        "06/24/97 10:11AM 18 2 016329601234929123412341234 00:03'02",
    ],
)
def test_a_masked_number_and_one_too_long_to_be_any_are_not_kept(line: str) -> None:
    assert _read(shipped_formats()["panasonic-kx-tda-ns"], line).number is None


def test_what_was_keyed_after_a_pause_or_a_hash_is_no_part_of_the_number() -> None:
    for keyed in ("P4929123412341234", "#4929", "F4929"):
        line = f"06/24/97 10:11AM 18 2 01632960123{keyed} 00:03'02"
        assert _read(shipped_formats()["panasonic-kx-tda-ns"], line).number == "01632960123"


def test_a_heading_a_page_end_and_an_empty_line_are_no_calls() -> None:
    nec = shipped_formats()["nec-sl"]
    received = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    for line in ("CLASS TIME DATE LINE DURATION STATION DIALLED No./CLI ACCOUNT", "\f", "   "):
        assert isinstance(read_line(line, nec, received, LONDON), Passed)
    assert isinstance(read_line("PIN of something else", nec, received, LONDON), NotRead)


@given(st.text(max_size=300), st.sampled_from(sorted(shipped_formats())))
def test_no_line_is_too_strange_to_be_read_or_told_apart(line: str, which: str) -> None:
    reading = read_line(line, shipped_formats()[which], datetime(2026, 11, 22, 12, 0, tzinfo=UTC), LONDON)
    assert isinstance(reading, Read | Passed | NotRead)


_OWN = """
[shape]
kind = "delimited"
delimiter = ";"
fields = ["date", "time", "duration", "extension", "way", "number"]
[time]
fields = ["date", "time"]
forms = ["%d.%m.%Y %H:%M"]
[[direction]]
means = "outbound"
when = { way = "out" }
[outbound]
extension = "extension"
number = "number"
"""


def test_an_office_describes_a_format_of_its_own() -> None:
    call = _read(format_from(tomllib.loads(_OWN)), "22.11.2026;11:58;95;204;out;01632 960123")
    assert (call.direction, call.extension, call.number, call.duration_ms) == ("outbound", "204", "01632960123", 95_000)
    assert call.resolution_s == 60


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ('kind = "delimited"', 'kind = "csv"', "shape.kind"),
        ('means = "outbound"', 'means = "out"', "direction.means"),
        ('way = "out"', 'way = "("', "direction.when.way"),
        ('way = "out"', 'way = "(a+)+"', "for ever"),
        ('forms = ["%d.%m.%Y %H:%M"]', "", "time has fields and forms"),
        ("[outbound]", "[party]", "'party' is not known"),
    ],
)
def test_a_mistake_in_a_description_is_told_by_its_place(was: str, becomes: str, says: str) -> None:
    with pytest.raises(FormatError, match=says.replace(".", r"\.")):
        format_from(tomllib.loads(_OWN.replace(was, becomes)))


def test_each_shipped_format_can_be_begun_with() -> None:
    for format_id in shipped_formats():
        assert format_from(tomllib.loads(shipped_text(format_id))).format_id == format_id


def test_a_description_goes_into_the_settings_as_the_page_writes_it() -> None:
    text = f'[[smdr]]\nname = "pbx"\nformat = "custom"\nserial = {{ device = "/dev/ttyUSB0" }}\n{for_settings(_OWN)}'
    (log,) = tomllib.loads(text)["smdr"]
    settings = SmdrSettings.model_validate_json(json.dumps(log))
    as_text = SmdrSettings.model_validate_json(json.dumps(log | {"custom": _OWN}))
    assert as_text.custom == settings.custom
    assert _read(settings.log_format, "22.11.2026;11:58;95;204;out;01632 960123").extension == "204"


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"format": "unheard-of"}, "there is no format"),
        ({"format": "custom"}, "described in custom"),
        ({"format": "custom", "custom": "[shape"}, "it is not TOML"),
        ({"format": "custom", "custom": "shape = 1"}, "shape"),
        ({"serial": None}, "by one of serial, listen and connect"),
        ({"serial": {"device": "/etc/passwd"}}, "device"),
        ({"serial": None, "listen": {"bind": "0.0.0.0:33333", "addresses": []}}, "addresses"),
        ({"timezone": "Mars/Olympus"}, "not a time zone"),
    ],
)
def test_a_mistake_in_the_settings_of_a_call_log_is_told(told: dict[str, Any], says: str) -> None:
    plain = {"name": "pbx", "format": "esi-ivx", "serial": {"device": "/dev/ttyUSB0"}}
    SmdrSettings.model_validate_json(json.dumps(plain))
    with pytest.raises(ValueError, match=says):
        SmdrSettings.model_validate_json(json.dumps(plain | told))


def test_with_several_lines_a_call_log_says_whose_calls_it_logs() -> None:
    log = SmdrSettings.model_validate_json(
        json.dumps({"name": "pbx", "format": "esi-ivx", "serial": {"device": "/dev/ttyUSB0"}})
    )
    logs_must_know_their_lines((log,), {"main": 1})
    with pytest.raises(ValueError, match="must say which line"):
        logs_must_know_their_lines((log,), {"main": 1, "second": 2})
    with pytest.raises(ValueError, match="no line of that name"):
        logs_must_know_their_lines((log.model_copy(update={"trunks": {"701": "third"}}),), {"main": 1})


_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(shipped_formats())), st.data())
def test_whatever_is_written_into_a_description_is_a_format_or_a_mistake_in_words(
    which: str, data: st.DataObject
) -> None:
    document = tomllib.loads(shipped_text(which))
    spoilt: Any = document
    while True:
        key = data.draw(st.sampled_from(sorted(spoilt)))
        if not isinstance(spoilt[key], dict) or data.draw(st.booleans()):
            break
        spoilt = spoilt[key]
    spoilt[key] = data.draw(_VALUES)
    try:
        form = format_from(document)
    except FormatError:
        return
    read_line("PIN 10:52 12/09 001 00:00:20 2017 2142623802", form, datetime(2026, 11, 22, tzinfo=UTC), LONDON)
