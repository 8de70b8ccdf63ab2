"""What closes a classifier is taken off and, put back, gives the model's own predictions."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from encodenet_core.errors import ConfigError
from encodenet_core.models.logits import take_closing_off

VECTORS = np.random.default_rng(0).normal(size=(33, 7)).astype(np.float32)


def build(*closing: Any, units: int = 4, activation: str | None = None) -> keras.Model:
    vectors = keras.Input((7,))
    x = layers.Dense(units, activation, name="scores")(layers.Dense(6, activation="relu")(vectors))
    for close in closing:
        x = close(x)
    model = keras.Model(vectors, x, name="probable")
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(size=weights.shape) for weights in model.get_weights()])
    return model


def run(model: keras.Model) -> Any:
    return keras.ops.convert_to_numpy(model(VECTORS, training=False))


CLOSED = {
    "layer": lambda: build(layers.Softmax()),
    "layer over axis 1": lambda: build(layers.Softmax(axis=1)),
    "activation layer": lambda: build(layers.Activation("softmax")),
    "activation of the dense layer": lambda: build(activation="softmax"),
    "operation": lambda: build(keras.ops.softmax),
    "activation function": lambda: build(keras.activations.softmax),
}


@pytest.mark.parametrize("name", CLOSED)
def test_logits_come_out_whose_softmax_is_what_the_model_gave(name: str) -> None:
    model = CLOSED[name]()
    bare, close, _ = take_closing_off(model)
    logits = run(bare)
    assert logits.min() < 0
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(close(logits)), run(model))
    assert bare.count_params() == model.count_params()
    assert bare.layers[-1].name == "scores"
    open_model = build()
    np.testing.assert_array_equal(logits, run(open_model))


OPEN = {
    "logits": lambda: build(),
    "rectified": lambda: build(layers.ReLU()),
    "softmax over the batch": lambda: build(lambda x: keras.ops.softmax(x, axis=0)),
    "logarithms of probabilities": lambda: build(activation="log_softmax"),
}


@pytest.mark.parametrize("name", OPEN)
def test_a_model_without_a_softmax_over_its_classes_stays_as_it_is(name: str) -> None:
    model = OPEN[name]()
    bare, close, _ = take_closing_off(model)
    assert bare is model
    np.testing.assert_array_equal(close(VECTORS), VECTORS)


@pytest.mark.parametrize(
    "model",
    [
        lambda: build(activation="sigmoid"),
        lambda: build(layers.Activation("sigmoid", name="scores_closed")),
        lambda: build(keras.ops.sigmoid),
    ],
    ids=["dense", "layer", "operation"],
)
def test_a_closing_sigmoid_is_refused_by_name(model: Any) -> None:
    with pytest.raises(ConfigError) as refusal:
        take_closing_off(model())
    message = str(refusal.value)
    assert message.startswith("baseline 'probable' ends in the sigmoid of ")
    assert "a logit for each class is expected; end it in a Dense layer without activation" in message
    assert "\n" not in message


ONE_NUMBER = {
    "dense": lambda: build(units=1, activation="sigmoid"),
    "layer": lambda: build(layers.Activation("sigmoid"), units=1),
    "operation": lambda: build(keras.ops.sigmoid, units=1),
    "logit": lambda: build(units=1),
}


@pytest.mark.parametrize("name", ONE_NUMBER)
def test_one_number_for_two_classes_becomes_two_logits_that_predict_the_same(name: str) -> None:
    model = ONE_NUMBER[name]()
    bare, close, tolerance = take_closing_off(model)
    logits = run(bare)
    assert logits.shape == (len(VECTORS), 2)
    assert bare.layers[-1].name == "scores"
    np.testing.assert_array_equal(logits[:, 0], 0)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(close(logits)), run(model), tolerance, tolerance)
    assert np.ptp(logits[:, 1]) > 1


def test_one_number_that_no_dense_layer_gives_goes_through_a_new_one() -> None:
    images = keras.Input((8, 8, 1))
    score = layers.GlobalAveragePooling2D()(layers.Conv2D(1, 3)(images))
    model = keras.Model(images, layers.Activation("sigmoid")(score))
    bare, close, tolerance = take_closing_off(model)
    pixels = np.random.default_rng(2).random((5, 8, 8, 1), np.float32)
    logits = keras.ops.convert_to_numpy(bare(pixels))
    assert logits.shape == (5, 2)
    expected = keras.ops.convert_to_numpy(model(pixels))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(close(logits)), expected, tolerance, tolerance)
