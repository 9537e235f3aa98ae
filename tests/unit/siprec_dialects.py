# ruff: noqa: E501  documents stand as clients write them
"""How recording clients in the wild say what RFC 7865 and RFC 7866 mean: written after public traces, which are named.

Numbers are those kept for drama (01632 960…); every call is from or to extension 201, whose stream has the second label.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware.core.call_record import Direction

_SESSION = "6a5f0c7e-2f4b-4a0e-9d3c-5d1b7e8f9a01"


@dataclass(frozen=True)
class Dialect:
    """One client's way.

    ``source``: where it was seen. ``contact``: what follows its Contact address. ``kind``: its metadata's media type.
    ``labels``: of its two streams, in order; empty where it gives none.
    """

    name: str
    source: str
    metadata: str
    contact: str = ";+sip.src"
    kind: str = "application/rs-metadata+xml"
    labels: tuple[str, ...] = ("1", "2")
    direction: Direction = "inbound"
    far_number: str | None = "+441632960123"
    office_number: str | None = "201"
    user_agent: str = ""

    def __str__(self) -> str:
        return self.name


CISCO = Dialect(
    "Cisco CUBE",
    "SIP Forking, CUBE configuration guide: www.cisco.com … m_voi-cube-sip-rec-recorder.html, complete metadata",
    f"""<?xml version="1.0" encoding="UTF-8"?>
<recording xmlns="urn:ietf:params:xml:ns:recording:1">
  <datamode>complete</datamode>
  <session session_id="{_SESSION}">
    <sipSessionID>db248b6cbdc547bbc6c6fdfb6916eeb1;remote=9a3c2b1d4e5f60718293a4b5c6d7e8f9</sipSessionID>
    <start-time>2026-01-05T09:00:00.102Z</start-time>
  </session>
  <participant participant_id="aGFyIHBhcnR5IG9uZQ=="><nameID aor="sip:+441632960123@192.0.2.10"><name xml:lang="en">Caller</name></nameID></participant>
  <participantsessionassoc participant_id="aGFyIHBhcnR5IG9uZQ==" session_id="{_SESSION}"><associate-time>2026-01-05T09:00:00.102Z</associate-time></participantsessionassoc>
  <stream stream_id="c3RyZWFtIG9uZQ==" session_id="{_SESSION}"><label>1</label></stream>
  <participant participant_id="b2ZmaWNlIHBhcnR5"><nameID aor="sip:201@192.0.2.20"><name xml:lang="en">Front desk</name></nameID></participant>
  <participantsessionassoc participant_id="b2ZmaWNlIHBhcnR5" session_id="{_SESSION}"><associate-time>2026-01-05T09:00:00.102Z</associate-time></participantsessionassoc>
  <stream stream_id="c3RyZWFtIHR3bw==" session_id="{_SESSION}"><label>2</label></stream>
  <participantstreamassoc participant_id="aGFyIHBhcnR5IG9uZQ=="><send>c3RyZWFtIG9uZQ==</send><recv>c3RyZWFtIHR3bw==</recv></participantstreamassoc>
  <participantstreamassoc participant_id="b2ZmaWNlIHBhcnR5"><send>c3RyZWFtIHR3bw==</send><recv>c3RyZWFtIG9uZQ==</recv></participantstreamassoc>
</recording>""",
    user_agent="Cisco-SIPGateway/IOS-16.12",
)

BROADWORKS = Dialect(
    "BroadWorks",
    "BroadWorks Call Recording Interface Guide, release 20.0 (files.orecx.com), and parsers of its metadata",
    f"""<?xml version="1.0" encoding="UTF-8"?>
