"""Single changes to a copied store, each of which a verifier must name. Chance says which file, line or byte."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from firmware.adapters.keys.device_key import DeviceKey, new_device_key
from firmware.adapters.sealing.signed_note import sign_note
from firmware.core.evidence_chain import ChainEnd, Checkpoint, line_hash
from firmware.core.home import Home


@dataclass(frozen=True)
class Material:
    """What a thief of the whole box may have: its key, older catalogues, and files of before."""

    key: DeviceKey
    covered_lines: int
    covered_recordings: tuple[str, ...]
    catalogues: tuple[Path, ...]
    old_keyslot: tuple[Path, bytes]
    erased: tuple[dict[Path, bytes], ...]


@dataclass(frozen=True)
class Change:
    """What was done. ``names`` must be in the report; ``box_can_tell``: the box's own look at itself must see it, too,
    which it cannot where the device's key was used or where everything in it agrees."""

    what: str
    names: str
    box_can_tell: bool = True


class Thief:
    """Changes one thing in a copy of the store."""

    def __init__(self, home: Home, chance: random.Random, material: Material) -> None:
        self._home = home
        self._chance = chance
        self._has = material

    def change(self) -> Change:
        return self._chance.choice(self.ways())()

    def ways(self) -> list[Callable[[], Change]]:
        return [
            self.flip_a_bit,
            self.cut,
            self.delete,
            self.swap_two,
            self.copy_one_in,
            self.move_to_another_day,
            self.put_an_old_keyslot_back,
            self.put_an_erased_recording_back,
            self.roll_back_the_catalogue,
            self.edit_a_line,
            self.remove_lines,
            self.insert_a_line,
            self.reorder_lines,
            self.rewrite_the_log_with_the_device_key,
            self.put_an_old_checkpoint_back,
            self.replace_the_checkpoint,
            self.forge_everything_with_another_key,
        ]

    # --- files

    def flip_a_bit(self) -> Change:
        path = self._chance.choice([*self._sealed(), *self._keyslots(), *self._notes(), *self._days()])
        content = bytearray(path.read_bytes())
        covered = self._covered_bytes(path) if path.suffix == ".log" else len(content)
        place = self._chance.randrange(covered)
        content[place] ^= 1 << self._chance.randrange(8)
        path.write_bytes(content)
        return Change(f"bit {place} flipped in {path.name}", "evidence" if path.suffix == ".log" else path.name)

    def cut(self) -> Change:
        path = self._chance.choice([*self._sealed(), *self._keyslots(), *self._notes(), *self._days()])
        content = path.read_bytes()
        covered = self._covered_bytes(path) if path.suffix == ".log" else len(content)
        length = self._chance.randrange(covered)
        path.write_bytes(content[:length])
        return Change(f"{path.name} cut to {length} bytes", "evidence" if path.suffix == ".log" else path.name)

    def delete(self) -> Change:
        path = self._chance.choice([*self._sealed(), *self._keyslots(), *self._days(), self._home.checkpoint])
        path.unlink()
        return Change(f"{path.name} deleted", "evidence" if path.suffix == ".log" else path.name)

    def swap_two(self) -> Change:
        kind = self._chance.choice([self._sealed(), self._keyslots(), self._kept_notes(), self._days()])
        one, other = self._chance.sample(kind, 2)
        content = one.read_bytes()
        one.write_bytes(other.read_bytes())
        other.write_bytes(content)
        return Change(f"{one.name} and {other.name} swapped", "evidence" if one.suffix == ".log" else one.name)

    def copy_one_in(self) -> Change:
        """Under a new name, as another segment, into another day, or a keyslot alone."""
        source = self._chance.choice([*self._sealed(), *self._keyslots()])
        recording, segment, suffix = source.name.split(".")
        new = self._chance.choice(
            [
                source.with_name(f"{self._chance.randbytes(16).hex()}.{segment}.{suffix}"),
                source.with_name(f"{recording}.{int(segment) + 7}.{suffix}"),
                source.parent.with_name("28") / source.name,
            ]
        )
        new.parent.mkdir(exist_ok=True)
        shutil.copyfile(source, new)
        # The box's own look takes a keyslot that is there twice for one.
        return Change(f"{source.name} copied to {new}", new.name)

    def move_to_another_day(self) -> Change:
        source = self._chance.choice(self._sealed())
        there = source.parent.with_name("28") / source.name
        there.parent.mkdir()
        source.rename(there)
        slot = Home.keyslot_of(source)
        slot.rename(Home.keyslot_of(there))
        return Change(f"{source.name} moved to {there.parent}", source.name)

    def put_an_old_keyslot_back(self) -> Change:
        path, content = self._has.old_keyslot
        (self._home.data / path).write_bytes(content)
        return Change(f"the old {path.name} put back", path.name)

    def put_an_erased_recording_back(self) -> Change:
        files = self._chance.choice(self._has.erased)
        for path, content in files.items():
            (self._home.data / path).parent.mkdir(parents=True, exist_ok=True)
            (self._home.data / path).write_bytes(content)
        return Change("an erased recording put back", next(iter(files)).name)

    def roll_back_the_catalogue(self) -> Change:
        old = self._chance.choice(self._has.catalogues)
        shutil.copyfile(old, self._home.catalogue)
        return Change(f"{old.name} put back", "catalogue.db")

    # --- the log

    def edit_a_line(self) -> Change:
        lines = self._log()
        number = self._chance.randrange(self._has.covered_lines)
        file, text = lines[number]
        fields = text.rstrip("\n").split(" ")
        which = self._chance.randrange(6)
        place = self._chance.randrange(len(fields[which]))
        old = fields[which][place]
        new = self._chance.choice([each for each in "0123456789abcdef-" if each != old])
        fields[which] = fields[which][:place] + new + fields[which][place + 1 :]
        lines[number] = file, " ".join(fields) + "\n"
        self._write(lines)
        return Change(f"line {number + 1} edited in field {which}", f"Line {number + 1} was altered")

    def remove_lines(self) -> Change:
        lines = self._log()
        first = self._chance.randrange(self._has.covered_lines)
        last = min(self._has.covered_lines, first + self._chance.randint(1, 4))
        del lines[first:last]
        self._write(lines)
        return Change(f"lines {first + 1} to {last} removed", f"{first + 1}" if last == first + 1 else f"to {last}")

    def insert_a_line(self) -> Change:
        """Made up, or a copy of another."""
        lines = self._log()
        place = self._chance.randrange(self._has.covered_lines)
        file, text = lines[place]
        number, time, kind, _, commitment, previous = text.split(" ")
        erased = f"recording={self._chance.choice(self._has.covered_recordings)}"
        made_up = " ".join([number, time, "recording-erased", erased, "-", previous])
        copied = self._chance.choice(lines[: self._has.covered_lines])[1]
        lines.insert(place, (file, self._chance.choice([made_up, copied])))
        self._write(lines)
        return Change(f"a line put in before line {place + 1} ({kind}, {commitment})", "put in")

    def reorder_lines(self) -> Change:
        lines = self._log()
        one, other = self._chance.sample(range(self._has.covered_lines), 2)
        texts = [text for _, text in lines]
        texts[one], texts[other] = texts[other], texts[one]
        self._write([(file, text) for (file, _), text in zip(lines, texts, strict=True)])
        return Change(f"lines {one + 1} and {other + 1} exchanged", "not stand in order")

    def rewrite_the_log_with_the_device_key(self) -> Change:
        """Everything in the box agrees afterwards: only what is held elsewhere can tell."""
        lines = self._log()
        number = self._chance.randrange(self._has.covered_lines)
        how = self._chance.choice(["edited", "removed", "exchanged with the next"])
        if how == "edited":
            file, text = lines[number]
            fields = text.split(" ")
            fields[1] = fields[1].replace("2026-", "2025-")
            lines[number] = file, " ".join(fields)
        elif how == "removed":
            del lines[number]
        else:
            lines[number : number + 2] = reversed(lines[number : number + 2])
        self._sign_anew(lines, self._has.key)
        return Change(f"line {number + 1} {how}, and all signed anew", "Line", box_can_tell=False)

    # --- checkpoints

    def put_an_old_checkpoint_back(self) -> Change:
        note = self._chance.choice(self._kept_notes()[:-1])
        shutil.copyfile(note, self._home.checkpoint)
        return Change(f"{note.name} put back as the newest", "old one was put back", box_can_tell=False)

    def replace_the_checkpoint(self) -> Change:
        """By one of the same line that says something else, signed by this device or by a stranger."""
        key = self._chance.choice([self._has.key, new_device_key(self._has.key.name)])
        number = self._has.covered_lines
        other = Checkpoint(ChainEnd(number, self._chance.randbytes(32).hex()), datetime.fromisoformat("2026-03-04T00Z"))
        self._home.checkpoint.write_text(sign_note(other.to_text(), key))
        return Change(f"the checkpoint replaced by {key.name}'s", "evidence/checkpoint.note")

    def forge_everything_with_another_key(self) -> Change:
        """A whole log of another past, under a key of the thief's own, whose public half lies in the box, too."""
        key = new_device_key(self._has.key.name)
        lines = [(file, text.replace("recording-closed", "recording-recovered")) for file, text in self._log()]
        self._sign_anew(lines, key)
        self._home.device_public_key.write_text(key.public_text())
        return Change("everything forged with another key", "not signed by", box_can_tell=False)

    # --- what there is

    def _sealed(self) -> list[Path]:
        """Of recordings that were closed before the checkpoint."""
        found = self._home.recordings.rglob("*.ear")
        return sorted(path for path in found if path.name.split(".")[0] in self._has.covered_recordings)

    def _keyslots(self) -> list[Path]:
        return [Home.keyslot_of(path) for path in self._sealed()]

    def _kept_notes(self) -> list[Path]:
        covered = (path for path in self._home.checkpoints.iterdir() if int(path.stem) <= self._has.covered_lines)
        return sorted(covered, key=lambda path: int(path.stem))

    def _notes(self) -> list[Path]:
        return [self._home.checkpoint, *self._kept_notes()]

    def _days(self) -> list[Path]:
        return [path for path in sorted(self._home.evidence.glob("*.log")) if self._covered_bytes(path)]

    def _covered_bytes(self, path: Path) -> int:
        lines = path.read_bytes().splitlines(keepends=True)
        return sum(len(line) for line in lines if int(line.split(b" ")[0]) <= self._has.covered_lines)

    def _log(self) -> list[tuple[str, str]]:
        files = sorted(self._home.evidence.glob("*.log"))
        return [(file.name, line) for file in files for line in file.read_text().splitlines(keepends=True)]

    def _write(self, lines: list[tuple[str, str]]) -> None:
        for file in self._home.evidence.glob("*.log"):
            file.write_text("".join(text for name, text in lines if name == file.name))

    def _sign_anew(self, lines: list[tuple[str, str]], key: DeviceKey) -> None:
        head, rewritten = "0" * 64, []
        for number, (file, text) in enumerate(lines, 1):
            fields = text.rstrip("\n").split(" ")
            anew = " ".join([str(number), *fields[1:5], head]) + "\n"
            head = line_hash(anew)
            rewritten.append((file, anew))
        self._write(rewritten)
        at = datetime.fromisoformat("2026-03-06T00Z")
        note = sign_note(Checkpoint(ChainEnd(len(lines), head), at).to_text(), key)
        shutil.rmtree(self._home.checkpoints)
        self._home.checkpoint.write_text(note)
