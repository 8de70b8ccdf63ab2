"""The same command twice, on empty caches, is the same study."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SHORT = {
    "seed": 3,
    "dataset.limit": 200,
    "baseline.training.epochs": 2,
    "autoencoder.training.epochs": 4,
    "classifier.training.epochs": 2,
}


@pytest.mark.parametrize(
    "sampler", [pytest.param("tpe", marks=pytest.mark.slow), pytest.param("nsga2", marks=pytest.mark.soak)]
)
def test_the_same_seed_and_one_worker_give_the_same_leaderboard_but_for_times(
    tmp_path: Path, sampler: str
) -> None:
    first, second = (leaderboard(tmp_path / name, sampler) for name in ("first", "second"))
    assert {row["state"] for row in first} >= {"completed", "pruned"}
    assert first == second


def leaderboard(folder: Path, sampler: str) -> list[dict[str, Any]]:
    """The rows of a study that a driver and a worker ran in an empty folder with an empty cache."""
    folder.mkdir()
    environment = os.environ | {"ENCODENET_CACHE": str(folder / "cache"), "TF_DETERMINISTIC_OPS": "1"}
    options = [part for path, value in SHORT.items() for part in ("--set", f"{path}={value}")]
    study = ["digits", "--trials", "6", "--workers", "1", "--sampler", sampler, "--first-rung", "1"]
    command = Path(sys.executable).with_name("decoder-search")
    for arguments in (["run", *study, *options], ["leaderboard", "digits", "--json"]):
        done = subprocess.run(
            [command, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=600
        )
        assert done.returncode == 0, done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]
