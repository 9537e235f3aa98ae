"""The API as OpenAPI 3.1 describes it (https://spec.openapis.org/oas/v3.1.1): for programs, and for the help page.

A test holds it against the routes that there are, and another has a program of its own ask whatever it allows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webui.api.schemas import parameters, ref, schemas

VERSION = "1.0.0"
_JSON, _PROBLEM = "application/json", "application/problem+json"

_REFUSALS = {
    "401": "The token is missing, unknown, expired or revoked.",
    "403": "The token does not have the scope that this needs.",
    "429": "This was asked too often; Retry-After says when to ask again.",
    "503": "Part of the box does not answer, or the data disk is locked; calls go on all the same.",
}


def description() -> dict[str, Any]:
    """The whole document. It says nothing of this office."""
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Earmark",
            "version": VERSION,
            "summary": "Pause, list and tag recorded calls from a till or a CRM.",
            "description": "A director makes a token for each program, with the scopes that it needs. It is sent with "
            "every request as a bearer token (RFC 6750). Cookies are not looked at. No scope opens sound.",
            "license": {"name": "GPL-3.0-or-later", "identifier": "GPL-3.0-or-later"},
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": _paths(),
        "webhooks": _web_hooks(),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas(),
            "parameters": parameters(),
        },
    }


def _paths() -> dict[str, Any]:
    return {
        "/token": {
            "get": _operation(
                "showToken",
                "See what this token may do",
                "Needs no scope. Good for trying whether a token works.",
                {"200": _answer("The token's name, scopes and end.", "Token")},
            )
        },
        "/calls": {
            "get": _operation(
                "listCalls",
                "List calls, newest first",
                "Needs calls:list; numbers only with calls:numbers. Rows only: no sound, no names, no notes. For "
                "the calls before those of an answer, give its next as before. The evidence tells that calls were "
                "listed.",
                {"200": _answer("The calls.", "Calls"), **_problems("422")},
                parameters=["limit", "before", "since", "until", "ofExtension", "line", "direction"],
            )
        },
        "/calls/{id}": {
            "get": _operation(
                "showCall",
                "One call's row",
                "Needs calls:list.",
                {"200": _answer("The call.", "Call"), **_problems("404")},
                parameters=["id"],
            )
        },
        "/calls/{id}/tags": {
            "post": _operation(
                "tagCall",
                "Put a tag beside a call",
                "Needs tags:write. It is found in the list like any note. The same tag again changes nothing, so "
                "that it may be sent again when an answer was lost. What may be a card's number is refused.",
                {"200": _answer("It stands there.", "Tag"), **_problems("400", "404", "415", "422")},
                parameters=["id"],
                body="Tag",
            )
        },
        "/extensions/{extension}": {
            "get": _operation(
                "showExtension",
                "How the recording of an extension's call is",
                "Needs pause:EXTENSION. None of the parties is told.",
                {"200": _answer("How it is at this moment.", "Recording")},
                parameters=["extension"],
            )
        },
        "/extensions/{extension}/pause": {"post": _steering("pause", "Keep nothing of its call from now on")},
        "/extensions/{extension}/resume": {"post": _steering("resume", "Record its call again from now on")},
    }


def _steering(action: str, summary: str) -> dict[str, Any]:
    return _operation(
        f"{action}Extension",
        summary,
        "Needs pause:EXTENSION. It takes effect as from half a second before it was asked for. A pause that is "
        "forgotten ends by itself after the time that the office has set; the answer says when. 404: the extension has "
        "no call. 409: this call may not be paused, and why. With several calls it is done to those that may be: look "
        "at the state in the answer, which is the least safe of all.",
        {"200": _answer("It is so.", "Recording"), **_problems("404", "409")},
        parameters=["extension"],
    )


def _operation(
    name: str,
    summary: str,
    words: str,
    answers: Mapping[str, Any],
    *,
    parameters: list[str] | None = None,
    body: str = "",
) -> dict[str, Any]:
    told: dict[str, Any] = {"operationId": name, "summary": summary, "description": words}
    if parameters:
        told["parameters"] = [{"$ref": f"#/components/parameters/{each}"} for each in parameters]
    if body:
        told["requestBody"] = {"required": True, "content": {_JSON: {"schema": ref(body)}}}
    told["responses"] = {**answers, **_problems("400", *_REFUSALS)}
    return told


_FURTHER = {
    "400": "The request is not understood.",
    "404": "There is no such call, or none at this moment.",
    "409": "That may not be done with this call, or not now.",
    "415": "What is sent is not JSON.",
    "422": "A field or a parameter is not what it should be.",
}


def _problems(*statuses: str) -> dict[str, Any]:
    words = _FURTHER | _REFUSALS
    return {
        status: {"description": words[status], "content": {_PROBLEM: {"schema": ref("Problem")}}} for status in statuses
    }


def _answer(words: str, schema: str) -> dict[str, Any]:
    return {"description": words, "content": {_JSON: {"schema": ref(schema)}}}


def _web_hooks() -> dict[str, Any]:
    def told(name: str, summary: str, schema: str) -> dict[str, Any]:
        words = (
            "Sent to the web hooks that a director has set, as https://www.standardwebhooks.com says: webhook-id, "
            "webhook-timestamp and webhook-signature (v1, HMAC-SHA-256). Numbers only where the director said so. "
            "Anything but 2xx is tried again later, with growing pauses; 410 ends it until the hook is set anew."
        )
        return {
            "post": {
                "operationId": name,
                "summary": summary,
                "description": words,
                "requestBody": {"content": {_JSON: {"schema": ref(schema)}}},
                "responses": {"2XX": {"description": "It was taken."}, "410": {"description": "Send no more."}},
            }
        }

    return {
        "call.started": told("callStarted", "A call began", "CallStarted"),
        "call.ended": told("callEnded", "A call ended", "CallEnded"),
    }
