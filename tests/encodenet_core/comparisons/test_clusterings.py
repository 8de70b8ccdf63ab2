from __future__ import annotations

import json
from pathlib import Path

import pytest

from encodenet_core.comparisons.clusterings import (
    CLUSTERINGS,
    ELBOW,
    FIXED_SETUPS,
    LABELS,
    tabulate_clusterings,
)
from encodenet_core.comparisons.comparison import run_comparison
from encodenet_core.comparisons.measurements import Measurement
from encodenet_core.comparisons.paired import Measured
from encodenet_core.comparisons.seed_run import Surroundings
from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import build_config, change_config
from encodenet_core.stages.cache import StageCache
from encodenet_core.training.watch import keep_silent


def conversion(accuracy: float, n_clusters: float, silhouette: float | None) -> dict[str, object]:
    return {
        "scores": {"validation_accuracy": accuracy, "test_accuracy": accuracy},
        "reconstruction": {"mse": 0.03, "explained_variance": 0.2, "retrieval": 0.5},
        "clusters": {"n_clusters": n_clusters, "noise_share": 0.25},
        "silhouette": silhouette,
    }


@pytest.fixture
def measured() -> Measured:
    found = Measured([0, 1])
    for seed in (0, 1):
        gain = seed / 100
        found.add(Measurement(seed, "baseline", {}, {"scores": {"test_accuracy": 0.70 + gain}}))
        found.add(Measurement(seed, ELBOW, {}, {"n_clusters": 3 + seed}))
        found.add(Measurement(seed, "kmeans_1", {}, conversion(0.71 + gain, 10, None)))
        found.add(Measurement(seed, "kmeans_elbow", {}, conversion(0.73 + gain, 30 + 10 * seed, 0.1)))
        found.add(Measurement(seed, "control_training", {}, {"scores": {"test_accuracy": 0.74}, "epochs": 5}))
    found.add(Measurement(0, "hdbscan", {}, conversion(0.72, 14, 0.2)))
    found.add(Measurement(1, "hdbscan", {}, {}, "class 7 has 2 images"))
    return found


def test_every_clustering_is_shown_with_its_own_measures(measured: Measured) -> None:
    table, _ = tabulate_clusterings(build_config({}), measured)
    assert table.rows == (
        ("k-means 1", "10 ±0", "25.0 ±0.0", "-", "0.0300 ±0.0000", "20.0 ±0.0", "50.0 ±0.0"),
        ("k-means elbow", "35 ±7", "25.0 ±0.0", "0.100 ±0.000", "0.0300 ±0.0000", "20.0 ±0.0", "50.0 ±0.0"),
        ("HDBSCAN", "14 ±-", "25.0 ±-", "0.200 ±-", "0.0300 ±-", "20.0 ±-", "50.0 ±-"),
    )
    assert "The elbow of k-means (by seed): 3, 4 clusters a class." in table.notes


def test_accuracies_are_compared_with_controls_and_with_k_means_at_its_elbow(measured: Measured) -> None:
    _, table = tabulate_clusterings(build_config({}), measured)
    headers = [column.header for column in table.columns]
    elbow = headers.index("Δ\nelbow")
    assert {row[0]: row[elbow] for row in table.rows} == {
        "baseline": "-3.00 ±0.00",
        "k-means 1": "-2.00 ±0.00",
        "k-means elbow": "",
        "HDBSCAN": "-1.00 ±-",
        "control A": "+0.50 ±0.71",
    }
    assert "HDBSCAN, seed 1: class 7 has 2 images" in table.notes


def test_setups_name_a_method_and_its_number_of_clusters_and_always_target_clusters() -> None:
    config = build_config({"autoencoder.target": "identity", "clustering.method": "hdbscan"})
    found = {setup: change_config(config, changes) for setup, changes in FIXED_SETUPS.items()}
    assert {setup: (each.clustering.method, each.clustering.n_clusters) for setup, each in found.items()} == {
        **{f"kmeans_{count}": ("kmeans", count) for count in range(1, 9)},
        "cosine_3": ("cosine", 3),
        "hdbscan": ("hdbscan", "auto"),
    }
    assert {each.autoencoder.target for each in found.values()} == {"cluster"}


def test_everything_measured_but_the_elbow_has_a_label() -> None:
    assert set(FIXED_SETUPS) < set(LABELS)
    assert set(CLUSTERINGS.description.references) < set(LABELS)
    assert ELBOW not in LABELS


def test_where_the_baseline_diverges_every_setup_is_recorded_with_that_reason(
    diverging_config: EncodeNetConfig, tiny_cache: StageCache, tmp_path: Path
) -> None:
    surroundings = Surroundings(tiny_cache, keep_silent, lambda line: None)
    run_comparison(CLUSTERINGS, diverging_config, 1, tmp_path, surroundings)
    setups = json.loads((tmp_path / "clusterings.json").read_text(encoding="utf-8"))["setups"]
    assert set(setups) == set(LABELS)
    # What exactly is no number differs from backend to backend.
    (reason,) = {setup["infeasible"]["0"] for setup in setups.values()}
    page = (tmp_path / "tables.md").read_text(encoding="utf-8")
    assert f"- HDBSCAN, seed 0: {reason}" in page
    assert "Not finished" not in page
