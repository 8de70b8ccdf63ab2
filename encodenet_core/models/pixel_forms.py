"""In what form a model takes the pixels that are in [0, 1] and RGB everywhere else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from encodenet_core.config import BaselineConfig, ChannelOrder, NamedPixelRange
from encodenet_core.errors import ConfigError
from encodenet_core.models.graph import Tensor

_IMAGENET_MEAN, _IMAGENET_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of red, green and blue in [0, 1]: what `torch` normalises by."""

_CAFFE_MEAN = (103.939, 116.779, 123.68)
"""Of blue, green and red in 0..255: what `caffe` takes away."""

_COLORED = ("torch", "caffe")
"""Ranges that only colour images have."""


@dataclass(frozen=True)
class PixelForm:
    """What a model takes for black and white, and the order of its channels.

    `range` is a pair of numbers, or one of the modes of `keras.applications`; `caffe` is BGR in any order.
    """

    range: tuple[float, float] | NamedPixelRange
    order: ChannelOrder = "rgb"

    @classmethod
    def of(cls, section: BaselineConfig) -> PixelForm:
        """That of a config whose `pixel_range` is settled."""
        return cls(section.pixel_range, section.channel_order)

    @property
    def is_bgr(self) -> bool:
        """Whether blue comes first."""
        return self.order == "bgr" or self.range == "caffe"

    @property
    def words(self) -> str:
        """Such as `[0, 255], BGR`."""
        return f"{_shown(self.range)}, BGR" if self.is_bgr else _shown(self.range)

    @property
    def options(self) -> dict[str, str]:
        """The config that names this form, as YAML."""
        order = {"baseline.channel_order": self.order} if self.order != "rgb" else {}
        return {"baseline.pixel_range": _shown(self.range), **order}

    def apply(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Images `(n, height, width, channels)` in [0, 1], RGB or grey, in this form."""
        scale, offset = self._scale_and_offset()
        ordered = images[..., ::-1] if self.is_bgr else images
        return np.asarray(ordered * np.asarray(scale, np.float32) + np.asarray(offset, np.float32))

    def preparation(self) -> Callable[[Tensor], Tensor] | None:
        """The layers that do the same inside a model; None where nothing is to do."""
        scale, offset = self._scale_and_offset()
        if self == UNCHANGED:
            return None
        rescaling = keras.layers.Rescaling(scale, offset, name="pixel_range")
        # Not flipped: LiteRT in 8-bit integers computes something else of that.
        return lambda images: rescaling(keras.ops.take(images, [2, 1, 0], axis=-1) if self.is_bgr else images)

    def check_channels(self, channels: int) -> None:
        """Raise a ConfigError where images of so many channels cannot be in this form."""
        if channels == 3 or not (self.is_bgr or self.range in _COLORED):
            return
        key, value = list(self.options.items())[-1]
        raise ConfigError(
            f"{key} is {value}, which only colour images have, but the dataset's are grey; leave it out, or "
            "set dataset.color to rgb"
        )

    def _scale_and_offset(self) -> tuple[float | list[float], float | list[float]]:
        """What pixels in [0, 1], in the order of the model, are multiplied by, and what is added then."""
        if self.range == "caffe":
            return 255.0, [-mean for mean in _CAFFE_MEAN]
        if self.range == "torch":
            pairs = list(zip(_IMAGENET_MEAN, _IMAGENET_DEVIATION, strict=True))[:: -1 if self.is_bgr else 1]
            return [1 / deviation for _, deviation in pairs], [-mean / deviation for mean, deviation in pairs]
        if isinstance(self.range, str):
            return 2.0, -1.0
        low, high = self.range
        return high - low, low


UNCHANGED = PixelForm((0.0, 1.0))


def common_forms(channels: int) -> tuple[PixelForm, ...]:
    """What people train on, the most usual first."""
    pairs = [PixelForm(pair) for pair in ((0.0, 1.0), (0.0, 255.0), (-1.0, 1.0))]
    if channels != 3:
        return tuple(pairs)
    colored = [*pairs, PixelForm("torch")]
    return (*colored, PixelForm("caffe"), *(PixelForm(form.range, "bgr") for form in colored))


def _shown(pixel_range: tuple[float, float] | str) -> str:
    if isinstance(pixel_range, str):
        return pixel_range
    low, high = pixel_range
    return f"[{low:g}, {high:g}]"
