"""Intraclass clusters of both splits, each computed once for its settings and kept as a stage."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from encodenet_core.baseline import Baseline
from encodenet_core.clustering import assign_clusters, cluster_classes, inertia_curves
from encodenet_core.config import SELF_COUNTING_METHODS, EncodeNetConfig
from encodenet_core.data import Dataset
from encodenet_core.embedding import EMBEDDING_MACS, embed
from encodenet_core.files import modification_time
from encodenet_core.stages import StageCache
from encodenet_core.targets import Grouping


@dataclass(frozen=True)
class EmbeddingSpend:
    """Wall-clock seconds and multiply-accumulates that embedding both splits took."""

    seconds: float
    macs: int


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
        vectors = _load(embedding, "train")
        clusters = cluster_classes(vectors, dataset.train.labels, config.clustering, config.seed)
        validation_ids = assign_clusters(clusters, _load(embedding, "validation"), dataset.validation.labels)
        _save(folder, "train_ids", clusters.cluster_ids)
        _save(folder, "validation_ids", validation_ids)
        _save(folder, "core", clusters.core)
        _save(folder, "classes", clusters.classes)
        facts = {"facts": dict(clusters.facts), "seconds": perf_counter() - started}
        (folder / "facts.json").write_text(json.dumps(facts))

    section = config.clustering.model_dump(mode="json")
    if config.clustering.method in SELF_COUNTING_METHODS:
        section.pop("n_clusters")
    inputs = {"embedding": embedding.name, "clustering": section, "seed": config.seed}
    folder = cache.obtain("clusters", inputs, build)
    known = json.loads((folder / "facts.json").read_text())
    grouping = Grouping(
        train_ids=_load(folder, "train_ids"),
        validation_ids=_load(folder, "validation_ids"),
        classes=_load(folder, "classes"),
        entropies=baseline.train_entropies,
        correct=np.asarray(baseline.train_logits.argmax(axis=1) == dataset.train.labels),
        core=_load(folder, "core"),
    )
    spent = json.loads((embedding / "facts.json").read_text())
    return GroupedImages(grouping, known["facts"], EmbeddingSpend(**spent), known["seconds"])


def obtain_inertias(
    config: EncodeNetConfig, dataset: Dataset, baseline: Baseline, cache: StageCache
) -> list[list[float]]:
    """The elbow curve of every class (figure 3), as a stage of its own, because the sweep takes minutes.

    Raises:
        DataError: the weights of the embedding cannot be read.
    """
    embedding = obtain_embedding(config, dataset, baseline, cache)

    def build(folder: Path) -> None:
        vectors = _load(embedding, "train")
        curves = inertia_curves(vectors, dataset.train.labels, config.clustering, config.seed)
        (folder / "inertias.json").write_text(json.dumps(curves))

    inputs = {"embedding": embedding.name, "method": config.clustering.method, "seed": config.seed}
    curves: list[list[float]] = json.loads(
        (cache.obtain("inertias", inputs, build) / "inertias.json").read_text()
    )
    return curves


def obtain_embedding(
    config: EncodeNetConfig, dataset: Dataset, baseline: Baseline, cache: StageCache
) -> Path:
    """The stage that holds the vectors to cluster of both splits, `train.npy` and `validation.npy`.

    Raises:
        DataError: the weights of the extractor cannot be read.
    """

    def build(folder: Path) -> None:
        started = perf_counter()
        splits = [dataset.train.images, dataset.validation.images]
        train, validation = embed(config.embedding, splits, baseline.parts.feature_extractor, config.seed)
        _save(folder, "train", train)
        _save(folder, "validation", validation)
        seconds = perf_counter() - started
        count = EMBEDDING_MACS[config.embedding.extractor]
        per_image = count(baseline.parts.feature_extractor, dataset.image_shape)
        spend = EmbeddingSpend(seconds, per_image * (len(train) + len(validation)))
        (folder / "facts.json").write_text(json.dumps(asdict(spend)))

    weights = config.embedding.weights
    inputs = {
        "dataset": dataset.fingerprint,
        "embedding": config.embedding.model_dump(mode="json"),
        "weights_modified": cache.identify("embedding.weights", weights, lambda: modification_time(weights)),
        "baseline": baseline.key if config.embedding.extractor == "baseline" else "",
        "seed": config.seed,
    }
    return cache.obtain("embedding", inputs, build)


def _save(folder: Path, name: str, array: np.ndarray[Any, Any]) -> None:
    np.save(folder / f"{name}.npy", array, allow_pickle=False)


def _load(folder: Path, name: str) -> np.ndarray[Any, Any]:
    array: np.ndarray[Any, Any] = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    return array
