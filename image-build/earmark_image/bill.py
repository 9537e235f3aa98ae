"""The list of what is inside (SBOM): CycloneDX 1.5, as JSON, from what Debian's and Python's own records say."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.parser import HeaderParser
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from earmark_image.recipe import EPOCH, FIRMWARE_RECORD, PROGRAM, SUITE, Target
from earmark_image.running import run

Component = dict[str, Any]


def bill_of_materials(root: Path, target: Target) -> str:
    """For a root that is finished. The same root gives the same text."""
    components = [*_debian_packages(root / "var/lib/dpkg"), *_python_packages(root)]
    if target.firmware:
        components += _debian_packages(root / FIRMWARE_RECORD)
    components.sort(key=lambda each: each["bom-ref"])
    own = next(each for each in components if each["name"] == "earmark")
    name = {"type": "firmware", "name": f"earmark-{target.name}", "version": own["version"]}
    contents = json.dumps([name, components], sort_keys=True)
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, contents)}",
        "version": 1,
        "metadata": {"timestamp": datetime.fromtimestamp(EPOCH, UTC).isoformat(), "component": name},
        "components": components,
    }
    return json.dumps(bill, indent=1, sort_keys=True) + "\n"


def _debian_packages(record: Path) -> list[Component]:
    fields = "${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n"
    shown = run("dpkg-query", f"--admindir={record}", "--show", f"--showformat={fields}")
    return [_debian_package(*line.split("\t")) for line in shown.splitlines()]


def _debian_package(name: str, version: str, architecture: str, source: str, source_version: str) -> Component:
    # https://github.com/package-url/purl-spec, type deb
    where = f"arch={architecture}&distro={SUITE}"
    return {
        "type": "library",
        "bom-ref": f"deb:{name}",
        "name": name,
        "version": version,
        "purl": f"pkg:deb/debian/{quote(name, safe='')}@{quote(version, safe='')}?{where}",
        "properties": [
            {"name": "debian:source", "value": source},
            {"name": "debian:source-version", "value": source_version},
        ],
    }


def _python_packages(root: Path) -> list[Component]:
    (packages,) = (root / PROGRAM / "lib").glob("python3.*/site-packages")
    return [_python_package(folder) for folder in sorted(packages.glob("*.dist-info"))]


def _python_package(folder: Path) -> Component:
    told = HeaderParser().parsestr((folder / "METADATA").read_text(encoding="utf-8"))
    name, version = str(told["Name"]), str(told["Version"])
    component: Component = {
        "type": "application" if name == "earmark" else "library",
        "bom-ref": f"pypi:{name.lower()}",
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{quote(name.lower().replace('_', '-'), safe='')}@{quote(version, safe='')}",
    }
    if licence := told["License-Expression"]:
        component["licenses"] = [{"expression": str(licence)}]
    return component