<recording_metadata xmlns="urn:ietf:params:xml:ns:recording"><dataMode>complete</dataMode>
<recording id="urn:uuid:1"><requestor>SRC</requestor><type>selective</type></recording>
<session id="urn:uuid:{_SESSION}"><start-time>2026-01-05T09:00:00Z</start-time></session>
<participant id="urn:uuid:p2" session="urn:uuid:{_SESSION}"><aor>sip:201@as.example.net</aor><send><id>urn:uuid:s2</id></send></participant>
<participant id="urn:uuid:p1" session="urn:uuid:{_SESSION}"><aor>sip:+441632960123@as.example.net;user=phone</aor><send><id>urn:uuid:s1</id></send></participant>
<stream id="urn:uuid:s1" session="urn:uuid:{_SESSION}"><label>1</label><mode>separate</mode></stream>
<stream id="urn:uuid:s2" session="urn:uuid:{_SESSION}"><label>2</label><mode>separate</mode></stream>
<extensiondata id="urn:uuid:x" parent="urn:uuid:{_SESSION}"><broadWorksRecordingMetadata xmlns="http://schema.broadsoft.com/broadworksCallRecording" version="3.0">
<extTrackingID>152463:1</extTrackingID><serviceProviderID>Office</serviceProviderID><userID>201@as.example.net</userID><callID>callhalf-177056759:5</callID>
<callType><origCall><callingPartyNumber>sip:201@as.example.net</callingPartyNumber><calledPartyNumber>sip:+441632960123@as.example.net</calledPartyNumber></origCall></callType>
<recordingType>on</recordingType></broadWorksRecordingMetadata></extensiondata></recording_metadata>""",
    direction="outbound",
    user_agent="BroadWorks",
)

AUDIOCODES = Dialect(
    "AudioCodes",
    "Mediant SBC user's manual, SIP-based media recording: an INVITE to a recording server, legacy metadata",
    """<?xml version="1.0" encoding="UTF-8"?>
<recording xmlns="urn:ietf:params:xml:ns:recording" xmlns:ac="http://AudioCodes">
  <datamode>complete</datamode>
  <group id="00000000-0000-00b6-d16f-0000000004e4"><associate-time>2026-01-05T09:00:00Z</associate-time></group>
  <session id="0000-0000-0000-0000-bf41fa8f111f3e43"><group-ref>00000000-0000-00b6-d16f-0000000004e4</group-ref>
    <associate-time>2026-01-05T09:00:00Z</associate-time><ac:AvayaUCID xmlns:ac="urn:ietf:params:xml:ns:Avaya">FA080019001038F725B3</ac:AvayaUCID></session>
  <participant id="+441632960123" session="0000-0000-0000-0000-bf41fa8f111f3e43"><nameID aor="+441632960123@192.0.2.10"></nameID>
    <associate-time>2026-01-05T09:00:00Z</associate-time><send>00000000-0000-0001</send><recv>00000000-0000-0002</recv></participant>
  <participant id="201" session="0000-0000-0000-0000-bf41fa8f111f3e43"><nameID aor="201@192.0.2.20"></nameID>
    <associate-time>2026-01-05T09:00:00Z</associate-time><send>00000000-0000-0002</send><recv>00000000-0000-0001</recv></participant>
  <stream id="00000000-0000-0001" session="0000-0000-0000-0000-bf41fa8f111f3e43"><label>1</label></stream>
  <stream id="00000000-0000-0002" session="0000-0000-0000-0000-bf41fa8f111f3e43"><label>2</label></stream>
</recording>""",
    contact=";src",
    kind="application/rs-metadata",
    user_agent="Device /7.20A.252.011",
)

ORACLE = Dialect(
    "Oracle (Acme Packet)",
    "Sample Metadata, SIPREC Extension Data Enhancements: docs.oracle.com/cd/E92503_01",
    """<?xml version='1.0' encoding='UTF-8'?>
<recording xmlns='urn:ietf:params:xml:ns:recording'><datamode>complete</datamode>
<session id="BYiC7uSZQGN3VQdzWI1HWw=="><associate-time>2026-01-05T09:00:00</associate-time>
<extensiondata xmlns:apkt="http://acmepacket.com/siprec/extensiondata"><apkt:ucid>00FA080018803B69810C6D;encoding=hex</apkt:ucid><apkt:callerOrig>true</apkt:callerOrig></extensiondata></session>
<participant id="b2ZmaWNl" session="BYiC7uSZQGN3VQdzWI1HWw=="><nameID aor="sip:201@192.0.2.20"><name>201</name></nameID><send>c2Vjb25k</send><associate-time>2026-01-05T09:00:00</associate-time>
<extensiondata xmlns:apkt="http://acmepacket.com/siprec/extensiondata"><apkt:callingParty>false</apkt:callingParty></extensiondata></participant>
<participant id="ZmFy" session="BYiC7uSZQGN3VQdzWI1HWw=="><nameID aor="sip:+441632960123@carrier.example"><name>01632960123</name></nameID><send>Zmlyc3Q=</send><associate-time>2026-01-05T09:00:00</associate-time>
<extensiondata xmlns:apkt="http://acmepacket.com/siprec/extensiondata"><apkt:callingParty>true</apkt:callingParty><apkt:header label="Diversion"><value>&lt;sip:200@192.0.2.20&gt;</value></apkt:header></extensiondata></participant>
<stream id="Zmlyc3Q=" session="BYiC7uSZQGN3VQdzWI1HWw=="><label>65804</label><mode>separate</mode></stream>
<stream id="c2Vjb25k" session="BYiC7uSZQGN3VQdzWI1HWw=="><label>65805</label><mode>separate</mode></stream></recording>""",
    labels=("65804", "65805"),
    user_agent="OracleSBC",
)

RIBBON = Dialect(
    "Ribbon",
    "SIPREC Support and SIP Rec Metadata Profile: publicdoc.rbbn.com (callData of gcid, call-id, from and to)",
    f"""<?xml version="1.0" encoding="UTF-8"?>
