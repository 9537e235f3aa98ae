"""``scripts/messages``: extracts what the page says, brings a language up to date, makes it ready for the page."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from scripts.translation.extraction import ROOT, catalogue

_LANGUAGES = ROOT / "webui/translations"
_EXTRACTED = ROOT / "build/earmark.pot"


def main() -> int:
    arguments = argparse.ArgumentParser(prog="scripts/messages", description=__doc__)
    commands = arguments.add_subparsers(dest="command", required=True)
    commands.add_parser("extract", help="write build/earmark.pot: all that there is to translate")
    update = commands.add_parser("update", help="begin a language, or bring its .po up to date with the code")
    update.add_argument("language", help="as browsers ask for it: cy, de, pt-BR")
    compiled = commands.add_parser("compile", help="check a language's .po and make the .mo that the page reads")
    compiled.add_argument("language")
    asked = arguments.parse_args()
    if asked.command == "extract":
        return _extract()
    return _update(asked.language) if asked.command == "update" else _compile(asked.language)


def _extract() -> int:
    found = catalogue()
    _EXTRACTED.parent.mkdir(exist_ok=True)
    with _EXTRACTED.open("wb") as written:
        write_po(written, found, width=120, sort_by_file=True)
    print(f"{len(found)} messages in {_EXTRACTED.relative_to(ROOT)}")
    return 0


def _update(language: str) -> int:
    file = _file(language, "po")
    try:
        locale = Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        print(f"{language} is no language that browsers ask for: write it as in cy, de or pt-BR.", file=sys.stderr)
        return 2
    kept = _read(file, locale) if file.exists() else Catalog(locale, project="Earmark", fuzzy=False)
    kept.update(catalogue())
    kept.revision_date = datetime.now(UTC)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as written:
        write_po(written, kept, width=120, sort_by_file=True)
    missing = sum(1 for each in kept if each.id and (each.fuzzy or not _is_whole(each.string)))
    print(f"{len(kept)} messages in {file.relative_to(ROOT)}, {missing} of them to be translated")
    return 0


def _compile(language: str) -> int:
    """What is wrong with a translation is said, and nothing is written: a page would fail by it."""
    kept = _read(_file(language, "po"), Locale.parse(language, sep="-"))
    wrong = [(message, error) for message, errors in kept.check() for error in errors]
    for message, error in wrong:
        print(f"line {message.lineno}: {error}", file=sys.stderr)
    if wrong:
        return 1
    with _file(language, "mo").open("wb") as written:
        write_mo(written, kept)
    print(f"{_file(language, 'mo').relative_to(ROOT)} is ready; pages in {language} have it at the next start")
    return 0


def _is_whole(said: str | tuple[str, ...] | list[str]) -> bool:
    return bool(said) if isinstance(said, str) else all(said)


def _read(file: Path, locale: Locale) -> Catalog:
    with file.open("rb") as kept:
        return read_po(kept, locale)


def _file(language: str, form: str) -> Path:
    return _LANGUAGES / language / "LC_MESSAGES" / f"earmark.{form}"


if __name__ == "__main__":
    sys.exit(main())
