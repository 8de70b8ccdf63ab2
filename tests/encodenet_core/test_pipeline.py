from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from encodenet_core.config import ClusteringMethod, EncodeNetConfig, Target
from encodenet_core.config_values import build_config, flatten
from encodenet_core.data import Dataset
from encodenet_core.pipeline import RunResult, convert, obtain_dataset, run_pipeline
from encodenet_core.results import metrics_of
from encodenet_core.stages import StageCache


def changed(config: EncodeNetConfig, change: Mapping[str, Any]) -> EncodeNetConfig:
    return build_config({**flatten(config.model_dump()), **change})


def without_times(metrics: Mapping[str, Any]) -> dict[str, Any]:
    stages = {name: {**spent, "seconds": None} for name, spent in metrics["stages"].items()}
    return {**metrics, "stages": stages}


def test_every_epoch_is_reported_in_the_order_of_the_paper(
    tiny_result: RunResult, tiny_reports: list[tuple[str, int, int]]
) -> None:
    fits = {"baseline": 4, "autoencoder": 1, "classifier": 3, "control_training": 3, "control_features": 3}
    assert tiny_reports == [
        (stage, epoch + 1, epochs) for stage, epochs in fits.items() for epoch in range(epochs)
    ]


def test_a_search_never_sees_the_test_split(
    tiny_config: EncodeNetConfig, tiny_dataset: Dataset, tmp_path: Path
) -> None:
    dataset = obtain_dataset(tiny_config, StageCache(tmp_path))
    assert dataset.test is None
    assert dataset.fingerprint == tiny_dataset.fingerprint
    assert isinstance(dataset.train.images, np.memmap)
    np.testing.assert_array_equal(dataset.train.images, tiny_dataset.train.images)
    np.testing.assert_array_equal(dataset.validation.labels, tiny_dataset.validation.labels)
    assert not list(tmp_path.glob("*/*test*"))


def test_the_dataset_of_a_search_is_written_once_for_its_settings(
    tiny_config: EncodeNetConfig, tmp_path: Path
) -> None:
    cache = StageCache(tmp_path)
    obtain_dataset(tiny_config, cache)
    obtain_dataset(changed(tiny_config, {"decoder.depth": 5}), cache)
    assert len(list(tmp_path.glob("dataset-*/dataset.json"))) == 1
    obtain_dataset(changed(tiny_config, {"seed": 1}), cache)
    obtain_dataset(changed(tiny_config, {"dataset.limit": 100}), cache)
    assert len(list(tmp_path.glob("dataset-*/dataset.json"))) == 3


@pytest.mark.parametrize(
    ("target", "method", "n_targets"), [("identity", "hdbscan", 120), ("class", "cosine", 10)]
)
def test_the_other_target_modes_and_clustering_methods_run(
    target: str, method: str, n_targets: int, tiny_result: RunResult, tiny_cache: StageCache
) -> None:
    change = {"autoencoder.target": target, "clustering.method": method, "classifier.training.epochs": 1}
    config = changed(tiny_result.config, change)
    conversion = convert(config, tiny_result.dataset, tiny_result.baseline, tiny_cache)
    assert conversion.reconstruction.n_targets == n_targets
    assert np.isfinite(dataclasses.astuple(conversion.reconstruction)).all()
    assert conversion.encodenet.model.count_params() == tiny_result.baseline.model.count_params()
    classes = conversion.grouped.grouping.classes
    assert set(classes) == set(range(10))
    assert conversion.grouped.facts["n_clusters"] == len(classes)


def test_together_with_the_tiny_run_every_target_mode_and_clustering_method_ran(
    tiny_result: RunResult,
) -> None:
    assert {tiny_result.config.autoencoder.target, "identity", "class"} == set(get_args(Target))
    assert {tiny_result.config.clustering.method, "hdbscan", "cosine"} == set(get_args(ClusteringMethod))
    assert tiny_result.conversion.reconstruction.n_targets == 20


def test_a_conversion_is_the_same_each_time(tiny_result: RunResult, tiny_cache: StageCache) -> None:
    again = convert(tiny_result.config, tiny_result.dataset, tiny_result.baseline, tiny_cache)
    assert again.scores == tiny_result.conversion.scores
    assert again.reconstruction == tiny_result.conversion.reconstruction
    assert again.autoencoder.losses == tiny_result.conversion.autoencoder.losses


@pytest.mark.slow
def test_the_same_seed_gives_the_same_metrics_and_another_seed_others(
    tiny_result: RunResult, tmp_path: Path
) -> None:
    expected = without_times(metrics_of(tiny_result))
    again = run_pipeline(tiny_result.config, tiny_result.dataset, StageCache(tmp_path / "again"))
    assert without_times(metrics_of(again)) == expected
    config = changed(tiny_result.config, {"seed": 1})
    other = without_times(
        metrics_of(run_pipeline(config, tiny_result.dataset, StageCache(tmp_path / "other")))
    )
    assert other["dataset"] == expected["dataset"]
    for model in ("baseline", "control_training", "control_features", "encodenet"):
        assert other[model]["test_cross_entropy"] != expected[model]["test_cross_entropy"]
    assert other["reconstruction"]["mse"] != expected["reconstruction"]["mse"]
