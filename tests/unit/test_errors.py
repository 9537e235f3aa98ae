"""The error family."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from firmware.cli.main import exit_codes
from firmware.core.errors import EarmarkError

_ROOT = Path(__file__).parents[2]


def written_family() -> dict[str, int | None]:
    """Every class of the family, wherever it stands in the source, with the exit code that is written in it."""
    classes = [each for folder in ("firmware", "webui") for each in _classes(_ROOT / folder)]
    family = {"EarmarkError"}
    while found := {each.name for each in classes if _bases(each) & family} - family:
        family |= found
    return {each.name: _own_code(each) for each in classes if each.name in family}


def _classes(folder: Path) -> Iterator[ast.ClassDef]:
    for path in folder.rglob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        yield from (node for node in nodes if isinstance(node, ast.ClassDef))


def _bases(node: ast.ClassDef) -> set[str]:
    return {base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "") for base in node.bases}


def _own_code(node: ast.ClassDef) -> int | None:
    for line in node.body:
        target = line.targets[0] if isinstance(line, ast.Assign) else getattr(line, "target", None)
        if isinstance(target, ast.Name) and target.id == "exit_code":
            assert isinstance(line, ast.Assign | ast.AnnAssign)
            return int(ast.literal_eval(line.value)) if line.value else None
    return None


def test_every_kind_of_trouble_has_an_exit_code_of_its_own_wherever_it_is_written() -> None:
    family = written_family()
    assert {"EarmarkError", "NotSetUp", "StorageFull", "RequestRefused"} <= set(family)
    assert [name for name, code in family.items() if code is None] == []
    assert len(set(family.values())) == len(family), sorted((code, name) for name, code in family.items())
    assert not {0, 1, 2} & set(family.values())


def test_the_command_s_help_tells_every_one() -> None:
    assert set(exit_codes()) == {0, 1, 2, *written_family().values()}
    assert all(exit_codes().values())


def test_an_error_says_what_happened_and_what_to_do() -> None:
    assert str(EarmarkError("The disk is full.", "Make room.")) == "The disk is full. Make room."
    assert str(EarmarkError("The disk is full.")) == "The disk is full."
