"""The papers that an office prints: a notice for staff, words for the website, a form to ask for calls, and a card."""

from __future__ import annotations

from collections.abc import Mapping

from firmware.core.compliance.office_facts import OfficeFacts
from firmware.core.spoken_length import spoken_length
from webui.compliance.how_told import how_told
from webui.compliance.printed_page import Blanks, Block, Bullets, Heading, PrintedPage, Rows, Text
from webui.translation import from_the_box
from webui.translation import gettext as _


def printables(facts: OfficeFacts, office: str) -> Mapping[str, PrintedPage]:
    """By name, with this office's own codes, times and telephones."""
    pages = (
        _staff_notice(facts, office),
        _website_wording(facts, office),
        _request_form(office),
        reference_card(facts),
    )
    return {page.name: page for page in pages}


def _staff_notice(facts: OfficeFacts, office: str) -> PrintedPage:
    blocks: tuple[Block, ...] = (
        Text(_("This is for everybody who may use the telephones of %(office)s.") % {"office": office}),
        Heading(_("What is recorded")),
        Bullets(_what_is_recorded(facts)),
        Heading(_("Why")),
        Bullets(
            (
                _("To have a record of what was agreed"),
                _("To look into complaints, and to settle what was said"),
                _("To help us to train, and to do better"),
                _("To protect you and our callers where a call is abusive or goes to law"),
            )
        ),
        Text(
            _("Strike out what does not apply here. Calls are not recorded to watch over anybody without a reason."),
            True,
        ),
        Heading(_("Who may listen")),
        Text(
            _(
                "The directors and the Support Services Manager, with a reason that is written down. A line "
                "manager, HR "
                "or a panel hears single calls only, once a director has opened them. Every listening is put on "
                "record, "
                "with the name and the reason."
            )
        ),
        Heading(_("How long calls are kept")),
        Bullets(_periods(facts)),
        Heading(_("What you do")),
        Bullets(_what_you_do(facts)),
        Heading(_("Your rights")),
        Text(
            _(
                "You may ask for a copy of what is kept of you, have it put right or erased where the law gives "
                "that, object, "
                "and complain: to us first, and to the Information Commissioner (ico.org.uk)."
            )
        ),
        Blanks((_("Whom to ask"), _("Read on"), _("Name and signature"))),
    )
    return PrintedPage("staff-notice", _("Calls in this office are recorded"), _("the notice for staff"), blocks)


def _website_wording(facts: OfficeFacts, office: str) -> PrintedPage:
    blocks: tuple[Block, ...] = (
        Text(_("Words for the privacy notice on your website. What stands in [brackets] is for you to fill in."), True),
        Heading(_("We record telephone calls")),
        Text(
            _("%(office)s [address, telephone, e-mail] records calls to and from its office. %(told)s")
            % {"office": office, "told": _when_told(facts)}
        ),
        Text(
            _(
                "We record to have a reliable account of what was agreed, to look into complaints, to train our "
                "staff, and "
                "to protect staff and callers. Our lawful basis is our legitimate interest in this (UK GDPR, "
                "Article 6(1)(f)) "
                "[or: a legal duty, such as the rules of the Financial Conduct Authority]."
            )
        ),
        Text(_opt_out(facts)),
        Text(_card_details(facts)),
        Text(_("How long we keep recordings:")),
        Bullets(_periods(facts)),
        Text(
            _(
                "Few people may listen, each time with a reason that is written down. Recordings are encrypted "
                "as they are "
                "made, and stay on a device in our office%(elsewhere)s. We give them to others only where the "
                "law asks for it."
            )
            % {"elsewhere": _(" with encrypted copies at [whose place]") if facts.storage else ""}
        ),
        Text(
            _(
                "You may ask for a copy of your calls, and you may ask us to erase them or to restrict their "
                "use, or object. "
                "We answer within a month. If you are not content, complain to us at [e-mail, or the address of "
                "a form]: we "
                "say within 30 days that we have it. You may also complain to the Information Commissioner, ico.org.uk."
            )
        ),
    )
    return PrintedPage("website-wording", _("Words for the website"), _("for the privacy notice"), blocks)


def _request_form(office: str) -> PrintedPage:
    blocks: tuple[Block, ...] = (
        Text(
            _(
                "For line managers, HR and panels at %(office)s: ask for named calls. A director decides; what "
                "is approved opens "
                "for you alone, for a while. Better on the page “Requests”; this paper is for when that is not "
                "possible."
            )
            % {"office": office}
        ),
        Heading(_("Who asks")),
        Blanks((_("Name and role"), _("Date"))),
        Heading(_("For which calls")),
        Blanks((_("Day and time, about"), _("With which number or person"), _("Of which colleague or extension"))),
        Heading(_("What for")),
        Blanks((_("The case, and why these calls are needed for it"),), 3),
        Blanks((_("Until when"),)),
        Heading(_("The director's decision")),
        Blanks((_("Which calls are opened, until when; or why not"),), 3),
        Blanks((_("Name, date and signature"),)),
        Text(_("Nobody decides on their own request. Keep this paper with the case."), True),
    )
    return PrintedPage(
        "request-form", _("Asking to hear recorded calls"), _("a form for line managers, HR and panels"), blocks
    )


