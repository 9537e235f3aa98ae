"""One store for all tests of the verifier; each changes a copy of its own."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

from firmware.core.home import Home
from tests.integration.verifier.proven_store import SCRIPT, Case, case_in


@pytest.fixture(scope="session")
def tool() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("verify_recordings", str(SCRIPT))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return case_in(tmp_path_factory.mktemp("office"))


@pytest.fixture
def copy(case: Case, tmp_path: Path) -> Home:
    shutil.copytree(case.home.root, tmp_path / "copy")
    return Home(tmp_path / "copy")
