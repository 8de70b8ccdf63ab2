from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from clustered_points import AXES, blobs, one_class, two_classes
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from encodenet_core.clustering import CLUSTERERS, Clusters, assign_clusters, cluster_classes
from encodenet_core.config import ClusteringConfig, ClusteringMethod, Noise
from encodenet_core.errors import InfeasibleConfig

METHODS = sorted(CLUSTERERS)


def with_outlier() -> np.ndarray:
    """Two tight groups of 20 at a small angle, and one point far from both but nearer to the second."""
    centres = np.repeat([[10.0, 0.0, 0.0], [8.0, 4.0, 0.0]], 20, axis=0)
    groups = centres + np.random.default_rng(0).normal(size=centres.shape) * 0.2
    return np.concatenate([groups, [[0.0, 6.0, 8.0]]]).astype(np.float32)


def test_every_named_method_is_implemented() -> None:
    assert set(CLUSTERERS) == set(get_args(ClusteringMethod))


@pytest.mark.parametrize("spread", [0.5, 5.0, 50.0])
@pytest.mark.parametrize("noise", get_args(Noise))
@pytest.mark.parametrize("method", METHODS)
class TestEveryMethod:
    def cluster(self, method: ClusteringMethod, noise: Noise, spread: float) -> Clusters:
        return cluster_classes(*two_classes(spread), ClusteringConfig(method=method, noise=noise), seed=7)

    def test_ids_are_consecutive_and_none_spans_two_classes(
        self, method: ClusteringMethod, noise: Noise, spread: float
    ) -> None:
        clusters = self.cluster(method, noise, spread)
        assert np.array_equal(np.unique(clusters.cluster_ids), np.arange(len(clusters.classes)))
        assert np.array_equal(clusters.classes[clusters.cluster_ids], two_classes()[1])
        assert np.array_equal(clusters.classes, np.sort(clusters.classes))

    def test_arrays_have_the_promised_shapes_and_types(
        self, method: ClusteringMethod, noise: Noise, spread: float
    ) -> None:
        clusters = self.cluster(method, noise, spread)
        assert clusters.cluster_ids.shape == clusters.core.shape == (120,)
        assert clusters.centroids.shape == (len(clusters.classes), 8)
        types = [array.dtype for array in (clusters.cluster_ids, clusters.core, clusters.classes)]
        assert types == [np.int64, np.bool_, np.int64]
        assert clusters.centroids.dtype == np.float64
        assert clusters.facts["n_clusters"] == len(clusters.classes)

    def test_the_same_seed_gives_the_same_clusters(
        self, method: ClusteringMethod, noise: Noise, spread: float
    ) -> None:
        first, second = self.cluster(method, noise, spread), self.cluster(method, noise, spread)
        assert np.array_equal(first.cluster_ids, second.cluster_ids)
        assert np.array_equal(first.centroids, second.centroids)
        assert first.facts == second.facts

    def test_assigning_the_core_members_gives_the_recorded_agreement(
        self, method: ClusteringMethod, noise: Noise, spread: float
    ) -> None:
        clusters = self.cluster(method, noise, spread)
        assigned = assign_clusters(clusters, *two_classes(spread))
        agree = assigned == clusters.cluster_ids
        assert np.mean(agree[clusters.core]) == clusters.facts["centroid_agreement"]
        assert agree[~clusters.core].all(), "noise went to the nearest centroid"

    def test_every_cluster_has_a_core_member(
        self, method: ClusteringMethod, noise: Noise, spread: float
    ) -> None:
        clusters = self.cluster(method, noise, spread)
        assert set(clusters.cluster_ids[clusters.core]) == set(range(len(clusters.classes)))


@pytest.mark.parametrize("method", METHODS)
def test_well_separated_groups_are_found(method: ClusteringMethod) -> None:
    embeddings, labels = two_classes(spread=0.3)
    clusters = cluster_classes(embeddings, labels, ClusteringConfig(method=method, n_clusters=3), seed=0)
    blob = np.repeat([0, 1, 2], 40)
    found = set(zip(labels.tolist(), blob.tolist(), clusters.cluster_ids.tolist(), strict=True))
    assert len(found) == len(clusters.classes) == 6


