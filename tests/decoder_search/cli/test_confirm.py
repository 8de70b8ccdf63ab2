"""`decoder-search confirm` on a study that real workers ran."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.slow
def test_the_best_configs_of_a_study_are_retrained_ranked_and_marked(
    decoder_search: Callable[..., Any], real_study: Any, tmp_path: Path
) -> None:
    shutil.copytree(real_study.results, tmp_path / "results")
    first = decoder_search("confirm", "tiny", "--top", 2, "--seeds", 2)
    assert (first.exit_code, first.errors) == (0, ""), first
    assert "(4 of 4 done)" in first.output
    assert "Study tiny at its final budget, seeds " in first.output
    assert all(name in first.output for name in ("baseline", "control A", "control B"))
    assert not {"keras", "tensorflow", "sklearn", "keras_tuner"}.intersection(first.loaded)

    again = decoder_search("confirm", "tiny", "--top", 2, "--seeds", 2, "--json")
    confirmed = json.loads(again.output)
    assert again.errors == ""
    assert [config["rank"] for config in confirmed["configs"]] == [1, 2]
    means = [config["accuracy_spread"]["mean"] for config in confirmed["configs"]]
    assert means == sorted(means, reverse=True)
    assert all(config["test_spread"]["n_seeds"] == 2 for config in confirmed["configs"])

    board = json.loads(decoder_search("leaderboard", "tiny", "--format", "json").output)
    marked = {row["trial"]: row["confirmed_accuracy"] for row in board if row["confirmed_seeds"] == 2}
    assert marked == {
        config["trial"]: pytest.approx(config["accuracy_spread"]["mean"]) for config in confirmed["configs"]
    }
    assert "✓" in decoder_search("leaderboard", "tiny").output

    wrong = decoder_search("confirm", "tiny", "--rivals", "kdd")
    assert (wrong.exit_code, wrong.errors.count("\n")) == (2, 1) and "did you mean 'kd'?" in wrong.errors
    beside = decoder_search("confirm", "tiny", "--top", 1, "--seeds", 2, "--rivals", "kd, rkd")
    assert (beside.exit_code, beside.errors) == (0, ""), beside
    assert all(f"{told}: the baseline's structure, taught by" in beside.output for told in ("KD", "RKD"))
    again = json.loads(decoder_search("confirm", "tiny", "--top", 2, "--seeds", 2, "--json").output)
    assert sorted("kd" in config["gains"] for config in again["configs"]) == [False, True]
    assert [config["accuracy"] for config in again["configs"]] == [
        config["accuracy"] for config in confirmed["configs"]
    ]
