"""What the law asks of an office that records calls, how each is checked, and where it is put right: one table."""

from __future__ import annotations

from firmware.core.compliance.duty import Duty
from webui.compliance import checks
from webui.compliance.items import Group, Item, Link
from webui.translation import gettext as _


def groups() -> tuple[Group, ...]:
    """In the language of this request."""
    return (
        Group(_("Telling people"), _telling()),
        Group(_("What is recorded, and what is not"), _recording()),
        Group(_("Reasons and papers"), _papers()),
        Group(_("Keeping and erasing"), _keeping()),
        Group(_("People's rights"), _rights()),
        Group(_("Keeping it safe"), _safety()),
    )


def _settings(name: str, words: str) -> Link:
    return Link("settings.section", words, values={"name": name})


def _print(paper: str, words: str) -> Link:
    return Link("compliance.printable", words, values={"paper": paper})


def _telling() -> tuple[Item, ...]:
    return (
        Item(
            "callers_told",
            _("Callers are told that they are recorded"),
            _("Before they are put through, by the box or by whoever answers."),
            ("ibr", "gdpr"),
            checks.callers_told,
            links=(_settings("lines", _("Change the lines and their notices")),),
        ),
        Item(
            "notices_heard",
            _("Calls show that callers were told"),
            _("By what each call's own record says: a notice, an announcement, staff's word, or who else tells them."),
            ("ibr", "gdpr"),
            checks.notices_heard,
            links=(Link("recordings.list_calls", _("Look through the calls")),),
        ),
        Item(
            "called_told",
            _("People whom the office calls are told"),
            _("By a notice when they answer, a tone, or what staff say. Confirm how, where the box says nothing."),
            ("gdpr",),
            checks.called_told,
            Duty.CALLED_TOLD,
            (_settings("lines", _("Change the lines and their notices")),),
        ),
        Item(
            "staff_told",
            _("Staff were told"),
            _("Everybody who may use the telephones, in writing: what is recorded, why, for how long, who may listen."),
            ("ibr", "gdpr", "workers"),
            checks.staff_told,
            Duty.STAFF_TOLD,
            (_print("staff-notice", _("Print the staff notice")),),
        ),
        Item(
            "staff_trained",
            _("Staff are trained"),
            _("How to pause, what to say and when. Confirm it for those who have no sign-in."),
            ("gdpr", "pci"),
            checks.staff_trained,
            Duty.STAFF_TRAINED,
            (Link("training.page", _("Open the training")), _print("reference-card", _("Print the reference card"))),
        ),
        Item(
            "privacy_notice",
            _("The privacy notice says it"),
            _("On the website, or wherever people find it: why, for how long, and what rights they have."),
            ("gdpr",),
            checks.privacy_notice,
            Duty.PRIVACY_NOTICE,
            (_print("website-wording", _("Print the wording")),),
        ),
    )


def _recording() -> tuple[Item, ...]:
    return (
        Item(
            "private_phone",
            _("There is a telephone for private calls"),
            _(
                "One that is never recorded, for staff's own calls; the law lets an office record calls of its "
                "business only."
            ),
            ("ibr", "workers"),
            checks.private_phone,
            Duty.PRIVATE_PHONE,
            (_settings("extensions", _("Set an extension to be never recorded")),),
        ),
        Item(
            "exempt_numbers",
            _("Confidential numbers are never recorded"),
            _("Such as those of HR, occupational health, or a union."),
            ("gdpr", "workers"),
            checks.exempt_numbers,
            links=(_settings("rules", _("Make a rule for them")),),
        ),
        Item(
            "card_data",
            _("Card details are not kept"),
            _("Recording is paused while they are said. Confirm it where no card details are taken at all."),
            ("pci",),
            checks.card_data,
            Duty.CARDS_NOT_TAKEN,
            (_settings("lines", _("Change the lines and their notices")),),
        ),
    )


