"""The searched part: features to image, in blocks of an upsampling and a convolution (section 3.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from encodenet_core.config import Convolution, DecoderConfig, Upsampling
from encodenet_core.decoder_plan import DecoderPlan, prime_factors
from encodenet_core.errors import InfeasibleConfig
from encodenet_core.models.countable_layers import CountingLayers, KerasLayers, Layers, MapShape, T

MOST_PARAMETERS = 50_000_000
MOST_ACTIVATION_BYTES = 4 * 2**30
_BYTES_PER_NUMBER = 4


def _nearest(layers: Layers[T], x: T, factor: int, width: int) -> T:
    return layers.interpolate(x, factor, "nearest")


def _bilinear(layers: Layers[T], x: T, factor: int, width: int) -> T:
    return layers.interpolate(x, factor, "bilinear")


def _transposed(layers: Layers[T], x: T, factor: int, width: int) -> T:
    return layers.activate(layers.normalize(layers.convolve_transposed(x, width, factor)))


def _pixel_shuffle(layers: Layers[T], x: T, factor: int, width: int) -> T:
    for prime in prime_factors(factor):
        x = layers.shuffle_pixels(layers.convolve(x, width * prime**2, 1), prime)
        x = layers.activate(layers.normalize(x))
    return x


def _plain(layers: Layers[T], x: T, width: int, kernel_size: int) -> T:
    return layers.activate(layers.normalize(layers.convolve(x, width, kernel_size)))


def _separable(layers: Layers[T], x: T, width: int, kernel_size: int) -> T:
    return _plain(layers, layers.convolve_depthwise(x, kernel_size), width, 1)


def _residual(layers: Layers[T], x: T, width: int, kernel_size: int) -> T:
    inner = layers.convolve(_plain(layers, x, width, kernel_size), width, kernel_size)
    return layers.activate(layers.add(_shortcut(layers, x, width), layers.normalize(inner)))


def _bottleneck(layers: Layers[T], x: T, width: int, kernel_size: int) -> T:
    narrow = max(1, width // 4)
    inner = _plain(layers, _plain(layers, x, narrow, 1), narrow, kernel_size)
    inner = layers.normalize(layers.convolve(inner, width, 1))
    return layers.activate(layers.add(_shortcut(layers, x, width), inner))


def _inverted_residual(layers: Layers[T], x: T, width: int, kernel_size: int) -> T:
    wide = 4 * layers.channels(x)
    inner = layers.convolve_depthwise(_plain(layers, x, wide, 1), kernel_size)
    inner = layers.convolve(layers.activate(layers.normalize(inner)), width, 1)
    return layers.add(_shortcut(layers, x, width), layers.normalize(inner))


def _shortcut(layers: Layers[T], x: T, width: int) -> T:
    if layers.channels(x) == width:
        return x
    return layers.normalize(layers.convolve(x, width, 1))


UPSAMPLERS: dict[Upsampling, Callable[[Layers[Any], Any, int, int], Any]] = {
    "nearest": _nearest,
    "bilinear": _bilinear,
    "transposed": _transposed,
    "pixel_shuffle": _pixel_shuffle,
}
CONVOLUTIONS: dict[Convolution, Callable[[Layers[Any], Any, int, int], Any]] = {
    "plain": _plain,
    "separable": _separable,
    "residual": _residual,
    "bottleneck": _bottleneck,
    "inverted_residual": _inverted_residual,
}


def _decode(layers: Layers[T], x: T, plan: DecoderPlan, config: DecoderConfig) -> T:
    upsample, convolve = UPSAMPLERS[config.upsampling], CONVOLUTIONS[config.convolution]
    if layers.channels(x) != plan.entry:
        x = _plain(layers, x, plan.entry, 1)
    for block in plan.blocks:
        if block.factor > 1:
            x = upsample(layers, x, block.factor, block.width)
        x = convolve(layers, x, block.width, config.kernel_size)
    height, width, channels = plan.image_shape
    if plan.resized:
        x = layers.resize(x, height, width)
    return layers.convolve(x, channels, 3, bias=True)


def build_decoder(plan: DecoderPlan, config: DecoderConfig) -> keras.Model:
    """The decoder as a Keras model without skip connections: the features must carry class and cluster.

    Output shape:
        `(batch, height, width, channels)` of the image, pixels in [0, 1].
    """
    features = keras.Input(plan.feature_shape, name="features")
    decoded = _decode(KerasLayers(config.activation), features, plan, config)
    pixels = keras.layers.Activation("sigmoid", dtype="float32", name="pixels")(decoded)
    return keras.Model(features, pixels, name="decoder")


@dataclass(frozen=True)
class DecoderCost:
    """Parameters (moving statistics included), multiply-accumulates and kept activations of one image."""

    parameters: int
    macs: int
    activations: int


def count_decoder(plan: DecoderPlan, config: DecoderConfig) -> DecoderCost:
    """What the decoder would cost, without building it."""
    counter = CountingLayers()
    _decode(counter, MapShape(*plan.feature_shape), plan, config)
    return DecoderCost(counter.parameters, counter.macs, counter.activations)


def check_decoder(plan: DecoderPlan, config: DecoderConfig, batch_size: int) -> DecoderCost:
    """The cost of a decoder that fits the limits.

    Raises:
        InfeasibleConfig: it has too many parameters, or training it keeps too many activations.
    """
    cost = count_decoder(plan, config)
    kept = cost.activations * batch_size * _BYTES_PER_NUMBER
    if cost.parameters > MOST_PARAMETERS:
        raise InfeasibleConfig(
            f"this decoder has {cost.parameters:,} parameters, but at most {MOST_PARAMETERS:,} are allowed; "
            "choose more depth, narrower widths or another upsampling"
        )
    if kept > MOST_ACTIVATION_BYTES:
        raise InfeasibleConfig(
            f"training this decoder keeps {kept / 2**30:.1f} GiB of activations, but at most "
            f"{MOST_ACTIVATION_BYTES / 2**30:.0f} GiB are allowed; lower autoencoder.training.batch_size "
            "or choose narrower widths"
        )
    return cost
