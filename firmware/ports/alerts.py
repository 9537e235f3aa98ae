"""Where alerts go, and where what they need to remember is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from firmware.core.alert_message import Message
from firmware.core.alerting import AlertBook


@dataclass(frozen=True)
class Destination:
    """``url`` is a secret: it is in no log and in no finding."""

    name: str
    url: str = field(repr=False)
    of: Literal["everything", "faults"] = "everything"
    digest: bool = True

    def takes(self, message: Message) -> bool:
        if message.digest:
            return self.digest
        return self.of == "everything" or message.importance in ("fault", "well")


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a message; ``kind`` is its media type (RFC 2046)."""

    name: str
    kind: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Waiting:
    """A message that has not reached everybody yet. ``to``: names of destinations."""

    message: Message
    to: tuple[str, ...]


@dataclass(frozen=True)
class AlertState:
    """Everything that a restart must not lose."""

    book: AlertBook = field(default_factory=AlertBook)
    waiting: tuple[Waiting, ...] = ()


class AlertStore(Protocol):
    """One thread at a time."""

    def read(self) -> AlertState:
        """What was kept last; a new state where there is none, or none that can be read.

        Raises:
            StorageError: there is one, and the disk does not give it.
        """
        ...

    def keep(self, state: AlertState) -> None:
        """Durably. Raises StorageError: what was kept before stands."""
        ...


class Messenger(Protocol):
    """Any thread. May take a minute."""

    def send(self, destination: Destination, message: Message) -> str:
        """Why it was not taken, in words without the address; empty when it was."""
        ...


class Mailer(Protocol):
    """Any thread. May take a minute."""

    def mail(self, way: Destination, to: Sequence[str], message: Message, attachment: Attachment) -> str:
        """Send by the mail server of ``way``, to these addresses and not to its own, each by itself. Why it was not
        taken, in words without an address; empty when it was."""
        ...
