"""Labelled images in an `.npz` archive."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encodenet_core.data.raw_images import RawImages, pixel_scale, to_images, to_labels
from encodenet_core.errors import DataError
from encodenet_core.io.plain_arrays import BrokenArrays, open_arrays

NAMES = ("x_train", "y_train", "x_test", "y_test", "class_names")


def read_archive(path: Path) -> RawImages:
    """The images in an archive of `x_train, y_train`, perhaps `x_test, y_test`, perhaps `class_names`.

    Images are `(n_samples, height, width[, channels])`, uint8 or floats in 0..1 or 0..255. Labels are
    0..num_classes-1, where num_classes is the number of class names or else the highest label plus 1.

    Raises:
        DataError: the archive is missing or broken, or its arrays are no labelled images.
    """
    arrays = _load_arrays(path)
    _check_present(path, arrays)
    x_train, y_train = _labelled_images(path, arrays, "train")
    class_names = _class_names(path, arrays, y_train)
    _check_range(path, "y_train", y_train, len(class_names))
    if "x_test" not in arrays:
        return RawImages(x_train, y_train, None, None, class_names)
    x_test, y_test = _labelled_images(path, arrays, "test")
    _check_range(path, "y_test", y_test, len(class_names))
    if x_test.shape[1:] != x_train.shape[1:]:
        raise DataError(
            f"{path}: the images of x_test are {x_test.shape[1:]}, but those of x_train {x_train.shape[1:]} "
            f"(height, width, channels); make them alike"
        )
    return RawImages(x_train, y_train, x_test, y_test, class_names)


def _load_arrays(path: Path) -> dict[str, NDArray[Any]]:
    if not zipfile.is_zipfile(path):
        raise DataError(f"{path} is no .npz archive, or a broken one; write it with numpy.savez")
    try:
        with open_arrays(path) as archive:
            return {name: archive[name] for name in NAMES if name in archive}
    except BrokenArrays as error:
        raise DataError(f"{path}: cannot read {error}; write plain arrays with numpy.savez") from None


def _check_present(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    has_test = "x_test" in arrays or "y_test" in arrays
    for name in NAMES[:4] if has_test else NAMES[:2]:
        if name not in arrays:
            raise DataError(f"{path} has no array {name}, only {', '.join(arrays) or 'others'}; save it too")


def _labelled_images(
    path: Path, arrays: Mapping[str, NDArray[Any]], part: str
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images and labels of `part`: `train`, or `test`, whose floats share the scale of the former."""
    images, labels = arrays[f"x_{part}"], arrays[f"y_{part}"]
    alike = images.dtype.kind == arrays["x_train"].dtype.kind
    scale = pixel_scale(arrays["x_train"] if alike else images)
    pixels = to_images(images, f"{path}: x_{part}", scale)
    classes = to_labels(labels, f"{path}: y_{part}")
    if len(pixels) != len(classes):
        raise DataError(
            f"{path}: x_{part} has {len(pixels)} images, but y_{part} has {len(classes)} labels; "
            f"save one label an image"
        )
    return pixels, classes


def _class_names(
    path: Path, arrays: Mapping[str, NDArray[Any]], labels: NDArray[np.int64]
) -> tuple[str, ...]:
    if "class_names" not in arrays:
        # No more names than images, because a stray label of 10**12 would otherwise ask for as many.
        num_classes = min(max(int(labels.max()) + 1, 1), len(labels))
        return tuple(str(label) for label in range(num_classes))
    names = arrays["class_names"]
    if names.ndim != 1 or names.dtype.kind not in "US":
        raise DataError(
            f"{path}: class_names holds {names.dtype} of the shape {names.shape}, but texts are expected; "
            f"save it as a numpy.array of names"
        )
    return tuple(names.astype(str).tolist())


def _check_range(path: Path, name: str, labels: NDArray[np.int64], num_classes: int) -> None:
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= num_classes:
        raise DataError(
            f"{path}: {name} reaches from {low} to {high}, but 0 to {num_classes - 1} is expected; "
            f"number the classes from 0 without gaps, in the order of class_names"
        )
