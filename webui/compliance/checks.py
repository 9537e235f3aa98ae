"""The checks: each says of one thing that the law asks whether it is met, missing or not known, and why. Pure."""

from __future__ import annotations

from firmware.core.compliance.duty import Duty
from firmware.core.retention import Period
from webui.compliance.facts import Facts, shown_day
from webui.compliance.how_told import how_told
from webui.compliance.verdicts import Finding, Verdict, by_word, holds, listed, met, missing, said, unknown
from webui.translation import from_the_box, ngettext
from webui.translation import gettext as _

_FIVE_YEARS = Period(years=5)  # SYSC 10A.1.6R
_A_YEAR = Period(years=1)

# -- telling people ---------------------------------------------------------------------------------------------------


def callers_told(facts: Facts) -> Finding:
    lines = [line for line in facts.office.lines if line.records_callers]
    if not lines:
        return unknown(_("No line records incoming calls yet."))
    unnamed = [line.name for line in lines if not line.speaks and not line.told_by]
    if unnamed:
        return missing(
            _("These lines only listen, and nobody is named who tells callers instead: %(lines)s.") % listed(unnamed)
        )
    silent = [line.name for line in lines if line.callers_hear_no_notice]
    if silent:
        return missing(_("On these lines callers hear no notice: %(lines)s.") % listed(silent))
    untold = [whose for line in lines for whose in line.untold_callers]
    if untold:
        rules = listed(tuple(dict.fromkeys(untold)))
        return missing(_("By these, calls are recorded without the notice: %(lines)s.") % rules)
    unstarted = [line.name for line in lines if line.callers_hear_no_start]
    if unstarted:
        return missing(
            _("On these lines callers do not hear that a recording starts on demand: %(lines)s.") % listed(unstarted)
        )
    return met(" ".join(how_told(lines)))


def notices_heard(facts: Facts) -> Finding:
    count, untold = facts.recorded_lately, facts.untold_lately
    if not count:
        return unknown(_("No incoming call was recorded in the last 30 days."))
    if untold:
        told = _(
            "Of %(count)s incoming calls recorded in the last 30 days, %(untold)s tell of no notice to the caller."
        )
        return missing(told % {"count": count, "untold": untold})
    words = ngettext(
        "The one incoming call recorded in the last 30 days tells of a notice.",
        "All %(num)s incoming calls recorded in the last 30 days tell of a notice.",
        count,
    )
    return met(words % {"num": count})


def called_told(facts: Facts) -> Finding:
    lines = [line for line in facts.office.lines if line.records_called]
    if not lines:
        return unknown(_("No line records outgoing calls yet."))
    silent = [line.name for line in lines if not line.called_told]
    if not silent:
        return met(_("They hear a notice or a tone, or somebody is named who tells them."))
    if holds(facts, Duty.CALLED_TOLD):
        return by_word(facts, Duty.CALLED_TOLD, "")
    return missing(_("On these lines people who are called hear nothing: %(lines)s.") % listed(silent))


def staff_told(facts: Facts) -> Finding:
    word = holds(facts, Duty.STAFF_TOLD)
    later = [each.name for each in facts.people if word and facts.is_since(word, each.joined_at_ms)]
    if later:
        return missing(_("Joined since staff were told: %(lines)s.") % listed(later))
    return by_word(facts, Duty.STAFF_TOLD, _("Nobody has confirmed that staff were told. Print the notice for them."))


def staff_trained(facts: Facts) -> Finding:
    left = [each.name for each in facts.people if each.left]
    if left:
        return missing(_("Have pages of the training to read: %(lines)s.") % listed(left))
    return by_word(
        facts,
        Duty.STAFF_TRAINED,
        _("Everybody with a sign-in has read the training. Who uses a telephone without a sign-in is not known here."),
    )


def privacy_notice(facts: Facts) -> Finding:
    return by_word(facts, Duty.PRIVACY_NOTICE, _("Nobody has confirmed that the website says that calls are recorded."))


# -- reasons and papers -----------------------------------------------------------------------------------------------