def reference_card(facts: OfficeFacts) -> PrintedPage:
    """The codes as this office has them, and what to say when."""
    blocks: tuple[Block, ...] = (
        Heading(_("Codes to key during a call")),
        Rows((_("Key"), _("What it does")), code_rows(facts), (1, 5)),
        Text(
            _(
                "The caller hears nothing of them; you hear each confirmed. No keys during a call? Put the "
                "caller on hold and dial the code."
            ),
            True,
        ),
        Heading(_("Before card details are said")),
        Bullets(
            (
                *_not_to_pause(facts),
                _("Say: “I am pausing the recording while you give me your card details.”"),
                _("Pause, and wait until you hear it confirmed."),
                _("Take the details. Then resume, and say: “The recording goes on now.”"),
            )
        ),
        Heading(_("If somebody asks")),
        Bullets(
            (
                _("“Yes, calls are recorded, so that we both have a record of what was said.”"),
                _("“I can tell you where our privacy notice is, and how to ask for a copy.”"),
                _("Does the caller not want it? Offer to go on in writing or in person, or ask a manager."),
            )
        ),
        Heading(_("Your own private calls")),
        Bullets(_private_calls(facts)),
    )
    return PrintedPage(
        "reference-card", _("Recorded calls: the card for your desk"), _("codes and what to say"), blocks
    )


def code_rows(facts: OfficeFacts) -> tuple[tuple[str, str], ...]:
    """Each code that is switched on, and what it does."""
    codes = facts.codes
    minutes = _("It goes on by itself after %(time)s.") % {"time": spoken_length(facts.resume_after_s)}
    rows = (
        (codes.pause, _("Pause: nothing is recorded from half a second before.")),
        (codes.resume, _("Resume.") + (f" {minutes}" if facts.resume_after_s else "")),
        (codes.start, _start_words(facts)),
        (codes.remind, _("Play the caller the reminder that calls are recorded; the call is marked.")),
        (codes.told, _("Note that you told the caller yourself.")),
        (codes.greeting, _("Dialled on its own: record a greeting by telephone.")),
    )
    return tuple(row for row in rows if row[0])


def _start_words(facts: OfficeFacts) -> str:
    if all(line.speaks and line.tells_started for line in facts.recorded_lines):
        return _("Start recording, where that is on demand. The caller is told.")
    return _("Start recording, where that is on demand. Tell the caller where the box does not.")


def _what_is_recorded(facts: OfficeFacts) -> tuple[str, ...]:
    lines = ", ".join(line.name for line in facts.recorded_lines)
    recorded = _("Calls in and out on these lines: %(lines)s, as the office's rules say") % {"lines": lines}
    nothing = _("At this moment, no line at all")
    return (recorded if lines else nothing, *_private_calls(facts), *_callers_told(facts))


def _callers_told(facts: OfficeFacts) -> tuple[str, ...]:
    """To staff: what the box or somebody else says, and where it is left to them."""
    lines = [line for line in facts.lines if line.records_callers]
    if all(line.callers_told_first for line in lines):
        return (_("Callers are told before they are put through"),) if lines else ()
    untold = ", ".join(line.name for line in lines if not line.callers_told)
    left = _("On these lines not every caller is told; tell them at the start: %(lines)s") % {"lines": untold}
    return (
        *(each.rstrip(".") for each in how_told(lines)),
        *([left] if untold else []),
    )


def _private_calls(facts: OfficeFacts) -> tuple[str, ...]:
    if facts.unrecorded:
        phones = ", ".join(facts.unrecorded)
        words = _("These telephones are never recorded, and are there for private calls: %(phones)s")
        if facts.never.but_emergencies:
            words = _("These telephones are for private calls; only emergency calls are recorded there: %(phones)s")
        return (words % {"phones": phones},)
    return (_("For private calls, use your own telephone"),)


def _periods(facts: OfficeFacts) -> tuple[str, ...]:
    kept = (
        _("%(name)s calls: %(time)s, then they are erased by themselves")
        % {"name": each.name, "time": from_the_box(each.period.shown)}
        for each in facts.classes
    )
    return (*kept, _("Longer only where a dispute or the law asks for it"))


def _what_you_do(facts: OfficeFacts) -> tuple[str, ...]:
    pause = facts.codes.pause
    key = _("Pause the recording before card details are said: key %(code)s, or press Pause") % {"code": pause}
    press = _("Pause the recording before card details are said: press Pause")
    return (
        key if pause else press,
        *_not_to_pause(facts),
        _("Tell people whom you call that they are recorded, where the box does not"),
        _("Read the three pages of the training, once a year"),
        _("Tell a director at once when a copy of a call went astray"),
    )


def _not_to_pause(facts: OfficeFacts) -> tuple[str, ...]:
    if not facts.unpausable:
        return ()
    which = ", ".join(facts.unpausable)
    return (_("Take no card details on calls that cannot be paused: those of %(lines)s") % {"lines": which},)


def _card_details(facts: OfficeFacts) -> str:
    if facts.unpausable:
        return _("Please say no card details on the telephone: not every recording can be paused.")
    return _("When you give us card details, the recording is paused: they are not kept.")


def _when_told(facts: OfficeFacts) -> str:
    """To the public. What the box does not say by itself is left to whoever fills the paper in."""
    callers = [line for line in facts.lines if line.records_callers]
    called = [line for line in facts.lines if line.records_called]
    if not all(line.callers_told for line in callers) or not all(line.called_told for line in called):
        return _("[Say when and how people are told, of calls in and out: the box does not tell everybody.]")
    if callers and all(line.callers_told_first for line in callers) and all(line.called_told_first for line in called):
        return _("You are told so before you are put through, or when we call you.")
    return _("You are told so on the telephone, at the latest when a recording starts.")


def _opt_out(facts: OfficeFacts) -> str:
    keys = sorted({line.opt_out_key for line in facts.recorded_lines if line.opt_out_key})
    if keys:
        return _("If you do not want to be recorded, press %(key)s after the notice.") % {"key": keys[0]}
    return _("If you do not want to be recorded, write to us instead, or ask us to go on in another way.")
