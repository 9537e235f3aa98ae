"""The office's own storage through ``rclone`` (https://rclone.org), which speaks SFTP, SMB, S3, WebDAV, OneDrive ….

Its options, passwords among them, are in a configuration file that only this user may read; nothing of them is on a
command line. rclone rewrites that file where a storage hands out new tokens (OneDrive), so it is kept as long as the
settings stay the same. Passwords in it are *obscured* as rclone wants them, which hides them from a glance and no more.

Every rclone dies with the process that started it: two that send the same file would send it twice.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from firmware.adapters.store.durable_files import replace_file, storage_errors
from firmware.core.errors import MissingComponent, SettingsError, StorageAway
from firmware.ports.remote_storage import RemoteFile, Uploaded

_REMOTE = "office"
_PATIENCE = ("--contimeout", "15s", "--timeout", "60s", "--retries", "1", "--low-level-retries")
#: rclone's exit codes (https://rclone.org/docs/#exit-code): directory or file not found.
_NOT_FOUND = (3, 4)
_SECRETS = ("pass", "secret", "token", "key_pem", "api_key", "account_key", "sas_url", "private_key")
_LONGEST_WORDS = 300
_NOT_COMPARED = "hashes could not be checked"

Options = Mapping[str, str | int | bool]


class RcloneStorage:
    """``RemoteStorage``. One thread at a time.

    Args:
        options: of one rclone backend, ``type`` among them, by rclone's names; passwords in clear.
        path: folder there.
        work: a folder of this object's own, for the configuration and what is on its way.
        bandwidth_kbit_s: 0 for as fast as it goes.
        tries: how often rclone tries a request. More than one suits large files that go in parts; with many small ones
            a storage that is away is noticed sooner, and the caller's next round is the retry.
        stuck_after_s: an rclone that neither reads nor writes anything for so long is ended. Longer than its own
            patience: some releases of it wait for ever where a connection breaks while it is being made.
    """

    def __init__(
        self,
        options: Options,
        path: str,
        work: Path,
        bandwidth_kbit_s: int = 0,
        tries: int = 1,
        stuck_after_s: float = 180.0,
    ) -> None:
        self._options = dict(options)
        self._path = path.rstrip("/")
        self._work = work
        self._limit = ("--bwlimit", f"{bandwidth_kbit_s * 125}B") if bandwidth_kbit_s else ()
        self._patience = (*_PATIENCE, str(tries))
        self._stuck_after_s = stuck_after_s
        self._compares: tuple[str, ...] | None = None

    @property
    def identity(self) -> str:
        address = {name: value for name, value in self._options.items() if not _is_secret(name)}
        text = json.dumps([address, self._path], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def shown(self) -> str:
        host = self._options.get("host") or self._options.get("endpoint") or self._options.get("url") or ""
        return f"{self._options.get('type')} {host}".strip() + f", folder {self._path or '/'}"

    def upload(self, files: Mapping[str, Path]) -> Uploaded:
        if not files:
            return Uploaded(frozenset())
        with self._staged(files) as stage:
            sent = self._run("copy", "--copy-links", "--no-traverse", *self._limit, str(stage), self._at(""))
            verified, altered = self._verify(stage)
            problem = "" if len(verified) == len(files) else _why(sent) or "not all of it arrived"
        for name in altered:  # cut short or changed on the way: to be sent anew
            self._run("deletefile", self._at(name))
        return Uploaded(frozenset(verified), problem)

    def listed(self, folder: str = "") -> Sequence[RemoteFile]:
        done = self._run("lsjson", "--recursive", "--files-only", "--no-modtime", "--no-mimetype", self._at(folder))
        if done.returncode in _NOT_FOUND:
            return []
        if done.returncode:
            raise self._away("cannot be listed", done)
        prefix = f"{folder}/" if folder else ""
        found = [RemoteFile(prefix + each["Path"], int(each["Size"])) for each in json.loads(done.stdout or "[]")]
        return sorted(found, key=lambda file: file.name)

    def fetch(self, names: Collection[str], into: Path) -> None:
        if not names:
            return
        with storage_errors("made", into):
            into.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=self._own_folder(), suffix=".names") as wanted:
                wanted.write("".join(f"/{name}\n" for name in sorted(names)))
                wanted.flush()
                done = self._run("copy", "--files-from-raw", wanted.name, *self._limit, self._at(""), str(into))
        missing = [name for name in names if not (into / name).is_file()]
        if done.returncode or missing:
            raise self._away(f"did not give {missing[0] if missing else 'what was asked for'}", done)

    def delete(self, name: str) -> None:
        done = self._run("deletefile", self._at(name))
        if done.returncode and done.returncode not in _NOT_FOUND:
            raise self._away(f"did not delete {name}", done)

    def _verify(self, stage: Path) -> tuple[set[str], set[str]]:
        """Names that lie there as they do here, and names that lie there and are other than here."""
        check = ("check", "--copy-links", "--one-way", "--combined", "-")
        if self._compares is None:
            self._compares = () if self._has_hashes() else ("--download",)
        done = self._run(*check, *self._compares, str(stage), self._at(""))
        if _NOT_COMPARED in done.stderr and not self._compares:
            self._compares = ("--download",)
            done = self._run(*check, *self._compares, str(stage), self._at(""))
        marked = [line.split(" ", 1) for line in done.stdout.splitlines() if " " in line]
        return {name for mark, name in marked if mark == "="}, {name for mark, name in marked if mark == "*"}

    def _has_hashes(self) -> bool:
        """Whether the storage tells hashes of what it holds; otherwise all is read back."""
        done = self._run("backend", "features", self._at(""))
        return done.returncode == 0 and bool(json.loads(done.stdout).get("Hashes"))

    @contextmanager
    def _staged(self, files: Mapping[str, Path]) -> Iterator[Path]:
        """The files under the names that they shall have, as links."""
        with storage_errors("made", self._work):
            self._clear_away()
            stage = Path(tempfile.mkdtemp(dir=self._own_folder(), prefix="stage-"))
            try:
                for name, path in files.items():
                    link = stage / name
                    link.parent.mkdir(parents=True, exist_ok=True)
                    link.symlink_to(path.resolve())
                yield stage
            finally:
                shutil.rmtree(stage)

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Raises SettingsError or MissingComponent; whatever else goes wrong is in the result."""
        command = ("setpriv", "--pdeathsig", "KILL", "rclone", "--config", str(self._configuration()), *self._patience)
        environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(self._work), "TMPDIR": str(self._work)}
        with self._alone() as lock:
            try:
                process = subprocess.Popen(
                    (*command, *arguments),
                    env=environment,
                    pass_fds=(lock,),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    encoding="utf-8",
                    errors="replace",
                )
            except FileNotFoundError as error:
                raise _missing(error) from error
            with process:
                return _waited_for(process, self._stuck_after_s)

    @contextmanager
    def _alone(self) -> Iterator[int]:
        """No other rclone works here, not even one whose starter was killed a moment ago: it holds the lock, too."""
        lock = os.open(self._own_folder() / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield lock
        finally:
            os.close(lock)

    def _at(self, name: str) -> str:
        return f"{_REMOTE}:" + "/".join(part for part in (self._path, name) if part)

    def _configuration(self) -> Path:
        """The file with the options, made anew when the settings are others."""
        given = hashlib.sha256(json.dumps(self._options, sort_keys=True).encode()).hexdigest()
        path = self._own_folder() / f"rclone-{given[:16]}.conf"
        if not path.exists():
            for older in self._work.glob(f"rclone-{given[:16]}.conf*"):
                older.unlink()
            replace_file(path, self._written().encode())
        return path

    def _written(self) -> str:
        passwords = _password_options(str(self._options.get("type", "")))
        lines = [f"[{_REMOTE}]"]
        for name, value in self._options.items():
            text = str(value).lower() if isinstance(value, bool) else str(value)
            lines.append(f"{name} = {_obscured(text) if name in passwords and text else text}")
        return "\n".join(lines) + "\n"

    def _clear_away(self) -> None:
        """What a process that was killed has left: links, and lists of names."""
        for path in self._own_folder().glob("stage-*"):
            shutil.rmtree(path)
        for path in self._work.glob("*.names"):
            path.unlink()

    def _own_folder(self) -> Path:
        with storage_errors("made", self._work):
            self._work.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._work

    def _away(self, what: str, done: subprocess.CompletedProcess[str]) -> StorageAway:
        return StorageAway(
            f"The office's storage ({self.shown}) {what}: {_why(done) or 'it is not there'}.",
            "Check that it is switched on and reached from the box, and the remote's options.",
        )


def _waited_for(process: subprocess.Popen[str], stuck_after_s: float) -> subprocess.CompletedProcess[str]:
    """Until it ends, or stands still for so long and is ended."""
    before: bytes | None = None
    while True:
        try:
            said, errors = process.communicate(timeout=stuck_after_s)
            return subprocess.CompletedProcess(process.args, process.returncode, said, errors)
        except subprocess.TimeoutExpired:
            now = _read_and_written(process.pid)
            if now is not None and now == before:
                process.kill()
                said, errors = process.communicate()
                errors += f"ERROR : it stood still for {stuck_after_s:.0f} s and was ended\n"
                return subprocess.CompletedProcess(process.args, process.returncode, said, errors)
            before = now
        except BaseException:
            process.kill()
            raise


def _read_and_written(process: int) -> bytes | None:
    """How much it has read and written, of files and connections (proc_pid_io(5)); None where nobody may know."""
    try:
        return Path(f"/proc/{process}/io").read_bytes()
    except OSError:
        return None


def _is_secret(name: str) -> bool:
    return any(word in name for word in _SECRETS)


def _password_options(backend: str) -> frozenset[str]:
    """Which options of a backend rclone wants obscured.

    Raises:
        SettingsError: rclone knows no such backend.
        MissingComponent: there is no rclone.
    """
    try:
        done = subprocess.run(["rclone", "config", "providers"], capture_output=True, check=True)
    except FileNotFoundError as error:
        raise _missing(error) from error
    for provider in json.loads(done.stdout):
        if provider["Name"] == backend:
            return frozenset(each["Name"] for each in provider["Options"] if each.get("IsPassword"))
    raise SettingsError(f"rclone knows no storage of type {backend!r}.", "rclone help backends lists them.")


def _obscured(password: str) -> str:
    """As rclone's configuration holds it; handed over where no process list shows it."""
    done = subprocess.run(["rclone", "obscure", "-"], input=password.encode(), capture_output=True, check=True)
    return done.stdout.decode().strip()


def _missing(error: FileNotFoundError) -> MissingComponent:
    return MissingComponent(f"The program {error.filename} is not installed.", "apt-get install rclone util-linux")


def _why(done: subprocess.CompletedProcess[str]) -> str:
    """The last thing rclone said that was an error, without its time stamp."""
    said = [line for line in done.stderr.splitlines() if "ERROR" in line or "Failed" in line or "CRITICAL" in line]
    if not said:
        return ""
    words = said[-1].split(" ", 2)[-1] if said[-1][:4].isdigit() else said[-1]
    return words.removeprefix("ERROR : ").strip().rstrip(".")[:_LONGEST_WORDS]
