from __future__ import annotations

import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from encodenet_core.errors import ConfigError
from encodenet_core.models.inference import predict
from encodenet_core.run_result import RunResult
from encodenet_core.runs.explanation import Explainer, open_explainer
from encodenet_core.runs.representatives import Representatives, save_representatives


def passing(shape: tuple[int, ...]) -> keras.Model:
    images = keras.Input(shape)
    return keras.Model(images, keras.layers.Identity()(images))


def test_the_conversion_is_compared_with_the_nearest_representative_of_the_predicted_class() -> None:
    levels = [0, 100, 200, 255]
    images = np.stack([np.full((2, 2, 1), level, np.uint8) for level in levels])
    explainer = Explainer(
        passing((2, 2, 1)), passing((2, 2, 1)), Representatives(images, np.array([0, 0, 1, 1]))
    )
    given = np.full((2, 2, 2, 1), 60, np.uint8)
    of_zero, of_one = explainer.explain(given, [0, 1])
    assert np.unique(of_zero.representative).tolist() == [100]
    assert np.unique(of_one.representative).tolist() == [200]
    assert of_zero.mse == pytest.approx((40 / 255) ** 2)
    assert of_one.mse == pytest.approx((140 / 255) ** 2)
    assert (of_zero.nearest_label, of_one.nearest_label) == (0, 0)


def test_a_run_explains_with_its_own_autoencoder(finished_run: Path, tiny_result: RunResult) -> None:
    images, labels = tiny_result.dataset.validation.images, tiny_result.dataset.validation.labels
    explained = open_explainer(finished_run).explain(images, labels.tolist())
    conversions = predict(tiny_result.conversion.autoencoder.model, images)
    np.testing.assert_allclose(np.stack([each.conversion for each in explained]), conversions, atol=1e-6)
    hits = np.mean([each.nearest_label == label for each, label in zip(explained, labels, strict=True)])
    assert hits == pytest.approx(tiny_result.conversion.reconstruction.retrieval)


def test_parts_of_different_runs_are_refused(finished_run: Path, tmp_path: Path) -> None:
    shutil.copytree(finished_run, tmp_path / "copy")
    save_representatives(Representatives(np.zeros((2, 9, 9, 1), np.uint8), np.arange(2)), tmp_path / "copy")
    with pytest.raises(ConfigError, match=r"not of one run: [^\n]*\(8, 8, 1\)[^\n]*\(9, 9, 1\); train"):
        open_explainer(tmp_path / "copy")
