"""Packs the compiled pjproject libraries, headers and Python module into a wheel; run by scripts/build-pjsua2."""

from __future__ import annotations

from pathlib import Path

from setuptools import Extension, setup

HERE = Path(__file__).resolve().parent
NATIVE = HERE / "pjsua2_native"
RECORD: dict[str, str] = {}
exec((NATIVE / "build_record.py").read_text(encoding="utf-8"), RECORD)

setup(
    name="pjsua2",
    version=RECORD["VERSION"],
    description="pjproject's SIP and media libraries with their Python module, as Earmark needs them",
    url="https://www.pjsip.org/",
    license="GPL-2.0-or-later",
    license_files=["COPYING"],
    py_modules=["pjsua2"],
    packages=["pjsua2_native"],
    package_data={
        "pjsua2_native": [str(path.relative_to(NATIVE)) for path in NATIVE.rglob("*") if path.is_file()],
    },
    ext_modules=[
        Extension(
            "_pjsua2",
            sources=[],
            extra_objects=[str(HERE / "pjsua2_wrap.o")],
            # By file name: a wheel cannot carry the unversioned links a linker usually follows.
            extra_link_args=[
                "-s",
                f"-L{NATIVE / 'lib'}",
                *(f"-l:{library.name}" for library in sorted((NATIVE / "lib").iterdir())),
                "-Wl,-rpath,$ORIGIN/pjsua2_native/lib",
            ],
            language="c++",
        )
    ],
    zip_safe=False,
)
