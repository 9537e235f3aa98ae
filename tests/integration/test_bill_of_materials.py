"""The list of what is inside an image: every Debian and Python package that is there, by its own records."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

CLONE = Path(__file__).parents[2]
_STATUS = """Package: libopus0
Status: install ok installed
Maintainer: Debian
Architecture: amd64
Source: opus
Version: 1.5.2-2
Description: codec

"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "var/lib/dpkg").mkdir(parents=True)
    (tmp_path / "var/lib/dpkg/status").write_text(_STATUS)
    for name, version, licence in (("earmark", "0.1.0", "GPL-3.0-or-later"), ("flask_wtf", "1.2.2", "")):
        folder = tmp_path / f"opt/earmark/lib/python3.13/site-packages/{name}-{version}.dist-info"
        folder.mkdir(parents=True)
        said = f"License-Expression: {licence}\n" if licence else ""
        (folder / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{said}\nText.\n")
    return tmp_path


def listed(root: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.syspath_prepend(CLONE / "image-build")
    recipe, bill = (importlib.import_module(f"earmark_image.{name}") for name in ("recipe", "bill"))
    texts = {bill.bill_of_materials(root, recipe.VM_AMD64) for _ in range(2)}
    (text,) = texts
    made: dict[str, Any] = json.loads(text)
    return made


def test_every_package_is_named_by_its_version_and_where_it_comes_from(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = listed(root, monkeypatch)
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.5")
    assert made["metadata"]["component"] == {"type": "firmware", "name": "earmark-vm-amd64", "version": "0.1.0"}
    assert [component["purl"] for component in made["components"]] == [
        "pkg:deb/debian/libopus0@1.5.2-2?arch=amd64&distro=trixie",
        "pkg:pypi/earmark@0.1.0",
        "pkg:pypi/flask-wtf@1.2.2",
    ]
    assert made["components"][1]["licenses"] == [{"expression": "GPL-3.0-or-later"}]


def test_another_version_of_anything_makes_another_list(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = listed(root, monkeypatch)["serialNumber"]
    status = root / "var/lib/dpkg/status"
    status.write_text(status.read_text().replace("1.5.2-2", "1.5.2-3"))
    assert listed(root, monkeypatch)["serialNumber"] != before
