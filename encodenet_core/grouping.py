"""Intraclass clusters of both splits, each computed once for its settings and kept as a stage."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from encodenet_core.baseline import Baseline
from encodenet_core.clustering import assign_clusters, cluster_classes, inertia_curves
from encodenet_core.config import SELF_COUNTING_METHODS, EncodeNetConfig
from encodenet_core.data.dataset import Dataset
from encodenet_core.embedding import EmbeddingSpend, obtain_embedding
from encodenet_core.io.plain_arrays import open_array, save_array
from encodenet_core.stages.cache import Stage, StageCache
from encodenet_core.stages.contents import read_facts, write_facts

CLUSTERS = Stage("clusters", version=1)
INERTIAS = Stage("inertias", version=1)


@dataclass(frozen=True, eq=False)
class GroupedImages:
    """The clusters, what `Clusters.facts` tells of them, and what finding them took."""

    grouping: Grouping
    facts: dict[str, float]
    embedding: EmbeddingSpend
    clustering_seconds: float


def obtain_grouping(
    config: EncodeNetConfig, dataset: Dataset, baseline: Baseline, cache: StageCache
) -> GroupedImages:
    """Embed the images, cluster each class, and send validation images to their nearest cluster.

    Raises:
        DataError: the weights of the embedding cannot be read.
        InfeasibleConfig: a class has fewer images than it should have clusters.
    """
    embedding = obtain_embedding(config, dataset, baseline, cache)

    def build(folder: Path) -> None:
        started = perf_counter()
        train, validation = (open_array(embedding, split) for split in ("train", "validation"))
        clusters = cluster_classes(train, dataset.train.labels, config.clustering, config.seed)
        validation_ids = assign_clusters(clusters, validation, dataset.validation.labels)
        save_array(folder, "train_ids", clusters.cluster_ids)
        save_array(folder, "validation_ids", validation_ids)
        save_array(folder, "core", clusters.core)
        save_array(folder, "classes", clusters.classes)
        write_facts(folder, {"facts": dict(clusters.facts), "seconds": perf_counter() - started})

    section = config.clustering.model_dump(mode="json")
    if config.clustering.method in SELF_COUNTING_METHODS:
        section.pop("n_clusters")
    inputs = {"embedding": embedding.name, "clustering": section, "seed": config.seed}
    folder = cache.obtain(CLUSTERS, inputs, build)
    facts = read_facts(folder)
    grouping = Grouping(
        train_ids=open_array(folder, "train_ids"),
        validation_ids=open_array(folder, "validation_ids"),
        classes=open_array(folder, "classes"),
        entropies=baseline.train_entropies,
        correct=np.asarray(baseline.train_logits.argmax(axis=1) == dataset.train.labels),
        core=open_array(folder, "core"),
    )
    return GroupedImages(grouping, facts["facts"], EmbeddingSpend(**read_facts(embedding)), facts["seconds"])


def obtain_inertias(
    config: EncodeNetConfig, dataset: Dataset, baseline: Baseline, cache: StageCache
) -> list[list[float]]:
    """The elbow curve of every class (figure 3), as a stage of its own, because the sweep takes minutes.

    Raises:
        DataError: the weights of the embedding cannot be read.
    """
    embedding = obtain_embedding(config, dataset, baseline, cache)

    def build(folder: Path) -> None:
        vectors = open_array(embedding, "train")
        curves = inertia_curves(vectors, dataset.train.labels, config.clustering, config.seed)
        write_facts(folder, curves, "inertias.json")

    inputs = {"embedding": embedding.name, "method": config.clustering.method, "seed": config.seed}
    curves: list[list[float]] = read_facts(cache.obtain(INERTIAS, inputs, build), "inertias.json")
    return curves


@dataclass(frozen=True, eq=False)
class Grouping:
    """The clusters of both splits, and how confidently the baseline classifies the training images.

    Attributes:
        train_ids: `(n_train,)` cluster of each training image, unique across classes.
        validation_ids: `(n_validation,)`, the nearest cluster of the image's own class.
        classes: `(n_clusters,)`, the class of each cluster.
        entropies: `(n_train,)` nats.
        correct: `(n_train,)`, whether the baseline classifies the image correctly.
        core: `(n_train,)`, False for noise that was handed to the nearest cluster.
    """

    train_ids: NDArray[np.int64]
    validation_ids: NDArray[np.int64]
    classes: NDArray[np.int64]
    entropies: NDArray[np.float64]
    correct: NDArray[np.bool_]
    core: NDArray[np.bool_]


def whole_classes(dataset: Dataset, grouping: Grouping) -> Grouping:
    """One cluster a class, in which no image is noise."""
    return replace(
        grouping,
        train_ids=dataset.train.labels,
        validation_ids=dataset.validation.labels,
        classes=np.arange(dataset.num_classes),
        core=np.ones_like(grouping.core),
    )
