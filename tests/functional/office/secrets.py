"""What must not be found, as the bytes that it would be found by; and where to look: files, and processes' memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

import numpy as np
import pyrage

from firmware.adapters.keys import user_keys
from firmware.adapters.settings.people_file import PeopleFile
from tests.functional.instruments.g711 import Pcm, encode
from tests.functional.instruments.measure import levels_dbfs
from tests.functional.instruments.rtp import FRAME
from tests.functional.office.office import Office

_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_CHUNK = 8 << 20
_OVERLAP = 1024


@dataclass(frozen=True)
class Secret:
    """One thing to look for. ``name`` says what it is, for the message; it is never the thing itself."""

    name: str
    octets: bytes


def office_key(office: Office) -> str:
    """The private listening key (``AGE-SECRET-KEY-1…``), had as the listener has it: by the pass phrase."""
    person = PeopleFile(office.home.people_file).find(office.listener.name)
    if person is None:
        raise LookupError(f"{office.listener.name} is not in the people file")
    box_secret = office.home.box_secret.read_bytes()
    own = user_keys.unwrap(person.user_key, office.listener.password, person.person_id, box_secret)
    identity = pyrage.x25519.Identity.from_str(own.decode())
    return str(pyrage.decrypt(person.office_keys[0].blob, [identity]).decode())


def key_secrets(name: str, age_secret_key: str) -> list[Secret]:
    """A private age key as text, in either case, and as the 32 bytes that it stands for."""
    return [
        Secret(f"{name}, as text", age_secret_key.upper().encode()),
        Secret(f"{name}, as small letters", age_secret_key.lower().encode()),
        Secret(f"{name}, as bytes", raw_key(age_secret_key)),
    ]


def raw_key(age_secret_key: str) -> bytes:
    """The 32 bytes of an age identity: bech32 (BIP 173) without its last six characters, the checksum."""
    letters = age_secret_key.lower().rpartition("1")[2][:-6]
    bits = "".join(f"{_BECH32.index(letter):05b}" for letter in letters)
    return bytes(int(bits[at : at + 8], 2) for at in range(0, 256, 8))


def spoken_secrets(name: str, pcm: Pcm, most: int = 60) -> Iterator[Secret]:
    """Runs of what was said as PCM (alone, and beside silence), µ-law and A-law: the middles of the loudest frames."""
    loudest = np.argsort(levels_dbfs(pcm))[::-1][:most]
    for frame in loudest:
        run = pcm[frame * FRAME + 40 : frame * FRAME + 80]
        yield Secret(f"{name} as PCM", run.tobytes())
        yield Secret(f"{name} as big-endian PCM", run.astype(">i2").tobytes())
        yield Secret(f"{name} as µ-law", encode(run, "PCMU"))
        yield Secret(f"{name} as A-law", encode(run, "PCMA"))
        for beside in ((run, 0 * run), (0 * run, run)):
            yield Secret(f"{name} as stereo PCM", np.stack(beside, 1).astype(np.int16).tobytes())


def found_in_files(folder: Path, secrets: Iterable[Secret]) -> list[str]:
    """Which secrets lie in which files below ``folder``."""
    secrets = list(secrets)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    return [f"{one.name} in {path}" for path in files for one in _inside(path.read_bytes(), secrets)]


def found_in_memory(pid: int, secrets: Iterable[Secret]) -> list[str]:
    """Which secrets lie in a running process's memory. Needs root: the processes keep their memory to themselves."""
    secrets = list(secrets)
    found: dict[str, None] = {}
    for chunk in _memory(pid):
        found.update(dict.fromkeys(one.name for one in _inside(chunk, secrets)))
    return list(found)


def _inside(octets: bytes, secrets: list[Secret]) -> Iterator[Secret]:
    return (one for one in secrets if one.octets in octets)


def writable_memory(pid: int) -> Iterator[bytes]:
    """What a process may write to, in pieces that overlap a little: whatever it came to know is there. Needs root."""
    return _memory(pid, "rw")


def _memory(pid: int, rights: str = "r") -> Iterator[bytes]:
    """Everything that a process has mapped with these rights, in pieces that overlap a little."""
    ranges = re.findall(rf"^([0-9a-f]+)-([0-9a-f]+) {rights}\S* \S+ \S+ \S+ *(\S*)", _maps(pid), re.MULTILINE)
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for low, high, name in ranges:
            if name in ("[vvar]", "[vsyscall]", "[vdso]", "[vvar_vclock]"):
                continue
            yield from _pieces(memory, int(low, 16), int(high, 16))


def _maps(pid: int) -> str:
    return Path(f"/proc/{pid}/maps").read_text() + "\n"


def _pieces(memory: FileIO, low: int, high: int) -> Iterator[bytes]:
    for start in range(low, high, _CHUNK):
        try:
            memory.seek(start)
            yield memory.read(min(_CHUNK + _OVERLAP, high - start))
        except OSError:
            return  # a mapping of a device, or one that just went