<recording xmlns='urn:ietf:params:xml:ns:recording:1'><datamode>Complete</datamode>
<group group_id="Z3JvdXA="><associate-time>2026-01-05T09:00:00Z</associate-time>
<sns:callData xmlns:sns="urn:example:calldata"><fromhdr>&lt;sip:201@192.0.2.20&gt;;tag=1</fromhdr><tohdr>&lt;sip:+441632960123@192.0.2.10&gt;</tohdr><callid>8a1f@192.0.2.20</callid><gcid>1107296257</gcid></sns:callData></group>
<session session_id="{_SESSION}"><group-ref>Z3JvdXA=</group-ref><start-time>2026-01-05T09:00:00Z</start-time></session>
<participant participant_id="cDI="><nameID aor="sip:201@192.0.2.20"></nameID></participant>
<participant participant_id="cDE="><nameID aor="sip:+441632960123@192.0.2.10"></nameID></participant>
<stream stream_id="czE=" session_id="{_SESSION}"><label>1</label></stream>
<stream stream_id="czI=" session_id="{_SESSION}"><label>2</label></stream>
<participantstreamassoc participant_id="cDI="><send>czI=</send><recv>czE=</recv></participantstreamassoc>
<participantstreamassoc participant_id="cDE="><send>czE=</send><recv>czI=</recv></participantstreamassoc></recording>""",
    direction="outbound",
    user_agent="SBC7000",
)

OPENSIPS = Dialect(
    "OpenSIPS",
    "An INVITE of OpenSIPS 2.4.3 to drachtio, 2018: pastebin.com/RWAiAGHx; siprec module's documentation",
    """<?xml version="1.0" encoding="UTF-8"?>
<recording xmlns='urn:ietf:params:xml:ns:recording:1'>
\t<datamode>complete</datamode>
\t<session session_id="R+GBCmWnR1mRc5nR2aEn1g=="><sipSessionID>b2b.312.8159596.1544577178</sipSessionID></session>
\t<participant participant_id="W9Bq4iR8QO2Hk0kQmR2Nag==" session_id="R+GBCmWnR1mRc5nR2aEn1g=="><nameID aor="sip:+441632960123@192.0.2.10"><name>A. Caller</name></nameID></participant>
\t<stream stream_id="3ZlqgAEPRk2hVg8m1yJ0Vw==" session_id="R+GBCmWnR1mRc5nR2aEn1g=="><label>1</label></stream>
\t<participant participant_id="GfGd3W0nSWu3sb8b9j7RNA==" session_id="R+GBCmWnR1mRc5nR2aEn1g=="><nameID aor="sip:201@192.0.2.20"></nameID></participant>
\t<stream stream_id="cTn0wyf2Q2GHQ2hKx3yZ5Q==" session_id="R+GBCmWnR1mRc5nR2aEn1g=="><label>2</label></stream>
\t<participantsessionassoc participant_id="W9Bq4iR8QO2Hk0kQmR2Nag==" session_id="R+GBCmWnR1mRc5nR2aEn1g=="><associate-time>2018-12-12T01:17:35</associate-time></participantsessionassoc>
\t<participantsessionassoc participant_id="GfGd3W0nSWu3sb8b9j7RNA==" session_id="R+GBCmWnR1mRc5nR2aEn1g=="><associate-time>2018-12-12T01:17:35</associate-time></participantsessionassoc>
\t<participantstreamassoc participant_id="W9Bq4iR8QO2Hk0kQmR2Nag=="><send>3ZlqgAEPRk2hVg8m1yJ0Vw==</send><recv>cTn0wyf2Q2GHQ2hKx3yZ5Q==</recv></participantstreamassoc>
\t<participantstreamassoc participant_id="GfGd3W0nSWu3sb8b9j7RNA=="><send>cTn0wyf2Q2GHQ2hKx3yZ5Q==</send><recv>3ZlqgAEPRk2hVg8m1yJ0Vw==</recv></participantstreamassoc>
</recording>""",
    contact="",
    user_agent="OpenSIPS (2.4.3 (x86_64/linux))",
)

FREESWITCH = Dialect(
    "FreeSWITCH",
    "Clients on FreeSWITCH and drachtio, which write RFC 7865 without participantsessionassoc, as jambonz does",
    f"""<?xml version="1.0" encoding="UTF-8"?>
