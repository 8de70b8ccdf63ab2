"""The script of tables 4 and 5 at a tiny size, without a GPU: stopped in time, and called again."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from encodenet_core.comparisons.paper_numbers import TABLE_4, TABLE_5

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "benchmarks" / "gpu" / "methods.py"
NOT_YET = 3

TINY = {
    "dataset.limit": 40,
    "baseline.architecture": "small",
    "distillation.teacher": "small",
    "baseline.training.epochs": 2,
    "autoencoder.training.epochs": 1,
    "classifier.training.epochs": 1,
    "clustering.n_clusters": 1,
}


def call(state: Path, *options: object) -> subprocess.CompletedProcess[str]:
    settings = [f"--set={path}={value}" for path, value in TINY.items()]
    arguments = ["--pair", "vgg8", "--data", "digits", "--state", state, "--seeds", 1, *settings, *options]
    return subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def pairs(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    spec = importlib.util.spec_from_file_location("gpu_methods", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.PAIRS


def test_the_pairs_are_those_of_the_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    found = pairs(monkeypatch)
    taught = {
        (name, values["distillation.teacher"]) for name, (_, values) in found.items() if len(values) > 1
    }
    assert taught == {(student, teacher) for _, student, teacher in TABLE_4}
    assert {name for name, (_, values) in found.items() if len(values) == 1} == {name for _, name in TABLE_5}
    for methods, _ in found.values():
        expected = [*TABLE_4.values(), *TABLE_5.values()]
        assert any(set(methods) - {"ft_official"} <= set(row) for row in expected)


@pytest.mark.slow
def test_every_method_of_a_pair_is_measured_in_pieces(tmp_path: Path) -> None:
    first = call(tmp_path, "--seconds", 0)
    assert first.returncode == NOT_YET, first.stderr
    assert "the same command goes on from here" in first.stdout
    second = call(tmp_path)
    assert second.returncode == 0, second.stderr
    setups = json.loads((tmp_path / "results" / "methods.json").read_text())["setups"]
    rows = {"baseline", "teacher", "encodenet", "kd", "rkd", "fitnet", "ft", "ft_official"}
    assert set(setups) == {*rows, "control_training", "control_features"}
    assert all(each["measured"]["0"]["scores"]["parameters"] > 0 for each in setups.values())
