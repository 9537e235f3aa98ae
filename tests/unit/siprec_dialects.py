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
    ``labels``: of its streams, in order: the caller's or far party's first, or the one that carries both; empty where it
    gives none.
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


# Two collections of what was sent to recording servers are named by these; the rest is named in full.
_MIAREC = "github.com/miarecdev/sipp-siprec, scenarios of a maker of recorders: "
_DRACHTIO = "github.com/drachtio/drachtio-siprec-recording-server, test/data: "

CISCO = Dialect(
    "Cisco CUBE",
    _DRACHTIO + "cisco-siprec-offer.txt; CUBE configuration guide: www.cisco.com … m_voi-cube-sip-rec-recorder.html",
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
    _MIAREC + "broadworks_pause_resume.xml; BroadWorks Call Recording Interface Guide, release 20.0 (files.orecx.com)",
    f"""<?xml version="1.0" encoding="UTF-8"?>
<recording_metadata xmlns="urn:ietf:params:xml:ns:siprec"><dataMode>complete</dataMode>
<recording id="urn:uuid:1"><requestor>SRC</requestor><type>selective</type></recording>
<group id="urn:uuid:g" recording="urn:uuid:1"><initiator>sip:201@as.example.net</initiator></group>
<session id="urn:uuid:{_SESSION}" group="urn:uuid:g"><start-time>2026-01-05T09:00:00+00:00</start-time></session>
<participant id="urn:uuid:p2" session="urn:uuid:{_SESSION}"><aor>sip:201@as.example.net</aor><send><id>urn:uuid:s2</id></send></participant>
<participant id="urn:uuid:p1" session="urn:uuid:{_SESSION}"><aor>sip:+441632960123@as.example.net;user=phone</aor><send><id>urn:uuid:s1</id></send></participant>
<stream id="urn:uuid:s1" session="urn:uuid:{_SESSION}"><label>1</label><mode>separate</mode></stream>
<stream id="urn:uuid:s2" session="urn:uuid:{_SESSION}"><label>2</label><mode>separate</mode></stream>
<extensiondata id="urn:uuid:x" parent="urn:uuid:{_SESSION}"><broadWorksRecordingMetadata xmlns="http://schema.broadsoft.com/broadworksCallRecording" version="3.0">
<extTrackingID>152463:1</extTrackingID><serviceProviderID>Office</serviceProviderID><userID>201@as.example.net</userID><callID>callhalf-177056759:5</callID>
<callType><origCall><callingPartyNumber>sip:201@as.example.net</callingPartyNumber><calledPartyNumber>sip:+441632960123@as.example.net</calledPartyNumber></origCall></callType>
<recordingType>on</recordingType></broadWorksRecordingMetadata></extensiondata></recording_metadata>""",
    contact=";src",
    direction="outbound",
    user_agent="BroadWorks",
)

BROADWORKS_MIXED = Dialect(
    "BroadWorks, mixed",
    _MIAREC
    + "broadworks_pause_resume.xml: one stream for both, the recorded user first and without a host, two forms of a number",
    f"""<?xml version="1.0" encoding="UTF-8"?>
<recording_metadata
    xmlns="urn:ietf:params:xml:ns:siprec">
    <dataMode>complete</dataMode>
    <recording id="urn:uuid:1"><requestor>SRC</requestor><type>selective</type></recording>
    <group id="urn:uuid:g" recording="urn:uuid:1"><initiator>sip:201</initiator></group>
    <session id="urn:uuid:{_SESSION}" group="urn:uuid:g"><start-time>2026-01-05T09:00:00+00:00</start-time></session>
    <participant id="urn:uuid:p2" session="urn:uuid:{_SESSION}"><aor>sip:201</aor><send><id>urn:uuid:s2</id></send></participant>
    <participant id="urn:uuid:p1" session="urn:uuid:{_SESSION}"><aor>sip:+441632960123@example.net;user=phone</aor><send><id>urn:uuid:s1</id></send></participant>
    <stream id="urn:uuid:s2" session="urn:uuid:{_SESSION}"><label>1</label><mode>mixed</mode></stream>
    <extensiondata id="urn:uuid:x" parent="urn:uuid:{_SESSION}">
        <broadWorksRecordingMetadata xmlns="http://schema.broadsoft.com/broadworksCallRecording" version="3.0">
            <extTrackingID>152463:2</extTrackingID><serviceProviderID>434279</serviceProviderID><groupID>434279-1</groupID><userID>201@example.net</userID><callID>callhalf-1:0</callID>
            <callType><termCall><callingPartyNumber>sip:+441632960123@example.net;user=phone</callingPartyNumber><calledPartyNumber>sip:+441632960201@example.net</calledPartyNumber></termCall></callType>
            <recordingType>on</recordingType>
        </broadWorksRecordingMetadata>
    </extensiondata>
</recording_metadata>""",
    contact=";src",
    labels=("1",),
)

