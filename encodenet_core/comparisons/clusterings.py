"""Clusterings compared by retrieval, silhouette and accuracy: what the paper states without numbers.

Section 3.2 tried k-means, HDBSCAN and cosine similarity, and says that k-means was best.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from encodenet_core.clustering import BY_ANGLE
from encodenet_core.comparisons.accuracy_table import CONTROL_LABELS, HEADERS, accuracy_table, how_to_read
from encodenet_core.comparisons.comparison import Comparison
from encodenet_core.comparisons.measurements import Measurement
from encodenet_core.comparisons.paired import Measured
from encodenet_core.comparisons.reconstruction_table import NOTES
from encodenet_core.comparisons.report import Description
from encodenet_core.comparisons.seed_run import SeedRun, Values
from encodenet_core.comparisons.silhouette import Metric, intraclass_silhouette
from encodenet_core.comparisons.tables import MISSING, Column, Labels, Table, number, percent, seed_reasons
from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import change_config
from encodenet_core.embedding import obtain_embedding
from encodenet_core.grouping import obtain_grouping
from encodenet_core.io.plain_arrays import open_array
from encodenet_core.run_result import Conversion

MOST_CLUSTERS = 8
FIXED_COSINE = 3
"""The number of clusters of the paper, where k-means at its elbow may have found another."""

ELBOW, KMEANS_ELBOW, COSINE_ELBOW = "elbow", "kmeans_elbow", "cosine_elbow"

Changes = Mapping[str, Any]


def _clustered(method: str, n_clusters: int | str) -> Changes:
    return {
        "autoencoder.target": "cluster",
        "clustering.method": method,
        "clustering.n_clusters": n_clusters,
    }


FIXED_SETUPS: Mapping[str, Changes] = {
    **{f"kmeans_{count}": _clustered("kmeans", count) for count in range(1, MOST_CLUSTERS + 1)},
    f"cosine_{FIXED_COSINE}": _clustered("cosine", FIXED_COSINE),
    "hdbscan": _clustered("hdbscan", "auto"),
}
"""What each changes in the config; the two at the elbow of k-means are known once that is found."""

LABELS: Labels = {
    "baseline": "baseline",
    **{f"kmeans_{count}": f"k-means {count}" for count in range(1, MOST_CLUSTERS + 1)},
    KMEANS_ELBOW: "k-means elbow",
    f"cosine_{FIXED_COSINE}": f"cosine {FIXED_COSINE}",
    COSINE_ELBOW: "cosine elbow",
    "hdbscan": "HDBSCAN",
    **CONTROL_LABELS,
}


def measure_clusterings(run: SeedRun) -> None:
    """Baseline, the elbow, every clustering, both controls."""
    run.measure_baseline()
    elbow = _measure_elbow(run)
    count = elbow.values.get(
        "n_clusters", "auto"
    )  # where none is found, these cannot run for the same reason
    at_elbow = {KMEANS_ELBOW: _clustered("kmeans", count), COSINE_ELBOW: _clustered("cosine", count)}

    def observe(config: EncodeNetConfig, conversion: Conversion) -> Values:
        return {"silhouette": _silhouette(run, config, conversion)}

    for setup, changes in {**FIXED_SETUPS, **at_elbow}.items():
        run.measure_conversion(setup, changes, observe)
    run.measure_controls(list(FIXED_SETUPS.values()))


def _measure_elbow(run: SeedRun) -> Measurement:
    """How many clusters a class k-means finds by itself; nothing is trained for it."""
    config = change_config(run.config, _clustered("kmeans", "auto"))

    def compute() -> Values:
        grouped = obtain_grouping(config, run.dataset, run.baseline, run.surroundings.cache)
        return {"n_clusters": int(grouped.facts["elbow"])}

    return run.measure(ELBOW, config, compute, {"kind": ELBOW})


def _silhouette(run: SeedRun, config: EncodeNetConfig, conversion: Conversion) -> float | None:
    folder = obtain_embedding(config, run.dataset, run.baseline, run.surroundings.cache)
    embeddings = open_array(folder, "train")
    cluster_ids = conversion.grouped.grouping.train_ids
    metric: Metric = "cosine" if config.clustering.method in BY_ANGLE else "euclidean"
    return intraclass_silhouette(embeddings, run.dataset.train.labels, cluster_ids, metric, config.seed)


def tabulate_clusterings(config: EncodeNetConfig, measured: Measured) -> list[Table]:
    """How good the clusterings are for themselves, and how accurate EncodeNet gets with each."""
    references = {**HEADERS, KMEANS_ELBOW: "elbow"}
    accuracies = accuracy_table("EncodeNet by clustering", measured, LABELS, references, {})
    against_elbow = "elbow: EncodeNet with k-means at its elbow."
    return [
        _table_of_clusterings(measured).with_notes([_elbow_found(measured), *NOTES[1:], *_SILHOUETTE]),
        accuracies.with_notes([*how_to_read(measured), against_elbow, *seed_reasons(measured, LABELS)]),
    ]


def _elbow_found(measured: Measured) -> str:
    counts = [f"{count:.0f}" for count in measured.numbers(ELBOW, "n_clusters").values()]
    by_seed = " (by seed)" if len(counts) > 1 else ""
    return f"The elbow of k-means{by_seed}: {', '.join(counts) or MISSING} clusters a class."


_SILHOUETTE = (
    "Silhouette: of the training images in the clusters of their class, averaged over classes, in the metric "
    "of the method; noise counts to the cluster it was handed to. A single cluster has none.",
)


def _table_of_clusterings(measured: Measured) -> Table:
    columns = (
        Column("clustering"),
        Column("clusters\nin all"),
        Column("noise\n%"),
        Column("silhouette"),
        Column("mse", wide=True),
        Column("explained\nvariance %"),
        Column("retrieval\n%"),
    )
    rows = [
        (
            label,
            number(measured.numbers(setup, "clusters.n_clusters"), 0),
            percent(measured.numbers(setup, "clusters.noise_share"), 1),
            number(measured.numbers(setup, "silhouette"), 3),
            number(measured.numbers(setup, "reconstruction.mse"), 4),
            percent(measured.numbers(setup, "reconstruction.explained_variance"), 1),
            percent(measured.numbers(setup, "reconstruction.retrieval"), 1),
        )
        for setup, label in LABELS.items()
        if measured.numbers(setup, "clusters.n_clusters")
    ]
    return Table("Clusterings", columns, tuple(rows))


CLUSTERINGS = Comparison(
    Description(
        "clusterings",
        "encodenet compare-clusterings",
        "The clusterings of section 3.2 compared",
        LABELS,
        [*HEADERS, KMEANS_ELBOW],
    ),
    measure_clusterings,
    tabulate_clusterings,
)
