"""Who may do what: roles against actions, as one table. Deny is the default; nothing else in the code decides this.

The table says what a role may *ask* for. Whether audio can be opened is decided by arithmetic besides: only a person to
whom the office key is sealed, or for whom a director's approval made a grant, holds anything that opens a recording.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from firmware.core.errors import NotAllowed


class Role(StrEnum):
    """What a person is to this office. A person has one role."""

    DIRECTOR = "director"
    SERVICES_MANAGER = "services_manager"
    LINE_MANAGER = "line_manager"
    HR_PANEL = "hr_panel"
    DATA_PROTECTION_OFFICER = "data_protection_officer"
    ADMINISTRATOR = "administrator"
    INSTALLER = "installer"
    MEMBER_OF_STAFF = "member_of_staff"

    @property
    def shown(self) -> str:
        return _SHOWN[self]

    @property
    def meaning(self) -> str:
        """One sentence for somebody who must choose a role for a person."""
        return _MEANING[self]

    @classmethod
    def read(cls, kept: str) -> Role:
        """A role as it was kept. What the first versions called a listener is the Support Services Manager.

        Raises:
            ValueError: there is no such role.
        """
        return cls.SERVICES_MANAGER if kept == "listener" else cls(kept)


_SHOWN = {
    Role.DIRECTOR: "Director",
    Role.SERVICES_MANAGER: "Support Services Manager",
    Role.LINE_MANAGER: "Line manager",
    Role.HR_PANEL: "HR or panel",
    Role.DATA_PROTECTION_OFFICER: "Data protection officer",
    Role.ADMINISTRATOR: "Administrator",
    Role.INSTALLER: "Installer",
    Role.MEMBER_OF_STAFF: "Member of staff",
}

_MEANING = {
    Role.DIRECTOR: "May listen, and decides what others may hear.",
    Role.SERVICES_MANAGER: "May listen, and looks after the recordings from day to day.",
    Role.LINE_MANAGER: "Asks for named calls, and hears those that a director opens, for a while.",
    Role.HR_PANEL: "Asks for the calls of a case, and hears those that a director opens, for a while.",
    Role.DATA_PROTECTION_OFFICER: "Answers people's requests about their data; hears a request's calls once a director "
    "opens them.",
    Role.ADMINISTRATOR: "Manages the box. Hears nothing, and sees no numbers or notes.",
    Role.INSTALLER: "Fits and tests lines. Never holds a key.",
    Role.MEMBER_OF_STAFF: "Sees, at most, the rows of their own calls: those of the extension set for them.",
}


class Action(StrEnum):
    """What can be asked for, by the words that pages and the evidence log use."""

    # recordings
    SEE_RECORDINGS = "see recordings"
    SEE_OWN_CALLS = "see their own calls"
    SEARCH = "search recordings"
    LISTEN = "listen"
    LISTEN_GRANTED = "listen to calls opened to them"
    DOWNLOAD = "download"
    EXPORT = "export"
    WRITE_NOTES = "write notes"
    REDACT = "redact a forgotten pause"
    REDACT_MUCH = "silence much of a recording"
    REDACT_HELD = "redact a recording under a legal hold"
    OPEN_RESTRICTED = "open calls whose processing is restricted"
    SET_CLASS = "give a recording another retention class"
    # calls in progress
    SEE_CALLS = "see calls in progress"
    END_CALL = "end a call"
    STEER_RECORDING = "pause, resume and start recordings"
    PAIR_DESKS = "pair desks"
    CONNECT_PROGRAMS = "connect other programs"
    # the PBX's call log
    SEE_CALL_LOG = "see the PBX's call log"
    EXPLAIN_MISSED = "explain a missed recording"
    # asking for access
    REQUEST_ACCESS = "ask for access to calls"
    SEE_REQUESTS = "see all requests for access"
    DECIDE_REQUESTS = "approve or refuse requests for access"
    END_ACCESS = "end access that was approved"
    # what the law asks
    SEE_HOLDS = "see legal holds"
    PLACE_HOLDS = "place and review legal holds"
    RELEASE_HOLDS = "release legal holds"
    ERASE = "order an erasure"
    WORK_ON_CASES = "work on people's requests about their data"
    SEARCH_FOR_CASES = "search calls for a case"
    MAKE_BUNDLES = "make a bundle for disclosure"
    RECORD_AUTHORITY_REQUESTS = "record requests of the police and other authorities"
    SEE_RETENTION = "see what is due to be erased"
    CHANGE_RETENTION = "change retention"
    CHOOSE_WHEN_FULL = "choose what happens when the disk is nearly full"
    SEE_REPORTS = "see reports"
    SEND_REPORTS = "have reports sent by e-mail"
    SEE_COMPLIANCE = "see what the law asks and what is in place"
    CONFIRM_DUTIES = "confirm what only a person can know"
    RECORD_BREACHES = "record breaches of people's data"
    # proof
    READ_EVIDENCE = "read the evidence without names"
    READ_AUDIT = "read the evidence with names and reasons"
    # people
    SEE_PEOPLE = "see who has a sign-in"
    INVITE_PEOPLE = "invite people"
    CONFIRM_PEOPLE = "confirm people and seal the office key to them"
    CHANGE_PEOPLE = "change people's roles and extensions"
    MAKE_DIRECTORS = "make and unmake directors and data protection officers"
    VOUCH = "vouch for somebody who is locked out"
    END_PEOPLE = "end a leaver's sign-in"
    # the box
    SEE_HEALTH = "see health"
    ACKNOWLEDGE = "say that they know of something wrong"
    SET_ALERTS = "choose where alerts go, and try it"
    CHANGE_SIGN_IN = "say how people sign in"
    CHANGE_SETTINGS = "change settings"
    TEST_LINES = "fit and test lines"
    UPDATE = "update the box"
    OPEN_DISK = "unlock and lock the data disk"
    BACK_UP = "archive and back up"
    RESTORE = "restore from a backup"
    ROTATE_KEYS = "make a new office key"
    REPLACE_RECOVERY_KEY = "make a new recovery key"


@dataclass(frozen=True)
class Row:
    """One row of the table: who may, and a sentence that says what is meant."""

    roles: frozenset[Role]
    meaning: str


_DIRECTOR, _MANAGER = Role.DIRECTOR, Role.SERVICES_MANAGER
_LINE, _HR, _DPO = Role.LINE_MANAGER, Role.HR_PANEL, Role.DATA_PROTECTION_OFFICER
_ADMIN, _FITTER, _STAFF = Role.ADMINISTRATOR, Role.INSTALLER, Role.MEMBER_OF_STAFF


def _row(*roles: Role, meaning: str) -> Row:
    return Row(frozenset(roles), meaning)


#: Rows and calls in progress carry numbers, so the administrator sees neither; and who cannot see whose call it is
#: cannot know when to pause it either.
TABLE: dict[Action, Row] = {
    Action.SEE_RECORDINGS: _row(_DIRECTOR, _MANAGER, meaning="The list of all calls, with numbers, names and notes."),
    Action.SEE_OWN_CALLS: _row(
        _DIRECTOR,
        _MANAGER,
        _LINE,
        _HR,
        _DPO,
        _STAFF,
        meaning="Rows of the calls of the extension that is set for the person, without sound.",
    ),
    Action.SEARCH: _row(
        _DIRECTOR, _MANAGER, meaning="By number, name, note and date. Every search is in the evidence."
    ),
    Action.LISTEN: _row(_DIRECTOR, _MANAGER, meaning="To any call, once a purpose is given. It needs the office key."),
    Action.LISTEN_GRANTED: _row(
        _LINE, _HR, _DPO, meaning="To the calls that a director's approval opened to this person, until it ends."
    ),
    Action.DOWNLOAD: _row(_DIRECTOR, _MANAGER, meaning="A copy of a call in a form that other programs play."),
    Action.EXPORT: _row(_DIRECTOR, _MANAGER, meaning="The same, by command on the box itself."),
    Action.WRITE_NOTES: _row(
        _DIRECTOR, _MANAGER, meaning="Notes and tags beside a call; others who see the call see them."
    ),
    Action.REDACT: _row(
        _DIRECTOR, _MANAGER, meaning="Put silence where card details were heard; what was there is destroyed."
    ),
    Action.REDACT_MUCH: _row(
        _DIRECTOR, meaning="More than ten minutes, or more than half of it, all in all. Others may silence less."
    ),
    Action.REDACT_HELD: _row(_DIRECTOR, meaning="A hold blocks everything but silencing card details."),
    Action.OPEN_RESTRICTED: _row(
        _DIRECTOR,
        meaning="For a purpose that the law leaves: a legal claim, the person's consent, somebody's rights. All others "
        "only see that the call is kept.",
    ),
    Action.SET_CLASS: _row(
        _DIRECTOR,
        _MANAGER,
        _DPO,
        meaning="Keep one recording for another time than its rule says, where that is lawful. If that erases it at "
        "once, the right to erase is needed, too.",
    ),
    Action.SEE_CALLS: _row(_DIRECTOR, _MANAGER, meaning="Who is speaking with whom at this moment."),
    Action.END_CALL: _row(_DIRECTOR, _MANAGER, meaning="Hang up a call in progress."),
    Action.STEER_RECORDING: _row(_DIRECTOR, _MANAGER, meaning="From the page, for any call that the rules let pause."),
    Action.PAIR_DESKS: _row(
        _DIRECTOR, _MANAGER, _ADMIN, meaning="Let a browser at a desk pause its own extension without a sign-in."
    ),
    Action.CONNECT_PROGRAMS: _row(
        _DIRECTOR,
        meaning="Let a till or a CRM pause, list or tag calls by a token, and have the box tell one of calls. No sound "
        "ever.",
    ),
    Action.SEE_CALL_LOG: _row(
        _DIRECTOR, _MANAGER, meaning="Which logged calls have no recording, and which recordings no logged call."
    ),
    Action.EXPLAIN_MISSED: _row(
        _DIRECTOR, _MANAGER, meaning="Say why a call has no recording that should have one; the alarm ends with that."
    ),
    Action.REQUEST_ACCESS: _row(
        _LINE, _HR, _DPO, meaning="Name calls or describe them, and say what for; a director decides."
    ),
    Action.SEE_REQUESTS: _row(_DIRECTOR, _MANAGER, _DPO, meaning="Others' requests; everybody sees their own."),
    Action.DECIDE_REQUESTS: _row(_DIRECTOR, meaning="For some or all of the calls, with an end date. Never one's own."),
    Action.END_ACCESS: _row(_DIRECTOR, meaning="Before its date; nothing can be heard by it from then on."),
    Action.SEE_HOLDS: _row(_DIRECTOR, _MANAGER, _DPO, meaning="Which recordings are kept for a stated purpose."),
    Action.PLACE_HOLDS: _row(
        _DIRECTOR, _MANAGER, _DPO, meaning="Keep recordings beyond their time, for a purpose and with a review date."
    ),
    Action.RELEASE_HOLDS: _row(_DIRECTOR, _DPO, meaning="Let held recordings go their usual way again."),
    Action.ERASE: _row(_DIRECTOR, _DPO, meaning="Destroy a recording before its time; a held one is refused."),
    Action.WORK_ON_CASES: _row(
        _DIRECTOR, _DPO, meaning="Subject access, erasure, objection, restriction and complaints, with their clocks."
    ),
    Action.SEARCH_FOR_CASES: _row(_DIRECTOR, _DPO, meaning="Rows of one person's calls, within an open case."),
    Action.MAKE_BUNDLES: _row(
        _DIRECTOR, _DPO, meaning="The copy that is handed out, of calls that this person can open."
    ),
    Action.RECORD_AUTHORITY_REQUESTS: _row(_DIRECTOR, _DPO, meaning="With the written authority attached."),
    Action.SEE_RETENTION: _row(
        _DIRECTOR, _MANAGER, _DPO, _ADMIN, meaning="How many recordings go when, and what a sweep would erase, by id."
    ),
    Action.CHANGE_RETENTION: _row(_DIRECTOR, meaning="The classes and how long each keeps."),
    Action.CHOOSE_WHEN_FULL: _row(_DIRECTOR, _MANAGER, meaning="Stop recording new calls, or shorten named classes."),
    Action.SEE_REPORTS: _row(
        _DIRECTOR,
        _MANAGER,
        _DPO,
        meaning="Calls and hours, how often was listened, what is due. Who listened and what for is for those who read "
        "the evidence with names.",
    ),
    Action.SEND_REPORTS: _row(
        _DIRECTOR,
        meaning="Each week or month, to addresses that a director sets. Counts only, nobody's name or number.",
    ),
    Action.SEE_COMPLIANCE: _row(
        _DIRECTOR, _MANAGER, _DPO, _ADMIN, meaning="And what is missing, as counts; with what is printed of it."
    ),
    Action.CONFIRM_DUTIES: _row(
        _DIRECTOR, meaning="The fee is paid, staff were told: with a day and a note, and it falls due again."
    ),
    Action.RECORD_BREACHES: _row(
        _DIRECTOR, _DPO, meaning="With the clock of 72 hours, whom was told and what was done."
    ),
    Action.READ_EVIDENCE: _row(
        _DIRECTOR, _MANAGER, _DPO, _ADMIN, meaning="What happened when, by opaque ids, and whether it verifies."
    ),
    Action.READ_AUDIT: _row(_DIRECTOR, _DPO, meaning="Who did it, and why they said they did."),
    Action.SEE_PEOPLE: _row(_DIRECTOR, _MANAGER, _DPO, _ADMIN, meaning="Names, roles, and who can open recordings."),
    Action.INVITE_PEOPLE: _row(
        _DIRECTOR, _MANAGER, _ADMIN, meaning="With a code that is good once; the person chooses their own pass phrase."
    ),
    Action.CONFIRM_PEOPLE: _row(
        _DIRECTOR, _MANAGER, meaning="After comparing fingerprints. Nobody but a holder of the office key can do this."
    ),
    Action.CHANGE_PEOPLE: _row(_DIRECTOR, _MANAGER, meaning="Never one's own."),
    Action.MAKE_DIRECTORS: _row(
        _DIRECTOR,
        meaning="Confirm, promote and demote them, and end directors. Where no director is left, whoever may listen "
        "confirms one.",
    ),
    Action.VOUCH: _row(
        _DIRECTOR, _MANAGER, meaning="A code that lets the real person in, past a lock or without a lost phone, once."
    ),
    Action.END_PEOPLE: _row(
        _DIRECTOR,
        _MANAGER,
        _ADMIN,
        meaning="Keys, sessions and access end at once. An administrator cannot end a holder of the office key.",
    ),
    Action.SEE_HEALTH: _row(
        _DIRECTOR, _MANAGER, _DPO, _ADMIN, _FITTER, meaning="Whether every part works, without numbers."
    ),
    Action.ACKNOWLEDGE: _row(
        _DIRECTOR,
        _MANAGER,
        _ADMIN,
        meaning="So that alerts and the light do not go on about it. It is in the evidence.",
    ),
    Action.SET_ALERTS: _row(
        _DIRECTOR, _ADMIN, meaning="By e-mail or web hook, with a test message. Alerts name no number."
    ),
    Action.CHANGE_SIGN_IN: _row(
        _DIRECTOR, meaning="Whether a second factor is needed, when somebody is locked out, how long a sign-in lasts."
    ),
    Action.CHANGE_SETTINGS: _row(
        _ADMIN, meaning="Lines, rules, prompts and the box itself, but neither retention nor how people sign in."
    ),
    Action.TEST_LINES: _row(_ADMIN, _FITTER, meaning="Set up a line and see that it works."),
    Action.UPDATE: _row(_DIRECTOR, meaning="Have the box take a signed update, and go back to the version before."),
    Action.OPEN_DISK: _row(
        _DIRECTOR,
        _MANAGER,
        _ADMIN,
        meaning="With the disk's own pass phrase, after a power cut. No recording is opened by it.",
    ),
    Action.BACK_UP: _row(
        _DIRECTOR, _ADMIN, meaning="Sealed recordings, keyslots and settings to the office's own storage."
    ),
    Action.RESTORE: _row(_DIRECTOR, _ADMIN, meaning="A whole box. It can add nobody to those who can open recordings."),
    Action.ROTATE_KEYS: _row(_DIRECTOR, meaning="For recordings from now on; the old ones stay readable."),
    Action.REPLACE_RECOVERY_KEY: _row(
        _DIRECTOR, meaning="Print it anew; the old one opens nothing of what is kept here."
    ),
}

#: Uses of one recording's key; each is an action of its own.
OPENING = frozenset({Action.LISTEN, Action.DOWNLOAD, Action.EXPORT})

#: Roles that see numbers of nobody and hold nothing: an administrator may take them in alone.
WITHOUT_NUMBERS = frozenset({Role.ADMINISTRATOR, Role.INSTALLER})


def may(role: Role, action: Action) -> bool:
    """Whether the table gives ``role`` the right to ``action``."""
    row = TABLE.get(action)
    return row is not None and role in row.roles


def check(role: Role, action: Action) -> None:
    """Let pass who may.

    Raises:
        NotAllowed: the role may not; the remedy names who may.
    """
    if not may(role, action):
        who = [each.shown for each in Role if may(each, action)]
        asked = f"Ask somebody of the role {' or '.join(who)}." if who else ""
        raise NotAllowed(f"The role {role.shown} may not {action.value}.", asked)


def check_another(person_id: str, other_person_id: str, action: Action) -> None:
    """Nobody approves their own request, confirms, vouches for or promotes themselves.

    Raises:
        NotAllowed: both are the same person.
    """
    if person_id == other_person_id:
        raise NotAllowed(f"Nobody may {action.value} for themselves.", "Ask another person with that right.")


def is_appointed(role: Role) -> bool:
    """Whether directors alone decide who has this role: it may destroy, or decide what others hear, and whoever looks
    after people from day to day may not. Otherwise an invented person would lend them these rights.
    """
    return any(may(role, action) for action in (Action.DECIDE_REQUESTS, Action.RELEASE_HOLDS, Action.ERASE))


def role_may_open(role: Role) -> bool:
    """Whether the office key is to be sealed to people of this role."""
    return any(may(role, use) for use in OPENING)
