from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import build_config, flatten
from encodenet_core.data.dataset import Dataset
from encodenet_core.errors import InfeasibleConfig
from encodenet_core.grouping import obtain_grouping, obtain_inertias
from encodenet_core.run_result import RunResult
from encodenet_core.stages.cache import StageCache


def changed(config: EncodeNetConfig, change: Mapping[str, Any]) -> EncodeNetConfig:
    return build_config({**flatten(config.model_dump()), **change})


def test_every_image_belongs_to_a_cluster_of_its_own_class(
    tiny_result: RunResult, tiny_dataset: Dataset
) -> None:
    grouping = tiny_result.conversion.grouped.grouping
    np.testing.assert_array_equal(grouping.classes, np.repeat(np.arange(10), 2))
    np.testing.assert_array_equal(grouping.classes[grouping.train_ids], tiny_dataset.train.labels)
    np.testing.assert_array_equal(grouping.classes[grouping.validation_ids], tiny_dataset.validation.labels)


def test_a_representative_is_the_least_doubted_of_the_fittest_images_of_its_cluster(
    tiny_result: RunResult, tiny_dataset: Dataset
) -> None:
    grouping = tiny_result.conversion.grouped.grouping
    logits = np.asarray(tiny_result.baseline.train_logits, np.float64)
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    entropies = -(probabilities * np.log(probabilities)).sum(axis=1)
    correct = logits.argmax(axis=1) == tiny_dataset.train.labels
    assert 0 < correct.sum() < len(correct)
    np.testing.assert_array_equal(grouping.correct, correct)
    assert grouping.core.all()

    representatives = tiny_result.conversion.targets.representatives
    assert len(representatives) == 20
    for cluster, representative in enumerate(representatives):
        members = np.flatnonzero(grouping.train_ids == cluster)
        candidates = members[correct[members]] if correct[members].any() else members
        best = candidates[entropies[candidates].argmin()]
        np.testing.assert_array_equal(representative, tiny_dataset.train.images[best])


def test_embedding_and_clusters_are_computed_once(
    tiny_result: RunResult, tiny_config: EncodeNetConfig, tiny_dataset: Dataset, tiny_cache: StageCache
) -> None:
    stages = [path for path in tiny_cache.root.iterdir() if path.name.startswith(("embedding", "clusters"))]
    written = {path: path.stat().st_mtime_ns for stage in stages for path in stage.glob("*")}
    assert len(written) > 6
    again = obtain_grouping(tiny_config, tiny_dataset, tiny_result.baseline, tiny_cache)
    assert written == {path: path.stat().st_mtime_ns for path in written}
    expected = tiny_result.conversion.grouped
    np.testing.assert_array_equal(again.grouping.train_ids, expected.grouping.train_ids)
    assert (again.facts, again.clustering_seconds) == (expected.facts, expected.clustering_seconds)


@pytest.mark.parametrize(
    ("method", "different_clusters"), [("kmeans", True), ("cosine", True), ("hdbscan", False)]
)
def test_the_number_of_clusters_matters_only_to_methods_that_read_it(
    method: str,
    different_clusters: bool,
    tiny_result: RunResult,
    tiny_config: EncodeNetConfig,
    tiny_cache: StageCache,
) -> None:
    clustered = []
    for n_clusters in (1, 3):
        config = changed(tiny_config, {"clustering.method": method, "clustering.n_clusters": n_clusters})
        grouped = obtain_grouping(config, tiny_result.dataset, tiny_result.baseline, tiny_cache)
        clustered.append((len(grouped.grouping.classes), grouped.clustering_seconds))
    assert (clustered[0] != clustered[1]) is different_clusters


def test_more_clusters_than_images_in_a_class_is_infeasible_and_leaves_no_stage(
    tiny_result: RunResult, tiny_config: EncodeNetConfig, tiny_dataset: Dataset, tiny_cache: StageCache
) -> None:
    config = changed(tiny_config, {"clustering.n_clusters": 13})
    before = {path for path in tiny_cache.root.iterdir() if path.suffix != ".lock"}
    with pytest.raises(InfeasibleConfig, match=r"^class 0 .*12.*13.*$"):
        obtain_grouping(config, tiny_dataset, tiny_result.baseline, tiny_cache)
    assert {path for path in tiny_cache.root.iterdir() if path.suffix != ".lock"} == before


def test_the_elbow_curves_of_all_classes_are_computed_once_whatever_the_number_of_clusters(
    tiny_result: RunResult, tiny_config: EncodeNetConfig, tiny_dataset: Dataset, tiny_cache: StageCache
) -> None:
    configs = [changed(tiny_config, {"clustering.n_clusters": count}) for count in (1, "auto")]
    curves = [obtain_inertias(each, tiny_dataset, tiny_result.baseline, tiny_cache) for each in configs]
    assert len(list(tiny_cache.root.glob("inertias-*"))) == 1
    assert curves[0] == curves[1]
    assert [len(curve) for curve in curves[0]] == [10] * 10
    assert all(curve[0] > curve[-1] > 0 for curve in curves[0])
