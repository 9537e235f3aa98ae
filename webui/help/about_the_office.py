"""Articles about the office and its box: people's data and the law, people, and what looks after the box."""

from __future__ import annotations

from collections.abc import Iterator

from firmware.core.access_policy import Role
from webui.help.articles import Article, of
from webui.translation import gettext as _

_DIRECTOR, _MANAGER = Role.DIRECTOR, Role.SERVICES_MANAGER
_LINE, _HR, _DPO = Role.LINE_MANAGER, Role.HR_PANEL, Role.DATA_PROTECTION_OFFICER
_ADMIN, _FITTER, _STAFF = Role.ADMINISTRATOR, Role.INSTALLER, Role.MEMBER_OF_STAFF


def law() -> Iterator[Article]:
    yield Article(
        "cases",
        _("Somebody asks for their data"),
        _("Subject access, erasure, objection, complaint: the clock, the calls, the copy."),
        ("cases",),
        _("SAR DSAR GDPR month deadline police authority bundle"),
        of(_DPO, _DIRECTOR),
    )
    yield Article(
        "keeping",
        _("Keep a call for longer, or not as long"),
        _("Legal holds, classes, erasing, and a disk that is nearly full."),
        ("holds",),
        _("retention delete erase six years dispute hold restrict"),
        of(_DIRECTOR, _DPO, _MANAGER),
    )
    yield Article(
        "compliance",
        _("What the law asks"),
        _("Read the compliance page, confirm what only you know, and print what staff get."),
        ("compliance",),
        _("ICO fee DPIA LIA GDPR audit auditor pack staff notice privacy"),
        of(_DIRECTOR, _DPO),
    )
    yield Article(
        "breach",
        _("Something went wrong with people's data"),
        _("Record it, decide within 72 hours whom to tell, and close it."),
        ("compliance.new_breach", "compliance.breach", "compliance.record_breach"),
        _("breach lost stolen leak ICO commissioner 72 hours wrong address"),
        of(_DPO, _DIRECTOR),
    )
    yield Article(
        "evidence",
        _("Read the evidence"),
        _("Who did what and when, and how an auditor checks it."),
        ("audit",),
        _("audit log trail verify checkpoint tamper"),
        of(_DPO, _DIRECTOR),
    )
    yield Article(
        "reports",
        _("Reports"),
        _("Calls, pauses, listening, room: as pictures, files, and by e-mail."),
        ("reports",),
        _("statistics chart CSV PDF figures"),
        of(_MANAGER, _DIRECTOR),
    )
    yield Article(
        "training",
        _("The training"),
        _("Three short pages that everybody reads once a year."),
        ("training",),
        _("lesson staff learn"),
        of(_STAFF),
    )


def people() -> Iterator[Article]:
    yield Article(
        "joins-leaves",
        _("Somebody joins or leaves"),
        _("Inviting, confirming by fingerprint, changing a role, ending."),
        ("people", "joining"),
        _("invite new staff leaver role code"),
        of(_DIRECTOR, _MANAGER),
    )
    yield Article(
        "sign-in",
        _("Signing in"),
        _("Pass phrase, code app, passkey, recovery codes, and being locked out."),
        ("account", "access", "set_up"),
        _("password login forgotten locked second factor 2FA phone lost vouch"),
    )
    yield Article(
        "who-can-listen",
        _("Who can listen"),
        _("What the foot of every page says, and why it stands out after a change."),
        (),
        _("office key recipients"),
    )
    yield Article(
        "roles", _("Who may do what"), _("Roles against actions."), ("help", "help.roles"), _("rights permission table")
    )


def box() -> Iterator[Article]:
    yield Article(
        "first-day",
        _("The first day"),
        _("For the installer, then for the first director alone: from the carton to the first call."),
        ("first_start",),
        _("install set up start wizard begin new"),
        of(_FITTER, _DIRECTOR),
    )
    yield Article(
        "set-up-installer",
        _("The set-up pages, for the installer"),
        _("Four steps before there is a key: network, lines, test calls that nothing records, and a box that is off."),
        (),
        "fit fitting wizard level meter test call trial fallback divert plug serial sound card",
        of(_FITTER),
    )
    yield Article(
        "set-up-guide",
        _("The set-up guide, for the director"),
        _("Eight steps in a quarter of an hour: what each is for, and how the box knows that it is done."),
        ("guide",),
        _("first director wizard finish setting up recovery key notice alerts test"),
        of(_DIRECTOR),
    )
    yield Article(
        "fit-a-line",
        _("Fit and test a line"),
        _("SIP between trunk and telephones, copies from a telephone system, or wires."),
        ("fitting",),
        _("install installer SIP SIPREC analogue trunk test level meter fallback"),
        of(_FITTER, _ADMIN),
    )
    yield Article(
        "settings",
        _("Change the settings"),
        _("Lines, rules, codes, notices: tried first, undone if need be, or taken from a file."),
        ("settings",),
        _("configure import export undo rule"),
        of(_ADMIN),
    )
    yield Article(
        "tapped-lines",
        _("Lines that only listen"),
        _("What they cannot do, and who tells callers instead."),
        (),
        _("SIPREC analogue wires copy"),
    )
    yield Article(
        "health",
        _("Health"),
        _("What is wrong, what to do, and saying that you know of it."),
        ("health", "metrics"),
        _("fault alarm alert broken light red"),
        of(_ADMIN, _FITTER),
    )
    yield Article(
        "call-log",
        _("The telephone system's call log"),
        _("Calls that were logged and not recorded."),
        ("call_log",),
        _("SMDR CDR missing recording PBX"),
        of(_MANAGER),
    )
    yield Article(
        "disk",
        _("The data disk"),
        _("Unlock it after a power cut; what a stick protects."),
        ("disk",),
        _("encrypted LUKS power cut unlock USB"),
        of(_ADMIN),
    )
    yield Article(
        "updates",
        _("Updates"),
        _("Signed, tried, and gone back from by themselves."),
        ("updates",),
        _("version upgrade roll back"),
        of(_ADMIN, _DIRECTOR),
    )
    yield Article(
        "certificate",
        _("The browser warns about this page"),
        _("Have your computer or phone trust the box, once."),
        ("certificate",),
        _("TLS HTTPS security warning not private trust"),
        of(_ADMIN),
    )
    yield Article(
        "programs",
        _("Let a till or CRM pause calls"),
        _("Tokens with narrow rights, and news of calls for other programs."),
        ("programs", "api"),
        _("API token webhook CRM till integration"),
        of(_ADMIN, _DIRECTOR),
    )
