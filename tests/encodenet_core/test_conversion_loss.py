"""What counts in the autoencoder stage, by weights worked out by hand."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from encodenet_core.config_values import change_config
from encodenet_core.conversion_loss import conversion_loss
from encodenet_core.run_result import RunResult
from encodenet_core.training.losses import TaughtCrossEntropy


def terms(result: RunResult, stage: Any = "autoencoder", **changes: Any) -> tuple[Any, Any]:
    config = change_config(result.config, {f"autoencoder.{name}": value for name, value in changes.items()})
    training = config.autoencoder.training
    return conversion_loss(config, stage, training, result.dataset, result.conversion.targets.train)


def test_conversion_alone_is_the_papers_squared_error(tiny_result: RunResult) -> None:
    loss, targets_of = terms(tiny_result)
    assert isinstance(loss, keras.losses.MeanSquaredError)
    indices = np.array([3, 5])
    np.testing.assert_array_equal(targets_of(indices), tiny_result.conversion.targets.train(indices))


def test_two_terms_have_two_targets_and_their_weights(tiny_result: RunResult) -> None:
    losses, targets_of = terms(tiny_result, classification_weight=3.0, reconstruction_weight=10.0)
    images, labels = targets_of(np.array([0, 1, 2]))
    assert images.shape == (3, 8, 8, 1)
    np.testing.assert_array_equal(labels.argmax(axis=1), tiny_result.dataset.train.labels[:3])
    by_pixels = losses[0](np.zeros((2, 4)), np.full((2, 4), 0.5))
    assert float(by_pixels) == pytest.approx(10 * 0.25)
    by_classes = losses[1](np.eye(4, dtype=np.float32), np.zeros((4, 4), np.float32))
    assert float(by_classes) == pytest.approx(3 * np.log(4), rel=1e-5)


def test_without_conversion_the_classes_are_all_that_is_learnt(tiny_result: RunResult) -> None:
    loss, targets_of = terms(tiny_result, classification_weight=1.0, reconstruction_weight=0.0)
    assert isinstance(loss, keras.losses.CategoricalCrossentropy)
    assert targets_of(np.array([0, 1])).shape == (2, 10)


def test_a_teacher_takes_the_place_of_labels(tiny_result: RunResult) -> None:
    changes = {"classification_weight": 1.0, "classification_target": "teacher"}
    losses, _ = terms(tiny_result, **changes)
    assert isinstance(losses[1], TaughtCrossEntropy)


def test_labels_are_smoothed_where_the_recipe_of_the_baseline_says_so(tiny_result: RunResult) -> None:
    changes = {"classification_weight": 1.0, "reconstruction_weight": 0.0}
    hard, smooth = (
        terms(tiny_result, stage, **changes)[1](np.array([0])).max() for stage in ("autoencoder", "baseline")
    )
    assert (hard, smooth) == (1.0, pytest.approx(0.91))
