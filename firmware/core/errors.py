"""The family of errors that an operator can act on.

Each class is one thing a person can do something about. Its message says what happened and to what; its ``remedy`` says
what to do. ``exit_code`` is what a command exits with when the error ends it: codes are stable, scripts rely on them,
and no two kinds of trouble share one, wherever a kind is written. ``earmark --help`` lists them.
0 is success, 1 is "checked, and found something wrong", 2 is a mistake in the command line.
"""

from __future__ import annotations

from typing import ClassVar, Self


class EarmarkError(Exception):
    """Root of the family.

    Args:
        what: what happened, to what, in one sentence.
        remedy: what a person can do about it, in one sentence; empty when the message says it all.
    """

    exit_code: ClassVar[int] = 10

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}".rstrip()


class SettingsError(EarmarkError):
    """A setting is unknown, of the wrong type or out of range. Nothing was changed."""

    exit_code = 11


class NotSetUp(EarmarkError):
    """The data folder holds no office yet."""

    exit_code = 12


class OfficeIncomplete(NotSetUp):
    """Part of an office is missing or damaged: its settings, its people or a key. A backup has it."""

    exit_code = 14


class AlreadySetUp(EarmarkError):
    """The data folder already holds an office; setting up again would orphan its recordings."""

    exit_code = 13


class StorageError(EarmarkError):
    """A folder or file cannot be written, read or flushed."""

    exit_code = 20


class StorageFull(StorageError):
    """The disk has no room for what must be written."""

    exit_code = 21


class DamagedRecording(EarmarkError):
    """A sealed recording does not verify. The message names the file and the frame."""

    exit_code = 22


class DamagedCatalogue(EarmarkError):
    """The catalogue cannot be read."""

    exit_code = 23


class DamagedEvidence(EarmarkError):
    """The evidence log's chain or checkpoint does not verify."""

    exit_code = 24


class NoSuchRecording(EarmarkError):
    """No recording of that id is in the catalogue."""

    exit_code = 25


class NoSuchFinding(EarmarkError):
    """Nothing of that name is wrong with the box now."""

    exit_code = 33


class KeyErased(EarmarkError):
    """The recording's key was destroyed; its audio is gone for good."""

    exit_code = 26


class StorageAway(EarmarkError):
    """The office's own storage, where archive and backups lie, does not answer or refuses."""

    exit_code = 27


class DamagedBackup(EarmarkError):
    """A backup cannot be opened with this key, or is not whole."""

    exit_code = 28


class NoPlaceElsewhere(EarmarkError):
    """The settings name no place for the archive, or none for backups."""

    exit_code = 29


class SignInRefused(EarmarkError):
    """Wrong name or pass phrase, or the account is locked."""

    exit_code = 30


class NotAllowed(EarmarkError):
    """The person signed in may not do this. ``told``: the evidence says so already."""

    exit_code = 31
    told = False

    def as_told(self) -> Self:
        self.told = True
        return self


class PrivateKeyExposed(EarmarkError):
    """A private listening key lies where a process that must not have it could read it."""

    exit_code = 32


class WrongDiskKey(EarmarkError):
    """The pass phrase or key does not open the data disk."""

    exit_code = 34


class AddressInUse(EarmarkError):
    """Another program already listens on the address and port."""

    exit_code = 40


class ServiceAway(EarmarkError):
    """One of the box's own processes does not answer on its control socket."""

    exit_code = 41


class StartFailed(EarmarkError):
    """A process ended before it was ever ready."""

    exit_code = 42


class AlreadyRunning(EarmarkError):
    """The same data folder is in use by another run of the same thing."""

    exit_code = 43


class TooBusy(EarmarkError):
    """More is asked for at once than this box does at once."""

    exit_code = 44


class PromptError(EarmarkError):
    """A notice's file is missing or is not audio that can be played."""

    exit_code = 50


class LineError(EarmarkError):
    """A line cannot be started with its settings."""

    exit_code = 51


class AudioPathError(EarmarkError):
    """The audio path to the recorder cannot be made. The call itself goes on."""

    exit_code = 52


class NoSuchCall(EarmarkError):
    """There is no such call in progress; it may have just ended."""

    exit_code = 53


class ActionRefused(EarmarkError):
    """What was asked of a call may not be done with it, or not now."""

    exit_code = 54


class NoSuchDesk(EarmarkError):
    """No desk of that id is paired, or the code for pairing one is wrong or no longer good."""

    exit_code = 55


class NoSuchPerson(EarmarkError):
    """Nobody of that id has a sign-in here, or an invitation is wrong, used or too old."""

    exit_code = 56


class UpdateRefused(EarmarkError):
    """An update is not signed, not for this box, older than what runs, or could not be written. Nothing changed."""

    exit_code = 59


class NoSuchProgram(EarmarkError):
    """No program or web hook of that id is connected; it may have been ended already."""

    exit_code = 62


class MissingComponent(EarmarkError):
    """A library or program that the box needs is not installed."""

    exit_code = 60


class FirewallError(EarmarkError):
    """The packet filter cannot be read or changed. The rules before stand."""

    exit_code = 57


class CertificateError(EarmarkError):
    """A certificate, or its key, cannot be used. The one before stands."""

    exit_code = 58
