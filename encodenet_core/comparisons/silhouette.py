"""How well apart the clusters inside the classes lie: the one door for scikit-learn's silhouette."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits

MOST_IMAGES = 2_000
"""Of a larger class so many images are drawn, because every pair of them is compared."""

Metric = Literal["euclidean", "cosine"]


def intraclass_silhouette(
    embeddings: NDArray[np.float32],
    labels: NDArray[np.int64],
    cluster_ids: NDArray[np.int64],
    metric: Metric,
    seed: int,
) -> float | None:
    """The mean silhouette of the images of a class among its clusters, averaged over classes.

    A silhouette is near 1 where an image lies among its own cluster, 0 between two, below 0 among another.

    Args:
        embeddings: `(n_samples, embedding_dim)`.
        labels: `(n_samples,)` classes.
        cluster_ids: `(n_samples,)`.
        metric: the distance that the clustering went by.
        seed: of the draw from large classes; every class has its own.

    Returns:
        A number in [-1, 1]; None where no class has at least two clusters and an image more than clusters,
        without which there is no silhouette. Such a class is left out of the average.
    """
    scores = []
    with threadpool_limits(1):
        for label in np.unique(labels).tolist():
            members = np.flatnonzero(labels == label)
            drawn = np.random.default_rng([seed, label]).permutation(len(members))[:MOST_IMAGES]
            members = members[np.sort(drawn)]
            if 2 <= len(np.unique(cluster_ids[members])) < len(members):
                points = np.asarray(embeddings[members], np.float64)
                scores.append(float(silhouette_score(points, cluster_ids[members], metric=metric)))
    return float(np.mean(scores)) if scores else None
