"""An invitation to have a sign-in: a name, a role, and a code that the invited person types once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

from firmware.core.access_policy import WITHOUT_NUMBERS, Role, is_appointed, role_may_open

#: 12 of 31 letters: 59 bits, and ten tries.
CODE_LENGTH = 12
WRONG_CODES_ALLOWED = 10
LASTS_MS = 48 * 3_600_000


@dataclass(frozen=True)
class Invitation:
    """``code_digest`` is keyed with the box secret; ``invited_by`` is a person id. ``person_id`` is what the new person
    will have; that of somebody who is here already means that they forgot their pass phrase. ``by_holder``: who invites
    may confirm people of that role, too.
    """

    invitation_id: str
    person_id: str
    name: str
    role: Role
    extension: str
    code_digest: str
    expires_at_ms: int
    invited_by: str
    by_holder: bool
    again: bool = False
    wrong_codes: int = 0

    @property
    def must_be_confirmed(self) -> bool:
        """Whether a holder of the office key must still agree: always where the key is to be sealed, and where somebody
        without sight of numbers invites into a role that has it.
        """
        return role_may_open(self.role) or not (self.by_holder or self.role in WITHOUT_NUMBERS)

    def for_role(self, role: Role) -> Self:
        """The same for a role that the person has got since: what was agreed for another says nothing about it."""
        by_holder = self.by_holder and (role is self.role or not is_appointed(role))
        return replace(self, role=role, by_holder=by_holder)

    def is_good(self, now_ms: int) -> bool:
        return now_ms < self.expires_at_ms and self.wrong_codes < WRONG_CODES_ALLOWED

    def with_wrong_code(self) -> Self:
        return replace(self, wrong_codes=self.wrong_codes + 1)

    def to_json(self) -> dict[str, Any]:
        return {
            "invitation_id": self.invitation_id,
            "person_id": self.person_id,
            "name": self.name,
            "role": self.role.value,
            "extension": self.extension,
            "code_digest": self.code_digest,
            "expires_at_ms": self.expires_at_ms,
            "invited_by": self.invited_by,
            "by_holder": self.by_holder,
            "again": self.again,
            "wrong_codes": self.wrong_codes,
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        """Read one.

        Raises:
            KeyError, ValueError: a field is missing or is not what it should be.
        """
        return cls(
            invitation_id=str(document["invitation_id"]),
            person_id=str(document["person_id"]),
            name=str(document["name"]),
            role=Role.read(str(document["role"])),
            extension=str(document["extension"]),
            code_digest=str(document["code_digest"]),
            expires_at_ms=int(document["expires_at_ms"]),
            invited_by=str(document["invited_by"]),
            by_holder=bool(document["by_holder"]),
            again=bool(document["again"]),
            wrong_codes=int(document["wrong_codes"]),
        )
