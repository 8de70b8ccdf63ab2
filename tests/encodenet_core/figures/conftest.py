"""The tiny run as a finished folder, and what the figures read from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from encodenet_core.figures.material import Material, gather_material
from encodenet_core.run_result import RunResult
from encodenet_core.runs.saving import save_result
from encodenet_core.stages.cache import StageCache


@pytest.fixture(scope="package")
def run_folder(tiny_result: RunResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    save_result(tiny_result, folder)
    return folder


@pytest.fixture(scope="package")
def material(run_folder: Path, tiny_cache: StageCache) -> Material:
    return gather_material(run_folder, tiny_cache, lambda line: None)
