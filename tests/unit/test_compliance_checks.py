"""Each check of the compliance page, on facts where it is met, where it is not, and where nobody can know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from firmware.core.compliance.breach import WITHIN_MS, Answer, Breach
from firmware.core.compliance.duty import Confirmation, Duty
from firmware.core.compliance.never_recorded import NeverRecorded
from firmware.core.compliance.office_facts import LineFacts, OfficeFacts
from firmware.core.compliance.training import Lesson
from firmware.core.feature_code import FeatureCodes
from firmware.core.recording_decision import decision
from firmware.core.retention import Period, RetentionClass
from webui.compliance import checks
from webui.compliance.facts import Facts, RequestCounts, Trainee
from webui.compliance.items import looked_at
from webui.compliance.law import laws
from webui.compliance.verdicts import Finding
from webui.compliance.what_is_asked import groups

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
NOW_MS = round(NOW.timestamp() * 1000)
TODAY = date(2027, 3, 1)
DAY_MS = 24 * 3_600_000
JANUARY_MS = round(datetime(2027, 1, 4, 12, tzinfo=UTC).timestamp() * 1000)
LINE = LineFacts("main", tells_called=True)
NEVER = (decision("never", "line main"),)
ON_DEMAND = (decision("on_demand", "line main"),)
BY_WORD = {
    checks.privacy_notice: Duty.PRIVACY_NOTICE,
    checks.fee_paid: Duty.FEE_PAID,
    checks.lawful_basis: Duty.LAWFUL_BASIS,
    checks.impact_assessed: Duty.IMPACT_ASSESSED,
    checks.processing_listed: Duty.PROCESSING_LISTED,
    checks.periods_chosen: Duty.PERIODS_CHOSEN,
    checks.complaints_way: Duty.COMPLAINTS_WAY,
    checks.breach_plan: Duty.BREACH_PLAN,
    checks.staff_told: Duty.STAFF_TOLD,
    checks.staff_trained: Duty.STAFF_TRAINED,
    checks.listeners_reviewed: Duty.LISTENERS_REVIEWED,
}


def word(duty: Duty, on: date = date(2027, 1, 4), until: date = date(2027, 6, 30)) -> Confirmation:
    return Confirmation(duty, on, until, "It is in the safe.", "id", "dora", NOW_MS)


def facts(office: OfficeFacts | None = None, *words: Confirmation) -> Facts:
    return Facts(office or OfficeFacts((LINE,)), NOW, ZoneInfo("Europe/London"), {each.duty: each for each in words})


def verdict(check: Callable[[Facts], Finding], of: Facts) -> str:
    return check(of).verdict.value


@pytest.mark.parametrize(("check", "duty"), BY_WORD.items(), ids=lambda each: getattr(each, "__name__", str(each)))
def test_a_director_s_word_counts_until_its_day_is_over(check: Callable[[Facts], Finding], duty: Duty) -> None:
    assert verdict(check, facts()) == "unknown"
    found = check(facts(None, word(duty)))
    assert (found.verdict.value, found.soon) == ("met", False)
    assert "Confirmed by dora for 4 January 2027: It is in the safe." in found.reason
    assert check(facts(None, word(duty, until=TODAY + timedelta(days=30)))).soon
    over = check(facts(None, word(duty, until=TODAY - timedelta(days=1))))
    assert (over.verdict.value, over.reason[:41]) == ("missing", "It was to be looked at again by 28 Februa"), over


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (LINE, "met"),
        (replace(LINE, tells_callers=False), "missing"),
        (LineFacts("copy", speaks=False), "missing"),
        (LineFacts("copy", speaks=False, told_by="the PBX"), "met"),
        (replace(LINE, inbound=NEVER, tells_callers=False), "unknown"),
        (replace(LINE, inbound=ON_DEMAND, tells_callers=False), "met"),
        (replace(LINE, inbound=ON_DEMAND, tells_started=False), "missing"),
        (replace(LINE, inbound=(*NEVER, decision("always", "rule “suppliers”", notice=False))), "missing"),
    ],
)
def test_callers_are_told_on_every_line_that_records(line: LineFacts, found: str) -> None:
    assert verdict(checks.callers_told, facts(OfficeFacts((line,)))) == found


def test_how_callers_are_told_is_said_of_each_kind_of_line() -> None:
    wish = replace(LINE, name="wish", inbound=ON_DEMAND)
    copy = LineFacts("copy", speaks=False, told_by="the PBX")
    first = "Every recorded line plays a notice to callers before they are put through."
    assert checks.callers_told(facts()).reason == first
    assert checks.callers_told(facts(OfficeFacts((LINE, wish, copy)))).reason == (
        "These lines play a notice to callers before they are put through: main. On these, callers whose recording "
        "starts on demand are told when it starts, all others before they are put through: wish. Told by others: "
        "copy: the PBX."
    )


@pytest.mark.parametrize(
    ("counts", "found"), [((0, 0), "unknown"), ((1, 0), "met"), ((40, 0), "met"), ((40, 2), "missing")]
)
def test_that_callers_were_told_is_seen_from_the_calls_themselves(counts: tuple[int, int], found: str) -> None:
    recorded, untold = counts
    assert verdict(checks.notices_heard, replace(facts(), recorded_lately=recorded, untold_lately=untold)) == found


def test_a_rule_that_leaves_the_notice_out_is_named() -> None:
    quiet = replace(LINE, inbound=(decision("always", "rule “suppliers”", notice=False),))
    found = checks.callers_told(facts(OfficeFacts((LINE, quiet))))
    assert (found.verdict.value, "rule “suppliers”" in found.reason) == ("missing", True)


@pytest.mark.parametrize(
    "change", [{"tells_called": True}, {"warning_tone": True}, {"speaks": False, "told_by": "staff"}]
)
def test_people_who_are_called_are_told_somehow(change: dict[str, bool | str]) -> None:
    silent = replace(LINE, tells_called=False)
    assert verdict(checks.called_told, facts(OfficeFacts((silent,)))) == "missing"
    assert verdict(checks.called_told, facts(OfficeFacts((silent,)), word(Duty.CALLED_TOLD))) == "met"
    assert verdict(checks.called_told, facts(OfficeFacts((replace(silent, **change),)))) == "met"  # type: ignore[arg-type]  # fields of several types


def test_people_who_are_called_by_an_extension_that_leaves_the_notice_out_are_not_told() -> None:
    quiet = replace(LINE, outbound=(decision("pausable", "extension 201", notice=False), *LINE.outbound))
    assert verdict(checks.called_told, facts(OfficeFacts((quiet,)))) == "missing"
    assert verdict(checks.called_told, facts(OfficeFacts((replace(LINE, outbound=NEVER),)))) == "unknown"


def test_who_joined_after_staff_were_told_was_not_told() -> None:
    told = facts(None, word(Duty.STAFF_TOLD))
    for joined_at_ms, found in ((NOW_MS, "missing"), (JANUARY_MS + DAY_MS, "missing"), (JANUARY_MS - DAY_MS, "met")):
        joined = replace(told, people=(Trainee("lena", joined_at_ms), Trainee("otto")))
        assert verdict(checks.staff_told, joined) == found


def test_what_came_on_the_day_of_a_word_came_since_unless_the_word_was_given_later() -> None:
    said = replace(word(Duty.STAFF_TOLD, on=TODAY), entered_at_ms=NOW_MS)
    for joined_at_ms, found in ((NOW_MS - 1, "met"), (NOW_MS, "missing"), (NOW_MS + 1, "missing")):
        told = replace(facts(None, said), people=(Trainee("lena", joined_at_ms),), listeners_changed_at_ms=joined_at_ms)
        assert verdict(checks.staff_told, told) == found
        told = replace(told, words={Duty.LISTENERS_REVIEWED: replace(said, duty=Duty.LISTENERS_REVIEWED)})
        assert verdict(checks.listeners_reviewed, told) == found


def test_everybody_with_a_sign_in_reads_the_training() -> None:
    trained = replace(facts(None, word(Duty.STAFF_TRAINED)), people=(Trainee("lena", left=(Lesson.CARE,)),))
    assert (verdict(checks.staff_trained, trained), "lena" in checks.staff_trained(trained).reason) == ("missing", True)
    assert verdict(checks.staff_trained, replace(trained, people=(Trainee("lena"),))) == "met"


def test_a_private_telephone_is_one_that_is_never_recorded_or_a_director_s_word() -> None:
    assert verdict(checks.private_phone, facts()) == "missing"
    assert verdict(checks.private_phone, facts(None, word(Duty.PRIVATE_PHONE))) == "met"
    never = NeverRecorded(("209",))
    found = checks.private_phone(facts(OfficeFacts((LINE,), never)))
    assert (found.verdict.value, found.reason) == ("met", "Never recorded: 209.")
    found = checks.private_phone(facts(OfficeFacts((LINE,), replace(never, but_emergencies=True))))
    assert found.reason == "Never recorded: 209. But emergency calls from there are."


def test_a_private_telephone_that_may_be_recorded_all_the_same_is_none() -> None:
    overruled = OfficeFacts((LINE,), NeverRecorded(("208",), ("209",)))
    assert verdict(checks.private_phone, facts(overruled, word(Duty.PRIVATE_PHONE))) == "missing"
    blind = OfficeFacts((LINE,), NeverRecorded(("209",), blind_lines=("wires",)))
    assert verdict(checks.private_phone, facts(blind)) == "unknown"
    assert verdict(checks.private_phone, facts(blind, word(Duty.PRIVATE_PHONE))) == "met"


def test_numbers_that_are_exempt_are_counted() -> None:
    assert verdict(checks.exempt_numbers, facts()) == "unknown"
    never = NeverRecorded(numbers=1)
    found = checks.exempt_numbers(facts(OfficeFacts(never=never)))
    assert (found.verdict.value, found.reason) == ("met", "1 number is never recorded.")
    assert verdict(checks.exempt_numbers, facts(OfficeFacts(never=replace(never, numbers_overruled=1)))) == "missing"
    assert verdict(checks.exempt_numbers, facts(OfficeFacts(never=replace(never, blind_lines=("wires",))))) == "unknown"


@pytest.mark.parametrize("fixed", ["line main", "rule “sales”", "extension 201"])
def test_calls_that_cannot_be_paused_take_no_card_details(fixed: str) -> None:
    office = OfficeFacts((replace(LINE, outbound=(decision("always", fixed),)),))
    found = checks.card_data(facts(office))
    assert (found.verdict.value, fixed in found.reason) == ("unknown", True)
    assert verdict(checks.card_data, facts(office, word(Duty.CARDS_NOT_TAKEN))) == "met"
    pausable = checks.card_data(facts(OfficeFacts((LINE,), codes=FeatureCodes(pause="*58"))))
    assert (pausable.verdict.value, "*58" in pausable.reason) == ("met", True)


def test_copies_elsewhere_need_somebody_who_says_whose_place_that_is() -> None:
    assert verdict(checks.storage_contract, facts()) == "met"
    assert verdict(checks.storage_contract, facts(OfficeFacts(storage=("s3",)))) == "unknown"
    assert verdict(checks.storage_contract, facts(OfficeFacts(storage=("s3",)), word(Duty.STORAGE_CONTRACT))) == "met"


@pytest.mark.parametrize(("years", "found"), [(5, "met"), (7, "met"), (4, "missing")])
def test_regulated_calls_are_kept_five_years_at_least(years: int, found: str) -> None:
    kept = RetentionClass("deals", Period(years=years), regulated=True)
    assert verdict(checks.regulated, facts(OfficeFacts(classes=(kept,)))) == found
    assert verdict(checks.regulated, facts()) == "unknown"
    assert verdict(checks.regulated, facts(None, word(Duty.NOT_REGULATED))) == "met"


def test_what_should_have_been_erased_and_was_not_is_missing() -> None:
    assert verdict(checks.erased_in_time, facts()) == "met"
    assert "2 calls should" in checks.erased_in_time(replace(facts(), not_erased=2)).reason


def test_requests_are_answered_in_time_or_named_as_overdue() -> None:
    assert checks.requests_answered(facts()).reason == "Nobody has asked about their data."
    running = replace(facts(), requests=RequestCounts(open=2, soon=1, closed=3, late=1))
    assert checks.requests_answered(running).soon
    assert "1 of them late" in checks.requests_answered(running).reason
    assert verdict(checks.requests_answered, replace(facts(), requests=RequestCounts(open=1, overdue=1))) == "missing"


@pytest.mark.parametrize(("hours", "words"), [(10, "62 hours are left"), (73, "were over on")])
def test_a_breach_presses_until_it_is_decided_and_closed(hours: int, words: str) -> None:
    breach = Breach("b", NOW_MS - hours * 3_600_000, "what", "whose", "effects", "dora", NOW_MS)
    assert words in checks.breaches_told(replace(facts(), breaches=(breach,))).reason
    decided = replace(breach, commissioner=Answer(True, breach.aware_at_ms + WITHIN_MS, "IC-1", "dora"))
    assert verdict(checks.breaches_told, replace(facts(), breaches=(decided,))) == "missing"
    closed = replace(decided, closed_at_ms=NOW_MS)
    assert verdict(checks.breaches_told, replace(facts(), breaches=(closed,))) == "met"
    late = replace(closed, commissioner=Answer(True, breach.due_ms + 1, "IC-1", "dora"))
    assert verdict(checks.breaches_told, replace(facts(), breaches=(late,))) == "missing"
    long_ago = replace(late, aware_at_ms=late.aware_at_ms - 366 * DAY_MS)
    assert verdict(checks.breaches_told, replace(facts(), breaches=(long_ago,))) == "met"
    spared = replace(late, commissioner=Answer(False, breach.due_ms + 1, "No risk.", "dora"))
    assert verdict(checks.breaches_told, replace(facts(), breaches=(spared,))) == "met"
    assert verdict(checks.breaches_told, facts()) == "met"


def test_a_second_step_is_asked_of_who_listens() -> None:
    assert verdict(checks.second_factor, facts()) == "met"
    assert verdict(checks.second_factor, facts(OfficeFacts(second_factor_required=False))) == "missing"


def test_the_list_of_listeners_is_looked_at_again_once_it_changed() -> None:
    reviewed = replace(facts(None, word(Duty.LISTENERS_REVIEWED)), listeners_changed_at_ms=JANUARY_MS)
    assert verdict(checks.listeners_reviewed, reviewed) == "met"
    changed = replace(reviewed, listeners_changed_at_ms=JANUARY_MS + DAY_MS)
    assert verdict(checks.listeners_reviewed, changed) == "missing"
    assert "changed on 5 January 2027" in checks.listeners_reviewed(changed).reason


def test_every_duty_has_one_item_and_every_item_rests_on_a_law_of_the_table() -> None:
    items = [item for group in groups() for item in group.items]
    assert sorted(item.duty.value for item in items if item.duty) == sorted(Duty)
    assert len({item.key for item in items}) == len(items)
    known = {law.key for law in laws()}
    assert all(item.laws and set(item.laws) <= known for item in items)


def test_what_is_missing_is_to_be_done_first_and_what_is_met_not_at_all() -> None:
    verdicts = [row.finding.verdict.value for row in looked_at(facts(), groups()).to_do]
    assert verdicts == sorted(verdicts, key=["missing", "unknown"].index)
    assert {"missing", "unknown"} == set(verdicts)
