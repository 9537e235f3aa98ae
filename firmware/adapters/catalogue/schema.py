"""The catalogue's tables as they are now. How they came to be is in ``migrations``; a test compares the two."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()

recordings = Table(
    "recordings",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("call_id", String, nullable=False),
    Column("line", String, nullable=False),
    Column("direction", String, nullable=False),
    Column("started_at_ms", BigInteger, nullable=False),
    Column("answered_at_ms", BigInteger),
    Column("ended_at_ms", BigInteger),
    Column("duration_ms", Integer, nullable=False, server_default="0"),
    Column("far_number", String),
    Column("far_presentation", String, nullable=False),
    Column("far_network_number", String),
    Column("far_display_name", String),
    Column("far_digits_reversed", String),
    Column("office_number", String),
    Column("office_presentation", String, nullable=False),
    Column("office_network_number", String),
    Column("office_display_name", String),
    Column("office_digits_reversed", String),
    Column("decided_by", Text, nullable=False),
    Column("mode", String, nullable=False),
    Column("notice", Text),
    Column("legs", Text, nullable=False, server_default="[]"),
    Column("end_cause", String),
    Column("retention_class", String, nullable=False),
    Column("state", String, nullable=False),
    Column("not_taken_ms", Integer, nullable=False, server_default="0"),
    Column("not_stored_ms", Integer, nullable=False, server_default="0"),
    Column("evidence_line", Integer),
    Column("paused_ms", Integer, nullable=False, server_default="0"),
    Column("pause_count", Integer, nullable=False, server_default="0"),
    Column("pauses", Text, nullable=False, server_default="[]"),
    Column("announcements", Text, nullable=False, server_default="[]"),
    Column("holds", Text, nullable=False, server_default="[]"),
    Column("parties", Text, nullable=False, server_default="[]"),
    Column("marks", Text, nullable=False, server_default="[]"),
    Column("tags", Text, nullable=False, server_default="[]"),
    Column("opted_out", Integer, nullable=False, server_default="0"),
    Column("started_on", String, nullable=False, server_default="policy"),
    Column("extension", String),
    Column("notice_given_by", String, nullable=False, server_default=""),
    Column("expires_at_ms", BigInteger),
    Column("revises", String(32)),
    Column("clock", Text),
    Column("far_speech_ms", Integer),
    Column("office_speech_ms", Integer),
    Index("recordings_by_time", "started_at_ms", "id", "far_digits_reversed", "office_digits_reversed"),
    Index("recordings_far_number", "far_digits_reversed", "started_at_ms"),
    Index("recordings_office_number", "office_digits_reversed", "started_at_ms"),
    Index("recordings_expiry", "expires_at_ms", sqlite_where=Column("expires_at_ms", BigInteger).is_not(None)),
    Index("recordings_undated", "started_at_ms", sqlite_where=Column("expires_at_ms", BigInteger).is_(None)),
    Index("recordings_class", "retention_class", "started_at_ms"),
    Index("recordings_extension", "extension", "started_at_ms"),
    Index("recordings_of_line", "line", "started_at_ms"),
    Index("recordings_unfinished", "state", sqlite_where=Column("state", String) == "recording"),
)

# The numbers of whoever joined a call later; those it began with are in its row.
party_numbers = Table(
    "party_numbers",
    metadata,
    Column("recording_id", String(32), ForeignKey("recordings.id", ondelete="CASCADE"), primary_key=True),
    Column("digits_reversed", String, primary_key=True),
    Index("recordings_party_number", "digits_reversed", "recording_id"),
)

# A call's words, kept by triggers and found by FTS5 (``calls_search``); the number grows with the time of the call.
call_words = Table(
    "call_words",
    metadata,
    Column("doc", Integer, primary_key=True),
    Column("recording_id", String(32), nullable=False),
    Column("about", Text, nullable=False),
    Column("said", Text, nullable=False),
    Index("words_of_call", "recording_id", unique=True),
)

segments = Table(
    "segments",
    metadata,
    Column("recording_id", String(32), ForeignKey("recordings.id"), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("path", String, nullable=False),
    Column("start_sample", BigInteger, nullable=False),
    Column("samples", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("chain", String, nullable=False),
    Column("sha256", String, nullable=False),
    Column("keyslot_sha256", String, nullable=False),
)

# What evidence lines commit to: names, numbers and reasons, where they can be erased without breaking the chain.
evidence_details = Table(
    "evidence_details",
    metadata,
    Column("commitment", String(64), primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("detail", Text, nullable=False),
    # Empty: about no recording. NULL: made before this was noted; the line that holds the commitment knows.
    Column("recording_id", String(32)),
    Index("details_of_recording", "recording_id"),
)

# ---- written by the opener, for people it vouches for

notes = Table(
    "notes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("recording_id", String(32), ForeignKey("recordings.id"), nullable=False),
    Column("written_at_ms", BigInteger, nullable=False),
    Column("person_id", String(32), nullable=False),
    Column("person_name", String, nullable=False),
    Column("text", Text, nullable=False),
    Index("notes_of_recording", "recording_id"),
)

saved_searches = Table(
    "saved_searches",
    metadata,
    Column("person_id", String(32), primary_key=True),
    Column("name", String, primary_key=True),
    Column("query", Text, nullable=False),
    Column("saved_at_ms", BigInteger, nullable=False),
)

legal_holds = Table(
    "legal_holds",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("owner_id", String(32), nullable=False),
    Column("owner_name", String, nullable=False),
    Column("placed_at_ms", BigInteger, nullable=False),
    Column("review_on", String(10), nullable=False),
    Column("released_at_ms", BigInteger),
    Column("released_by", String(32)),
    Column("released_because", Text),
    # 1: what it is on may be kept, and heard by nobody but a director (UK GDPR Art. 18).
    Column("restricts", Integer, nullable=False, server_default="0"),
)

# Which class a recording was moved to by hand; the keeper carries it over into the recording's row.
chosen_classes = Table(
    "chosen_classes",
    metadata,
    Column("recording_id", String(32), ForeignKey("recordings.id"), primary_key=True),
    Column("retention_class", String, nullable=False),
    Column("chosen_at_ms", BigInteger, nullable=False),
)

held_recordings = Table(
    "held_recordings",
    metadata,
    Column("hold_id", String(32), ForeignKey("legal_holds.id"), primary_key=True),
    Column("recording_id", String(32), ForeignKey("recordings.id"), primary_key=True),
    Index("holds_of_recording", "recording_id"),
)

access_requests = Table(
    "access_requests",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("requester_id", String(32), nullable=False),
    Column("requester_name", String, nullable=False),
    Column("asked_at_ms", BigInteger, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("wanted", Text, nullable=False, server_default="{}"),
    Column("state", String, nullable=False),
    Column("decided_by_id", String(32)),
    Column("decided_by_name", String),
    Column("decided_at_ms", BigInteger),
    Column("ends_at_ms", BigInteger),
    Column("reason", Text),
    Index("requests_open", "state", "asked_at_ms"),
    Index("requests_of_person", "requester_id", "asked_at_ms"),
)

requested_recordings = Table(
    "requested_recordings",
    metadata,
    Column("request_id", String(32), ForeignKey("access_requests.id"), primary_key=True),
    Column("recording_id", String(32), ForeignKey("recordings.id"), primary_key=True),
    Column("state", String, nullable=False),
    Index("requests_of_recording", "recording_id"),
)

# The key itself is in a file beside the keyslot; here is until when the opener may use it, and for whom.
grants = Table(
    "grants",
    metadata,
    Column("recording_id", String(32), ForeignKey("recordings.id"), primary_key=True),
    Column("person_id", String(32), primary_key=True),
    Column("request_id", String(32), ForeignKey("access_requests.id"), nullable=False),
    Column("granted_at_ms", BigInteger, nullable=False),
    Column("ends_at_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger),
    Index("grants_of_person", "person_id"),
    Index("grants_to_end", "ends_at_ms", sqlite_where=Column("ended_at_ms", BigInteger).is_(None)),
)

cases = Table(
    "cases",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String, nullable=False),
    Column("subject_name", String, nullable=False),
    Column("details", Text, nullable=False, server_default="{}"),
    Column("received_on", String(10), nullable=False),
    Column("due_on", String(10)),
    Column("state", String, nullable=False),
    Column("opened_by_id", String(32), nullable=False),
    Column("opened_by_name", String, nullable=False),
    Column("closed_at_ms", BigInteger),
    Index("cases_open", "state", "due_on"),
    Index("cases_closed", "closed_at_ms", sqlite_where=Column("closed_at_ms", BigInteger).is_not(None)),
)

case_recordings = Table(
    "case_recordings",
    metadata,
    Column("case_id", String(32), ForeignKey("cases.id"), primary_key=True),
    Column("recording_id", String(32), ForeignKey("recordings.id"), primary_key=True),
    Column("state", String, nullable=False),
    Column("reason", Text),
    Column("muted", Text, nullable=False, server_default="[]"),
    Index("cases_of_recording", "recording_id"),
)

case_papers = Table(
    "case_papers",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("case_id", String(32), ForeignKey("cases.id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("added_at_ms", BigInteger, nullable=False),
    Column("added_by_name", String, nullable=False),
    Column("sha256", String, nullable=False),
    # Whole, as long as papers were small; empty since, with the content in parts and its size here.
    Column("content", LargeBinary, nullable=False),
    Column("bytes", BigInteger),
    Index("papers_of_case", "case_id"),
)

# A paper's content, in order, as it came. Parts without a paper are of one that is on its way, or never arrived.
case_paper_parts = Table(
    "case_paper_parts",
    metadata,
    Column("paper_id", String(32), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("received_at_ms", BigInteger, nullable=False),
)

# What people said of the office's duties: only ever added to, so that it can be told what was said when. ``duty`` is
# that of a director's word, or "training", ``about`` then the page that this person read.
said_of_duties = Table(
    "said_of_duties",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("duty", String, nullable=False),
    Column("about", String, nullable=False, server_default=""),
    Column("on_day", String(10), nullable=False),
    Column("until_day", String(10), nullable=False),
    Column("note", Text, nullable=False),
    Column("person_id", String(32), nullable=False),
    Column("person_name", String, nullable=False),
    Column("entered_at_ms", BigInteger, nullable=False),
    Index("said_of_duty", "duty", "entered_at_ms"),
)

breaches = Table(
    "breaches",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("aware_at_ms", BigInteger, nullable=False),
    Column("details", Text, nullable=False),
    Column("closed_at_ms", BigInteger),
    Index("breaches_by_time", "aware_at_ms"),
)

# ---- written by the keeper

# What is being erased, and what was: a journal that outlives the rows it speaks of, and names nobody.
erasures = Table(
    "erasures",
    metadata,
    Column("recording_id", String(32), primary_key=True),
    Column("started_at_ms", BigInteger, nullable=False),
    Column("because", String, nullable=False),
    Column("ordered_at_ms", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("erased_at_ms", BigInteger),
    Column("gone_from_backups_at_ms", BigInteger),
    # Of a call that the PBX has not logged by then, until it cannot any more: so that its row is known when it comes.
    Column("line", String),
    Column("direction", String),
    Column("answered_at_ms", BigInteger),
    Column("ended_at_ms", BigInteger),
    Index("erasures_unfinished", "state", sqlite_where=Column("state", String) != "gone"),
    Index("erasures_not_logged", "started_at_ms", sqlite_where=Column("line", String).is_not(None)),
)

archived_files = Table(
    "archived_files",
    metadata,
    Column("destination", String, primary_key=True),
    Column("path", String, primary_key=True),
    Column("recording_id", String(32)),
    Column("sha256", String, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("uploaded_at_ms", BigInteger),
    Column("verified_at_ms", BigInteger),
    Column("local_path", String),
    Index("archived_of_recording", "recording_id"),
    Index("archived_by_local_path", "local_path", "destination"),
)

# Noted before anything of it leaves the box: whatever lies elsewhere is listed here until it is deleted there.
backups = Table(
    "backups",
    metadata,
    Column("destination", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("begun_at_ms", BigInteger, nullable=False),
    Column("verified_at_ms", BigInteger),
    Column("deleted_at_ms", BigInteger),
)

space_samples = Table(
    "space_samples",
    metadata,
    Column("taken_at_ms", BigInteger, primary_key=True),
    Column("total_bytes", BigInteger, nullable=False),
    Column("free_bytes", BigInteger, nullable=False),
    Column("recordings_bytes", BigInteger, nullable=False),
    Column("recordings", Integer, nullable=False),
)

# The periods by which recordings' expiry was reckoned: what the settings say counts once the keeper took it in.
retention_periods = Table(
    "retention_periods",
    metadata,
    Column("name", String, primary_key=True),
    Column("years", Integer, nullable=False),
    Column("months", Integer, nullable=False),
    Column("days", Integer, nullable=False),
    Column("regulated", Integer, nullable=False),
    Column("zone", String, nullable=False),
)

# One row: when the wall clock was last believed, and why it is not now. What bears a later date than a clock that a
# person has put right is excused up to ``excused_ms``.
trusted_clock = Table(
    "trusted_clock",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("wall_ms", BigInteger, nullable=False),
    Column("monotonic_ms", BigInteger, nullable=False),
    Column("start_of_machine", String, nullable=False),
    Column("excused_ms", BigInteger, nullable=False),
    Column("doubt", Text, nullable=False),
)

# Orders of the opener's to replace a recording by a revision with a silence in it, and how far the keeper is with each:
# ordered, received (the sealed revision is here), done, lapsed (it never came).
redactions = Table(
    "redactions",
    metadata,
    Column("revision_id", String(32), primary_key=True),
    Column("recording_id", String(32), nullable=False),
    Column("started_at_ms", BigInteger, nullable=False),
    Column("ordered_at_ms", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("silenced_ms", BigInteger, nullable=False, server_default="0"),
    Index("redactions_of_recording", "recording_id"),
)

# One row, the opener's: what a person chose for a full disk, and in which line of evidence that stands.
space_choice = Table(
    "space_choice",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("when_full", String, nullable=False),
    Column("shorten", Text, nullable=False),
    Column("entered_at_ms", BigInteger, nullable=False),
    Column("evidence_line", Integer, nullable=False, server_default="0"),
    Column("chosen_by_name", String, nullable=False, server_default=""),
)

# The opener's: which reports go out by e-mail, and to whom (a JSON list).
report_orders = Table(
    "report_orders",
    metadata,
    Column("report", String, primary_key=True),
    Column("every", String, nullable=False),
    Column("addresses", Text, nullable=False),
    Column("ordered_by", String, nullable=False),
    Column("ordered_at_ms", BigInteger, nullable=False),
    Column("evidence_line", Integer, nullable=False),
)

# The keeper's: what became of them. ``addresses``: to how many; ``trouble`` is empty once it went.
report_sendings = Table(
    "report_sendings",
    metadata,
    Column("report", String, primary_key=True),
    Column("first_day", String(10), primary_key=True),
    Column("last_day", String(10), primary_key=True),
    Column("tried_at_ms", BigInteger, nullable=False),
    Column("addresses", Integer, nullable=False),
    Column("trouble", Text, nullable=False),
)

# One row, the keeper's: up to which line of evidence the details that are about no recording are erased.
erased_details = Table(
    "erased_details",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("last_line", Integer, nullable=False),
)

# ---- what the PBX says of calls

# Rows that it logged of calls that may be recorded, by its own clock. ``state``: waiting, matched, missed (it was meant
# to be recorded, and is not), left (it was not meant to be). ``confidence`` in thousandths. Written by the recorder.
call_log = Table(
    "call_log",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("source", String, nullable=False),
    Column("line", String, nullable=False),
    Column("direction", String, nullable=False),
    Column("started_at_ms", BigInteger, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("resolution_s", Integer, nullable=False),
    Column("extension", String),
    Column("trunk", String),
    Column("number", String),
    Column("digits_reversed", String),
    Column("reference", String, nullable=False),
    Column("meant", Integer, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("retention_class", String, nullable=False),
    Column("received_at_ms", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("recording_id", String(32), ForeignKey("recordings.id")),
    Column("confidence", Integer, nullable=False, server_default="0"),
    Column("whole", Integer, nullable=False, server_default="1"),
    Column("filled", Text, nullable=False, server_default="[]"),
    Index("call_log_by_time", "started_at_ms", "id"),
    Index("call_log_of_recording", "recording_id"),
    Index("call_log_number", "digits_reversed"),
    Index("call_log_extension", "extension"),
    Index("call_log_by_state", "state", "started_at_ms"),
    Index("call_log_received", "received_at_ms", "started_at_ms"),
)

# What was said of a missed recording: the alarm ends with it. Written by the opener.
missed_explained = Table(
    "missed_explained",
    metadata,
    Column("row_id", String(32), ForeignKey("call_log.id", ondelete="CASCADE"), primary_key=True),
    Column("explained_at_ms", BigInteger, nullable=False),
    Column("person_id", String(32), nullable=False),
    Column("person_name", String, nullable=False),
    Column("because", Text, nullable=False),
)
