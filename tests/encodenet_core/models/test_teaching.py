"""A teacher beside a student changes neither itself nor what it says."""

from __future__ import annotations

import keras
import numpy as np

from encodenet_core.models.inference import predict
from encodenet_core.models.teaching import Frozen, side_by_side


def build_teacher() -> keras.Model:
    images = keras.Input((4, 4, 1))
    x = keras.layers.Flatten()(images)
    x = keras.layers.BatchNormalization()(keras.layers.Dense(5)(x))
    return keras.Model(images, keras.layers.Dropout(0.5, seed=1)(x))


def test_a_teacher_is_frozen_and_never_in_training_mode() -> None:
    teacher, images = build_teacher(), np.random.default_rng(0).random((6, 4, 4, 1), np.float32)
    expected, before = predict(teacher, images), [np.array(each) for each in teacher.get_weights()]
    inputs = keras.Input((4, 4, 1))
    own = keras.layers.Dense(5)(keras.layers.Flatten()(inputs))
    both = keras.Model(inputs, side_by_side(own, Frozen(teacher)(inputs)))
    np.testing.assert_allclose(both(images, training=True)[:, 5:], expected, atol=1e-6)
    assert len(both.trainable_weights) == 2
    both.compile("sgd", "mse")
    both.train_on_batch(images, np.ones((6, 10), np.float32))
    for received, kept in zip(teacher.get_weights(), before, strict=True):
        np.testing.assert_array_equal(received, kept)


def test_tensors_lie_flat_and_one_after_the_other() -> None:
    maps, vectors = np.arange(8.0).reshape(1, 2, 2, 2), np.array([[100.0]])
    assert np.array(side_by_side(maps, vectors)).tolist() == [[*range(8), 100]]
