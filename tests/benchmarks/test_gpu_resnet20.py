"""The GPU script at a tiny size, without a GPU: stopped in time, killed, and called again."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "benchmarks" / "gpu" / "resnet20.py"
NOT_YET = 3

TINY = {
    "dataset.limit": 20,
    "baseline.training.epochs": 2,
    "autoencoder.training.epochs": 2,
    "classifier.training.epochs": 1,
    "clustering.n_clusters": 1,
}


def command(data: Path, state: Path, *options: object) -> list[str]:
    settings = [f"--set={path}={value}" for path, value in TINY.items()]
    arguments = ["--data", data, "--state", state, "--seeds", 1, *settings, *options]
    return [sys.executable, str(SCRIPT), *map(str, arguments)]


def call(data: Path, state: Path, *options: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command(data, state, *options), capture_output=True, text=True, timeout=300, env=environment
    )


def epochs_told(output: str) -> list[tuple[str, str]]:
    return re.findall(r"(\w+): epoch (\d+/\d+)", output)


@pytest.mark.slow
def test_a_run_in_pieces_goes_on_where_it_was_and_ends_as_one_in_one_piece(
    zips: Path, tmp_path: Path
) -> None:
    pieces, whole = tmp_path / "pieces", tmp_path / "whole"
    first = call(zips, pieces, "--seconds", 0)
    assert first.returncode == NOT_YET, first.stderr
    assert epochs_told(first.stdout) == [("baseline", "1/2")]
    assert "the same command goes on from here" in first.stdout

    second, at_once = call(zips, pieces), call(zips, whole)
    assert [second.returncode, at_once.returncode] == [0, 0], second.stderr + at_once.stderr
    assert epochs_told(second.stdout)[0] == ("baseline", "2/2")
    assert epochs_told(at_once.stdout)[0] == ("baseline", "1/2")
    in_pieces, in_one_piece = (
        json.loads((state / "results" / "table2.json").read_text()) for state in (pieces, whole)
    )
    assert set(in_pieces["setups"]) == {"baseline", "cluster", "control_training", "control_features"}
    for setup, expected in in_one_piece["setups"].items():
        assert in_pieces["setups"][setup]["measured"]["0"]["scores"] == expected["measured"]["0"]["scores"]
    page = (pieces / "results" / "tables.md").read_text()
    assert "| 92.56 |" in page and "| 93.64 (+1.08) |" in page

    again = call(zips, pieces, "--config", pieces / "results" / "config.yaml")
    assert again.returncode == 0
    assert epochs_told(again.stdout) == []


@pytest.mark.slow
def test_a_killed_run_goes_on_after_its_last_epoch(zips: Path, tmp_path: Path) -> None:
    settings = ["--set=baseline.training.epochs=100000", "--set=baseline.architecture=small"]
    process = subprocess.Popen(
        command(zips, tmp_path / "state", *settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    told = (epochs_told(line) for line in iter(process.stdout.readline, "") if epochs_told(line))
    assert next(told) == [("baseline", "1/100000")]
    assert next(told), "seconds later: a checkpoint was written in between"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    resumed = call(zips, tmp_path / "state", *settings, "--seconds", 0)
    assert resumed.returncode == NOT_YET
    (_, epoch), *others = epochs_told(resumed.stdout)
    assert others == []
    assert int(epoch.split("/")[0]) > 1
