"""Pictures of any size made one size, the same way for training and for new pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from encodenet_core.config import Color, DatasetConfig, Resize
from encodenet_core.data.pictures import plain_picture
from encodenet_core.data.pixels import of_picture, to_picture
from encodenet_core.errors import DataError
from encodenet_core.io.machine import memory_of_this_machine

_SMOOTH = Image.Resampling.BILINEAR
"""Antialiased: Pillow widens its filter where a picture shrinks."""

_FINER = 2
"""Times the wanted size, before a picture is resized smoothly."""

Size = tuple[int, int]
"""Width and height, as Pillow has them."""


def _crop(picture: Image.Image, size: Size) -> Image.Image:
    return ImageOps.fit(picture, size, _SMOOTH)


def _pad(picture: Image.Image, size: Size) -> Image.Image:
    return ImageOps.pad(picture, size, _SMOOTH, color=0)


def _stretch(picture: Image.Image, size: Size) -> Image.Image:
    return picture.resize(size, _SMOOTH)


RESIZES: dict[Resize, Callable[[Image.Image, Size], Image.Image]] = {
    "crop": _crop,
    "pad": _pad,
    "stretch": _stretch,
}
"""The largest part of that shape in the middle; the whole, with black bars; the whole, distorted."""


@dataclass(frozen=True)
class WantedImages:
    """What pictures are brought to: `(height, width)` by cropping, padding or stretching; grey or RGB.

    Where size or color are None, they stay what they are.
    """

    size: tuple[int, int] | None = None
    resize: Resize = "crop"
    color: Color | None = None

    @classmethod
    def of(cls, config: DatasetConfig) -> WantedImages:
        """What a config wants."""
        return cls(config.image_size, config.resize, config.color)

    @property
    def identity(self) -> dict[str, Any]:
        """JSON that is the same for what comes to the same images."""
        return {"size": self.size, "resize": self.resize if self.size else None, "color": self.color}

    def apply(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """One picture `(any, any, channels)` with 1 or 3 channels, as it is wanted."""
        if self.size is None or pixels.shape[:2] == self.size:
            return _colored(pixels, self.color)
        return self.apply_to_picture(to_picture(pixels))

    def apply_to_picture(self, picture: Image.Image) -> NDArray[np.uint8]:
        """One grey or RGB picture of any size as `(height, width, channels)`, as it is wanted."""
        if self.size is not None and (picture.height, picture.width) != self.size:
            height, width = self.size
            picture = RESIZES[self.resize](picture, (width, height))
        return _colored(of_picture(picture), self.color)

    def apply_to_all(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Pictures of one size, `(n_samples, any, any, channels)`, as they are wanted.

        Raises:
            DataError: they would be more than this machine could hold.
        """
        first = self.apply(images[0])
        if first.shape == images.shape[1:]:
            return images
        if first.nbytes * len(images) > memory_of_this_machine():
            raise DataError(
                f"{len(images)} images of {first.shape[0]}x{first.shape[1]} are more than this machine has "
                "of memory; lower dataset.image_size"
            )
        prepared = np.empty((len(images), *first.shape), np.uint8)
        for place, image in enumerate(images):
            prepared[place] = self.apply(image)
        return prepared


AS_THEY_ARE = WantedImages()


def read_as_wanted(image: Image.Image, wanted: WantedImages) -> NDArray[np.uint8]:
    """An opened picture, decoded and brought to what is wanted: for training as for new pictures."""
    if wanted.size:
        image.draft(None, (_FINER * max(wanted.size),) * 2)  # a JPEG need not be decoded finer than that
    return wanted.apply_to_picture(plain_picture(image))


def _colored(pixels: NDArray[np.uint8], color: Color | None) -> NDArray[np.uint8]:
    if color == "grey" and pixels.shape[-1] == 3:
        return np.asarray(to_picture(pixels).convert("L"), np.uint8)[..., np.newaxis]
    return np.repeat(pixels, 3, axis=-1) if color == "rgb" and pixels.shape[-1] == 1 else pixels
