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
    Column("tags", Text, nullable=False, server_default="[]"),
    Column("opted_out", Integer, nullable=False, server_default="0"),
    Column("started_on", String, nullable=False, server_default="policy"),
    Column("extension", String),
    Index("recordings_newest", "started_at_ms", "id"),
    Index("recordings_far_number", "far_digits_reversed", "started_at_ms"),
    Index("recordings_office_number", "office_digits_reversed", "started_at_ms"),
    Index("recordings_unfinished", "state", sqlite_where=Column("state", String) == "recording"),
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
)