@pytest.mark.parametrize("method", METHODS)
def test_a_class_does_not_depend_on_the_other_classes(method: ClusteringMethod) -> None:
    embeddings, labels = two_classes(spread=5.0)
    config = ClusteringConfig(method=method)
    both = cluster_classes(embeddings, labels, config, seed=3)
    second = labels == 1
    alone = cluster_classes(embeddings[second], labels[second], config, seed=3)
    first_id = both.cluster_ids[second].min()
    assert np.array_equal(both.cluster_ids[second] - first_id, alone.cluster_ids)


@pytest.mark.parametrize("method", METHODS)
def test_unseen_images_join_the_nearest_cluster_of_their_own_class(method: ClusteringMethod) -> None:
    clusters = cluster_classes(*two_classes(spread=0.3), ClusteringConfig(method=method), seed=0)
    unseen, labels = np.tile(AXES, (2, 1)).astype(np.float32), np.repeat([0, 1], 3)
    assigned = assign_clusters(clusters, unseen, labels)
    assert np.array_equal(clusters.classes[assigned], labels)
    np.testing.assert_array_equal(clusters.centroids[assigned].argmax(axis=1), np.tile([0, 1, 2], 2))


@pytest.mark.parametrize("method", METHODS)
def test_embeddings_may_be_memory_mapped(method: ClusteringMethod, tmp_path) -> None:
    embeddings, labels = two_classes()
    np.save(tmp_path / "embeddings.npy", embeddings)
    mapped = np.load(tmp_path / "embeddings.npy", mmap_mode="r")
    config = ClusteringConfig(method=method)
    from_file, from_memory = (cluster_classes(x, labels, config, seed=0) for x in (mapped, embeddings))
    assert np.array_equal(from_file.cluster_ids, from_memory.cluster_ids)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("points", [np.zeros((1, 4)), np.ones((1, 4)), np.zeros((9, 4)), np.ones((9, 4))])
def test_a_class_of_one_distinct_image_is_one_cluster(method: ClusteringMethod, points: np.ndarray) -> None:
    for n_clusters in (1, "auto"):
        config = ClusteringConfig(method=method, n_clusters=n_clusters)
        clusters = cluster_classes(points.astype(np.float32), np.zeros(len(points), np.int64), config, seed=0)
        assert clusters.cluster_ids.tolist() == [0] * len(points)
        assert clusters.core.all()


def test_rows_of_zeros_have_no_angle_but_a_cluster() -> None:
    points = np.concatenate([blobs(2, 10, 0.2), np.zeros((3, 8), np.float32)])
    for method in METHODS:
        assert len(one_class(points, method).cluster_ids) == 23


def test_a_noise_image_joins_the_nearest_cluster() -> None:
    clusters = one_class(with_outlier(), "hdbscan", noise="nearest")
    assert clusters.core.tolist() == [True] * 40 + [False]
    assert clusters.cluster_ids[40] == clusters.cluster_ids[39] != clusters.cluster_ids[0]
    assert clusters.facts["noise_share"] == 1 / 41


def test_noise_has_no_say_in_the_centroid_of_the_cluster_that_it_joins() -> None:
    outside, without = one_class(with_outlier(), "hdbscan"), one_class(with_outlier()[:40], "hdbscan")
    np.testing.assert_allclose(outside.centroids, without.centroids)


def test_noise_can_be_a_cluster_of_its_own() -> None:
    clusters = one_class(with_outlier(), "hdbscan", noise="own")
    assert clusters.core.all()
    assert clusters.cluster_ids.tolist().count(2) == 1
    assert clusters.cluster_ids[40] == 2
    assert clusters.facts["noise_share"] == 1 / 41