WEBEX = Dialect(
    "Webex Calling",
    _MIAREC + "cisco_webex_calling/inbound_01.xml: BroadWorks', naming the recorded user by an id alone",
    f"""<?xml version="1.0" encoding="UTF-8"?>
<recording_metadata xmlns="urn:ietf:params:xml:ns:siprec"><dataMode>complete</dataMode>
<recording id="urn:uuid:1"><requestor>SRC</requestor><type>selective</type></recording>
<group id="urn:uuid:g" recording="urn:uuid:1"><initiator>sip:kq7vw2xhd@44.example.net</initiator></group>
<session id="urn:uuid:{_SESSION}" group="urn:uuid:g"><start-time>2026-01-05T09:00:00+00:00</start-time></session>
<participant id="urn:uuid:p2" session="urn:uuid:{_SESSION}"><aor>sip:kq7vw2xhd@44.example.net</aor><send><id>urn:uuid:s2</id></send></participant>
<participant id="urn:uuid:p1" session="urn:uuid:{_SESSION}"><aor>sip:+441632960123@192.0.2.10;user=phone</aor><send><id>urn:uuid:s1</id></send></participant>
<stream id="urn:uuid:s2" session="urn:uuid:{_SESSION}"><label>1</label><mode>separate</mode></stream>
<stream id="urn:uuid:s1" session="urn:uuid:{_SESSION}"><label>2</label><mode>separate</mode></stream>
<extensiondata id="urn:uuid:x" parent="urn:uuid:{_SESSION}"><broadWorksRecordingMetadata xmlns="http://schema.broadsoft.com/broadworksCallRecording" version="3.0">
<extTrackingID>45a32b36-2a6a</extTrackingID><serviceProviderID>Office</serviceProviderID><groupID>Office1</groupID><userID>kq7vw2xhd@44.example.net</userID><callID>callhalf-36451339:0</callID>
<callType><termCall><callingPartyNumber>sip:+441632960123@192.0.2.10;user=phone</callingPartyNumber><calledPartyNumber>sip:201@192.0.2.10</calledPartyNumber></termCall></callType>
<recordingType>on</recordingType></broadWorksRecordingMetadata></extensiondata></recording_metadata>""",
    contact=";src",
    labels=("2", "1"),
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
    _DRACHTIO
    + "acme-siprec-offer.txt, and that of a call of Avaya's through it, avaya-siprec-offer.txt; docs.oracle.com/cd/E92503_01",
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
    _DRACHTIO + "sonus-siprec-offer.txt; SIP Rec Metadata Profile: publicdoc.rbbn.com",
    f"""<?xml version="1.0" encoding="UTF-8"?>
<tns:recording xmlns:tns='urn:ietf:params:xml:ns:recording'><tns:datamode>complete</tns:datamode>
<tns:group group_id="Z3JvdXA="><tns:associate-time>2026-01-05T09:00:00Z</tns:associate-time>
<callData xmlns='urn:ietf:params:xml:ns:callData'><fromhdr>"Front desk" &lt;sip:201@192.0.2.20&gt;;tag=1</fromhdr><tohdr>&lt;sip:+441632960123@192.0.2.10&gt;;tag=2</tohdr><callid>8a1f@192.0.2.20</callid><gcid>1107296257</gcid></callData></tns:group>
<tns:session session_id="{_SESSION}"><tns:group-ref>Z3JvdXA=</tns:group-ref><tns:start-time>2026-01-05T09:00:00Z</tns:start-time></tns:session>
<tns:participant participant_id="cDI="><tns:nameID aor="201@192.0.2.20"><tns:name xml:lang="en">Front desk</tns:name></tns:nameID></tns:participant>
<tns:participant participant_id="cDE="><tns:nameID aor="+441632960123@192.0.2.10"><tns:name xml:lang="en"> </tns:name></tns:nameID></tns:participant>
<tns:stream stream_id="czE=" session_id="{_SESSION}"><tns:label>1</tns:label></tns:stream>
<tns:stream stream_id="czI=" session_id="{_SESSION}"><tns:label>2</tns:label></tns:stream>
<tns:sessionrecordingassoc session_id="{_SESSION}"><tns:associate-time>2026-01-05T09:00:00Z</tns:associate-time></tns:sessionrecordingassoc>
<tns:participantstreamassoc participant_id="cDI="><tns:send>czI=</tns:send><tns:recv>czE=</tns:recv></tns:participantstreamassoc>
<tns:participantstreamassoc participant_id="cDE="><tns:send>czE=</tns:send><tns:recv>czI=</tns:recv></tns:participantstreamassoc></tns:recording>""",
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
    _MIAREC + "16_basic_call_outbound.xml and metaswitch_01 to 12: bare numbers, one stream that carries both",
    f"""<?xml version="1.0" encoding="UTF-8"?>
<recording id="Qs0dVuHBEeahvOyezQV3BA==" xmlns="urn:ietf:params:xml:ns:recording">
 <datamode>complete</datamode>
 <session session_id="{_SESSION}"><start-time>2026-01-05T09:00:00Z</start-time></session>
 <participant participant_id="p2"><nameID aor="201"><name>201</name></nameID></participant>
 <participantsessionassoc participant_id="p2" session_id="{_SESSION}"><associate-time>2026-01-05T09:00:00Z</associate-time></participantsessionassoc>
 <participantstreamassoc participant_id="p2"><send>s1</send><recv>s1</recv></participantstreamassoc>
 <participant participant_id="p1"><nameID aor="01632960123"><name>01632960123</name></nameID></participant>
 <participantsessionassoc participant_id="p1" session_id="{_SESSION}"><associate-time>2026-01-05T09:00:00Z</associate-time></participantsessionassoc>
 <participantstreamassoc participant_id="p1"><send>s1</send><recv>s1</recv></participantstreamassoc>
 <stream id="s1" session_id="{_SESSION}"><label>1</label></stream>
 <extensiondata><metaswitchRecordingMetadata><callType>originating</callType><recordedParty>+44201</recordedParty><businessGroup>Office</businessGroup>
 <userName></userName><systemName>exchange</systemName><callingPartyNumber>201</callingPartyNumber><dialedDigits>01632960123</dialedDigits></metaswitchRecordingMetadata></extensiondata>
</recording>""",
    kind="application/rs-metadata",
    labels=("1",),
    direction="outbound",
    far_number="01632960123",
)

