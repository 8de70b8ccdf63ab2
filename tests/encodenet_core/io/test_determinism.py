"""TensorFlow is told to compute the same bits every time, where that costs nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from decoder_search.execution.process import worker_environment
from encodenet_core.io.determinism import VARIABLE, settle_determinism


@pytest.mark.parametrize(
    ("given", "gpus", "settled"),
    [
        ({}, 0, "1"),
        ({VARIABLE: "0"}, 0, "0"),
        ({}, 2, None),
        ({VARIABLE: "1"}, 2, "1"),
        ({"CUDA_VISIBLE_DEVICES": "0"}, 2, None),
        ({"CUDA_VISIBLE_DEVICES": ""}, 2, "1"),
        ({"CUDA_VISIBLE_DEVICES": "-1"}, 2, "1"),
    ],
)
def test_a_cpu_computes_the_same_every_time_unless_the_user_says_otherwise(
    given: dict[str, str], gpus: int, settled: str | None, tmp_path: Path
) -> None:
    for number in range(gpus):
        (tmp_path / f"nvidia{number}").touch()
    (tmp_path / "nvidiactl").touch()
    environment = dict(given)
    settle_determinism(environment, tmp_path)
    assert environment.get(VARIABLE) == settled


def test_workers_are_told_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.delenv(VARIABLE, raising=False)
    assert worker_environment(1, {})[VARIABLE] == "1"
    assert VARIABLE not in os.environ
    assert worker_environment(1, {VARIABLE: "0"})[VARIABLE] == "0"
