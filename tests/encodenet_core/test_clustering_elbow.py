from __future__ import annotations

import numpy as np
import pytest
from clustered_points import AXES, blobs, one_class, two_classes

from encodenet_core.clustering import cluster_classes, inertia_curves
from encodenet_core.config import ClusteringConfig


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
