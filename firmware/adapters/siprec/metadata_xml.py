"""Recording metadata as XML: RFC 7865, the drafts before it, and what vendors add.

Element names are compared without namespace and without regard to case: drafts and vendors differ in both. No entity is
expanded, no document type is read, nothing is fetched; what is too long is refused before it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from firmware.core.name_address import uri_user, whole_uri
from firmware.core.recording_metadata import (
    CommunicationSession,
    Participant,
    Presence,
    RecordingMetadata,
    Stream,
    Voice,
)

# Bytes. A whole SIP message is at most half as long (PJSIP_MAX_PKT_LEN).
LONGEST_DOCUMENT: Final = 64_000
_MOST_OF_A_KIND = 100
_MOST_ELEMENTS = 5_000
_LONGEST_TEXT = 300
# By what else a call is known: Avaya, Genesys and others through AudioCodes and Oracle; Ribbon's gcid; Cisco's GUID;
# BroadWorks' tracking id.
_CALL_IDS = frozenset({"ucid", "avayaucid", "genesysuuid", "gcid", "guid", "globalcallid", "exttrackingid"})
_WITHHOLDS = frozenset({"id", "user", "header", "full"})  # RFC 3323 section 4.2, RFC 3325 section 9.3
_DIALLED = re.compile(r"[+\d*#.-]+")
_NIL_SESSION_ID = "0" * 32  # RFC 7989 section 5


class BadMetadata(ValueError):
    """A document that cannot be read; says why, quoting nothing of it."""


def read_metadata(document: bytes) -> RecordingMetadata:
    """Read one document.

    Raises:
        BadMetadata: it is no XML, is too long, has entities or a document type, or is no recording metadata.
    """
    root = _parsed(document)
    children = list(root)
    participants = _bounded(children, "participant")
    recorded = _recorded_user(root)
    sessions = [_session(each) for each in _bounded(children, "session", "communicationsession")]
    return RecordingMetadata(
        complete=(_text(root, "datamode") or "complete").lower() != "partial",
        sessions=tuple(_with_marks(sessions, root)),
        participants=tuple(_participant(each, recorded) for each in participants if _id(each, "participant")),
        streams=tuple(map(_stream, _bounded(children, "stream"))),
        presences=tuple(_presences(children, participants)),
        voices=tuple(_voices(children, participants)),
        recorded_user_calls=_recorded_user_calls(root),
    )


def _parsed(document: bytes) -> Element:
    if len(document) > LONGEST_DOCUMENT:
        raise BadMetadata(f"a document of {len(document)} bytes is too long")
    try:
        root: Element = fromstring(document, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException as error:
        raise BadMetadata(f"what has a document type or entities is not read ({type(error).__name__})") from error
    except (ParseError, ValueError, LookupError) as error:  # the latter two: an encoding nobody knows
        raise BadMetadata(f"it is no XML ({type(error).__name__})") from error
    if sum(1 for _ in root.iter()) > _MOST_ELEMENTS:
        raise BadMetadata("it has too many elements")
    if _name(root) not in ("recording", "recording-metadata", "recording_metadata"):
        raise BadMetadata("its outermost element is not a recording")
    return root


# -- the parts --------------------------------------------------------------------------------------------------------


def _session(element: Element) -> CommunicationSession:
    ended = _text(element, "stop-time") or _text(element, "end-time")
    group = _text(element, "group-ref") or element.get("group", "")
    marks = {f"call {mark}" for mark in map(_session_id_mark, _texts(element, "sipsessionid")) if mark}
    return CommunicationSession(_id(element, "session"), group[:_LONGEST_TEXT], frozenset(marks), bool(ended))


def _with_marks(sessions: list[CommunicationSession], root: Element) -> Iterator[CommunicationSession]:
    """Vendors put a call's id anywhere; where there is one call only it is plain whose it is."""
    extra = frozenset(
        f"call {_name(each)} {value}" for each in root.iter() if _name(each) in _CALL_IDS and (value := _content(each))
    )
    if extra and len(sessions) <= 1:
        only = sessions[0] if sessions else CommunicationSession("")
        yield CommunicationSession(only.session_id, only.group, only.marks | extra, only.ended)
    else:
        yield from sessions


def _stream(element: Element) -> Stream:
    return Stream(_id(element, "stream"), _text(element, "label"), _text(element, "mode").lower() == "mixed")


def _participant(element: Element, recorded: _RecordedUser | None) -> Participant:
    names = [each for each in element if _name(each) == "nameid"]
    addresses = [each.get("aor", "") for each in names] + _texts(element, "aor")
    spoken = [text for each in names for text in _texts(each, "name")] + _texts(element, "name")
    aor = next((each for each in addresses if each.strip()), "").strip()[:_LONGEST_TEXT]
    calling = _calling(element)
    if recorded is not None and uri_user(whole_uri(aor)) == recorded.user:
        aor = aor if _DIALLED.fullmatch(recorded.user) else recorded.number or aor
        calling = recorded.calls if calling is None else calling
    return Participant(
        _id(element, "participant"),
        aor=aor,
        name=next((each for each in spoken if each), ""),
        calling=calling,
        withheld=_withheld(element),
    )