@pytest.mark.parametrize("noise", get_args(Noise))
def test_a_class_without_dense_regions_is_one_cluster_that_is_all_noise(noise: Noise) -> None:
    clusters = one_class(np.random.default_rng(0).normal(size=(4, 8)).astype(np.float32), "hdbscan", noise)
    assert clusters.cluster_ids.tolist() == [0, 0, 0, 0]
    assert clusters.core.all()
    assert clusters.facts["noise_share"] == 1.0


def test_the_cosine_method_looks_at_the_angle_alone() -> None:
    directions = np.array([[1.0, 0.1], [1.0, -0.1], [0.1, 1.0], [-0.1, 1.0]])
    points = np.concatenate([directions, 100 * directions]).astype(np.float32)
    ids = one_class(points, "cosine").cluster_ids
    assert np.array_equal(ids[:4], ids[4:])
    assert ids[0] == ids[1] != ids[2] == ids[3]
    assert one_class(points, "cosine").unit_length
    assert not one_class(points, "kmeans").unit_length


def test_more_clusters_than_images_is_infeasible() -> None:
    embeddings, labels = np.eye(13, dtype=np.float32), np.repeat([6, 7], [10, 3])
    with pytest.raises(InfeasibleConfig) as caught:
        cluster_classes(embeddings, labels, ClusteringConfig(n_clusters=5), seed=0)
    assert str(caught.value) == (
        "class 7 has 3 images but clustering.n_clusters is 5; lower it to 3 or fewer, or add images"
    )


@pytest.mark.parametrize(("method", "scale"), [("kmeans", 1.0), ("cosine", 3.0)])
def test_more_clusters_than_distinct_embeddings_is_infeasible(method: ClusteringMethod, scale: float) -> None:
    embeddings = np.concatenate([AXES, scale * AXES]).astype(np.float32)
    with pytest.raises(InfeasibleConfig, match="class 0 has 3 distinct embeddings but"):
        cluster_classes(
            embeddings, np.zeros(6, np.int64), ClusteringConfig(method=method, n_clusters=5), seed=0
        )


def test_the_number_of_clusters_does_not_concern_hdbscan() -> None:
    config = ClusteringConfig(method="hdbscan", n_clusters=1000)
    assert cluster_classes(*two_classes(spread=0.3), config, seed=0).facts["n_clusters"] == 6.0


def test_embeddings_of_a_network_that_diverged_are_infeasible() -> None:
    embeddings, labels = two_classes()
    embeddings[[3, 5], 0] = [np.nan, np.inf]
    with pytest.raises(InfeasibleConfig, match="2 of 120 embeddings are not finite"):
        cluster_classes(embeddings, labels, ClusteringConfig(), seed=0)


@settings(max_examples=25, deadline=None)
@given(
    method=st.sampled_from(METHODS),
    noise=st.sampled_from(get_args(Noise)),
    n_clusters=st.sampled_from([1, 2, "auto"]),
    points=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=16),
)
def test_every_image_has_an_id_or_the_config_is_infeasible(method, noise, n_clusters, points) -> None:
    embeddings = np.array(points, np.float32)
    labels = np.arange(len(points)) % 2
    config = ClusteringConfig(method=method, noise=noise, n_clusters=n_clusters)
    try:
        clusters = cluster_classes(embeddings, labels, config, seed=0)
    except InfeasibleConfig:
        assert n_clusters == 2
        return
    assert np.array_equal(np.unique(clusters.cluster_ids), np.arange(len(clusters.classes)))
    assert np.array_equal(clusters.classes[clusters.cluster_ids], labels)


@pytest.mark.parametrize("method", METHODS)
def test_the_number_of_threads_changes_no_bit(method: ClusteringMethod) -> None:
    embeddings, labels = two_classes(spread=5.0)
    config = ClusteringConfig(method=method, n_clusters="auto")
    found = []
    for n_threads in (1, 2):
        with threadpool_limits(n_threads):
            found.append(cluster_classes(embeddings, labels, config, seed=5))
    assert np.array_equal(found[0].cluster_ids, found[1].cluster_ids)
    assert found[0].centroids.tobytes() == found[1].centroids.tobytes()
