from __future__ import annotations

import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from encodenet_core.config import EncodeNetConfig
from encodenet_core.data.dataset import Dataset
from encodenet_core.errors import ConfigError
from encodenet_core.figures.material import Material, gather_material, telling_cache
from encodenet_core.grouping import obtain_inertias
from encodenet_core.models.inference import predict
from encodenet_core.run_result import RunResult
from encodenet_core.stages.cache import StageCache
from encodenet_core.training.watch import keep_silent


def test_the_reconstructions_are_those_of_the_autoencoder_of_the_run(
    material: Material, tiny_result: RunResult
) -> None:
    images = tiny_result.dataset.validation.images
    expected = predict(tiny_result.conversion.autoencoder.model, images)
    np.testing.assert_allclose(material.reconstruct(images), expected, atol=1e-6)


def test_clusters_and_metrics_are_those_of_the_run(material: Material, tiny_result: RunResult) -> None:
    expected = tiny_result.conversion.grouped.grouping
    np.testing.assert_array_equal(material.grouped.grouping.train_ids, expected.train_ids)
    assert material.metrics["seed"] == tiny_result.config.seed
    assert material.clustering_words == "kmeans on baseline embeddings"
    assert material.dataset.train.images.dtype == np.uint8


def test_what_the_cache_holds_is_not_computed_again(
    material: Material, run_folder: Path, tiny_cache: StageCache
) -> None:
    lines: list[str] = []
    gather_material(run_folder, tiny_cache, lines.append)
    assert lines == []


def test_every_stage_that_is_gone_is_told_of_in_one_line(
    material: Material,
    tiny_cache: StageCache,
    tiny_config: EncodeNetConfig,
    tiny_dataset: Dataset,
    tmp_path: Path,
) -> None:
    for stage in tiny_cache.root.glob("baseline-*"):
        if stage.is_dir():
            shutil.copytree(stage, tmp_path / stage.name)
    lines: list[str] = []
    cache = telling_cache(tmp_path, lines.append)
    inertias = obtain_inertias(tiny_config, tiny_dataset, material.baseline, cache)
    assert (
        lines == [f"{stage} is not in {tmp_path}: computing it" for stage in ("inertias", "embedding")][::-1]
    )
    assert inertias == material.inertias


def test_models_of_two_runs_are_refused_in_one_line(
    run_folder: Path, tiny_cache: StageCache, tmp_path: Path
) -> None:
    shutil.copytree(run_folder, tmp_path / "run")
    features = keras.Input((2, 2, 5))
    keras.Model(features, keras.layers.UpSampling2D(4)(features)).save(tmp_path / "run" / "decoder.keras")
    with pytest.raises(ConfigError, match=r"are not of one run: encoder\.keras gives features [^\n]*again$"):
        gather_material(tmp_path / "run", tiny_cache, lambda line: None, keep_silent)


def test_a_folder_without_a_finished_run_is_refused(tiny_cache: StageCache, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"holds no config\.yaml; give the output folder"):
        gather_material(tmp_path, tiny_cache, lambda line: None)
