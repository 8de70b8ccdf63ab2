from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import keras
import numpy as np
import pytest

from encodenet_core.config import ClusteringMethod, EncodeNetConfig
from encodenet_core.config_conversion import Target
from encodenet_core.config_values import build_config, flatten
from encodenet_core.data.dataset import load_dataset
from encodenet_core.models.inference import predict
from encodenet_core.models.split import split_classifier
from encodenet_core.pipeline import convert, run_pipeline
from encodenet_core.run_result import RunResult
from encodenet_core.runs.opening import evaluate_folder
from encodenet_core.runs.saving import metrics_of, save_result
from encodenet_core.stages.cache import StageCache


def changed(config: EncodeNetConfig, change: Mapping[str, Any]) -> EncodeNetConfig:
    return build_config({**flatten(config.model_dump()), **change})


def without_times(metrics: Mapping[str, Any]) -> dict[str, Any]:
    stages = {name: {**spent, "seconds": None} for name, spent in metrics["stages"].items()}
    return {**metrics, "stages": stages}


def test_every_epoch_is_reported_in_the_order_of_the_paper(
    tiny_result: RunResult, tiny_reports: list[tuple[str, int, int]]
) -> None:
    fits = {"baseline": 4, "autoencoder": 1, "classifier": 3, "control_training": 3, "control_features": 3}
    assert tiny_reports == [
        (stage, epoch + 1, epochs) for stage, epochs in fits.items() for epoch in range(epochs)
    ]


@pytest.mark.parametrize(
    ("target", "method", "n_targets"), [("identity", "hdbscan", 120), ("class", "cosine", 10)]
)
def test_the_other_target_modes_and_clustering_methods_run(
    target: str, method: str, n_targets: int, tiny_result: RunResult, tiny_cache: StageCache
) -> None:
    change = {"autoencoder.target": target, "clustering.method": method, "classifier.training.epochs": 1}
    config = changed(tiny_result.config, change)
    conversion = convert(config, tiny_result.dataset, tiny_result.baseline, tiny_cache)
    assert conversion.reconstruction.n_targets == n_targets
    assert np.isfinite(dataclasses.astuple(conversion.reconstruction)).all()
    assert conversion.encodenet.model.count_params() == tiny_result.baseline.model.count_params()
    classes = conversion.grouped.grouping.classes
    assert set(classes) == set(range(10))
    assert conversion.grouped.facts["n_clusters"] == len(classes)


def test_together_with_the_tiny_run_every_target_mode_and_clustering_method_ran(
    tiny_result: RunResult,
) -> None:
    assert {tiny_result.config.autoencoder.target, "identity", "class"} == set(get_args(Target))
    assert {tiny_result.config.clustering.method, "hdbscan", "cosine"} == set(get_args(ClusteringMethod))
    assert tiny_result.conversion.reconstruction.n_targets == 20


def save_nested_model(path: Path) -> None:
    """Pixels in 0..255 to probabilities; the maps `early` and `late` are inside an inner model."""
    keras.utils.set_random_seed(9)
    inner_images = keras.Input((8, 8, 1))
    early = keras.layers.Conv2D(6, 3, activation="relu", padding="same", name="early")(inner_images)
    late = keras.layers.BatchNormalization()(keras.layers.Conv2D(8, 3, strides=2, padding="same")(early))
    inner = keras.Model(inner_images, keras.layers.ReLU(name="late")(late), name="inner")
    images = keras.Input((8, 8, 1))
    x = inner(keras.layers.Rescaling(1 / 255)(images))
    x = keras.layers.Dropout(0.2)(keras.layers.GlobalAveragePooling2D()(x))
    x = keras.layers.Dense(12, activation="relu")(x)
    keras.Model(images, keras.layers.Dense(10, activation="softmax")(x)).save(path)


@pytest.mark.parametrize(
    ("cut", "feature_shape"),
    [(None, (4, 4, 8)), pytest.param("inner/early", (8, 8, 6), marks=pytest.mark.slow)],
)
def test_a_nested_model_with_a_softmax_and_other_pixels_goes_all_the_way(
    cut: str | None, feature_shape: tuple[int, ...], tiny_config: EncodeNetConfig, tmp_path: Path
) -> None:
    save_nested_model(tmp_path / "given.keras")
    change = {
        "baseline.model": str(tmp_path / "given.keras"),
        "baseline.cut": cut,
        "baseline.pixel_range": [0, 255],
        "autoencoder.encoder_init": "random" if cut else "baseline",
    }
    config = changed(tiny_config, change)
    dataset = load_dataset(config.dataset, config.seed)
    result = run_pipeline(config, dataset, StageCache(tmp_path / "cache"))
    assert result.baseline.parts.feature_extractor.output_shape == (None, *feature_shape)
    metrics = save_result(result, tmp_path / "results")
    assert metrics["cut"] == (cut or "late").removeprefix("inner/")
    given = keras.saving.load_model(tmp_path / "given.keras")
    for name in ("baseline", "control_training", "control_features", "encodenet"):
        assert metrics[name]["parameters"] == given.count_params()
    right = predict(given, np.asarray(dataset.test.images, np.float32)).argmax(axis=1) == dataset.test.labels
    assert metrics["baseline"]["test_accuracy"] == pytest.approx(right.mean(), abs=0.01)
    encoder = split_classifier(result.conversion.encodenet.model, result.baseline.cut).feature_extractor
    frozen, fitted = (
        predict(each, dataset.test.images) for each in (encoder, result.conversion.autoencoder.encoder)
    )
    np.testing.assert_array_equal(frozen, fitted)
    assert evaluate_folder(tmp_path / "results") == metrics["encodenet"]


def test_a_conversion_is_the_same_each_time(tiny_result: RunResult, tiny_cache: StageCache) -> None:
    again = convert(tiny_result.config, tiny_result.dataset, tiny_result.baseline, tiny_cache)
    assert again.scores == tiny_result.conversion.scores
    assert again.reconstruction == tiny_result.conversion.reconstruction
    assert again.autoencoder.losses == tiny_result.conversion.autoencoder.losses


@pytest.mark.slow
def test_the_same_seed_gives_the_same_metrics_and_another_seed_others(
    tiny_result: RunResult, tmp_path: Path
) -> None:
    expected = without_times(metrics_of(tiny_result))
    again = run_pipeline(tiny_result.config, tiny_result.dataset, StageCache(tmp_path / "again"))
    assert without_times(metrics_of(again)) == expected
    config = changed(tiny_result.config, {"seed": 1})
    other = without_times(
        metrics_of(run_pipeline(config, tiny_result.dataset, StageCache(tmp_path / "other")))
    )
    assert other["dataset"] == expected["dataset"]
    for model in ("baseline", "control_training", "control_features", "encodenet"):
        assert other[model]["test_cross_entropy"] != expected[model]["test_cross_entropy"]
    assert other["reconstruction"]["mse"] != expected["reconstruction"]["mse"]
