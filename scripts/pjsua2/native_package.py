"""The C side of this pjsua2 wheel: where its libraries and headers lie, to compile against the very same copy."""

from __future__ import annotations

from pathlib import Path

from pjsua2_native.build_record import BUILD_KEY, COMPILE_FLAGS, CONFIGURE_OPTIONS, VERSION

__all__ = ["BUILD_KEY", "CONFIGURE_OPTIONS", "VERSION", "compile_flags", "include_dir", "library_dir"]


def include_dir() -> Path:
    """The folder of pjproject's headers, `pjsua-lib/pjsua.h` among them."""
    return Path(__file__).resolve().parent / "include"


def library_dir() -> Path:
    """The folder of the shared libraries that `_pjsua2` has loaded; each is named by its SONAME (`libpj.so.2`)."""
    return Path(__file__).resolve().parent / "lib"


def compile_flags() -> list[str]:
    """The preprocessor definitions the libraries were compiled with; C code that uses them must have the same."""
    return COMPILE_FLAGS.split()
