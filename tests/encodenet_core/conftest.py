"""One tiny run of the whole pipeline on 150 digits, shared by the tests that look at its parts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

from encodenet_core.baseline import Baseline, obtain_baseline
from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import build_config
from encodenet_core.data.dataset import Dataset, load_dataset
from encodenet_core.pipeline import run_pipeline
from encodenet_core.run_result import RunResult
from encodenet_core.runs.saving import save_result
from encodenet_core.stages.cache import StageCache
from encodenet_core.training.watch import keep_silent

TINY = {
    "dataset.limit": 150,
    "clustering.n_clusters": 2,
    "baseline.training.epochs": 4,
    "baseline.training.batch_size": 16,
    "autoencoder.training.epochs": 1,
    "classifier.training.epochs": 3,
}
"""12 training and 3 validation images of each digit, 2 clusters a class, a few epochs."""


@pytest.fixture(scope="session")
def tiny_config() -> EncodeNetConfig:
    return build_config(TINY)


@pytest.fixture(scope="session")
def tiny_settings() -> list[str]:
    """The tiny config as arguments of `encodenet train`."""
    return [f"--set={path}={value}" for path, value in TINY.items()]


@pytest.fixture(scope="session")
def tiny_dataset(tiny_config: EncodeNetConfig) -> Dataset:
    return load_dataset(tiny_config.dataset, tiny_config.seed)


@pytest.fixture(scope="session")
def tiny_cache(tmp_path_factory: pytest.TempPathFactory) -> StageCache:
    """Holds the stages of the tiny run."""
    return StageCache(tmp_path_factory.mktemp("tiny-cache"))


@pytest.fixture(scope="session")
def tiny_reports() -> list[tuple[str, int, int]]:
    """Stage, epoch and epochs of everything that the tiny run reported, in order."""
    return []


@pytest.fixture(scope="session")
def tiny_result(
    tiny_config: EncodeNetConfig,
    tiny_dataset: Dataset,
    tiny_cache: StageCache,
    tiny_reports: list[tuple[str, int, int]],
) -> RunResult:
    def report(stage: str, epoch: int, epochs: int, values: Mapping[str, float]) -> bool:
        tiny_reports.append((stage, epoch, epochs))
        return True

    return run_pipeline(tiny_config, tiny_dataset, tiny_cache, report)


@pytest.fixture(scope="session")
def finished_run(tiny_result: RunResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tiny run; who changes it makes a copy."""
    folder = tmp_path_factory.mktemp("finished-run")
    save_result(tiny_result, folder)
    return folder


@pytest.fixture(scope="session")
def digits_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packaged digits as an `.npz` file."""
    digits = load_digits()
    path = tmp_path_factory.mktemp("archive") / "same-digits.npz"
    np.savez(path, x_train=digits.images / 16, y_train=digits.target)
    return path


@pytest.fixture(scope="session")
def adapted_config(tmp_path_factory: pytest.TempPathFactory) -> EncodeNetConfig:
    """Names a given classifier of digits whose two Normalization layers were adapted, far from 0 and 1."""
    keras.utils.set_random_seed(77)
    rng = np.random.default_rng(77)
    of_images, of_features = keras.layers.Normalization(), keras.layers.Normalization()
    of_images.adapt(rng.normal(0.4, 0.2, (50, 8, 8, 1)))
    of_features.adapt(rng.normal(0.3, 0.5, (50, 6)))
    images = keras.Input((8, 8, 1))
    features = keras.layers.Conv2D(6, 3, strides=2, padding="same", activation="relu")(of_images(images))
    pooled = of_features(keras.layers.GlobalAveragePooling2D()(features))
    path = tmp_path_factory.mktemp("adapted") / "adapted.keras"
    keras.Model(images, keras.layers.Dense(10)(pooled)).save(path)
    return build_config({**TINY, "baseline.model": str(path)})


@pytest.fixture(scope="session")
def adapted_baseline(
    adapted_config: EncodeNetConfig, tiny_dataset: Dataset, tiny_cache: StageCache
) -> Baseline:
    return obtain_baseline(adapted_config, tiny_dataset, tiny_cache, keep_silent)