def _presences(children: Iterable[Element], participants: Iterable[Element]) -> Iterator[Presence]:
    for each in participants:  # the drafts
        session = each.get("session") or each.get("session_id")
        if session:
            yield Presence(_id(each, "participant"), session[:_LONGEST_TEXT], bool(_text(each, "disassociate-time")))
    for each in _bounded(children, "participantsessionassoc"):
        left = bool(_text(each, "disassociate-time"))
        yield Presence(
            _id(each, "participant"), (each.get("session_id") or each.get("session") or "")[:_LONGEST_TEXT], left
        )


def _voices(children: Iterable[Element], participants: Iterable[Element]) -> Iterator[Voice]:
    """Who sends what, of each participant once: several associations of one add up, an ended one counts for nothing."""
    sends: dict[str, frozenset[str]] = {}
    drafts = [each for each in participants if any(_name(child) in ("send", "recv") for child in each)]
    for each in (*drafts, *_bounded(children, "participantstreamassoc")):
        theirs = frozenset() if _text(each, "disassociate-time") else frozenset(_sent(each))
        sends[_id(each, "participant")] = sends.get(_id(each, "participant"), frozenset()) | theirs
    for participant_id, streams in sends.items():
        yield Voice(participant_id, streams)


def _sent(association: Element) -> Iterator[str]:
    """The ids of streams that are sent; BroadWorks has them in an element of their own."""
    for each in _bounded(association, "send"):
        yield from filter(None, (_content(each), *_texts(each, "id")))


def _calling(participant: Element) -> bool | None:
    """Oracle says ``callingParty`` of each participant, Intrado names the ``role`` of the one that it names."""
    role = _text(participant, "role").lower()
    if role in ("calling", "called"):
        return role == "calling"
    said = next((_content(each).lower() for each in participant.iter() if _name(each) == "callingparty"), "")
    return {"true": True, "false": False}.get(said)


def _withheld(participant: Element) -> bool:
    """Whether a header that was copied into a vendor's extension asks for privacy, as ``header label=Privacy``."""
    for each in participant.iter():
        if "privacy" in (_name(each), *(value.strip().lower() for value in each.attrib.values())):
            wishes = re.split(r"[\s;,]+", " ".join(each.itertext()).lower())
            if _WITHHOLDS & set(wishes):
                return True
    return False


def _recorded_user_calls(root: Element) -> bool | None:
    """Whether the user who is recorded called or was called: BroadWorks' ``origCall`` or ``termCall``, Metaswitch's
    ``callType``."""
    for each in root.iter():
        if _name(each) in ("origcall", "termcall"):
            return _name(each) == "origcall"
        if _name(each) == "calltype" and _content(each).lower() in ("originating", "terminating"):
            return _content(each).lower() == "originating"
    return None


@dataclass(frozen=True)
class _RecordedUser:
    """The user whom BroadWorks records, and names first whoever calls: by what address, their number, if they call.

    Webex Calling names them by an id that no rule of ours can know; the number is that which was called, or calls.
    """

    user: str
    number: str
    calls: bool


def _recorded_user(root: Element) -> _RecordedUser | None:
    named = next((_content(each) for each in root.iter() if _name(each) == "userid"), "")
    for call in root.iter():
        own = {"origcall": "callingpartynumber", "termcall": "calledpartynumber"}.get(_name(call))
        if named and own is not None:
            return _RecordedUser(named.partition("@")[0], _text(call, own), _name(call) == "origcall")
    return None


def _session_id_mark(text: str) -> str:
    """A Session-ID (RFC 7989) in a form that does not depend on who looks at it; empty for one that is nobody's yet."""
    halves = re.findall(r"[0-9a-f]{32}", text.lower().replace("-", ""))
    return "" if not halves or _NIL_SESSION_ID in halves else " ".join(sorted(halves[:2]))


# -- XML --------------------------------------------------------------------------------------------------------------


def _name(element: Element) -> str:
    """The local name in small letters."""
    tag = element.tag
    return str(tag).rpartition("}")[2].lower()


def _id(element: Element, kind: str) -> str:
    return (element.get(f"{kind}_id") or element.get("id") or element.get(kind) or "")[:_LONGEST_TEXT]


def _bounded(children: Iterable[Element], *names: str) -> list[Element]:
    return [each for each in children if _name(each) in names][:_MOST_OF_A_KIND]


def _content(element: Element) -> str:
    return " ".join((element.text or "").split())[:_LONGEST_TEXT]


def _texts(element: Element, name: str) -> list[str]:
    return [_content(each) for each in element if _name(each) == name][:_MOST_OF_A_KIND]


def _text(element: Element, name: str) -> str:
    return next((text for text in _texts(element, name) if text), "")
