"""Pixels as numbers: their range, their statistics, and an image of them as a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_LEVELS = 256
_AT_ONCE = 1024
"""Images counted at a time: counting takes eight bytes a pixel, and so bounds the memory."""


def channel_statistics(images: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and variance of the pixels that a network sees, float32 in [0, 1].

    There are only 256 of these, so a channel is summed up level by level: in float64, without a float copy
    of the images, and with the same result whatever their order.

    Args:
        images: `(n_samples, height, width, channels)`.

    Returns:
        Means and variances, each `(channels,)`.
    """
    levels = to_unit_range(np.arange(_LEVELS, dtype=np.uint8)).astype(np.float64)
    shares = _histograms(images) * (images.shape[-1] / images.size)
    mean = shares @ levels
    variance = (shares * np.square(levels - mean[:, None])).sum(axis=1)
    return mean, variance


def _histograms(images: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How often every level occurs, `(channels, 256)`."""
    counts = np.zeros((images.shape[-1], _LEVELS), np.int64)
    for start in range(0, len(images), _AT_ONCE):
        block = images[start : start + _AT_ONCE]
        for channel, count in enumerate(counts):
            count += np.bincount(block[..., channel].ravel(), minlength=_LEVELS)
    return counts


def to_unit_range(images: NDArray[np.generic]) -> NDArray[np.float32]:
    """Pixels 0..255 as float32 in [0, 1]; what is float already is taken as it is."""
    scale = 255.0 if images.dtype == np.uint8 else 1.0
    return np.asarray(images, np.float32) / np.float32(scale)


def to_pixels(images: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Images in [0, 1] as pixels 0..255; what a decoder gives beyond that is clipped."""
    return np.clip(np.rint(images * 255), 0, 255).astype(np.uint8)


def evenly_spaced(count: int, most: int) -> NDArray[np.int64]:
    """Up to `most` positions among `count`, at even distances from the first to the last."""
    return np.unique(np.linspace(0, count - 1, min(most, count)).astype(np.int64))


def tile_of(image: NDArray[np.generic]) -> Image.Image:
    """One image `(height, width, channels)`, grey or RGB, as a picture of the same size."""
    return to_picture(to_pixels(to_unit_range(image))).convert("RGB")


def of_picture(picture: Image.Image) -> NDArray[np.uint8]:
    """A grey or RGB picture of Pillow's as `(height, width, channels)`."""
    pixels = np.asarray(picture, np.uint8)
    return pixels[..., np.newaxis] if pixels.ndim == 2 else pixels


def to_picture(pixels: NDArray[np.uint8]) -> Image.Image:
    """One image `(height, width, channels)` with 1 or 3 channels as Pillow has it, grey or RGB."""
    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
