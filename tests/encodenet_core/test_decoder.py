"""Every decoder of the search space gives images, can be trained, and costs what was counted for it."""

from __future__ import annotations

from itertools import cycle, product
from pathlib import Path
from typing import Any, get_args

import keras
import numpy as np
import pytest

from encodenet_core.config import Convolution, DecoderConfig, Upsampling, Widths
from encodenet_core.decoder import (
    CONVOLUTIONS,
    MOST_PARAMETERS,
    UPSAMPLERS,
    build_decoder,
    check_decoder,
    count_decoder,
)
from encodenet_core.decoder_plan import DecoderPlan, Shape, plan_decoder
from encodenet_core.errors import InfeasibleConfig
from encodenet_core.models.macs import count_macs

SHAPES: list[tuple[Shape, Shape]] = [
    ((2, 2, 12), (8, 8, 1)),
    ((2, 3, 12), (12, 18, 3)),
    ((3, 3, 12), (7, 7, 1)),
    ((4, 4, 12), (4, 4, 3)),
    ((1, 1, 12), (6, 6, 1)),
]
# In turn, so that every upsampler meets every shape.
COMBINATIONS = list(zip(product(UPSAMPLERS, CONVOLUTIONS, (1, 2, 3)), cycle(SHAPES), strict=False))
WIDEST = [((1, 1, 512), (32, 32, 3)), ((4, 4, 2048), (32, 32, 3))]
ONE_OF_EACH = list(zip(cycle(UPSAMPLERS), CONVOLUTIONS, strict=False))


def make_plan(config: DecoderConfig, feature_shape: Shape, image_shape: Shape) -> DecoderPlan:
    encoder_widths = {image_shape[0]: 9, feature_shape[0]: feature_shape[2]}
    return plan_decoder(config, feature_shape, image_shape, encoder_widths)


def build(config: DecoderConfig, feature_shape: Shape, image_shape: Shape) -> keras.Model:
    keras.utils.set_random_seed(0)
    return build_decoder(make_plan(config, feature_shape, image_shape), config)


def features_of(shape: Shape, n_samples: int = 3) -> Any:
    return np.random.default_rng(0).normal(size=(n_samples, *shape)).astype(np.float32)


def check_images(decoder: keras.Model, feature_shape: Shape, image_shape: Shape) -> None:
    images = keras.ops.convert_to_numpy(decoder(features_of(feature_shape), training=False))
    assert images.shape == (3, *image_shape)
    assert decoder.output_shape == (None, *image_shape)
    assert np.isfinite(images).all()
    assert images.min() >= 0.0
    assert images.max() <= 1.0
    assert not np.allclose(images[0], images[1]), "different features should give different images"


def trainable_weights(model: keras.Model) -> list[Any]:
    return [np.array(keras.ops.convert_to_numpy(variable)) for variable in model.trainable_variables]


def check_gradients(decoder: keras.Model, feature_shape: Shape, image_shape: Shape) -> None:
    """A step of gradient descent with a rate of 1 moves every weight by its gradient, on any backend."""
    wanted = np.random.default_rng(1).random((3, *image_shape), np.float32)
    before = trainable_weights(decoder)
    # A single step is soonest done uncompiled, but for JAX, which then compiles each operation on its own.
    decoder.compile(keras.optimizers.SGD(1.0), "mse", run_eagerly=keras.backend.backend() != "jax")
    decoder.train_on_batch(features_of(feature_shape), wanted)
    moved = [np.abs(now - then).max() for now, then in zip(trainable_weights(decoder), before, strict=True)]
    assert np.isfinite(moved).all()
    assert min(moved) > 0


def test_the_names_of_the_config_are_those_of_the_implementations() -> None:
    assert set(UPSAMPLERS) == set(get_args(Upsampling))
    assert set(CONVOLUTIONS) == set(get_args(Convolution))


@pytest.mark.parametrize(("options", "shapes"), COMBINATIONS, ids=str)
def test_every_combination_gives_images_learns_and_costs_what_was_counted(
    options: tuple[Upsampling, Convolution, int], shapes: tuple[Shape, Shape]
) -> None:
    upsampling, convolution, depth = options
    feature_shape, image_shape = shapes
    config = DecoderConfig(upsampling=upsampling, convolution=convolution, depth=depth)
    decoder = build(config, feature_shape, image_shape)
    check_images(decoder, feature_shape, image_shape)
    check_gradients(decoder, feature_shape, image_shape)
    cost = count_decoder(make_plan(config, feature_shape, image_shape), config)
    assert cost.parameters == decoder.count_params()
    assert cost.macs == count_macs(decoder)


@pytest.mark.parametrize("widths", get_args(Widths))
@pytest.mark.parametrize("kernel_size", [1, 5])
def test_every_width_and_kernel_size_costs_what_was_counted(widths: Widths, kernel_size: int) -> None:
    config = DecoderConfig(widths=widths, kernel_size=kernel_size, convolution="inverted_residual")
    decoder = build(config, *SHAPES[0])
    cost = count_decoder(make_plan(config, *SHAPES[0]), config)
    assert (cost.parameters, cost.macs) == (decoder.count_params(), count_macs(decoder))