def fee_paid(facts: Facts) -> Finding:
    return by_word(facts, Duty.FEE_PAID, _("Nobody has said until when the fee is paid."))


def lawful_basis(facts: Facts) -> Finding:
    return by_word(facts, Duty.LAWFUL_BASIS, _("Nobody has confirmed that the reason for recording is written down."))


def impact_assessed(facts: Facts) -> Finding:
    return by_word(facts, Duty.IMPACT_ASSESSED, _("Nobody has confirmed that the risks to people were assessed."))


def processing_listed(facts: Facts) -> Finding:
    never = _("Nobody has confirmed that recording stands in the office's record of what it does with people's data.")
    return by_word(facts, Duty.PROCESSING_LISTED, never)


def storage_contract(facts: Facts) -> Finding:
    if not facts.office.storage:
        return met(_("No copy leaves the box: neither an archive nor a backup elsewhere is set."))
    kinds = listed(facts.office.storage)
    never = _("Sealed copies go elsewhere (%(lines)s). Nobody has said whose place that is.") % kinds
    return by_word(facts, Duty.STORAGE_CONTRACT, never)


def regulated(facts: Facts) -> Finding:
    classes = [each for each in facts.office.classes if each.regulated]
    short = [each.name for each in classes if each.period.after(facts.today) < _FIVE_YEARS.after(facts.today)]
    if short:
        return missing(_("These regulated classes keep less than five years: %(lines)s.") % listed(short))
    if classes:
        names = listed([f"{each.name} ({from_the_box(each.period.shown)})" for each in classes])
        return met(_("Regulated calls are kept long enough: %(lines)s.") % names)
    never = _("No class of calls is regulated. Nobody has confirmed that the office has none that must be.")
    return by_word(facts, Duty.NOT_REGULATED, never)


# -- what is recorded -------------------------------------------------------------------------------------------------


def private_phone(facts: Facts) -> Finding:
    never = facts.office.never
    if never.overruled:
        return missing(
            _("Set to be never recorded, but a rule that is asked first may record their calls: %(lines)s.")
            % listed(never.overruled)
        )
    if never.phones and never.blind_lines:
        words = _(
            "These lines do not know which phone talks, and record it: %(lines)s. Confirm that none can use them."
        )
        return by_word(facts, Duty.PRIVATE_PHONE, words % listed(never.blind_lines))
    if never.phones:
        emergencies = " " + _("But emergency calls from there are.") if never.but_emergencies else ""
        return met(_("Never recorded: %(lines)s.") % listed(never.phones) + emergencies)
    found = by_word(facts, Duty.PRIVATE_PHONE, "")
    if found.verdict is Verdict.UNKNOWN:
        return missing(_("No extension is set to be never recorded, so there is no telephone for private calls."))
    return found


def exempt_numbers(facts: Facts) -> Finding:
    count, overruled = facts.office.never.numbers, facts.office.never.numbers_overruled
    if overruled:
        words = ngettext(
            "A rule exempts %(num)s number, but is narrower or asked too late: its calls may be recorded.",
            "Rules exempt %(num)s numbers, but are narrower or asked too late: their calls may be recorded.",
            overruled,
        )
        return missing(words % {"num": overruled})
    if not count:
        return unknown(_("No outside number is exempt. HR, occupational health or a union's office may have to be."))
    told = ngettext("%(num)s number is never recorded.", "%(num)s numbers are never recorded.", count) % {"num": count}
    blind = facts.office.never.blind_lines
    if blind:
        return unknown(told + " " + _("But these lines may not know the number in time: %(lines)s.") % listed(blind))
    return met(told)


def card_data(facts: Facts) -> Finding:
    fixed = facts.office.unpausable
    if fixed:
        never = _("Calls here cannot be paused, so no card details may be said on them: %(lines)s.") % listed(fixed)
        return by_word(facts, Duty.CARDS_NOT_TAKEN, never)
    pause = facts.office.codes.pause
    how = _("by %(code)s, the page or the button") % {"code": pause} if pause else _("by the page or the button")
    return met(_("Every recorded call can be paused (%(how)s), and keys are silent in every recording.") % {"how": how})