def _papers() -> tuple[Item, ...]:
    return (
        Item(
            "fee_paid",
            _("The data-protection fee is paid"),
            _("Once a year, to the Information Commissioner. Say until when, and where the register's letter is."),
            ("fee",),
            checks.fee_paid,
            Duty.FEE_PAID,
        ),
        Item(
            "lawful_basis",
            _("The lawful basis is written down"),
            _("Mostly legitimate interests, weighed against people's own: ico.org.uk has a form for that assessment."),
            ("gdpr",),
            checks.lawful_basis,
            Duty.LAWFUL_BASIS,
        ),
        Item(
            "impact_assessed",
            _("The risks to people were assessed"),
            _(
                "A data-protection impact assessment: recording everybody who calls, staff among them, mostly "
                "needs one."
            ),
            ("gdpr", "workers"),
            checks.impact_assessed,
            Duty.IMPACT_ASSESSED,
        ),
        Item(
            "processing_listed",
            _("Recording is in the record of processing"),
            _("With its purpose, whose data it is, who gets it, how long it is kept and how it is kept safe."),
            ("gdpr",),
            checks.processing_listed,
            Duty.PROCESSING_LISTED,
        ),
        Item(
            "storage_contract",
            _("Whoever keeps copies is bound by a contract"),
            _(
                "Where archive or backup go to another company's place. Confirm it too where that place is the "
                "office's own."
            ),
            ("gdpr",),
            checks.storage_contract,
            Duty.STORAGE_CONTRACT,
            (_settings("archive", _("See where copies go")),),
        ),
        Item(
            "regulated",
            _("Calls that a regulator wants are kept"),
            _(
                "Firms that deal in investments keep such calls five years. Confirm it where the office does no "
                "such thing."
            ),
            ("sysc",),
            checks.regulated,
            Duty.NOT_REGULATED,
            (Link("holds.page", _("See how long calls are kept")),),
        ),
    )


def _keeping() -> tuple[Item, ...]:
    return (
        Item(
            "periods_chosen",
            _("Calls are kept no longer than needed"),
            _("Each class has a time for a reason: claims from a contract can be brought for six years."),
            ("gdpr", "limitation"),
            checks.periods_chosen,
            Duty.PERIODS_CHOSEN,
            (Link("holds.page", _("See how long calls are kept")),),
        ),
        Item(
            "erased_in_time",
            _("They are erased when their time is over"),
            _("By itself, to the day; only a legal hold stops it."),
            ("gdpr",),
            checks.erased_in_time,
            links=(Link("holds.page", _("See what goes next")), Link("health.page", _("See what is wrong"))),
        ),
    )


def _rights() -> tuple[Item, ...]:
    return (
        Item(
            "requests_answered",
            _("People's requests are answered in time"),
            _("Within a month of receipt, or of proof of who they are."),
            ("gdpr", "dpa", "duaa"),
            checks.requests_answered,
            links=(Link("cases.page", _("Open the cases")),),
        ),
        Item(
            "complaints_way",
            _("People can complain to the office"),
            _("By a form that can be filled in electronically and by other means; acknowledged within 30 days."),
            ("dpa", "duaa"),
            checks.complaints_way,
            Duty.COMPLAINTS_WAY,
            (Link("cases.page", _("Open the cases")),),
        ),
    )


def _safety() -> tuple[Item, ...]:
    return (
        Item(
            "breaches_told",
            _("Breaches are told within 72 hours"),
            _(
                "To the Information Commissioner, unless a risk to people is unlikely; to the people themselves "
                "where it is high."
            ),
            ("gdpr",),
            checks.breaches_told,
            links=(Link("compliance.page", _("See the breaches"), "breaches"),),
        ),
        Item(
            "breach_plan",
            _("Everybody knows whom to tell"),
            _(
                "At once, by day and night, when a copy went astray, a phone was lost or somebody listened who "
                "should not."
            ),
            ("gdpr",),
            checks.breach_plan,
            Duty.BREACH_PLAN,
        ),
        Item(
            "second_factor",
            _("Whoever may listen signs in with a second step"),
            _("Six digits from a code app, or a passkey, besides the pass phrase."),
            ("gdpr", "pci"),
            checks.second_factor,
            links=(_settings("sign_in", _("Change how people sign in")),),
        ),
        Item(
            "listeners_reviewed",
            _("Only those can listen who need to"),
            _("The list is looked at twice a year, and whenever it changed."),
            ("gdpr", "pci"),
            checks.listeners_reviewed,
            Duty.LISTENERS_REVIEWED,
            (Link("people.page", _("See who can listen")),),
        ),
    )
