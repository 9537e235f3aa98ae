"""Who owns what on the box, with which rights, and whose business it is: the one table of it.

Paths are below the data folder (``EARMARK_HOME``). ``base/**.ear`` is every file of that ending anywhere below
``base``, and ``base/**/`` every folder there. ``systemd/earmark.tmpfiles`` says the same of the state folder, before
any of our programs runs; the data disk is put right whenever it was opened (``earmark rights apply``). A clone has none
of the users, and everything in it belongs to whoever runs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LINES, RECORDER, OPENER, KEEPER, WEB, PANEL = "lines", "recorder", "opener", "keeper", "web", "panel"
PROCESSES = (LINES, RECORDER, OPENER, KEEPER, WEB, PANEL)

#: Groups beside each user's own, and which processes' users are in them.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "earmark": PROCESSES,
    "earmark-settings": PROCESSES,
    "earmark-data": (RECORDER, OPENER, KEEPER, WEB),
    "earmark-store": (RECORDER, OPENER, KEEPER),
}
_SETTINGS, _DATA, _STORE = "earmark-settings", "earmark-data", "earmark-store"
_STORED = (RECORDER, OPENER, KEEPER)
_SEEN = (*_STORED, WEB)


@dataclass(frozen=True)
class Place:
    """One row. ``owner`` is a process or root; ``group`` a group by name, empty for the owner's own.

    ``reads`` and ``writes``: the processes that may (for a folder: list it, and make or remove names in it), if they
    get as far as there.
    """

    path: str
    owner: str
    group: str
    mode: int
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    what: str

    @property
    def is_folder(self) -> bool:
        return self.path.endswith("/") or not self.path

    @property
    def user(self) -> str:
        return self.owner if self.owner == "root" else f"earmark-{self.owner}"

    @property
    def group_name(self) -> str:
        return self.group or self.user


def _own(path: str, process: str, what: str) -> Place:
    """For one process alone."""
    return Place(path, process, "", 0o700 if path.endswith("/") else 0o600, (process,), (process,), what)


STATE: tuple[Place, ...] = (
    Place("", "root", "root", 0o755, PROCESSES, (), "the data folder"),
    Place("state/", "root", "earmark-opener", 0o1775, PROCESSES, (OPENER,), "sticky: nobody takes another's file away"),
    Place("state/settings.json", "root", _SETTINGS, 0o640, PROCESSES, (), "the settings; commands write them, as root"),
    Place("state/keys/", "root", "earmark-opener", 0o1775, PROCESSES, (OPENER,), "keys that recordings are sealed to"),
    Place("state/keys/*.pub", "root", "root", 0o644, PROCESSES, (), "public keys"),
    Place("state/keys/office.pub", OPENER, "", 0o644, PROCESSES, (OPENER,), "replaced when a director makes a new one"),
    Place("state/keys/recovery.pub", OPENER, "", 0o644, PROCESSES, (OPENER,), "likewise"),
    _own("state/keys/device.key", RECORDER, "signs the evidence"),
    _own("state/opener/", OPENER, "the box secret"),
    _own("state/opener/*", OPENER, "how far keys are wrapped anew, what programs may, and what signs exports"),
    _own("state/people.json", OPENER, "people, their keys wrapped"),
    _own("state/desks.json", OPENER, "paired desks"),
    _own("state/invitations.json", OPENER, "who was invited"),
    _own("state/recipients.json", OPENER, "who can open recordings"),
    Place("state/certificates/", "root", _SETTINGS, 0o2750, PROCESSES, (), "the box's own: issued, and by whom"),
    Place("state/certificates/authority.pem", "root", _SETTINGS, 0o640, PROCESSES, (), "for everybody to install"),
    Place("state/certificates/authority/", "root", "root", 0o700, (), (), "its key: of whoever signs alone"),
    Place("state/certificates/page/", "root", "earmark-web", 0o2750, (WEB,), (), "what the page proves itself with"),
    Place("state/certificates/page/*", "root", "earmark-web", 0o640, (WEB,), (), "certificate and key"),
    Place("state/certificates/lines/", "root", "earmark-lines", 0o2750, (LINES,), (), "likewise the lines, over TLS"),
    Place("state/certificates/lines/*", "root", "earmark-lines", 0o640, (LINES,), (), "certificate and key"),
    _own("state/tls/", WEB, "a certificate that the office had issued elsewhere"),
    _own("state/tls/*", WEB, "and its key"),
    Place("state/prompts/", LINES, _SETTINGS, 0o2750, PROCESSES, (LINES,), "the office's own announcements"),
    Place("state/prompts/*", LINES, _SETTINGS, 0o640, PROCESSES, (LINES,), "greetings come by telephone"),
    _own("state/phones/", LINES, "where registered phones are"),
    _own("state/phones/*", LINES, "so that they ring at once after a restart"),
    Place("state/network/", "root", "root", 0o755, PROCESSES, (), "the packet filter's: addresses of peers by name"),
    Place("state/updates/", "root", "root", 0o755, PROCESSES, (), "what became of updates"),
    Place("state/updates/rauc/", "root", "root", 0o700, (), (), "of the updater alone"),
    _own("state/health/", KEEPER, "what is wrong, who was told of it, and alerts on their way"),
    _own("state/health/*", KEEPER, "so that a restart tells nothing twice, and loses nothing"),
    _own("state/spool/", RECORDER, "what is recorded while the data disk is away"),
    _own("state/spool/spool.pub", RECORDER, "to this names are sealed that wait there"),
)

DATA: tuple[Place, ...] = (
    Place("data/", RECORDER, _DATA, 0o2750, _SEEN, (RECORDER,), "the data disk: the door to all below"),
    Place("data/.earmark-data", RECORDER, _DATA, 0o640, _SEEN, (RECORDER,), "whose data disk it is"),
    _own("data/spool.secret", RECORDER, "opens names that waited in the spool"),
    Place("data/catalogue/", RECORDER, _STORE, 0o2775, _SEEN, _STORED, "SQLite makes files beside the catalogue"),
    Place("data/catalogue/*", RECORDER, _STORE, 0o664, _SEEN, _STORED, "each table has one writer, see schema.py"),
    Place("data/recordings/", RECORDER, _STORE, 0o2775, _SEEN, _STORED, "sealed recordings"),
    Place("data/recordings/**/", RECORDER, _STORE, 0o2775, _SEEN, _STORED, "the keeper erases; the opener grants"),
    Place("data/recordings/**.ear", RECORDER, _STORE, 0o644, _SEEN, (RECORDER,), "never changed"),
    Place("data/recordings/**.key", RECORDER, _STORE, 0o660, _STORED, _STORED, "keyslots: erased by being overwritten"),
    Place("data/recordings/**.grant", OPENER, _STORE, 0o660, _STORED, _STORED, "what an approval opens"),
    Place("data/evidence/", RECORDER, _STORE, 0o2750, _STORED, (RECORDER,), "the evidence log: one writer"),
    Place("data/evidence/**/", RECORDER, _STORE, 0o2750, _STORED, (RECORDER,), "checkpoints"),
    Place("data/evidence/**.log", RECORDER, _STORE, 0o640, _STORED, (RECORDER,), "the log of each day"),
    Place("data/evidence/**.note", RECORDER, _STORE, 0o640, _STORED, (RECORDER,), "signed checkpoints"),
    Place("data/revisions/", RECORDER, _STORE, 0o2700, (RECORDER,), (RECORDER,), "silenced recordings on their way"),
    _own("data/update/", WEB, "an update of the box that was sent from the page"),
    _own("data/update/*", WEB, "checked by whoever writes it to the box"),
    _own("data/keeper/", KEEPER, "what reaches the office's storage, and backups on their way"),
)

PLACES = STATE + DATA

#: Where sockets are, made anew at each start. A folder for each: whoever took over one process cannot put something
#: where another's socket belongs, and so keep that from starting again.
RUN: tuple[Place, ...] = (
    Place("run/", "root", "earmark", 0o750, PROCESSES, (), "where the processes meet"),
    *(
        Place(f"run/{process}/", process, "earmark", 0o750, PROCESSES, (process,), "its sockets, and what it jots down")
        for process in (LINES, RECORDER, OPENER, KEEPER)
    ),
    Place("run/box/", "root", "earmark", 0o750, PROCESSES, (), "the socket of what runs as root"),
    Place("run/smart/", "root", "earmark", 0o750, PROCESSES, (), "what the disks said of themselves"),
    Place("run/blocks/", LINES, "root", 0o2770, (LINES,), (LINES,), "asks the packet filter by names of files"),
)


def allowed(place: Place, process: str) -> tuple[bool, bool]:
    """What the kernel makes of owner, group and mode: may this process's user read, may it write? The folders above
    are not looked at."""
    if process == place.owner:
        bits = place.mode >> 6
    elif (place.group in GROUPS and process in GROUPS[place.group]) or place.group == f"earmark-{process}":
        bits = place.mode >> 3
    else:
        bits = place.mode
    return bool(bits & 0o4), bool(bits & 0o2)
