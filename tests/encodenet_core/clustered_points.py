"""Points in groups, which the tests of clustering share."""

from __future__ import annotations

import numpy as np

from encodenet_core.clustering import Clusters, cluster_classes
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
