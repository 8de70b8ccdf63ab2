from __future__ import annotations

from typing import Any, ClassVar

import keras
import numpy as np
import pytest

from encodenet_core.models.inference import evaluation_batches, predict


def test_prediction_runs_over_every_image_in_inference_mode() -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dropout(0.9), keras.layers.Rescaling(2.0)])
    inputs = np.arange(600, dtype=np.float32).reshape(300, 2)
    assert len(evaluation_batches(inputs)) == 3
    np.testing.assert_array_equal(predict(model, inputs), 2 * inputs)


def test_larger_images_are_predicted_fewer_at_a_time_because_their_activations_are_larger() -> None:
    def sizes(n_images: int, *shape: int) -> list[int]:
        images = np.broadcast_to(np.uint8(0), (n_images, *shape))
        return [len(images[batch]) for batch in evaluation_batches(images)]

    assert sizes(300, 32, 32, 3) == sizes(300, 8, 8, 1) == sizes(300, 64) == [128, 128, 44]
    assert sizes(40, 64, 128, 3) == [16, 16, 8]
    assert sizes(2, 512, 512, 3) == [1, 1]


def test_many_models_in_a_row_are_predicted_by_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(30):
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
        for size in (5, 4, 3):
            predict(model, np.ones((size, 2), np.float32))
    assert not caplog.records


class GradientWitness(keras.layers.Layer):
    """Sees whether what comes in was recorded for gradients, as PyTorch does unless it is told not to."""

    recorded: ClassVar[list[bool]] = []

    def call(self, inputs: Any) -> Any:
        self.recorded.append(getattr(inputs, "requires_grad", False))
        return inputs


def test_prediction_keeps_nothing_for_gradients() -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3), GradientWitness()])
    GradientWitness.recorded.clear()
    predict(model, np.ones((5, 2), np.float32))
    assert GradientWitness.recorded == [False]
