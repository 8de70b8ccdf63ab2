"""Labelled images in a folder, read file by file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from encodenet_core.data.class_folders import ClassFiles, list_images
from encodenet_core.data.pictures import open_picture, pixels_of, upright_size
from encodenet_core.data.raw_images import RawImages
from encodenet_core.errors import DataError
from encodenet_core.io.plain_arrays import memory_of_this_machine


def read_folder(root: Path) -> RawImages:
    """The images under a folder: grey ones stay so if all are, else all become RGB.

    Raises:
        DataError: as `list_images`, or an image is unreadable or has another size than the first.
    """
    files = list_images(root)
    images = _read_images(
        [file for split in files.splits for of_class in split.values() for file in of_class]
    )
    labels = [_labels(split) for split in files.splits]
    ends = np.cumsum([len(of_split) for of_split in labels])
    parts = iter(zip(np.split(images, ends[:-1]), labels, strict=True))
    x_train, y_train = next(parts)
    x_test, y_test = (None, None) if files.test is None else next(parts)
    x_validation, y_validation = (None, None) if files.validation is None else next(parts)
    return RawImages(
        x_train,
        y_train,
        x_test,
        y_test,
        tuple(files.train),
        x_validation=x_validation,
        y_validation=y_validation,
        note=files.ignored,
    )


def _labels(classes: ClassFiles) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(classes)), [len(files) for files in classes.values()])


def _read_images(files: list[Path]) -> NDArray[np.uint8]:
    """`(n_samples, height, width, channels)`, in the order of the files."""
    first = _read_image(files[0], None)
    _check_memory(files, first.nbytes)
    images = np.empty((len(files), *first.shape), np.uint8)
    images[0] = first
    for number, file in enumerate(files[1:], start=1):
        image = _read_image(file, (first.shape[1], first.shape[0]))
        if image.shape[-1] > images.shape[-1]:  # the first in colour, after grey ones
            _check_memory(files, first.nbytes + image.nbytes)  # both arrays, while one becomes the other
            images = np.repeat(images, image.shape[-1], axis=-1)
        images[number] = image
    return images


def _check_memory(files: list[Path], size: int) -> None:
    """Raise a DataError for more images of `size` bytes than this machine could hold."""
    claimed, memory = size * len(files), memory_of_this_machine()
    if claimed > memory:
        raise DataError(
            f"{len(files)} images like {files[0]} unpack to {claimed / 1e9:,.1f} GB, but this machine "
            f"has {memory / 1e9:,.1f} GB of memory; give fewer or smaller ones"
        )


def _read_image(file: Path, size: tuple[int, int] | None) -> NDArray[np.uint8]:
    """`(height, width, channels)` with 1 or 3 channels; only the header is read where the size is wrong."""
    with open_picture(file) as image:
        width, height = upright_size(image)
        if size and (width, height) != size:
            raise DataError(
                f"{file} is {width}x{height}, but {size[0]}x{size[1]} is expected as in the images before "
                "it; resize them all to one size"
            )
        return pixels_of(image)