# -- keeping and erasing ----------------------------------------------------------------------------------------------


def periods_chosen(facts: Facts) -> Finding:
    kept = listed([f"{each.name}: {from_the_box(each.period.shown)}" for each in facts.office.classes])
    never = _("Nobody has confirmed that these are no longer than needed: %(lines)s.") % kept
    return by_word(facts, Duty.PERIODS_CHOSEN, never)


def erased_in_time(facts: Facts) -> Finding:
    count = facts.not_erased
    if not count:
        return met(_("No call is kept beyond its time, but those under a legal hold."))
    words = ngettext(
        "%(num)s call should have been erased more than two days ago.",
        "%(num)s calls should have been erased more than two days ago.",
        count,
    )
    return missing(words % {"num": count})


# -- people's rights --------------------------------------------------------------------------------------------------


def requests_answered(facts: Facts) -> Finding:
    counts = facts.requests
    if counts.overdue:
        words = ngettext("%(num)s request is overdue.", "%(num)s requests are overdue.", counts.overdue)
        return missing(words % {"num": counts.overdue})
    if not counts.open and not counts.closed:
        return met(_("Nobody has asked about their data."))
    told = _("%(open)s open, none overdue; in the last year %(closed)s closed, %(late)s of them late.")
    numbers = {"open": counts.open, "closed": counts.closed, "late": counts.late}
    return Finding(Verdict.MET, told % numbers, soon=bool(counts.soon))


def complaints_way(facts: Facts) -> Finding:
    return by_word(
        facts, Duty.COMPLAINTS_WAY, _("Nobody has said how people can complain to the office, by a form too.")
    )


# -- keeping it safe --------------------------------------------------------------------------------------------------


def breaches_told(facts: Facts) -> Finding:
    running = [each for each in facts.breaches if each.is_open]
    unanswered = [each for each in running if each.commissioner is None]
    if unanswered:
        first = min(unanswered, key=lambda each: each.due_ms)
        by, hours = facts.shown_moment(first.due_ms), first.hours_left(facts.now_ms)
        if hours < 0:
            return missing(
                _("The 72 hours were over on %(by)s: tell the commissioner now, and why it is late.") % {"by": by}
            )
        return missing(
            _("Decide by %(by)s whether to tell the commissioner: %(hours)s hours are left.")
            % {"by": by, "hours": hours}
        )
    if running:
        return missing(_("A breach is open: say what was done, and close it."))
    if not facts.breaches:
        return met(_("No breach was recorded."))
    late = [facts.day_of(each.aware_at_ms) for each in facts.breaches if each.told_late]
    lately = [shown_day(day) for day in late if _A_YEAR.after(day) > facts.today]
    if lately:
        return missing(
            _("The commissioner was told later than within 72 hours of the breaches known on: %(lines)s.")
            % listed(lately)
        )
    count = len(facts.breaches)
    return met(
        ngettext("%(num)s breach is recorded, and closed.", "%(num)s breaches are recorded, all closed.", count)
        % {"num": count}
    )


def breach_plan(facts: Facts) -> Finding:
    never = _("Nobody has confirmed that everybody knows whom to tell at once when something went wrong.")
    return by_word(facts, Duty.BREACH_PLAN, never)


def second_factor(facts: Facts) -> Finding:
    if facts.office.second_factor_required:
        return met(_("Whoever may listen signs in with a second step."))
    return missing(_("The settings let people who may listen sign in by pass phrase alone."))


def listeners_reviewed(facts: Facts) -> Finding:
    word, changed = holds(facts, Duty.LISTENERS_REVIEWED), facts.listeners_changed_at_ms
    if word and facts.is_since(word, changed):
        told = {"day": shown_day(facts.day_of(changed)), "told": said(word)}
        return missing(_("Who can listen changed on %(day)s, since the list was looked at. %(told)s") % told)
    count = ngettext("%(num)s person can listen.", "%(num)s people can listen.", facts.listeners)
    never = _("%(count)s Nobody has confirmed that they all still need to.") % {
        "count": count % {"num": facts.listeners}
    }
    return by_word(facts, Duty.LISTENERS_REVIEWED, never)
