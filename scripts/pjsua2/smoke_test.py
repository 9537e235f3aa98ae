"""Does a freshly built pjsua2 have what Earmark needs? Exits with a message that names what is missing."""

from __future__ import annotations

import ctypes
import sys

import pjsua2 as pj
import pjsua2_native

NEEDED_CODECS = ("PCMA/8000", "PCMU/8000", "G722/16000", "opus/48000")
NEEDED_CALLS = 512


def missing_features(endpoint: pj.Endpoint) -> list[str]:
    codecs = [codec.codecId for codec in endpoint.codecEnum2()]
    print("codecs:", ", ".join(codecs))
    missing = [f"codec {needed}" for needed in NEEDED_CODECS if not any(codec.startswith(needed) for codec in codecs)]
    transport = pj.TransportConfig()
    transport.boundAddress = "127.0.0.1"
    kinds = {"UDP": pj.PJSIP_TRANSPORT_UDP, "TCP": pj.PJSIP_TRANSPORT_TCP, "TLS": pj.PJSIP_TRANSPORT_TLS}
    for name, kind in kinds.items():
        try:
            endpoint.transportCreate(kind, transport)
        except pj.Error as error:
            missing.append(f"SIP over {name} ({error.reason})")
    return missing


def main() -> int:
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.maxCalls = NEEDED_CALLS
    config.logConfig.level = 1
    endpoint.libInit(config)
    missing = missing_features(endpoint)
    version = endpoint.libVersion().full
    if version != pjsua2_native.VERSION:
        missing.append(f"version {pjsua2_native.VERSION} (it is {version})")
    media = ctypes.CDLL(str(pjsua2_native.library_dir() / "libpjmedia.so.2"))
    if not hasattr(media, "pjmedia_transport_srtp_create"):
        missing.append("SRTP")
    if not (pjsua2_native.include_dir() / "pjsua-lib" / "pjsua.h").exists():
        missing.append("the headers")
    endpoint.libDestroy()
    if missing:
        print("missing:", "; ".join(missing), file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
