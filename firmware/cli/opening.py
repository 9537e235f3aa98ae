"""How a command opens one recording for somebody: through the running opener, or here when there is none."""

from __future__ import annotations

from base64 import b64decode

import click

from firmware.adapters.control.client import ControlClient
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.evidence import evidence_desk
from firmware.cli.opener.composition import compose_office, ground_of
from firmware.cli.opener.needs import OpenerNeeds
from firmware.cli.people import ask_for_code, sign_in_at_terminal
from firmware.config.loader import load_settings
from firmware.core.access_policy import Action
from firmware.core.errors import ServiceAway
from firmware.core.home import Home
from firmware.core.sign_in_stage import Stage
from firmware.services.second_factors import Proof

_SIGN_IN_TIMEOUT_S = 60.0  # Argon2 takes a second on a Pi, and one sign-in waits for another


def keys_for_export(home: Home, user: str, pass_phrase: str, recording_id: str, purpose: str) -> dict[int, bytes]:
    """The key of each segment, by number; its evidence entry is durable.

    Raises:
        SignInRefused, NotAllowed, NoSuchRecording, KeyErased, DamagedRecording, StorageError: as they say.
    """
    try:
        return _through_the_opener(home, user, pass_phrase, recording_id, purpose)
    except ServiceAway:
        click.echo("The opener or the recorder does not run, so the recording is opened here.", err=True)
        return _here(home, user, pass_phrase, recording_id, purpose)


def _through_the_opener(home: Home, user: str, pass_phrase: str, recording_id: str, purpose: str) -> dict[int, bytes]:
    client = ControlClient(home.opener_socket, _SIGN_IN_TIMEOUT_S)
    token = sign_in_at_terminal(client, user, pass_phrase)
    try:
        wish = {"token": token, "recording_id": recording_id, "purpose": purpose, "use": Action.EXPORT.value}
        answer = client.post("/open", wish)
    finally:
        client.post("/sign-out", {"token": token})
    return {int(each["segment"]): b64decode(each["key"]) for each in answer["keys"]}


def _here(home: Home, user: str, pass_phrase: str, recording_id: str, purpose: str) -> dict[int, bytes]:
    with evidence_desk(home) as desk:
        needs = OpenerNeeds.of(load_settings(SettingsFile(home.settings_file)))
        office = compose_office(home, desk, ground_of(home, needs))
        signed_in = office.signing_in.sign_in(user, pass_phrase)
        try:
            if signed_in.session.stage is Stage.SECOND_FACTOR:
                signed_in = office.signing_in.second_factor(signed_in.token, _ask_for_code())
            keys = office.opener.open(signed_in.token, recording_id, purpose, Action.EXPORT)
        finally:
            office.opener.sign_out(signed_in.token)
    return {key.segment: key.key for key in keys}


def _ask_for_code() -> Proof:
    method, code = ask_for_code()
    return Proof(method, code)
