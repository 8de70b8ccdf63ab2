"""Where a model is cut by itself, where it can be cut by name, and what is said where it cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import pytest
from keras import layers

from encodenet_core.errors import ConfigError
from encodenet_core.models.cut import find_cut, named_cut


def build(*middle: layers.Layer) -> keras.Model:
    """A first convolution `early`, a second `late`, these layers and a dense layer."""
    first = [layers.Conv2D(4, 3, padding="same", name=name) for name in ("early", "late")]
    return keras.Sequential([keras.Input((8, 8, 2)), *first, *middle, layers.Dense(3, name="logits")])


def build_with_squeezed_channels() -> keras.Model:
    """Its last map is scaled by weights that a pooled branch of it gives, as in EfficientNet."""
    images = keras.Input((8, 8, 2), name="images")
    late = layers.Conv2D(4, 3, name="late")(images)
    gate = layers.Reshape((1, 1, 4))(layers.GlobalAveragePooling2D()(late))
    scaled = layers.Multiply(name="scaled")([late, layers.Conv2D(4, 1, name="gate")(gate)])
    return keras.Model(images, layers.Dense(3, name="logits")(layers.GlobalMaxPooling2D()(scaled)))


def build_with_branches(*, meet: bool) -> keras.Model:
    """Two convolutions of one map, that meet in a map or only after their pooling."""
    images = keras.Input((8, 8, 2), name="images")
    stem = layers.Conv2D(2, 3, name="stem")(images)
    sides = [layers.Conv2D(2, size, padding="same", name=f"side{size}")(stem) for size in (1, 3)]
    if meet:
        pooled = layers.GlobalAveragePooling2D()(layers.Concatenate(name="meeting")(sides))
    else:
        pooled = layers.Concatenate()([layers.GlobalAveragePooling2D()(side) for side in sides])
    return keras.Model(images, layers.Dense(3, name="logits")(pooled))


def build_convolutional() -> keras.Model:
    """No dense layer: the last convolution has a channel for each class, as in SqueezeNet."""
    names = ("early", "late", "classes")
    convolutions = [layers.Conv2D(3, 3, name=name) for name in names]
    return keras.Sequential([keras.Input((8, 8, 2)), *convolutions, layers.GlobalAveragePooling2D()])


CUTS: list[tuple[str, Callable[[], keras.Model], str]] = [
    ("global pooling", lambda: build(layers.GlobalAveragePooling2D()), "late"),
    ("flattening", lambda: build(layers.MaxPooling2D(name="pooled"), layers.Flatten()), "pooled"),
    ("averages of all positions", lambda: build(layers.AveragePooling2D(8), layers.Flatten()), "late"),
    (
        "averages of some positions",
        lambda: build(layers.AveragePooling2D(4, name="pooled"), layers.Flatten()),
        "pooled",
    ),
    ("a maximum of all positions", lambda: build(layers.MaxPooling2D(8, name="m"), layers.Flatten()), "m"),
    (
        "a convolution after pooling",
        lambda: build(
            layers.GlobalAveragePooling2D(keepdims=True), layers.Conv2D(5, 1, name="wide"), layers.Flatten()
        ),
        "late",
    ),
    ("scaled channels", build_with_squeezed_channels, "scaled"),
    ("branches that meet before", lambda: build_with_branches(meet=True), "meeting"),
    ("branches that meet after", lambda: build_with_branches(meet=False), "stem"),
    ("no dense layer", build_convolutional, "late"),
]


@pytest.mark.parametrize(("model", "layer"), [pytest.param(model, cut, id=name) for name, model, cut in CUTS])
def test_the_cut_is_the_last_learnt_map_that_all_later_computation_depends_on(
    model: Callable[[], keras.Model], layer: str
) -> None:
    assert find_cut(model()).layer == layer


def refusal(cut: Callable[..., Any], *arguments: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        cut(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_any_map_that_nothing_goes_around_can_be_named() -> None:
    assert named_cut(build_with_branches(meet=True), "stem").tensor.shape == (None, 6, 6, 2)
    assert named_cut(build_with_branches(meet=True), "meeting").tensor.shape == (None, 6, 6, 4)


def test_an_unknown_name_gets_the_nearest_names() -> None:
    message = refusal(named_cut, build_with_branches(meet=True), "side")
    assert "baseline.cut is 'side', but there is no such layer; did you mean " in message
    assert "'side1'" in message and "'side3'" in message


def test_a_name_like_no_other_gets_the_possible_cuts() -> None:
    message = refusal(named_cut, build_with_branches(meet=True), "xyz")
    assert message.endswith("did you mean 'stem' or 'meeting'?")


@pytest.mark.parametrize(
    ("layer", "part"),
    [
        ("logits", "it gives (None, 3); name a layer that gives a map"),
        ("side1", "'stem' goes around it; name a layer that everything after it depends on"),
        ("images", "nothing is learnt before it"),
    ],
)
def test_a_layer_that_is_no_place_to_cut_is_refused(layer: str, part: str) -> None:
    message = refusal(named_cut, build_with_branches(meet=True), layer)
    assert message.startswith(f"baseline.cut is {layer!r}, but ")
    assert part in message


def test_a_named_cut_needs_weights_after_it() -> None:
    assert "no weights come after the feature map of 'classes'" in refusal(
        named_cut, build_convolutional(), "classes"
    )


def build_with_layer_on_both_sides() -> keras.Model:
    """`shared` is used three times on maps, and `own` between its second and third use."""
    images = keras.Input((8, 8, 2), name="images")
    shared, own = (layers.Conv2D(2, 3, padding="same", name=name) for name in ("shared", "own"))
    x = layers.GlobalAveragePooling2D()(shared(own(shared(shared(images)))))
    return keras.Model(images, layers.Dense(3)(x))


def test_a_layer_is_never_on_both_sides_of_the_cut() -> None:
    model = build_with_layer_on_both_sides()
    assert find_cut(model).tensor is named_cut(model, "shared").tensor
    assert "layer 'shared' is used before and after the feature map of 'own'" in refusal(
        named_cut, model, "own"
    )


def test_paths_around_every_map_are_refused_by_name() -> None:
    images = keras.Input((8, 8, 1), name="images")
    late = layers.Conv2D(2, 3, name="late")(images)
    joined = layers.Concatenate()([layers.Flatten()(late), layers.Flatten()(images)])
    model = keras.Model(images, layers.Dense(2)(joined), name="bypassed")
    message = refusal(find_cut, model)
    assert message.startswith(
        "baseline 'bypassed' has paths around its last feature map, that of 'late', from "
    )


def test_prepared_images_are_no_feature_map() -> None:
    preparations = [layers.Rescaling(2.0), layers.Normalization(mean=[0.5], variance=[1.0]), layers.Flatten()]
    model = keras.Sequential([keras.Input((8, 8, 1)), *preparations, layers.Dense(3)])
    assert "is no image classifier" in refusal(find_cut, model)


def test_a_model_without_weights_after_its_maps_is_refused() -> None:
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Conv2D(3, 3, name="classes"), layers.GlobalAveragePooling2D()]
    )
    assert "cannot be cut: no weights come after the feature map of 'classes'" in refusal(find_cut, model)
