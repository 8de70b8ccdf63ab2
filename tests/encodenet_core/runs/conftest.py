from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from encodenet_core.run_result import RunResult
from encodenet_core.runs.saving import save_result


@pytest.fixture(scope="module")
def saved(tiny_result: RunResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "new" / "folder"
    save_result(tiny_result, folder)
    return folder


@pytest.fixture(scope="module")
def metrics(saved: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((saved / "metrics.json").read_text(encoding="utf-8"))
    return read
