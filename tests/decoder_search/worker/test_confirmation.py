"""What a worker computes for `confirm`, here in the process of the test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from decoder_search.execution.tasks import ConfirmTask
from decoder_search.space.parameters import IntParameter
from decoder_search.space.search_space import SearchSpace
from decoder_search.worker.confirmation import confirm_config
from encodenet_core import ConfigError, InfeasibleConfig, StageCache, load_dataset, run_pipeline

SPACE = SearchSpace(
    name="tiny",
    parameters=(IntParameter("decoder.depth", 1, 2), IntParameter("clustering.n_clusters", 1, 100)),
    constants={
        "dataset.source": "digits",
        "dataset.limit": 120,
        "baseline.training.epochs": 1,
        "classifier.training.epochs": 1,
        "seed": 2,
    },
    final={"autoencoder.training.epochs": 2},
)
PARAMS = {"decoder.depth": 1, "clustering.n_clusters": 1}


def confirm(cache: Path, stages: list[str] | None = None, **task: Any) -> dict[str, Any]:
    def report(stage: str, epoch: int, epochs: int, values: Mapping[str, float]) -> bool:
        (stages if stages is not None else []).append(stage)
        return True

    task = {"params": PARAMS, "seed": 3, **task}
    return confirm_config(ConfirmTask(space=SPACE, cache=cache, **task), report)


@pytest.mark.slow
def test_a_config_is_measured_on_all_splits_with_its_baseline_and_controls(tmp_path: Path) -> None:
    stages: list[str] = []
    found = confirm(tmp_path, stages)
    config = SPACE.final_config(PARAMS, 3)
    dataset = load_dataset(config.dataset, 3)
    result = run_pipeline(config, dataset, StageCache(tmp_path))
    metrics = found["metrics"]
    assert found["dataset"] == dataset.fingerprint
    assert metrics["accuracy"] == result.conversion.scores.validation_accuracy
    assert metrics["test_accuracy"] == result.conversion.scores.test_accuracy
    assert metrics["baseline_accuracy"] == result.baseline_scores.validation_accuracy
    for name, control in result.controls.items():
        assert metrics[f"{name}_accuracy"] == control.scores.validation_accuracy
        assert metrics[f"{name}_test_accuracy"] == control.scores.test_accuracy
    assert stages.count("autoencoder") == 2
    assert confirm(tmp_path, seed=4)["dataset"] != dataset.fingerprint


def test_other_images_than_those_of_the_seed_are_refused_before_training(tmp_path: Path) -> None:
    stages: list[str] = []
    with pytest.raises(ConfigError, match="were confirmed on another dataset .feed. than now .*; bring that"):
        confirm(tmp_path, stages, dataset="feed")
    assert stages == []


@pytest.mark.slow
def test_params_that_cannot_run_are_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(InfeasibleConfig):
        confirm(tmp_path, params={"decoder.depth": 1, "clustering.n_clusters": 100})
