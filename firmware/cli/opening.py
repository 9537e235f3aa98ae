"""How a command opens one recording for somebody: through the running opener, or here when there is none."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import click

from firmware.adapters.control.client import ControlClient, path_of
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.evidence import evidence_desk
from firmware.cli.opener.composition import compose_office, ground_of
from firmware.cli.opener.needs import OpenerNeeds
from firmware.cli.opener.signing import vcon_signing
from firmware.cli.people import ask_for_code, sign_in_at_terminal
from firmware.config.loader import load_settings
from firmware.core.access_policy import Action
from firmware.core.errors import ServiceAway
from firmware.core.home import Home
from firmware.core.sign_in_stage import Stage
from firmware.core.vcon.signed import Signature, UnsignedVcon
from firmware.services.second_factors import Proof

_SIGN_IN_TIMEOUT_S = 60.0  # Argon2 takes a second on a Pi, and one sign-in waits for another


@dataclass(frozen=True)
class Opened:
    """One recording that is open to somebody until the ``with`` ends. ``keys`` are its segments', by number."""

    keys: Mapping[int, bytes] = field(repr=False)
    sign: Callable[[UnsignedVcon], Signature] = field(repr=False)


@contextmanager
def opened_for_export(
    home: Home, user: str, pass_phrase: str, recording_id: str, purpose: str
) -> Generator[Opened, None, None]:
    """The key of each segment, whose evidence entry is durable, and a signature for what is made of them.

    Raises:
        SignInRefused, NotAllowed, NoSuchRecording, KeyErased, DamagedRecording, StorageError: as they say.
    """
    with ExitStack() as open_places:
        try:
            opened = open_places.enter_context(_through_the_opener(home, user, pass_phrase, recording_id, purpose))
        except ServiceAway:
            click.echo("The opener or the recorder does not run, so the recording is opened here.", err=True)
            opened = open_places.enter_context(_here(home, user, pass_phrase, recording_id, purpose))
        yield opened


@contextmanager
def _through_the_opener(
    home: Home, user: str, pass_phrase: str, recording_id: str, purpose: str
) -> Generator[Opened, None, None]:
    client = ControlClient(home.opener_socket, _SIGN_IN_TIMEOUT_S)
    token = sign_in_at_terminal(client, user, pass_phrase)

    def sign(vcon: UnsignedVcon) -> Signature:
        asked = {"digest": b64encode(vcon.digest()).decode("ascii"), "vcon": vcon.uuid}
        answer = client.post(path_of("recordings", recording_id, "sign"), asked, token=token)
        return Signature(b64decode(answer["signature"]), answer["chain"])

    try:
        wish = {"token": token, "recording_id": recording_id, "purpose": purpose, "use": Action.EXPORT.value}
        answer = client.post("/open", wish)
        yield Opened({int(each["segment"]): b64decode(each["key"]) for each in answer["keys"]}, sign)
    finally:
        client.post("/sign-out", {"token": token})


@contextmanager
def _here(home: Home, user: str, pass_phrase: str, recording_id: str, purpose: str) -> Generator[Opened, None, None]:
    with evidence_desk(home) as desk:
        needs = OpenerNeeds.of(load_settings(SettingsFile(home.settings_file)))
        office = compose_office(home, desk, ground_of(home, needs))
        signed_in = office.signing_in.sign_in(user, pass_phrase)
        try:
            if signed_in.session.stage is Stage.SECOND_FACTOR:
                signed_in = office.signing_in.second_factor(signed_in.token, _ask_for_code())
            signing, token = vcon_signing(home, office.opener, needs.office), signed_in.token
            keys = office.opener.open(token, recording_id, purpose, Action.EXPORT)
            yield Opened(
                {key.segment: key.key for key in keys},
                lambda vcon: signing.sign(token, recording_id, vcon.digest(), vcon.uuid),
            )
        finally:
            office.opener.sign_out(signed_in.token)


def _ask_for_code() -> Proof:
    method, code = ask_for_code()
    return Proof(method, code)
