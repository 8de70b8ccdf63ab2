from __future__ import annotations

import numpy as np
import pytest

from encodenet_core.comparisons.silhouette import MOST_IMAGES, intraclass_silhouette

LINE = np.array([[0.0], [2.0], [10.0], [12.0]], np.float32)


def test_the_silhouette_of_four_points_on_a_line() -> None:
    # Mean distances of 0: to its own 2, to the others (10 + 12) / 2 = 11, so 9 / 11; of 2: own 2, others 9,
    # so 7 / 9; by symmetry the same of 12 and 10.
    score = intraclass_silhouette(LINE, np.zeros(4, int), np.array([0, 0, 1, 1]), "euclidean", 0)
    assert score == pytest.approx((9 / 11 + 7 / 9) / 2)


def test_classes_are_averaged_and_never_compared_with_each_other() -> None:
    embeddings = np.concatenate([LINE, LINE])
    labels, cluster_ids = np.repeat([0, 1], 4), np.array([0, 0, 1, 1, 2, 2, 3, 3])
    alone = intraclass_silhouette(LINE, labels[:4], cluster_ids[:4], "euclidean", 0)
    assert intraclass_silhouette(embeddings, labels, cluster_ids, "euclidean", 0) == pytest.approx(alone)


def test_a_class_with_one_cluster_is_left_out() -> None:
    embeddings = np.concatenate([LINE, LINE])
    labels, cluster_ids = np.repeat([0, 1], 4), np.array([0, 0, 0, 0, 1, 1, 2, 2])
    alone = intraclass_silhouette(LINE, labels[4:], cluster_ids[4:], "euclidean", 0)
    assert intraclass_silhouette(embeddings, labels, cluster_ids, "euclidean", 0) == pytest.approx(alone)


@pytest.mark.parametrize("cluster_ids", [[0, 0, 0, 0], [0, 1, 2, 3]])
def test_one_cluster_or_one_for_each_image_has_no_silhouette(cluster_ids: list[int]) -> None:
    assert intraclass_silhouette(LINE, np.zeros(4, int), np.array(cluster_ids), "euclidean", 0) is None


def test_the_cosine_metric_looks_at_angles_alone() -> None:
    directions = np.array([[1, 0], [5, 0], [0, 1], [0, 7]], np.float32)
    clusters = np.array([0, 0, 1, 1])
    assert intraclass_silhouette(directions, np.zeros(4, int), clusters, "cosine", 0) == pytest.approx(1.0)


def test_a_large_class_is_drawn_from_in_the_same_way_every_time() -> None:
    rng = np.random.default_rng(0)
    n_samples = MOST_IMAGES + 500
    embeddings = rng.normal(size=(n_samples, 2)).astype(np.float32)
    cluster_ids = (embeddings[:, 0] > 0).astype(np.int64)
    labels = np.zeros(n_samples, int)
    first, again, other = (
        intraclass_silhouette(embeddings, labels, cluster_ids, "euclidean", seed) for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other
    assert first == pytest.approx(other, abs=0.02)
