"""A newcomer's path from images to a trained winner, by the two commands that they install."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from encodenet_core.config_values import load_config

SHORT = {
    "dataset.limit": 200,
    "baseline.training.epochs": 3,
    "autoencoder.training.epochs": 2,
    "classifier.training.epochs": 2,
}


def run(folder: Path, command: str, *arguments: object) -> str:
    """What a command prints that ends well and without a complaint."""
    installed = Path(sys.executable).with_name(command)
    done = subprocess.run(
        [installed, *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=600
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_newcomer_searches_looks_exports_trains_and_evaluates(tmp_path: Path) -> None:
    options = [part for path, value in SHORT.items() for part in ("--set", f"{path}={value}")]
    assert "Next: decoder-search confirm digits" in run(
        tmp_path, "decoder-search", "run", "--trials", 2, *options
    )
    run(tmp_path, "decoder-search", "run", "--trials", 3, *options)
    rows = json.loads(run(tmp_path, "decoder-search", "leaderboard", "--format", "json"))
    assert sorted(row["trial"] for row in rows) == [0, 1, 2]

    run(tmp_path, "decoder-search", "export", "digits", "--output", "winner.yaml")
    winner = load_config(tmp_path / "winner.yaml")
    assert winner.autoencoder.training.epochs == 40
    assert f"trial {rows[0]['trial']} of study 'digits'" in (tmp_path / "winner.yaml").read_text()

    run(tmp_path, "encodenet", "train", "winner.yaml", "--output", "trained")
    assert load_config(tmp_path / "trained" / "config.yaml") == winner
    metrics = json.loads((tmp_path / "trained" / "metrics.json").read_text())
    for name in ("baseline", "control_training", "control_features", "encodenet"):
        assert metrics[name]["parameters"] == metrics["baseline"]["parameters"]
        assert 0 <= metrics[name]["test_accuracy"] <= 1

    scores = json.loads(run(tmp_path, "encodenet", "evaluate", "trained", "--json"))
    assert scores.keys() == metrics["encodenet"].keys()
    for name, value in scores.items():
        assert value == (
            pytest.approx(metrics["encodenet"][name], rel=1e-5)
            if name.endswith("cross_entropy")
            else metrics["encodenet"][name]
        )
