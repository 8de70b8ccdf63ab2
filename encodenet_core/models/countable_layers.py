"""The layers that decoders are made of, once to build them and once to count them.

A decoder option is written a single time against `Layers`. With `KerasLayers` it gives the network, with
`CountingLayers` its cost, so that a decoder too large for the machine is known before any memory is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import keras

from encodenet_core.config import Activation

T = TypeVar("T")


class Layers(Protocol[T]):
    """What a decoder option may do with a feature map `(batch, height, width, channels)`."""

    def channels(self, x: T) -> int:
        """The number of channels of a map."""

    def convolve(self, x: T, width: int, kernel_size: int, *, bias: bool = False) -> T:
        """A convolution to `width` channels that keeps the size."""

    def convolve_depthwise(self, x: T, kernel_size: int) -> T:
        """One filter for each channel."""

    def convolve_transposed(self, x: T, width: int, factor: int) -> T:
        """A transposed convolution with the kernel size of `transposed_kernel`."""

    def interpolate(self, x: T, factor: int, interpolation: str) -> T:
        """Enlarge without parameters."""

    def shuffle_pixels(self, x: T, factor: int) -> T:
        """Channels into space (Shi et al. 2016): `factor` times the size, its square times fewer channels."""

    def resize(self, x: T, height: int, width: int) -> T:
        """Bilinear to an exact size."""

    def normalize(self, x: T) -> T:
        """Batch normalisation."""

    def activate(self, x: T) -> T:
        """The configured nonlinearity."""

    def add(self, x: T, y: T) -> T:
        """The sum of two maps of one shape."""


class KerasLayers:
    """Builds: maps are Keras tensors."""

    def __init__(self, activation: Activation) -> None:
        self._activation = activation

    def channels(self, x: Any) -> int:
        return int(x.shape[-1])

    def convolve(self, x: Any, width: int, kernel_size: int, *, bias: bool = False) -> Any:
        initializer = "glorot_uniform" if bias else "he_normal"
        layer = keras.layers.Conv2D(
            width, kernel_size, padding="same", use_bias=bias, kernel_initializer=initializer
        )
        return layer(x)

    def convolve_depthwise(self, x: Any, kernel_size: int) -> Any:
        layer = keras.layers.DepthwiseConv2D(
            kernel_size, padding="same", use_bias=False, depthwise_initializer="he_normal"
        )
        return layer(x)

    def convolve_transposed(self, x: Any, width: int, factor: int) -> Any:
        layer = keras.layers.Conv2DTranspose(
            width, transposed_kernel(factor), factor, "same", use_bias=False, kernel_initializer="he_normal"
        )
        return layer(x)

    def interpolate(self, x: Any, factor: int, interpolation: str) -> Any:
        return keras.layers.UpSampling2D(factor, interpolation=interpolation)(x)

    def shuffle_pixels(self, x: Any, factor: int) -> Any:
        height, width, channels = x.shape[1:]
        thinned = channels // factor**2
        x = keras.layers.Reshape((height, width, factor, factor, thinned))(x)
        x = keras.layers.Permute((1, 3, 2, 4, 5))(x)
        return keras.layers.Reshape((height * factor, width * factor, thinned))(x)

    def resize(self, x: Any, height: int, width: int) -> Any:
        return keras.layers.Resizing(height, width)(x)

    def normalize(self, x: Any) -> Any:
        return keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)

    def activate(self, x: Any) -> Any:
        return keras.layers.Activation(self._activation)(x)

    def add(self, x: Any, y: Any) -> Any:
        return keras.layers.Add()([x, y])


@dataclass(frozen=True)
class MapShape:
    """The shape of a map, which is all that counting needs to know of it."""

    height: int
    width: int
    channels: int

    @property
    def pixels(self) -> int:
        return self.height * self.width

    @property
    def size(self) -> int:
        return self.pixels * self.channels


class CountingLayers:
    """Counts: maps are their shapes; nothing is allocated.

    `parameters` includes moving statistics, as `count_params()` does; `macs` are the multiply-accumulates
    of one image's forward pass through convolutions; `activations` are the numbers that training keeps.
    """

    def __init__(self) -> None:
        self.parameters = 0
        self.macs = 0
        self.activations = 0

    def _kept(self, x: MapShape) -> MapShape:
        self.activations += x.size
        return x

    def channels(self, x: MapShape) -> int:
        return x.channels

    def convolve(self, x: MapShape, width: int, kernel_size: int, *, bias: bool = False) -> MapShape:
        weights = kernel_size**2 * x.channels * width
        self.parameters += weights + (width if bias else 0)
        self.macs += weights * x.pixels
        return self._kept(MapShape(x.height, x.width, width))

    def convolve_depthwise(self, x: MapShape, kernel_size: int) -> MapShape:
        weights = kernel_size**2 * x.channels
        self.parameters += weights
        self.macs += weights * x.pixels
        return self._kept(x)

    def convolve_transposed(self, x: MapShape, width: int, factor: int) -> MapShape:
        weights = transposed_kernel(factor) ** 2 * x.channels * width
        self.parameters += weights
        self.macs += weights * x.pixels
        return self._kept(MapShape(x.height * factor, x.width * factor, width))

    def interpolate(self, x: MapShape, factor: int, interpolation: str) -> MapShape:
        return self._kept(MapShape(x.height * factor, x.width * factor, x.channels))

    def shuffle_pixels(self, x: MapShape, factor: int) -> MapShape:
        return self._kept(MapShape(x.height * factor, x.width * factor, x.channels // factor**2))

    def resize(self, x: MapShape, height: int, width: int) -> MapShape:
        return self._kept(MapShape(height, width, x.channels))

    def normalize(self, x: MapShape) -> MapShape:
        self.parameters += 4 * x.channels
        return self._kept(x)

    def activate(self, x: MapShape) -> MapShape:
        return self._kept(x)

    def add(self, x: MapShape, y: MapShape) -> MapShape:
        return self._kept(x)


def transposed_kernel(factor: int) -> int:
    """The kernel size that bilinear interpolation needs: an even stride covers every pixel alike with it."""
    return 2 * factor - factor % 2
