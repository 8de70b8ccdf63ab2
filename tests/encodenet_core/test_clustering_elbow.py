from __future__ import annotations

import numpy as np
import pytest

from encodenet_core.clustering import Clusters, cluster_classes, inertia_curves
from encodenet_core.config import ClusteringConfig, ClusteringMethod, Noise

AXES = np.eye(3, 8) * 10


def blobs(n_blobs: int, per_blob: int, spread: float, seed: int = 0) -> np.ndarray:
    """Points around the ends of the first axes, blob by blob."""
    centres = np.repeat(AXES[:n_blobs], per_blob, axis=0)
    noise = np.random.default_rng(seed).normal(size=centres.shape) * spread
    return (centres + noise).astype(np.float32)


def two_classes(spread: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """Three blobs of 20 in class 0 and the same again in class 1, their rows interleaved."""
    embeddings = np.stack([blobs(3, 20, spread, seed=0), blobs(3, 20, spread, seed=1)], axis=1)
    return embeddings.reshape(-1, 8), np.tile([0, 1], 60)


def one_class(points: np.ndarray, method: ClusteringMethod, noise: Noise = "nearest") -> Clusters:
    labels = np.zeros(len(points), np.int64)
    return cluster_classes(points, labels, ClusteringConfig(method=method, n_clusters=2, noise=noise), seed=0)


def test_auto_takes_the_elbow_of_three_groups() -> None:
    embeddings, labels = two_classes(spread=0.3)
    for method in ("kmeans", "cosine"):
        config = ClusteringConfig(method=method, n_clusters="auto")
        clusters = cluster_classes(embeddings, labels, config, seed=0)
        assert clusters.facts["elbow"] == 3.0
        assert clusters.facts["n_clusters"] == 6.0


def test_auto_takes_the_median_elbow_rounded_half_up() -> None:
    embeddings = np.concatenate([blobs(3, 20, 0.3), blobs(2, 20, 0.3)])
    labels = np.repeat([0, 1], [60, 40])
    clusters = cluster_classes(embeddings, labels, ClusteringConfig(n_clusters="auto"), seed=0)
    assert clusters.facts["elbow"] == 3.0


def test_auto_never_asks_for_more_clusters_than_the_smallest_class_has_distinct_images() -> None:
    embeddings = np.concatenate([blobs(3, 20, 0.3), blobs(3, 20, 0.3, seed=1), AXES[[0, 0, 1, 1]]])
    labels = np.repeat([0, 1, 2], [60, 60, 4])
    clusters = cluster_classes(embeddings, labels, ClusteringConfig(n_clusters="auto"), seed=0)
    assert clusters.facts["elbow"] == 2.0
    assert clusters.facts["n_clusters"] == 6.0


def test_the_elbow_is_recorded_only_where_it_was_looked_for() -> None:
    assert "elbow" not in one_class(blobs(2, 20, 0.3), "kmeans").facts
    config = ClusteringConfig(method="hdbscan", n_clusters="auto")
    assert "elbow" not in cluster_classes(*two_classes(), config, seed=0).facts


def test_inertias_are_those_of_each_class_for_one_two_and_more_clusters() -> None:
    line = np.array([0.0, 0.0, 0.0, 2.0, 10.0, 10.0, 10.0], np.float32)
    embeddings, labels = np.stack([line, 0 * line], axis=1), np.array([0, 1, 0, 1, 0, 1, 0])
    # Class 0 lies at 0, 0, 10, 10 around 5; class 1 at 0, 2, 10 around 4, in two clusters around 1 and 10.
    curves = inertia_curves(embeddings, labels, ClusteringConfig(), seed=0)
    assert [len(curve) for curve in curves] == [3, 2]
    assert np.concatenate(curves).tolist() == pytest.approx([100.0, 0.0, 0.0, 56.0, 2.0])


def test_inertias_of_a_method_that_goes_by_angle_do_not_see_lengths() -> None:
    embeddings, labels = (
        np.array([[1, 0], [2, 0], [7, 0], [0, 3], [0, 5]], np.float32),
        np.array([0, 0, 0, 1, 1]),
    )
    assert inertia_curves(embeddings, labels, ClusteringConfig(method="cosine"), seed=0) == [
        [0.0, 0.0],
        [0.0],
    ]
    assert inertia_curves(embeddings, labels, ClusteringConfig(), seed=0)[1] == pytest.approx([2.0])
