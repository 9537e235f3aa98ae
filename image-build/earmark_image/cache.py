"""What a stage made, kept under the digest of all that it was made from."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path


def cache_folder() -> Path:
    named = os.environ.get("EARMARK_CACHE")
    base = Path(named) if named else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "earmark"
    return base / "image"


def kept(name: str, made_from: Iterable[str | Path], make: Callable[[Path], None]) -> Path:
    """The file that ``make`` writes, from the cache where it was made from the same before.

    Paths stand for their content, folders for that of all their files. Older makes of the same name are thrown away.
    """
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{_digest(made_from)}"
    with (folder / f"{name}.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not path.exists():
            unfinished = folder / f"{name}.unfinished"
            unfinished.unlink(missing_ok=True)
            make(unfinished)
            for older in folder.glob(f"{name}-*"):
                older.unlink()
            shutil.move(unfinished, path)
    return path


def _digest(made_from: Iterable[str | Path]) -> str:
    digest = hashlib.sha256()
    for part in made_from:
        for content in [part.encode()] if isinstance(part, str) else _contents(part):
            digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()[:16]


def _contents(path: Path) -> Iterable[bytes]:
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    for file in files:
        if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".so":
            yield str(file.relative_to(path)).encode()
            yield file.read_bytes()
