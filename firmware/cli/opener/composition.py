"""What the opener is made of: every object of the process, built once and passed down."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial

from firmware.adapters.catalogue.restrictions import RestrictionTable
from firmware.adapters.keys.code_digests import BoxCodeDigests
from firmware.adapters.keys.keyslot_shelf import KeyslotFolder
from firmware.adapters.keys.listening_keys import AgeKeyMaker, AgeKeyUnlocker
from firmware.adapters.keys.office_keys import PublicKeyFiles
from firmware.adapters.keys.one_time_codes import TimeBasedCodes
from firmware.adapters.keys.pass_phrases import OfficePassPhrases
from firmware.adapters.keys.private_files import read_key_file
from firmware.adapters.settings.invitation_file import InvitationFile
from firmware.adapters.settings.people_file import PeopleFile
from firmware.adapters.settings.recipients_file import RecipientsFile
from firmware.adapters.settings.waiting_evidence import WaitingEvidenceFile
from firmware.adapters.store.evidence_looks import lines_about_people, unreleased_holds
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.cli.opener.needs import OpenerNeeds
from firmware.cli.opener.requests import granted_keys
from firmware.core.access_policy import Role, role_may_open
from firmware.core.errors import OfficeIncomplete
from firmware.core.home import Home
from firmware.ports.clock import Clock
from firmware.ports.listening_keys import EvidenceDesk, KeyMaker, KeyUnlocker
from firmware.ports.second_factor import PasskeyChecker
from firmware.ports.settings_store import CountedPeopleStore, PeopleStore
from firmware.services.account import Account
from firmware.services.joining import Joining
from firmware.services.named_cases import NamedCases
from firmware.services.opener import Opener
from firmware.services.opener_sessions import OpenerSessions
from firmware.services.patient_evidence import PatientEvidence
from firmware.services.people_desk import PeopleDesk
from firmware.services.recipient_watch import RecipientWatch
from firmware.services.recovering import Recovering
from firmware.services.remembered_people import RememberedPeople
from firmware.services.second_factors import SecondFactors
from firmware.services.sign_in_guard import SignInGuard
from firmware.services.signing_in import SigningIn
from firmware.services.vouchers import Vouchers


@dataclass(frozen=True)
class Office:
    """The opener's parts, as its routes need them."""

    needs: OpenerNeeds
    people: PeopleStore
    opener: Opener
    signing_in: SigningIn
    factors: SecondFactors
    account: Account
    joining: Joining
    desk: PeopleDesk
    recovering: Recovering
    watch: RecipientWatch
    sessions: OpenerSessions
    evidence: PatientEvidence
    vouchers: Vouchers


@dataclass(frozen=True)
class Ground:
    """What everything else stands on. Tests put their own clock and cheap keys here."""

    people: CountedPeopleStore
    clock: Clock
    unlocker: KeyUnlocker
    keys: KeyMaker
    box_secret: bytes
    needs: OpenerNeeds


def _passkeys(office: str) -> PasskeyChecker:
    # Only now: 2 MB, and many an office has none.
    from firmware.adapters.keys.passkeys import WebAuthnPasskeys

    return WebAuthnPasskeys(office)


def compose_office(home: Home, evidence: EvidenceDesk, ground: Ground) -> Office:
    """Build everything over a data folder.

    Raises:
        NotSetUp, StorageError: the folder holds no office, or cannot be read.
    """
    if not ground.people.people():
        raise OfficeIncomplete(
            f"Nobody could sign in: {home.people_file} is missing or empty.",
            "Put it back from a backup of the state folder.",
        )
    clock, keys, needs = ground.clock, ground.keys, ground.needs
    patient = PatientEvidence(evidence, WaitingEvidenceFile(home.waiting_evidence))
    rules, vouchers = OfficePassPhrases(), Vouchers(clock)
    people = RememberedPeople(ground.people, partial(lines_about_people, home.evidence), patient, clock)
    sessions = OpenerSessions(clock, needs.sessions)
    digests, office = BoxCodeDigests(ground.box_secret), needs.office
    factors = SecondFactors(TimeBasedCodes(), cache(partial(_passkeys, office)), digests, keys, clock, office)
    guard = SignInGuard(people, needs.lock_out)
    signing_in = SigningIn(
        people,
        ground.unlocker,
        factors,
        vouchers,
        patient,
        clock,
        sessions,
        guard,
        partial(_second_factor_required, needs),
    )
    recipients = RecipientsFile(home.recipients_file)
    watch = RecipientWatch(people, recipients, lambda: _public_keys(home), patient, clock)
    invitations = InvitationFile(home.invitations_file)
    joining = Joining(people, invitations, sessions, keys, digests, rules, patient, clock)
    return Office(
        needs=needs,
        people=people,
        opener=Opener(
            signing_in,
            KeyslotFolder(home.recordings),
            patient,
            sessions,
            granted_keys(home, clock),
            NamedCases(clock),
            RestrictionTable(home.catalogue, partial(unreleased_holds, home.evidence)),
        ),
        signing_in=signing_in,
        factors=factors,
        account=Account(people, sessions, signing_in, factors, keys, rules, patient),
        joining=joining,
        desk=PeopleDesk(people, sessions, vouchers, watch, patient, clock),
        recovering=Recovering(people, recipients, keys, rules, sessions, watch, patient, clock),
        watch=watch,
        sessions=sessions,
        evidence=patient,
        vouchers=vouchers,
    )


def ground_of(home: Home, needs: OpenerNeeds) -> Ground:
    """Raises NotSetUp, StorageError: there is no office, or its secret cannot be read."""
    box_secret = read_key_file(home.box_secret)
    return Ground(
        people=PeopleFile(home.people_file),
        clock=SystemClock(),
        unlocker=AgeKeyUnlocker(box_secret),
        keys=AgeKeyMaker(box_secret),
        box_secret=box_secret,
        needs=needs,
    )


def _second_factor_required(needs: OpenerNeeds, role: Role) -> bool:
    """Where it is required: everybody's to whom the office key is sealed."""
    return needs.second_factor_required and role_may_open(role)


def _public_keys(home: Home) -> tuple[str, str]:
    keys = PublicKeyFiles(home).read()
    return keys.office, keys.recovery
