"""Calls come in the order of computation, those of inner models in their place."""

from __future__ import annotations

import keras
import pytest
from keras import layers

from encodenet_core.models.graph import calls_of_layers, is_graph, learns, ordered_calls


def build_nested() -> keras.Model:
    """Two paths from the images, one through a model inside, that are added; a dense layer used twice."""
    images = keras.Input((4, 4, 1), name="images")
    inner = keras.Sequential(
        [keras.Input((4, 4, 1), name="inner_images"), layers.Conv2D(2, 1, name="inner")], name="model_inside"
    )
    joined = layers.Add(name="sum")([layers.Conv2D(2, 1, name="outer")(images), inner(images)])
    twice = layers.Dense(32, name="twice")
    return keras.Model(images, twice(twice(layers.Flatten(name="flat")(joined))))


def names(calls: object) -> list[str]:
    return [call.operation.name for call in calls]  # type: ignore[attr-defined]


def test_every_call_comes_once_and_after_those_that_it_depends_on() -> None:
    calls = ordered_calls(build_nested().outputs)
    assert sorted(names(calls)) == ["flat", "images", "model_inside", "outer", "sum", "twice", "twice"]
    known: set[int] = set()
    for call in calls:
        assert {id(tensor) for tensor in call.input_tensors} <= known
        known |= {id(tensor) for tensor in call.output_tensors}


def test_the_layers_of_an_inner_model_stand_in_its_place() -> None:
    received = names(calls_of_layers(build_nested().outputs))
    assert sorted(received) == ["flat", "images", "inner", "inner_images", "outer", "sum", "twice", "twice"]
    assert received.index("inner") < received.index("sum")


def test_a_very_deep_model_is_walked_without_recursion() -> None:
    x = keras.Input((2,))
    for _ in range(1001):
        x = layers.Identity()(x)
    assert len(ordered_calls([x])) == 1002


class Subclassed(keras.Model):
    pass


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (keras.Sequential([keras.Input((2,))]), True),
        (build_nested(), True),
        (Subclassed(), False),
        (layers.Dense(2), False),
    ],
    ids=["sequential", "functional", "subclassed", "layer"],
)
def test_functional_and_sequential_models_have_a_graph(operation: object, expected: bool) -> None:
    assert is_graph(operation) is expected


def test_what_has_weights_learns_even_where_it_is_frozen_and_statistics_of_images_do_not() -> None:
    model = build_nested()
    model.trainable = False
    assert [name for name in names(ordered_calls(model.outputs)) if learns(model.get_layer(name))] == [
        *(["outer", "model_inside"] if model.layers[1].name == "outer" else ["model_inside", "outer"]),
        "twice",
        "twice",
    ]
    normalization = layers.Normalization()
    normalization.build((None, 4, 4, 1))
    assert normalization.weights
    assert not learns(normalization)
    assert not learns(keras.Sequential([keras.Input((4, 4, 1)), normalization]))