AVAYA = Dialect(
    "Avaya SBCE",
    _MIAREC
    + "avaya_sbce_inbound.xml; "
    + _DRACHTIO
    + "broadworks-offer-2.txt: at first the other party is the SBC itself",
    """<?xml version="1.0" encoding="UTF-8"?>
<recording xmlns="urn:ietf:params:xml:ns:recording:1"><dataMode>complete</dataMode>
<session session_id="00FA080001000758A20EFA"></session>
<sessionrecordingassoc session_id="00FA080001000758A20EFA"><associate-time>2026-01-05T09:00:00</associate-time></sessionrecordingassoc>
<participant participant_id="b536ff63b7f3643d4d7b"><nameID aor="sip:+441632960123@192.0.2.10"></nameID></participant>
<participantsessionassoc participant_id="b536ff63b7f3643d4d7b" session_id="00FA080001000758A20EFA"><associate-time>2026-01-05T09:00:00</associate-time></participantsessionassoc>
<participantstreamassoc participant_id="b536ff63b7f3643d4d7b"><send>0ccc2d78b71d8a1ea1c7</send></participantstreamassoc>
<participant participant_id="6add855be46c6970e8fd"><nameID aor="sip:201@192.0.2.20"></nameID></participant>
<participantsessionassoc participant_id="6add855be46c6970e8fd" session_id="00FA080001000758A20EFA"><associate-time>2026-01-05T09:00:00</associate-time></participantsessionassoc>
<participantstreamassoc participant_id="6add855be46c6970e8fd"><send>63a24a2bc6e7c076d738</send></participantstreamassoc>
<stream stream_id="0ccc2d78b71d8a1ea1c7" session_id="00FA080001000758A20EFA"><label>10</label></stream>
<stream stream_id="63a24a2bc6e7c076d738" session_id="00FA080001000758A20EFA"><label>20</label></stream></recording>""",
    labels=("10", "20"),
)

