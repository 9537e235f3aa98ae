"""G.711 A-law and µ-law as ITU-T G.711 (11/88) tables 1 and 2 define them, on whole arrays."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

Pcm = npt.NDArray[np.int16]
Law = Literal["PCMU", "PCMA"]

PAYLOAD_TYPES: dict[Law, int] = {"PCMU": 0, "PCMA": 8}  # RFC 3551, table 4
LAWS: dict[int, Law] = {number: law for law, number in PAYLOAD_TYPES.items()}


def _decode_mu(code: int) -> int:
    inverted = ~code & 0xFF
    exponent, mantissa = (inverted >> 4) & 7, inverted & 0x0F
    magnitude = (((mantissa << 3) + 0x84) << exponent) - 0x84
    return -magnitude if inverted & 0x80 else magnitude


def _decode_a(code: int) -> int:
    toggled = code ^ 0x55
    exponent, mantissa = (toggled >> 4) & 7, toggled & 0x0F
    magnitude = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 0x108) << (exponent - 1)
    return magnitude if toggled & 0x80 else -magnitude


def _decoding_table(law: Law) -> Pcm:
    decode = _decode_mu if law == "PCMU" else _decode_a
    return np.array([decode(code) for code in range(256)], np.int16)


def _encoding_table(decoding: Pcm) -> npt.NDArray[np.uint8]:
    """For each 16-bit value, offset by 32,768, the code whose decoded value is nearest."""
    order = np.argsort(decoding, kind="stable")
    values = decoding[order].astype(np.int32)
    edges = (values[1:] + values[:-1]) // 2
    every = np.arange(-32768, 32768)
    return order[np.searchsorted(edges, every, side="left")].astype(np.uint8)


_DECODE: dict[Law, Pcm] = {"PCMU": _decoding_table("PCMU"), "PCMA": _decoding_table("PCMA")}
_ENCODE: dict[Law, npt.NDArray[np.uint8]] = {law: _encoding_table(table) for law, table in _DECODE.items()}


def encode(pcm: Pcm, law: Law) -> bytes:
    """16-bit samples to one octet each."""
    return _ENCODE[law][pcm.astype(np.int32) + 32768].tobytes()


def decode(octets: bytes, law: Law) -> Pcm:
    """Octets to 16-bit samples."""
    return _DECODE[law][np.frombuffer(octets, np.uint8)]
