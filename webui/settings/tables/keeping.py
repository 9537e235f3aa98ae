"""How long things are kept, the room for them, and where copies go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from webui.settings.fields import Field, Heading, Section
from webui.translation import marked

RETENTION = Section(
    "retention",
    "How long recordings are kept",
    "Classes of recordings and how long each is kept, to the day. A director decides; keeping less long is confirmed "
    "once more under Keeping before anything goes.",
    (
        Field("name", "Name of the class", "“standard” is that of calls of which no rule says otherwise: six years."),
        Field("years", "Years", "", "number", least=0, most=100),
        Field("months", "Months", "", "number", least=0, most=1200),
        Field("days", "Days", "", "number", least=0, most=36500),
        Field(
            "regulated",
            "Regulated",
            "Forbids never, on demand, a share, an opt-out and keeping shorter; pausing needs a reason.",
            "yes",
        ),
    ),
    one="Class",
    blanks=(("retention", marked("class")),),
)

RECORDS = Section(
    "records",
    "How long papers are kept",
    "What is written down beside recordings: people's requests about their data, and names in the evidence.",
    (
        Field("closed_cases_years", "Closed cases", "Years after closing.", "number", least=1, most=100),
        Field(
            "evidence_details_years",
            "Names and reasons in the evidence",
            "Years; the evidence itself stays, and names nobody then.",
            "number",
            least=1,
            most=100,
        ),
    ),
)

SPACE = Section(
    "space",
    "Room on the disk",
    "What is left free. What goes first when the disk is nearly full is chosen under Keeping.",
    (
        Field(
            "reserve_mb",
            "Kept free, in MB",
            "With less room no new recording begins; calls go on.",
            "number",
            least=10,
            most=1_000_000,
        ),
    ),
)


def _storage(of: str, *, rare: bool = False) -> Iterator[Field]:
    """Where copies go: one kind of storage, with what that kind needs."""
    for each in _STORAGE:
        yield replace(each, path=f"{of}.{each.path}", rare=rare or each.rare, left_out=True)


_STORAGE = (
    Field(
        "type",
        "Kind of storage",
        "",
        "choice",
        (
            ("", "None"),
            ("sftp", "A server by SFTP"),
            ("smb", "A shared folder (SMB)"),
            ("s3", "S3, or storage like it"),
            ("webdav", "WebDAV, such as Nextcloud"),
            ("onedrive", "OneDrive"),
            ("local", "A disk that is mounted here"),
        ),
    ),
    Field("host", "Server", "SFTP, SMB: its name or address.", only=("sftp", "smb")),
    Field("port", "Port", "Only if it is not the usual one.", rare=True, only=("sftp", "smb")),
    Field("user", "User", "SFTP, SMB, WebDAV.", only=("sftp", "smb", "webdav")),
    Field("pass", "Password", "SFTP, SMB, WebDAV.", "secret", only=("sftp", "smb", "webdav")),
    Field("url", "Address", "WebDAV: https://…", only=("webdav",)),
    Field("vendor", "Make", "WebDAV: nextcloud, owncloud, sharepoint or other.", rare=True, only=("webdav",)),
    Field("domain", "Domain", "SMB, if there is one.", rare=True, only=("smb",)),
    Field("provider", "Provider", "S3: AWS, Minio, Ceph or another.", only=("s3",)),
    Field("endpoint", "Endpoint", "S3, where it is not Amazon's.", only=("s3",)),
    Field("region", "Region", "S3: such as eu-west-2.", rare=True, only=("s3",)),
    Field("access_key_id", "Access key", "S3.", "secret", only=("s3",)),
    Field("secret_access_key", "Secret key", "S3.", "secret", only=("s3",)),
    Field(
        "token", "Token", "OneDrive: as “rclone authorize onedrive” gives it.", "secret", rare=True, only=("onedrive",)
    ),
    Field("*", "Further options", "By rclone's names, “name = value”, one a line.", "pairs", rare=True),
)

ARCHIVE = Section(
    "archive",
    "Archive and backup",
    "Sealed copies at the office's own storage: recordings and evidence for as long as they are kept, and a backup of "
    "the box each night.",
    (
        Heading("Archive", "Recordings and evidence, still sealed. Nothing is deleted there."),
        *_storage("archive.remote"),
        Field("archive.path", "Folder", "With S3 it begins with the bucket."),
        Field("archive.from", "From", "Copies go between these times, such as 19:00; the same twice: at any time."),
        Field("archive.until", "Until"),
        Field(
            "archive.bandwidth_kbit_s",
            "Bandwidth, in kbit/s",
            "0: as fast as it goes.",
            "number",
            least=0,
            most=10_000_000,
        ),
        Heading("Backup", "What a new box needs to go on, sealed; kept for 30 days at a place that can delete."),
        Field("backup.enabled", "Make backups", "", "yes"),
        Field("backup.at", "Time of day", "Such as 02:30."),
        Field("backup.path", "Folder", "Not inside the archive's."),
        Heading("Storage of the backup", "Only if it is not the archive's.", rare=True),
        *_storage("backup.remote", rare=True),
    ),
    names=("archive", "backup"),
)