SEMS = Dialect(
    "SEMS",
    _DRACHTIO
    + "procomm-siprec-offer.txt: labels that are words, associations without times, an address without a scheme",
    f"""<?xml version="1.0" encoding="UTF-8"?>
<recording xmlns='urn:ietf:params:xml:ns:recording:1'>
<datamode>complete</datamode>
<session session_id="{_SESSION}"><start-time>2026-01-05T09:00:00Z</start-time></session>
<participant participant_id="p1"><nameID aor="sip:01632960123@192.0.2.10"><name>01632960123</name></nameID></participant>
<participant participant_id="p2"><nameID aor="201@office.example"><name>Main line 201</name></nameID></participant>
<stream stream_id="s1"
session_id="{_SESSION}"><label>a_leg</label></stream>
<stream stream_id="s2"
session_id="{_SESSION}"><label>b_leg</label></stream>
<participantsessionassoc participant_id="p1" session_id="{_SESSION}"></participantsessionassoc>
<participantsessionassoc participant_id="p2" session_id="{_SESSION}"></participantsessionassoc>
<participantstreamassoc participant_id="p1"><send>s1</send><recv>s2</recv></participantstreamassoc>
<participantstreamassoc participant_id="p2"><send>s2</send><recv>s1</recv></participantstreamassoc>
</recording>""",
    kind="application/rs-metadata",
    labels=("a_leg", "b_leg"),
    far_number="01632960123",
)

INTRADO = Dialect(
    "Intrado VIPER",
    _DRACHTIO + "intrado-siprec-invite.txt: the caller alone is named, and what they send is what they hear",
    f"""<?xml version="1.0" encoding="UTF-8"?>
<recording xmlns='urn:ietf:params:xml:ns:recording:1'>
<dataMode>complete</dataMode>
<group group_id="g"><associate-time>2026-01-05T09:00:00-06:00</associate-time></group>
<session session_id="{_SESSION}"><start-time>2026-01-05T09:00:00-06:00</start-time><group-ref>g</group-ref></session>
<sessionrecordingassoc session_id="{_SESSION}"><associate-time>2026-01-05T09:00:00-06:00</associate-time></sessionrecordingassoc>
<stream stream_id="s1" session_id="{_SESSION}"><label>1</label></stream>
<participant participant_id="p1"><nameID aor="01632960123@192.0.2.10:5060"><name xml:lang="en"></name></nameID><channel>SIP/911202-073e</channel><role>calling</role></participant>
<participantsessionassoc participant_id="p1" session_id="{_SESSION}"><associate-time>2026-01-05T09:00:00-06:00</associate-time></participantsessionassoc>
<participantstreamassoc participant_id="p1"><send>s1</send><recv>s1</recv></participantstreamassoc>
</recording>""",
    kind="application/rs-metadata",
    labels=("1",),
    far_number="01632960123",
    office_number=None,
    user_agent="VIPER",
)

TWILIO = Dialect(
    "Twilio",
    "A body of Twilio's media gateway, without a published trace: labels that are words, metadata that names nobody",
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
    CISCO, BROADWORKS, BROADWORKS_MIXED, WEBEX, AUDIOCODES, ORACLE, RIBBON, OPENSIPS, FREESWITCH, METASWITCH, AVAYA, SEMS,
    INTRADO, TWILIO, KAMAILIO,
)  # fmt: skip