@pytest.mark.parametrize(("upsampling", "convolution"), ONE_OF_EACH)
def test_a_saved_decoder_gives_the_same_images(
    upsampling: Upsampling, convolution: Convolution, tmp_path: Path
) -> None:
    feature_shape, image_shape = SHAPES[2]
    config = DecoderConfig(upsampling=upsampling, convolution=convolution, depth=1, activation="leaky_relu")
    decoder = build(config, feature_shape, image_shape)
    decoder.save(tmp_path / "decoder.keras")
    loaded = keras.models.load_model(tmp_path / "decoder.keras", safe_mode=True)
    features = features_of(feature_shape)
    received, expected = (
        keras.ops.convert_to_numpy(model(features, training=False)) for model in (loaded, decoder)
    )
    np.testing.assert_array_equal(received, expected)


@pytest.mark.parametrize(("feature_shape", "image_shape"), WIDEST, ids=str)
@pytest.mark.parametrize(("upsampling", "convolution"), list(product(UPSAMPLERS, CONVOLUTIONS)))
def test_the_widest_features_are_counted_or_refused_in_one_line(
    upsampling: Upsampling, convolution: Convolution, feature_shape: Shape, image_shape: Shape
) -> None:
    config = DecoderConfig(upsampling=upsampling, convolution=convolution, depth=1, widths="constant")
    plan = make_plan(config, feature_shape, image_shape)
    try:
        cost = check_decoder(plan, config, batch_size=64)
    except InfeasibleConfig as error:
        assert len(str(error).splitlines()) == 1
        assert "at most" in str(error)
    else:
        assert 0 < cost.parameters <= MOST_PARAMETERS
        assert cost == count_decoder(plan, config)


@pytest.mark.parametrize(("feature_shape", "image_shape"), WIDEST, ids=str)
def test_the_widest_features_become_an_image_in_one_block(feature_shape: Shape, image_shape: Shape) -> None:
    config = DecoderConfig(depth=1, upsampling="nearest", convolution="plain")
    plan = make_plan(config, feature_shape, image_shape)
    decoder = build_decoder(plan, config)
    assert check_decoder(plan, config, 64).parameters == decoder.count_params()
    check_images(decoder, feature_shape, image_shape)


def test_one_decoder_is_counted_by_hand() -> None:
    config = DecoderConfig(depth=1, upsampling="nearest", convolution="plain", widths="constant")
    cost = count_decoder(plan_decoder(config, (2, 2, 12), (4, 4, 1), {}), config)
    # 3x3 from 12 to 12 channels, their normalisation, 3x3 to one channel with a bias.
    assert cost.parameters == 9 * 12 * 12 + 4 * 12 + 9 * 12 + 1
    assert cost.macs == 16 * (9 * 12 * 12 + 9 * 12)
    # Enlarged, convolved, normalised, activated: 12 channels each; the image has 1.
    assert cost.activations == 16 * (4 * 12 + 1)


def test_pixel_shuffle_expands_in_steps_of_prime_factors() -> None:
    config = DecoderConfig(depth=1, upsampling="pixel_shuffle")
    decoder = build(config, (2, 2, 12), (12, 12, 1))
    expansions = [layer for layer in decoder.layers if isinstance(layer, keras.layers.Conv2D)][:2]
    # The factor 6 as 3 and then 2, to blocks of the encoder's width 9 at that height.
    assert [layer.filters for layer in expansions] == [9 * 3**2, 9 * 2**2]


def test_a_depth_of_one_over_a_factor_of_one_only_refines() -> None:
    config = DecoderConfig(depth=3, upsampling="transposed")
    decoder = build(config, (4, 4, 12), (4, 4, 1))
    assert not any(isinstance(layer, keras.layers.Conv2DTranspose) for layer in decoder.layers)


def test_too_many_parameters_are_refused_with_their_number() -> None:
    config = DecoderConfig(depth=1, upsampling="transposed", widths="constant")
    plan = plan_decoder(config, (1, 1, 512), (32, 32, 3), {})
    # A 64x64 kernel from 512 to 512 channels alone has 1,073,741,824 weights.
    with pytest.raises(InfeasibleConfig, match=r"^this decoder has 1,07\d,\d{3},\d{3} parameters, but at"):
        check_decoder(plan, config, batch_size=1)


def test_too_many_activations_are_refused_for_a_large_batch_alone() -> None:
    config = DecoderConfig(depth=1, widths="constant")
    plan = plan_decoder(config, (4, 4, 256), (32, 32, 3), {})
    # 32 * 32 * (4 * 256 + 3) numbers of 4 bytes are 4 MiB an image: 1,000 fit in 4 GiB, 1,100 do not.
    check_decoder(plan, config, batch_size=1000)
    with pytest.raises(InfeasibleConfig, match=r"^training this decoder keeps 4\.3 GiB .*batch_size"):
        check_decoder(plan, config, batch_size=1100)
