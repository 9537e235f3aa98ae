"""How signalling travels and sound is encrypted, as settings of several kinds of line name it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator

Transport = Literal["udp", "tcp", "tls"]
SrtpUse = Literal["off", "optional", "required"]


def _ca_file(text: str) -> str:
    if text and not text.startswith("/"):
        raise ValueError(f"{text!r} is not the whole path of a file, such as /etc/ssl/provider-ca.pem")
    return text


CaFile = Annotated[str, AfterValidator(_ca_file)]
