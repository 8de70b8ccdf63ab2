from __future__ import annotations

import keras
import numpy as np
import pytest

from encodenet_core.data.dataset import Split
from encodenet_core.export.parity import PARITY_IMAGES, compare_with_keras, run_over
from encodenet_core.models.inference import predict

SHAPE = (4, 4, 1)


@pytest.fixture(scope="module")
def model() -> keras.Model:
    keras.utils.set_random_seed(2)
    images = keras.Input(SHAPE)
    return keras.Model(images, keras.layers.Dense(3)(keras.layers.Flatten()(images)))


def split(count: int) -> Split:
    rng = np.random.default_rng(4)
    return Split(rng.integers(0, 256, (count, *SHAPE)).astype(np.uint8), rng.integers(0, 3, count))


def test_the_model_itself_does_not_differ_from_itself(model: keras.Model) -> None:
    parity = compare_with_keras(model, model.predict_on_batch, split(250), whole=False)
    assert (parity.n_images, parity.agreement, parity.test_accuracy) == (PARITY_IMAGES, 1.0, None)
    assert parity.max_difference < 1e-6


def test_the_largest_difference_of_any_logit_of_any_image_is_found(model: keras.Model) -> None:
    test = split(30)

    def run(images: np.ndarray) -> np.ndarray:
        logits = np.array(model.predict_on_batch(images))
        logits[7, 1] += 50
        return logits

    parity = compare_with_keras(model, run, test, whole=False)
    assert parity.n_images == 30
    assert parity.max_difference == pytest.approx(50, rel=1e-4)
    assert parity.agreement in (29 / 30, 1.0)


def test_a_logit_that_is_no_number_is_no_small_difference(model: keras.Model) -> None:
    parity = compare_with_keras(
        model, lambda images: np.full((len(images), 3), np.nan, np.float32), split(5), whole=False
    )
    assert not parity.max_difference < 1e9


def test_accuracies_are_those_of_the_whole_split(model: keras.Model) -> None:
    test = split(300)
    parity = compare_with_keras(
        model, lambda images: np.eye(3, dtype=np.float32)[np.zeros(len(images), int)], test, whole=True
    )
    assert parity.test_accuracy == np.mean(test.labels == 0)
    assert parity.keras_test_accuracy == np.mean(predict(model, test.images).argmax(axis=1) == test.labels)


def test_images_reach_the_model_in_0_to_1(model: keras.Model) -> None:
    highest: list[float] = []

    def run(images: np.ndarray) -> np.ndarray:
        highest.append(float(images.max()))
        return np.zeros((len(images), 3), np.float32)

    assert run_over(run, split(200).images).shape == (200, 3)
    assert 0.9 < max(highest) <= 1
