"""A recording client over pjsua2, in a process of its own: SRTP with keys in the SDP (RFC 4568), over TLS or UDP.

``python -m tests.functional.calls.secure_client URI METADATA_FILE CA_FILE SECONDS`` sends two streams of tones, 600 and
1000 Hz, and prints the last status of its session.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pjsua2 as pj

_PITCHES = (600, 1000)


class _Session(pj.Call):
    status = 0
    over = False

    def __init__(self, account: pj.Account) -> None:
        super().__init__(account)
        self._tones: list[pj.ToneGenerator] = []

    def onCallState(self, prm: pj.OnCallStateParam) -> None:  # noqa: N802 - pjsua2's name
        info = self.getInfo()
        self.status = info.lastStatusCode
        self.over = info.state == pj.PJSIP_INV_STATE_DISCONNECTED

    def onCallSdpCreated(self, prm: pj.OnCallSdpCreatedParam) -> None:  # noqa: N802 - pjsua2's name
        session, *media = prm.sdp.wholeSdp.split("m=audio")
        labelled = [f"m=audio{block.rstrip()}\r\na=label:{place + 1}\r\n" for place, block in enumerate(media)]
        prm.sdp.wholeSdp = session + "".join(labelled)

    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:  # noqa: N802 - pjsua2's name
        info = self.getInfo()
        for place in range(info.media.size() if not self._tones else 0):
            generator = pj.ToneGenerator()
            generator.createToneGenerator(8000, 1)
            sound = pj.ToneDesc()
            sound.freq1, sound.on_msec, sound.off_msec, sound.volume = _PITCHES[place], 1000, 0, 8000
            generator.play(pj.ToneDescVector([sound]), True)
            generator.startTransmit(self.getAudioMedia(place))
            self._tones.append(generator)


def main(uri: str, metadata: Path, ca_file: str, seconds: float) -> int:
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.logConfig.level = config.logConfig.consoleLevel = 1
    config.medConfig.noVad = True
    endpoint.libInit(config)
    transport = pj.TransportConfig()
    transport.boundAddress = "127.0.0.1"
    kind = pj.PJSIP_TRANSPORT_UDP
    if "tls" in uri:
        kind = pj.PJSIP_TRANSPORT_TLS
        transport.tlsConfig.CaListFile = ca_file
        transport.tlsConfig.verifyServer = True
    transport_id = endpoint.transportCreate(kind, transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    account = pj.Account()
    settings = pj.AccountConfig()
    settings.idUri = "sip:client@127.0.0.1"
    settings.sipConfig.transportId = transport_id
    settings.sipConfig.contactParams = ";+sip.src"
    settings.mediaConfig.srtpUse = pj.PJMEDIA_SRTP_MANDATORY
    settings.mediaConfig.srtpSecureSignaling = 0
    settings.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
    account.create(settings, True)
    session = _Session(account)
    session.makeCall(uri, _invite(metadata))
    until = time.monotonic() + seconds
    while time.monotonic() < until and not session.over:
        endpoint.libHandleEvents(10)
    status = session.status
    if not session.over:
        session.hangup(pj.CallOpParam(True))
        until = time.monotonic() + 2
        while time.monotonic() < until and not session.over:
            endpoint.libHandleEvents(10)
    del session
    account.shutdown()
    endpoint.libDestroy()
    print(status)
    return 0


def _invite(metadata: Path) -> pj.CallOpParam:
    parameters = pj.CallOpParam(True)
    parameters.opt.audioCount, parameters.opt.videoCount, parameters.opt.textCount = 2, 0, 0
    required = pj.SipHeader()
    required.hName, required.hValue = "Require", "siprec"
    parameters.txOption.headers.append(required)
    parameters.txOption.multipartContentType.type = "multipart"
    parameters.txOption.multipartContentType.subType = "mixed"
    part = pj.SipMultipartPart()
    part.contentType.type, part.contentType.subType = "application", "rs-metadata+xml"
    part.body = metadata.read_text()
    parameters.txOption.multipartParts.append(part)
    return parameters


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], float(sys.argv[4])))
