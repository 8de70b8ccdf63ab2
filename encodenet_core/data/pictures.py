"""One picture file as pixels, as a person would see it."""

from __future__ import annotations

import io
import math
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from encodenet_core.errors import DataError, reason_of

EXTENSIONS = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".ppm", ".tif", ".tiff", ".avif"}
IMAGE_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "PPM", "TIFF", "AVIF")
"""No others, whatever a file says that it is."""

UNREADABLE = (
    OSError, SyntaxError, ValueError, IndexError, TypeError, EOFError, KeyError, RuntimeError, struct.error,
    zlib.error, Image.DecompressionBombError,
)  # fmt: skip
"""What Pillow raises of a file that is damaged or no picture."""

BACKGROUND = (255, 255, 255)
"""What shines through a transparent picture."""

_WHITES = (255, 4095, 65535)
"""The brightest value of 8, 12 and 16 bits, whichever of them a picture of 16 bits was taken with."""

_ORIENTATION = 0x0112
_LYING = (5, 6, 7, 8)
"""Orientations in EXIF that exchange width and height."""


@dataclass(frozen=True)
class PictureBytes:
    """The content of a picture file that lies in another file, and what an error calls it."""

    name: str
    content: bytes

    def __str__(self) -> str:
        return self.name


Picture = Path | PictureBytes
"""Not yet opened."""


@contextmanager
def quiet_pictures() -> Iterator[None]:
    """Without the warnings of Pillow while it reads, such as of odd tags; for all threads of the process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # `open_picture` refuses it
        yield


@contextmanager
def open_picture(picture: Picture) -> Iterator[Image.Image]:
    """An opened picture, to be decoded inside the block; `quiet_pictures` goes around it.

    Raises:
        DataError: it is none, damaged, or has far too many pixels.
    """
    file = picture if isinstance(picture, Path) else io.BytesIO(picture.content)
    try:
        with Image.open(file, formats=IMAGE_FORMATS) as image:
            if image.width * image.height > (Image.MAX_IMAGE_PIXELS or math.inf):
                raise ValueError(f"it has {image.width}x{image.height} pixels, a decompression bomb")
            yield image
    except UNREADABLE as error:
        raise DataError(
            f"cannot read the image {picture}: {reason_of(error)}; replace or remove it"
        ) from None


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Width and height of an opened picture once it is turned as its EXIF data say; nothing is decoded."""
    width, height = image.size
    # Pillow itself has turned a TIFF.
    turned = image.format != "TIFF" and image.getexif().get(_ORIENTATION) in _LYING
    return (height, width) if turned else (width, height)


def plain_picture(image: Image.Image) -> Image.Image:
    """An opened picture as a person sees it: grey (`L`) stays so, any other is `RGB`.

    It is turned as its EXIF data say; of an animation it is the first frame; what is transparent shows
    `BACKGROUND`. Grey of 16 bits is scaled by the fewest of 8, 12 and 16 bits that hold its brightest pixel.

    Raises:
        ValueError: floats that are neither in 0..1 nor in 0..255.
    """
    image.load()
    if image.getexif().get(_ORIENTATION, 1) != 1:
        image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):
        return Image.fromarray(_from_integers(np.asarray(image)))
    if image.mode == "F":
        return Image.fromarray(_from_floats(np.asarray(image)))
    if image.has_transparency_data:
        drawn = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", drawn.size, BACKGROUND), drawn)
    wanted = "L" if image.mode in ("1", "L") else "RGB"
    return image if image.mode == wanted else image.convert(wanted)


def _from_integers(values: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Grey of more than 8 bits `(height, width)`, which Pillow itself would clip at 255."""
    white = next((white for white in _WHITES if values.max() <= white), _WHITES[-1])
    return np.asarray(np.clip(values, 0, white).astype(np.int64) * 255 // white, np.uint8)


def _from_floats(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    scale = 255.0 if values.max() <= 1 else 1.0
    if not np.isfinite(values).all() or values.min() < 0 or values.max() * scale > 255:
        raise ValueError(f"its pixels are floats from {values.min():.4g} to {values.max():.4g}, not in 0..1")
    return np.asarray(np.rint(values * scale), np.uint8)
