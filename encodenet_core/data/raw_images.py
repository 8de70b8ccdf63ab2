"""Labelled images as a source holds them, and what brings arrays of any common type into that form."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encodenet_core.errors import DataError
from encodenet_core.io.plain_arrays import open_array, save_array
from encodenet_core.io.plain_json import read_json
from encodenet_core.io.whole_files import write_json

BLOCK = 4096  # images converted at a time, so that no second copy of a whole float dataset is made


@dataclass(frozen=True, eq=False)
class RawImages:
    """What a source holds, before it is split.

    Images are `(n_samples, height, width, channels)` uint8 with 1 or 3 channels, labels `(n_samples,)` int64
    indices into `class_names`. Test and validation images are None where the source ships none of their own.
    """

    x_train: NDArray[np.uint8]
    y_train: NDArray[np.int64]
    x_test: NDArray[np.uint8] | None
    y_test: NDArray[np.int64] | None
    class_names: tuple[str, ...]
    x_validation: NDArray[np.uint8] | None = None
    y_validation: NDArray[np.int64] | None = None


def save_raw_images(raw: RawImages, folder: Path) -> None:
    """Write the images of a source as `.npy` files and `classes.json` into a folder that nobody reads yet."""
    for field in fields(raw):
        array = getattr(raw, field.name)
        if isinstance(array, np.ndarray):
            save_array(folder, field.name, array)
    write_json(folder / "classes.json", raw.class_names)


def open_raw_images(folder: Path) -> RawImages:
    """What `save_raw_images` wrote; the images are memory-mapped and read-only."""
    names = [field.name for field in fields(RawImages) if (folder / f"{field.name}.npy").exists()]
    images = {name: open_array(folder, name) for name in names if name.startswith("x_")}
    labels = {name: np.array(open_array(folder, name)) for name in names if name.startswith("y_")}
    absent: dict[str, Any] = dict.fromkeys(("x_test", "y_test"))
    return RawImages(**{**absent, **images, **labels}, class_names=tuple(read_json(folder / "classes.json")))


def to_images(array: NDArray[Any], name: str, scale: float | None = None) -> NDArray[np.uint8]:
    """Pixels of any common type as `(n_samples, height, width, channels)` uint8.

    Args:
        array: `(n_samples, height, width[, channels])`.
        name: what an error calls it.
        scale: what one unit is worth in 0..255; where it is None, `pixel_scale` decides.

    Raises:
        DataError: another shape or type, no images, or pixels that are not finite or out of range.
    """
    images = array[..., np.newaxis] if array.ndim == 3 else array
    if images.ndim != 4 or images.shape[-1] not in (1, 3):
        raise DataError(
            f"{name} has the shape {array.shape}, but expected is (n_samples, height, width[, channels]) "
            f"with 1 or 3 channels; rearrange its axes"
        )
    if images.size == 0:
        raise DataError(f"{name} holds no images, its shape is {array.shape}; add images")
    if images.dtype == np.uint8:
        return images
    if images.dtype.kind not in "fiu":
        raise DataError(f"{name} holds {images.dtype}, but expected are uint8 or floats; convert the pixels")
    low, high = images.min(), images.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise DataError(
            f"{name} holds NaN or infinite pixels, but finite ones are expected; clean them first"
        )
    scale = pixel_scale(images) if scale is None else scale
    if low < 0 or high * scale > 255:
        raise DataError(
            f"{name} reaches from {low:.8g} to {high:.8g}, but 0 to {255 / scale:g} is expected; rescale it"
        )
    pixels = np.empty(images.shape, np.uint8)
    for start in range(0, len(images), BLOCK):
        block = slice(start, start + BLOCK)
        pixels[block] = np.rint(images[block] * scale)
    return pixels


def pixel_scale(images: NDArray[Any]) -> float:
    """What one unit is worth in 0..255: 255 for floats that are meant to stay within 0..1, else 1."""
    # Resampling overshoots 1 a little: such pixels are refused as out of 0..1, not taken for black ones.
    return 255.0 if images.dtype.kind == "f" and images.size and images.max() < 2 else 1.0


def to_labels(array: NDArray[Any], name: str) -> NDArray[np.int64]:
    """Labels of shape `(n_samples,)` or `(n_samples, 1)` as `(n_samples,)` int64."""
    labels = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise DataError(
            f"{name} holds {array.dtype} of the shape {array.shape}, but expected are integers "
            f"of the shape (n_samples,); convert the labels to class indices"
        )
    return labels.astype(np.int64)