<recording xmlns="urn:ietf:params:xml:ns:recording:1">
  <datamode>complete</datamode>
  <session session_id="{_SESSION}"/>
  <participant participant_id="p1" session_id="{_SESSION}"><nameID aor="sip:+441632960123@192.0.2.10"><name>A. Caller</name></nameID></participant>
  <participant participant_id="p2" session_id="{_SESSION}"><nameID aor="sip:201@192.0.2.20"/></participant>
  <stream stream_id="s1" session_id="{_SESSION}"><label>1</label></stream>
  <stream stream_id="s2" session_id="{_SESSION}"><label>2</label></stream>
  <participantstreamassoc participant_id="p1"><send>s1</send><recv>s2</recv></participantstreamassoc>
  <participantstreamassoc participant_id="p2"><send>s2</send><recv>s1</recv></participantstreamassoc>
</recording>""",
    user_agent="FreeSWITCH-mod_sofia/1.10",
)

METASWITCH = Dialect(
    "Metaswitch",
    "No public trace was found: RFC 7865 appendix A to the letter, a tel URI and names, participants out of order",
    f"""<?xml version="1.0" encoding="UTF-8"?>
<recording xmlns='urn:ietf:params:xml:ns:recording:1'>
  <datamode>complete</datamode>
  <stream stream_id="s2" session_id="{_SESSION}"><label>b</label></stream>
  <stream stream_id="s1" session_id="{_SESSION}"><label>a</label></stream>
  <participant participant_id="p2"><nameID aor="tel:201"><name xml:lang="en">Front desk</name></nameID></participant>
  <participant participant_id="p1"><nameID aor="tel:+441632960123"/></participant>
  <session session_id="{_SESSION}"><start-time>2026-01-05T09:00:00Z</start-time></session>
  <sessionrecordingassoc session_id="{_SESSION}"><associate-time>2026-01-05T09:00:00Z</associate-time></sessionrecordingassoc>
  <participantsessionassoc participant_id="p2" session_id="{_SESSION}"><associate-time>2026-01-05T09:00:00Z</associate-time></participantsessionassoc>
  <participantsessionassoc participant_id="p1" session_id="{_SESSION}"><associate-time>2026-01-05T09:00:00Z</associate-time></participantsessionassoc>
  <participantstreamassoc participant_id="p2"><send>s2</send><recv>s1</recv></participantstreamassoc>
  <participantstreamassoc participant_id="p1"><send>s1</send><recv>s2</recv></participantstreamassoc>
</recording>""",
    labels=("a", "b"),
    direction="outbound",
)

TWILIO = Dialect(
    "Twilio",
    "A body of Twilio's media gateway: labels that are words, and metadata that names nobody",
    """<?xml version="1.0" encoding="UTF-8"?>
<recording xmlns='urn:ietf:params:xml:ns:recording:1'>
    <datamode>complete</datamode>
</recording>""",
    labels=("inbound", "outbound"),
    far_number=None,
    office_number=None,
)

KAMAILIO = Dialect(
    "Kamailio",
    "rtpengine's subscribe request with the siprec flag: the SDP is all that it makes, labels or none",
    "",
    labels=(),
    contact="",
    far_number=None,
    office_number=None,
)

DIALECTS = (
    CISCO, BROADWORKS, AUDIOCODES, ORACLE, RIBBON, OPENSIPS, FREESWITCH, METASWITCH, TWILIO, KAMAILIO,
)  # fmt: skip
