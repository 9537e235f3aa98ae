"""``earmark people``: who has a sign-in, on the command line of the box. What the page can do, and the recovery key."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from firmware.adapters.control.client import ControlClient, path_of
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.recovery_key import read_recovery_key
from firmware.cli.text_table import text_table
from firmware.config.loader import load_settings
from firmware.core.access_policy import Role
from firmware.core.errors import NoSuchPerson, SignInRefused
from firmware.core.home import Home
from firmware.services.vouchers import VouchedFor

_TIMEOUT_S = 60.0  # Argon2 takes a second on a Pi, and one sign-in waits for another
_HEADINGS = ("NAME", "ROLE", "EXTENSION", "KEY", "SECOND FACTOR", "STATE")
_WHAT_IS_MISSING = {
    "set-second-factor": ("Your role must have a second factor.", "Sign in on the page once, and set one up."),
    "waiting": ("You were not confirmed yet.", "Ask somebody who may listen to compare your fingerprint."),
}
_Command = TypeVar("_Command", bound=Callable[..., Any])


def signs_in(command: _Command) -> _Command:
    """The option that says who asks; their pass phrase is typed."""
    return click.option("--as", "user", required=True, help="Your sign-in name; your pass phrase is asked for.")(
        command
    )


@click.group()
def people() -> None:
    """Invite people, confirm them, vouch for them, and end the sign-ins of those who leave."""


@people.command("list")
@signs_in
@click.option("--json", "as_json", is_flag=True, help="As JSON, for a program.")
@click.pass_obj
def list_people(home: Home, user: str, as_json: bool) -> None:
    """List who has a sign-in and who can listen."""
    with _signed_in(home, user) as (client, token):
        found = client.get("/people", token=token)
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    rows = [_row(each) for each in found["people"]]
    rows += [(each["name"], each["role"], each["extension"], "-", "-", "invited") for each in found["invitations"]]
    click.echo(text_table(_HEADINGS, rows))
    names = ", ".join(each["name"] for each in found["recipients"]["people"])
    since = _moment(home, found["recipients"]["changed_at_ms"])
    click.echo(f"\nRecordings can be opened by {names}; unchanged since {since:%Y-%m-%d %H:%M}.")


@people.command("invite")
@click.argument("name")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--extension", default="", help="Whose calls are their own.")
@signs_in
@click.pass_obj
def invite(home: Home, name: str, role: str, extension: str, user: str) -> None:
    """Invite NAME, and show the code with which they join."""
    with _signed_in(home, user) as (client, token):
        made = client.post("/invitations", {"name": name, "role": role, "extension": extension}, token=token)
    _tell_invitation(home, made)


@people.command("invite-again")
@click.argument("name")
@signs_in
@click.pass_obj
def invite_again(home: Home, name: str, user: str) -> None:
    """Let NAME, who forgot the pass phrase, join anew."""
    with _signed_in(home, user) as (client, token):
        made = client.post(_path(client, token, name, "invite-again"), token=token)
    _tell_invitation(home, made)


@people.command("join")
@click.argument("name")
@click.pass_obj
def join(home: Home, name: str) -> None:
    """Take up an invitation and choose a pass phrase.

    NAME is who was invited; the code that came with it is asked for.
    """
    client = _opener(home)
    code = click.prompt("The code you were told", err=True)
    looked = client.post("/join/look", {"name": name, "code": code})
    click.echo(f"You join as {Role(looked['role']).shown}. A pass phrase on offer: {looked['words']}")
    pass_phrase = click.prompt(
        "Your pass phrase, 12 characters or more", hide_input=True, confirmation_prompt=True, err=True
    )
    joined = client.post("/join", {"name": name, "code": code, "password": pass_phrase})
    click.echo(f"{name} can sign in. Fingerprint: {joined['fingerprint']}")
    if joined["must_be_confirmed"]:
        click.echo("Somebody who may listen must compare that with you, and confirm you, before you can do anything.")


@people.command("confirm")
@click.argument("name")
@signs_in
@click.pass_obj
def confirm(home: Home, name: str, user: str) -> None:
    """Confirm NAME, who reads out a fingerprint.

    That seals the office key to NAME, where the role may listen, once both of you see the same fingerprint.
    """
    with _signed_in(home, user) as (client, token):
        person = _find(client, token, name)
        click.echo(f"The fingerprint of {name}: {person['fingerprint']}")
        click.confirm(f"Does {name} see the same, and are they who they say", abort=True)
        wish = {"fingerprint": person["fingerprint"]}
        client.post(path_of("people", person["person_id"], "confirm"), wish, token=token)
    click.echo(f"{name} is confirmed, and signs in anew.")


@people.command("vouch")
@click.argument("name")
@click.option("--for", "against", type=click.Choice([each.value for each in VouchedFor]), default="lock")
@signs_in
@click.pass_obj
def vouch(home: Home, name: str, against: str, user: str) -> None:
    """Let NAME in past a lock, or without a lost phone, once."""
    with _signed_in(home, user) as (client, token):
        given = client.post(_path(client, token, name, "vouch"), {"for": against}, token=token)
    until = _moment(home, given["expires_at_ms"])
    click.echo(f"Tell {name} this code; it is typed with the pass phrase, once, until {until:%H:%M}:\n")
    click.echo(f"    {given['code']}")


@people.command("leave")
@click.argument("name")
@signs_in
@click.pass_obj
def leave(home: Home, name: str, user: str) -> None:
    """End the sign-in of NAME: keys, sessions and access."""
    with _signed_in(home, user) as (client, token):
        client.post(_path(client, token, name, "leave"), token=token)
    click.echo(f"{name} has no sign-in any more.")


@people.command("recover")
@click.argument("name")
@click.option(
    "--recovery-key-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Instead of typing it."
)
@click.pass_obj
def recover(home: Home, name: str, recovery_key_file: Path | None) -> None:
    """Let NAME in with the recovery key.

    For when nobody else who may listen can vouch. They have a new pass phrase then, and no second factor. A NAME that
    nobody has becomes a director.
    """
    key = read_recovery_key(recovery_key_file)
    pass_phrase = click.prompt(
        "A new pass phrase, 12 characters or more", hide_input=True, confirmation_prompt=True, err=True
    )
    wish = {"recovery_key": key, "name": name, "password": pass_phrase}
    answer = _opener(home).post("/recovery", wish)
    click.echo(f"{name} can sign in and listen. Fingerprint: {answer['fingerprint']}")


@contextmanager
def _signed_in(home: Home, user: str) -> Iterator[tuple[ControlClient, str]]:
    client = _opener(home)
    token = sign_in_at_terminal(client, user)
    try:
        yield client, token
    finally:
        client.post("/sign-out", {"token": token})


def sign_in_at_terminal(client: ControlClient, user: str, pass_phrase: str | None = None) -> str:
    """A complete sign-in's token; what is needed is asked for where nobody sees it.

    Raises:
        SignInRefused: it was wrong, or the sign-in needs a step that only the page can do.
    """
    typed = (
        pass_phrase if pass_phrase is not None else click.prompt(f"Pass phrase of {user}", hide_input=True, err=True)
    )
    answer = client.post("/sign-in", {"user": user, "password": typed})
    if answer["stage"] == "second-factor":
        method, code = ask_for_code()
        wish = {"code" if method == "totp" else "recovery_code": code}
        answer = client.post("/sign-in/second-factor", wish, token=answer["token"])
    if answer["stage"] != "complete":
        client.post("/sign-out", {"token": answer["token"]})
        raise SignInRefused(*_WHAT_IS_MISSING[answer["stage"]])
    return str(answer["token"])


def ask_for_code() -> tuple[str, str]:
    """What somebody types as their second factor, and by which of ``SecondFactor.methods`` it is meant."""
    code = click.prompt("One-time code, or a recovery code", hide_input=True, err=True)
    return ("totp" if len(code.strip()) == 6 else "recovery-code"), code


def _opener(home: Home) -> ControlClient:
    return ControlClient(home.opener_socket, _TIMEOUT_S)


def _find(client: ControlClient, token: str, name: str) -> dict[str, Any]:
    for person in client.get("/people", token=token)["people"]:
        if person["name"] == name:
            return dict(person)
    raise NoSuchPerson(f"Nobody is called {name}.", "List them with: earmark people list")


def _path(client: ControlClient, token: str, name: str, what: str) -> str:
    return path_of("people", str(_find(client, token, name)["person_id"]), what)


def _row(person: dict[str, Any]) -> tuple[str, ...]:
    return (
        str(person["name"]),
        str(person["role"]),
        str(person["extension"]) or "-",
        "holds it" if person["holds_office_key"] else "-",
        "set" if person["second_factor"] else "-",
        str(person["state"]),
    )


def _tell_invitation(home: Home, made: dict[str, Any]) -> None:
    until = _moment(home, made["expires_at_ms"])
    click.echo(f"Code for {made['name']} ({Role(made['role']).shown}), good once, until {until:%Y-%m-%d %H:%M}:\n")
    click.echo(f"    {made['code']}\n")
    click.echo("Tell it to them in person or by telephone; they type it at /join of the page, or: earmark people join")


def _moment(home: Home, unix_ms: int) -> datetime:
    zone = ZoneInfo(load_settings(SettingsFile(home.settings_file)).office.timezone)
    return datetime.fromtimestamp(unix_ms / 1000, UTC).astimezone(zone)
