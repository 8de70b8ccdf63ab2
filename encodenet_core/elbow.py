"""The number of clusters at which more clusters stop paying off (EncodeNet, section 3.2 and figure 3)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from kneed import KneeLocator
from numpy.typing import NDArray
from sklearn.cluster import KMeans

ELBOW_LIMIT = 10
"""The most clusters in a class that `auto` considers, as in figure 3."""

_ROUNDING = 9


def find_elbow(inertias: Sequence[float]) -> int:
    """The number of clusters at the elbow of a curve of inertias.

    Found by kneed; where it finds no knee, the point that lies farthest below the chord between the
    two ends of the curve. A curve that is flat, or nowhere below its chord, has its elbow at 1.

    Args:
        inertias: the sums of squared distances to the nearest centroid for 1, 2, 3, ... clusters.

    Returns:
        A count from 1 to `len(inertias)`.
    """
    curve = np.asarray(inertias, dtype=np.float64)
    if curve[0] <= curve[-1]:
        return 1
    return _knee(curve) or _farthest_below_chord(curve)


def find_common_elbow(curves: Sequence[Sequence[float]]) -> int:
    """The number of clusters for all classes: the median of their elbows, a half rounded up."""
    return int(np.floor(np.median([find_elbow(curve) for curve in curves]) + 0.5))


def _knee(curve: NDArray[np.float64]) -> int | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # kneed warns where it returns None, which the caller handles
        located = KneeLocator(range(1, len(curve) + 1), curve, curve="convex", direction="decreasing")
    return None if located.knee is None else int(located.knee)


def _farthest_below_chord(curve: NDArray[np.float64]) -> int:
    along = np.linspace(0.0, 1.0, len(curve))
    height = (curve - curve[-1]) / (curve[0] - curve[-1])
    below_chord = 1.0 - along - height
    # Rounded, because on a straight line the differences are rounding errors and the first must win.
    return int(np.argmax(below_chord.round(_ROUNDING))) + 1


def inertias(points: NDArray[np.float64], n_distinct: int, seed: int) -> list[float]:
    """The sums of squared distances to the nearest centroid, for 1, 2, 3, ... clusters.

    Args:
        points: `(n_samples, embedding_dim)` of one class.
        n_distinct: how many of them differ; from as many clusters on, the sum is 0.
        seed: of k-means.
    """
    most = max(1, min(ELBOW_LIMIT, len(points) - 1))
    return [
        KMeans(n_clusters, n_init=10, random_state=seed).fit(points).inertia_
        if n_clusters < n_distinct
        else 0.0
        for n_clusters in range(1, most + 1)
    ]
