"""What one message of a recording client says beside its SIP."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Self

from firmware.adapters.siprec.body_parts import body_parts, metadata_of, others_of, sdp_of
from firmware.adapters.siprec.metadata_xml import BadMetadata, read_metadata
from firmware.adapters.siprec.offered_streams import Offer, read_offer
from firmware.core.recording_metadata import RecordingMetadata

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Told:
    """An offer, what is said of the call, and what that was as text."""

    offer: Offer | None
    metadata: tuple[RecordingMetadata, ...]
    documents: tuple[str, ...]

    @classmethod
    def read(cls, message: str) -> Self:
        """Read a whole message, as pjsua2 hands it over. A document that makes no sense is kept as text only."""
        parts = body_parts(message.encode(errors="surrogateescape"))
        sdp = sdp_of(parts)
        documents = metadata_of(parts)
        found = []
        for document in documents:
            try:
                found.append(read_metadata(document))
            except BadMetadata as error:
                _LOG.warning("what a recording client says of a call cannot be read: %s", error)
        kept = (*documents, *(part.content for part in others_of(parts)))
        texts = tuple(content.decode(errors="replace") for content in kept)
        return cls(read_offer(sdp) if sdp else None, tuple(found), texts)
