"""Labelled images in a folder, read file by file."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from encodenet_core.data.class_folders import ClassFiles, describe_others, list_images
from encodenet_core.data.pictures import open_picture, quiet_pictures, upright_size
from encodenet_core.data.raw_images import RawImages
from encodenet_core.data.resizing import AS_THEY_ARE, WantedImages, read_as_wanted
from encodenet_core.errors import DataError
from encodenet_core.io.machine import available_cores, memory_of_this_machine

_AT_ONCE = 256
"""Pictures that are on their way from files into the array."""

_LONGEST_SIDE = 128


def read_folder(root: Path, wanted: WantedImages = AS_THEY_ARE) -> RawImages:
    """The images under a folder: grey ones stay so if all are, else all become RGB.

    Raises:
        DataError: as `list_images`, or an image is unreadable, or has another size than the first where no
            size is wanted.
    """
    files = list_images(root)
    every = [file for split in files.splits for of_class in split.values() for file in of_class]
    with quiet_pictures():
        images = _read_images(every, wanted)
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
        note=describe_others(root),
    )


def _labels(classes: ClassFiles) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(classes)), [len(files) for files in classes.values()])


def _read_images(files: list[Path], wanted: WantedImages) -> NDArray[np.uint8]:
    """`(n_samples, height, width, channels)`, in the order of the files; several are decoded at once."""
    first = _read_image(files[0], wanted, None)
    _check_memory(files, first.nbytes)
    images = np.empty((len(files), *first.shape), np.uint8)
    images[0] = first

    def read(file: Path) -> NDArray[np.uint8]:
        return _read_image(file, wanted, first.shape[:2])

    with ThreadPoolExecutor(available_cores()) as pool:
        for start in range(1, len(files), _AT_ONCE):
            for number, image in enumerate(pool.map(read, files[start : start + _AT_ONCE]), start):
                if image.shape[-1] > images.shape[-1]:  # the first in color, after grey ones
                    # Both arrays are there while one becomes the other.
                    _check_memory(files, first.nbytes + image.nbytes)
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


def _read_image(file: Path, wanted: WantedImages, size: tuple[int, ...] | None) -> NDArray[np.uint8]:
    """`(height, width, channels)` with 1 or 3 channels; only the header is read where the size is wrong.

    Args:
        file: of one picture.
        wanted: what it is brought to.
        size: the height and width of the pictures before, which count where no size is wanted.
    """
    with open_picture(file) as image:
        width, height = upright_size(image)
        if wanted.size is None and size and (height, width) != size:
            raise DataError(
                f"{file} is {width}x{height}, but {size[1]}x{size[0]} is expected as in the images before "
                f"it; set dataset.image_size to one [height, width] for all, such as {_fitting(size)}"
            )
        return read_as_wanted(image, wanted)


def _fitting(size: tuple[int, ...]) -> list[int]:
    """A size of the same shape that a small network can be trained on."""
    scale = min(1.0, _LONGEST_SIDE / max(size))
    return [max(1, round(side * scale)) for side in size]
