"""Intraclass clustering: the images of one class in groups that look alike (EncodeNet, section 3.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import HDBSCAN, KMeans
from sklearn.metrics import pairwise_distances_argmin
from sklearn.preprocessing import normalize
from threadpoolctl import threadpool_info, threadpool_limits

from encodenet_core.config import SELF_COUNTING_METHODS, ClusteringConfig, ClusteringMethod, Noise
from encodenet_core.elbow import find_common_elbow, inertias
from encodenet_core.errors import InfeasibleConfig

NOISE = -1

Points = NDArray[np.float64]
Ids = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Clusters:
    """The clusters of every class, and the cluster of every training image.

    Attributes:
        cluster_ids: `(n_samples,)`, consecutive from 0, those of class 0 first.
        core: `(n_samples,)`, False for noise that was handed to the nearest cluster.
        centroids: `(n_clusters, embedding_dim)`, the mean of the core members of each cluster.
        classes: `(n_clusters,)`, the class of each cluster.
        unit_length: whether near means a small angle instead of a small distance.
        facts: `n_clusters` of all classes together, `noise_share`, `centroid_agreement` (the share of
            training images whose nearest centroid of their class is that of their own cluster) and,
            where `auto` looked for it, `elbow`.
    """

    cluster_ids: Ids
    core: NDArray[np.bool_]
    centroids: Points
    classes: NDArray[np.int64]
    unit_length: bool
    facts: Mapping[str, float]


def cluster_by_kmeans(points: Points, n_clusters: int, seed: int) -> Ids:
    """The best of ten runs of k-means; on points of unit length this is spherical k-means."""
    ids = KMeans(n_clusters, n_init=10, random_state=seed).fit_predict(points)
    # Renumbered, because points a rounding error apart can leave k-means one cluster short.
    return np.unique(ids, return_inverse=True)[1].astype(np.int64)


def cluster_by_density(points: Points, n_clusters: int, seed: int) -> Ids:
    """HDBSCAN by cosine distance, which chooses the number of clusters itself and draws no random numbers."""
    smallest = max(5, round(0.02 * len(points)))
    if len(points) < smallest:
        return np.full(len(points), NOISE)
    clusterer = HDBSCAN(metric="cosine", min_cluster_size=smallest, min_samples=5, copy=True)
    return np.asarray(clusterer.fit_predict(points), np.int64)


CLUSTERERS: dict[ClusteringMethod, Callable[[Points, int, int], Ids]] = {
    "kmeans": cluster_by_kmeans,
    "hdbscan": cluster_by_density,
    "cosine": cluster_by_kmeans,
}
"""From the points of one class, a number of clusters and a seed to ids from 0, and -1 for noise."""

BY_ANGLE: frozenset[ClusteringMethod] = frozenset({"hdbscan", "cosine"})
"""Methods to which near means a small angle: they see embeddings scaled to unit length."""
_ONE_BY_ONE: frozenset[ClusteringMethod] = frozenset({"hdbscan"})
"""Methods that hold the distances of all pairs: of one class at a time."""


def cluster_classes(
    embeddings: NDArray[np.float32], labels: NDArray[np.int64], config: ClusteringConfig, seed: int
) -> Clusters:
    """Group the training images inside each class.

    Args:
        embeddings: `(n_samples, embedding_dim)`.
        labels: `(n_samples,)` classes from 0.
        config: the method, the number of clusters in each class, and what becomes of noise.
        seed: every class derives its own from it, so that no class depends on another.

    Raises:
        InfeasibleConfig: a class has fewer distinct images than clusters, or an embedding is not finite.
    """
    _check_finite(embeddings)
    unit_length = config.method in BY_ANGLE
    at_once = 1 if config.method in _ONE_BY_ONE else allowed_threads()
    groups = _group_by_class(embeddings, labels, unit_length, seed)
    n_clusters, facts = _choose_n_clusters(groups, config, at_once)
    cluster = CLUSTERERS[config.method]
    found = map_alone(lambda group: cluster(group.points(), n_clusters, group.seed), groups, at_once)
    settled = [_settle_noise(ids, config.noise) for ids in found]
    clusters = _join(groups, settled, labels, unit_length)
    nearest = assign_clusters(clusters, embeddings, labels)
    cluster_ids = np.where(clusters.core, clusters.cluster_ids, nearest)
    facts["n_clusters"] = float(len(clusters.classes))
    facts["noise_share"] = float(np.mean(np.concatenate(found) == NOISE))
    facts["centroid_agreement"] = float(np.mean((nearest == cluster_ids)[clusters.core]))
    return replace(clusters, cluster_ids=cluster_ids, facts=facts)


def inertia_curves(
    embeddings: NDArray[np.float32], labels: NDArray[np.int64], config: ClusteringConfig, seed: int
) -> list[list[float]]:
    """The elbow curve of every class: what k-means gives for 1, 2, 3, ... clusters (figure 3).

    Args:
        embeddings: `(n_samples, embedding_dim)`, finite.
        labels: `(n_samples,)` classes from 0.
        config: a method that goes by angle has its embeddings scaled to unit length.
        seed: as for `cluster_classes`, whose `auto` looks at the same curves.

    Returns:
        A list for every class, of up to `ELBOW_LIMIT` sums of squared distances to the nearest centroid.
    """
    groups = _group_by_class(embeddings, labels, config.method in BY_ANGLE, seed)
    return map_alone(_inertias_of, groups, allowed_threads())


def assign_clusters(clusters: Clusters, embeddings: NDArray[np.float32], labels: NDArray[np.int64]) -> Ids:
    """The cluster of unseen images: the nearest centroid among the clusters of their own class.

    Args:
        clusters: as found on the training images.
        embeddings: `(n_samples, embedding_dim)` of the same extractor.
        labels: `(n_samples,)` classes, all of them among those of the training images.

    Returns:
        `(n_samples,)` cluster ids.
    """
    cluster_ids = np.empty(len(labels), np.int64)
    with threadpool_limits(1):
        for label in np.unique(labels):
            members = labels == label
            candidates = np.flatnonzero(clusters.classes == label)
            points = _comparable(embeddings[members], clusters.unit_length)
            nearest = pairwise_distances_argmin(points, clusters.centroids[candidates])
            cluster_ids[members] = candidates[nearest]
    return cluster_ids


@dataclass(frozen=True, eq=False)
class _Group:
    """The images of one class, in the order of the training images."""

    label: int
    embeddings: NDArray[np.float32]
    unit_length: bool
    n_distinct: int
    seed: int

    def __len__(self) -> int:
        return len(self.embeddings)

    def points(self) -> Points:
        """What is clustered. Made when it is needed, because that of all classes at once is large."""
        return _comparable(self.embeddings, self.unit_length)


def _group_by_class(
    embeddings: NDArray[np.float32], labels: NDArray[np.int64], unit_length: bool, seed: int
) -> list[_Group]:
    groups = []
    for label in np.unique(labels).tolist():
        members = embeddings[labels == label]
        n_distinct = len(np.unique(_comparable(members, unit_length), axis=0))
        class_seed = int(np.random.SeedSequence([seed, label]).generate_state(1)[0])
        groups.append(_Group(label, members, unit_length, n_distinct, class_seed))
    return groups


def _comparable(embeddings: NDArray[np.float32], unit_length: bool) -> Points:
    points = np.asarray(embeddings, np.float64)
    # Rounded, so that embeddings that differ in length alone are one distinct point.
    return np.asarray(normalize(points).round(6)) if unit_length else points


def _choose_n_clusters(
    groups: Sequence[_Group], config: ClusteringConfig, at_once: int
) -> tuple[int, dict[str, float]]:
    """The number of clusters in every class, and the elbow where one was looked for."""
    if config.method in SELF_COUNTING_METHODS:
        return 0, {}
    if config.n_clusters == "auto":
        common = find_common_elbow(map_alone(_inertias_of, groups, at_once))
        elbow = min(common, *(group.n_distinct for group in groups))
        return elbow, {"elbow": float(elbow)}
    for group in groups:
        _check_enough(group, config.n_clusters)
    return config.n_clusters, {}


def _inertias_of(group: _Group) -> list[float]:
    return inertias(group.points(), group.n_distinct, group.seed)


def _settle_noise(found: Ids, noise: Noise) -> Ids:
    """Ids in which noise is left only where a nearest cluster exists and noise is to join it."""
    if (found == NOISE).all():
        return np.zeros_like(found)
    return np.where(found == NOISE, found.max() + 1, found) if noise == "own" else found


def _join(
    groups: Sequence[_Group], settled: Sequence[Ids], labels: NDArray[np.int64], unit_length: bool
) -> Clusters:
    """The clusters of all classes, numbered on from class to class; noise that is left keeps -1."""
    sizes = [int(ids.max()) + 1 for ids in settled]
    firsts = np.cumsum(sizes) - sizes
    numbered = [
        np.where(ids == NOISE, NOISE, ids + first) for ids, first in zip(settled, firsts, strict=True)
    ]
    cluster_ids = np.empty(len(labels), np.int64)
    cluster_ids[np.argsort(labels, kind="stable")] = np.concatenate(numbered)
    centroids = np.concatenate(
        [_centroids(group.points(), ids) for group, ids in zip(groups, settled, strict=True)]
    )
    return Clusters(
        cluster_ids=cluster_ids,
        core=cluster_ids != NOISE,
        centroids=normalize(centroids) if unit_length else centroids,
        classes=np.repeat([group.label for group in groups], sizes),
        unit_length=unit_length,
        facts={},
    )


def _centroids(points: Points, ids: Ids) -> Points:
    return np.stack([points[ids == cluster_id].mean(axis=0) for cluster_id in range(ids.max() + 1)])


def _check_finite(embeddings: NDArray[np.float32]) -> None:
    n_broken = int(np.sum(~np.isfinite(embeddings).all(axis=1)))
    if n_broken:
        raise InfeasibleConfig(
            f"{n_broken} of {len(embeddings)} embeddings are not finite, so the baseline diverged; "
            "lower baseline.training.learning_rate"
        )


def _check_enough(group: _Group, n_clusters: int) -> None:
    if group.n_distinct < n_clusters:
        noun = "images" if group.n_distinct == len(group) else "distinct embeddings"
        raise InfeasibleConfig(
            f"class {group.label} has {group.n_distinct} {noun} but clustering.n_clusters is {n_clusters}; "
            f"lower it to {group.n_distinct} or fewer, or add images"
        )


Piece = TypeVar("Piece")
Result = TypeVar("Result")


def allowed_threads() -> int:
    """How many threads this process may compute with: what OpenMP was told, or else finds.

    Where no library with OpenMP is loaded, it is 1.
    """
    pools = threadpool_info()
    return max((int(pool["num_threads"]) for pool in pools if pool["user_api"] == "openmp"), default=1)


def map_alone(compute: Callable[[Piece], Result], pieces: Iterable[Piece], at_once: int) -> list[Result]:
    """What `compute` gives for every piece, in order; native libraries get one thread inside each.

    Several threads that add up parts of one sum give another sum in another order; and on small pieces they
    wait for each other far longer than they compute.

    Args:
        compute: must not depend on the other pieces.
        pieces: what it is called with.
        at_once: how many pieces may be computed at the same time.
    """

    def compute_alone(piece: Piece) -> Result:
        with threadpool_limits(1):  # OpenMP keeps a limit of its own in every thread
            return compute(piece)

    with threadpool_limits(1), ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(compute_alone, pieces))
