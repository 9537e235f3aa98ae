"""Where things lie in the data folder (``EARMARK_HOME``): names only, nothing is touched.

*State* is there whenever the box is on (settings, people, public keys); *data* may be on an encrypted disk still
locked; *run* holds sockets and is made anew at each start.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from firmware.core.lines_instance import LinesInstance, process_name


@dataclass(frozen=True)
class Home:
    """Paths below one data folder."""

    root: Path

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def settings_file(self) -> Path:
        return self.state / "settings.json"

    @property
    def people_file(self) -> Path:
        return self.state / "people.json"

    @property
    def invitations_file(self) -> Path:
        return self.state / "invitations.json"

    @property
    def recipients_file(self) -> Path:
        """The office key sealed to the recovery key, and which recipients the evidence knows of."""
        return self.state / "recipients.json"

    @property
    def desks_file(self) -> Path:
        return self.state / "desks.json"

    @property
    def keys(self) -> Path:
        return self.state / "keys"

    @property
    def office_public_key(self) -> Path:
        return self.keys / "office.pub"

    @property
    def recovery_public_key(self) -> Path:
        return self.keys / "recovery.pub"

    @property
    def device_public_key(self) -> Path:
        return self.keys / "device.pub"

    @property
    def device_key(self) -> Path:
        """The recorder's Ed25519 signing key. It opens nothing."""
        return self.keys / "device.key"

    @property
    def box_secret(self) -> Path:
        """The opener's share of every pass phrase: without it a stolen people file cannot be guessed at."""
        return self.state / "opener" / "box.secret"

    @property
    def programs_file(self) -> Path:
        """Programs of the office that may ask things of the box, and web hooks with their secrets: the opener's."""
        return self.box_secret.parent / "programs.json"

    @property
    def waiting_evidence(self) -> Path:
        """What was done while the recorder was away, and must be in the evidence: the opener's."""
        return self.box_secret.parent / "waiting-evidence.json"

    @property
    def export_key(self) -> Path:
        """Signs exported calls, and opens nothing: the opener's, with its certificate."""
        return self.box_secret.parent / "export.pem"

    @property
    def rewrap_journal(self) -> Path:
        """How far keyslots are wrapped to a new recovery key; there only while that is going on."""
        return self.box_secret.parent / "rewrap.json"

    @property
    def settings_history(self) -> Path:
        """What the settings were before each change made on the page, without passwords."""
        return self.box_secret.parent / "settings-history.json"

    @property
    def set_up_book(self) -> Path:
        """What people said while they set the box up: the opener's."""
        return self.box_secret.parent / "set-up.json"

    @property
    def new_prompt(self) -> Path:
        """A prompt that somebody sent, until whoever owns the stock has put it there."""
        return self.box_secret.parent / "new-prompt.wav"

    @property
    def certificates(self) -> Path:
        """The box's certificate authority and what it issued. Whoever may write here signs."""
        return self.state / "certificates"

    @property
    def authority_certificate(self) -> Path:
        """The box's own authority, for everybody to install."""
        return self.certificates / "authority.pem"

    @property
    def authority_key(self) -> Path:
        return self.certificates / "authority" / "key.pem"

    @property
    def page_certificate(self) -> Path:
        return self.certificates / "page" / "cert.pem"

    @property
    def page_key(self) -> Path:
        return self.certificates / "page" / "key.pem"

    @property
    def lines_certificate(self) -> Path:
        return self.certificates / "lines" / "cert.pem"

    @property
    def lines_key(self) -> Path:
        return self.certificates / "lines" / "key.pem"

    @property
    def office_certificate(self) -> Path:
        """One for the page that the office had issued elsewhere; the page uses it where it is."""
        return self.state / "tls" / "cert.pem"

    @property
    def office_certificate_key(self) -> Path:
        return self.state / "tls" / "key.pem"

    @property
    def peer_addresses(self) -> Path:
        """The last addresses of peers that the settings name by name: the packet filter's."""
        return self.state / "network" / "addresses.json"

    @property
    def alerts(self) -> Path:
        """What is wrong, who was told of it, and which messages have not reached everybody: the keeper's."""
        return self.state / "health" / "alerts.json"

    @property
    def prompts(self) -> Path:
        """The operator's own notices; the shipped ones are package data."""
        return self.state / "prompts"

    @property
    def phone_registrations(self) -> Path:
        """Where registered phones are, so that they ring as soon as the box is back."""
        return self.state / "phones" / "registrations.json"

    @property
    def spool(self) -> Path:
        """What is recorded while the data disk is away, until it is taken in."""
        return self.state / "spool"

    @property
    def spool_public_key(self) -> Path:
        """To this the recorder seals names and numbers that wait in the spool."""
        return self.spool / "spool.pub"

    @property
    def spooled(self) -> Home:
        """The spool, seen as a data folder: the same names in it as in the other."""
        return _Spooled(self.root)

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def data_mark(self) -> Path:
        """Says whose data folder this is. An empty mount point has none."""
        return self.data / ".earmark-data"

    @property
    def empty_place_mark(self) -> Path:
        """Says that this is the bare place where the data disk belongs; a disk that is mounted there hides it."""
        return self.data / ".place-of-the-data-disk"

    @property
    def spool_key(self) -> Path:
        """Opens names and numbers that waited in the spool; it lies where, once taken in, they lie as well."""
        return self.data / "spool.secret"

    @property
    def recordings(self) -> Path:
        return self.data / "recordings"

    @property
    def revisions(self) -> Path:
        """Sealed revisions while they are received; never a place where anything stays."""
        return self.data / "revisions"

    @property
    def catalogue(self) -> Path:
        """In a folder of its own: whoever writes it also makes and removes SQLite's files beside it."""
        return self.data / "catalogue" / "catalogue.db"

    @property
    def catalogue_before_folders(self) -> Path:
        """Where the first versions had it."""
        return self.data / "catalogue.db"

    @property
    def evidence(self) -> Path:
        return self.data / "evidence"

    @property
    def checkpoint(self) -> Path:
        """The newest."""
        return self.evidence / "checkpoint.note"

    @property
    def checkpoints(self) -> Path:
        """Each that was signed, as ``<number of its last line>.note``."""
        return self.evidence / "checkpoints"

    @property
    def scrub_mark(self) -> Path:
        """Up to where the keeper has read the store again."""
        return self.keeper / "integrity-scrub.json"

    @property
    def fetched(self) -> Path:
        """What comes from the archive, until it is in its place."""
        return self.keeper / "fetched"

    @property
    def keeper(self) -> Path:
        """The keeper's own: what it needs to reach the office's storage, and backups on their way there."""
        return self.data / "keeper"

    @property
    def run(self) -> Path:
        return self.root / "run"

    def run_of(self, process: str) -> Path:
        """One process's own part of it: on the box no other can make anything there, and so be in its way."""
        return self.run / process

    @property
    def smart_reports(self) -> Path:
        """What smartctl, which only root may ask, last said of each disk."""
        return self.run / "smart"

    @property
    def lines_socket(self) -> Path:
        return self.lines_socket_of("sip")

    def lines_socket_of(self, instance: LinesInstance) -> Path:
        """The control socket of one of the processes that hold or hear calls."""
        return self.run_of("lines") / f"{process_name(instance)}.sock"

    @property
    def recorder_socket(self) -> Path:
        return self.run_of("recorder") / "recorder.sock"

    @property
    def trial_socket(self) -> Path:
        """Where lines are tried before there is an office: how loud their calls are."""
        return self.run_of("lines") / "lines-trial.sock"

    @property
    def opener_socket(self) -> Path:
        return self.run_of("opener") / "opener.sock"

    @property
    def keeper_socket(self) -> Path:
        return self.run_of("keeper") / "keeper.sock"

    @property
    def box_socket(self) -> Path:
        """Of the one process that runs as root."""
        return self.run_of("box") / "box.sock"

    @property
    def update_notes(self) -> Path:
        """What became of the newest update of the box; root writes it, and both slots' systems read it."""
        return self.state / "updates" / "update.json"

    @property
    def sent_update(self) -> Path:
        """An update as somebody has sent it from the page."""
        return self.data / "update" / "update.raucb"

    @property
    def fetched_update(self) -> Path:
        """An update as the keeper has fetched it."""
        return self.keeper / "update" / "update.raucb"

    @property
    def settings_before_update(self) -> Path:
        """For the system before, should it come back and find settings that it cannot read."""
        return self.update_notes.with_name("settings-before.json")

    @property
    def block_requests(self) -> Path:
        """What the lines ask the packet filter to drop. On the box alone."""
        return self.run / "blocks"

    @property
    def rings_socket(self) -> Path:
        return self.run_of("recorder") / "rings.sock"

    def segment(self, recording_id: str, segment: int, started_at_ms: int) -> Path:
        """The sealed file of one segment: ``recordings/YYYY/MM/DD/<id>.<segment>.ear`` by the UTC day of its start."""
        day = datetime.fromtimestamp(started_at_ms / 1000, tz=UTC)
        return self.recordings / f"{day:%Y/%m/%d}" / f"{recording_id}.{segment}.ear"

    @staticmethod
    def keyslot_of(segment: Path) -> Path:
        """The keyslot beside a sealed segment."""
        return segment.with_suffix(".key")

    @staticmethod
    def grant_of(segment: Path, person_id: str) -> Path:
        """One person's grant beside a sealed segment: ``<id>.<segment>.<person>.grant``."""
        return segment.with_suffix(f".{person_id}.grant")


@dataclass(frozen=True)
class _Spooled(Home):
    @property
    def data(self) -> Path:
        return self.spool
