"""Labelled pictures, listed by a reader of folders or of tables, become one array of images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from encodenet_core.data.pictures import Picture, open_picture, quiet_pictures, upright_size
from encodenet_core.data.raw_images import RawImages
from encodenet_core.data.resizing import WantedImages, read_as_wanted
from encodenet_core.errors import DataError
from encodenet_core.io.machine import available_cores, memory_of_this_machine

Part = Literal["train", "test", "validation"]

Progress = Callable[[int, int], None]
"""`progress(decoded, count)` at the start and after some pictures more."""

_AT_ONCE = 256
"""Pictures that are on their way from files into the array."""

_LONGEST_SIDE = 128


@dataclass(frozen=True, eq=False)
class LabelledPictures:
    """Pictures as a reader lists them, none decoded yet.

    Attributes:
        pictures: those of training first, then of test, then of validation; taken once, a few at a time.
        labels: `(n_samples,)` of each part that there is, in that order, indices into `class_names`.
        class_names: of all parts.
    """

    pictures: Iterable[Picture]
    labels: Mapping[Part, NDArray[np.int64]]
    class_names: tuple[str, ...]


def keep_quiet(decoded: int, count: int) -> None:
    """A progress that nobody follows."""


def read_pictures(
    listed: LabelledPictures, wanted: WantedImages, progress: Progress = keep_quiet
) -> RawImages:
    """The images of a source: grey ones stay so if all are, else all become RGB.

    Args:
        listed: what to read.
        wanted: what it is brought to.
        progress: is told how many pictures are decoded; what it raises ends the reading.

    Raises:
        DataError: an image is unreadable, or has another size than the first where no size is wanted, or all
            of them are more than this machine could hold.
    """
    counts = [len(labels) for labels in listed.labels.values()]
    with quiet_pictures():
        images = _decode(iter(listed.pictures), sum(counts), wanted, progress)
    parts = dict(zip(listed.labels, np.split(images, np.cumsum(counts)[:-1]), strict=True))
    return RawImages(
        parts["train"],
        listed.labels["train"],
        parts.get("test"),
        listed.labels.get("test"),
        listed.class_names,
        x_validation=parts.get("validation"),
        y_validation=listed.labels.get("validation"),
    )


def _decode(
    pictures: Iterator[Picture], count: int, wanted: WantedImages, progress: Progress
) -> NDArray[np.uint8]:
    """`(n_samples, height, width, channels)`, in the order of the pictures; several are decoded at once."""
    opener = next(pictures)
    first = _read_image(opener, wanted, None)
    _check_memory(opener, count, first.nbytes)
    images = np.empty((count, *first.shape), np.uint8)
    images[0] = first

    def read(picture: Picture) -> NDArray[np.uint8]:
        return _read_image(picture, wanted, first.shape[:2])

    decoded = 1
    with ThreadPoolExecutor(available_cores()) as pool:
        for block in iter(lambda: list(islice(pictures, _AT_ONCE)), []):
            progress(decoded, count)
            for image in pool.map(read, block):
                if image.shape[-1] > images.shape[-1]:  # the first in color, after grey ones
                    # Both arrays are there while one becomes the other.
                    _check_memory(opener, count, first.nbytes + image.nbytes)
                    images = np.repeat(images, image.shape[-1], axis=-1)
                images[decoded] = image
                decoded += 1
    progress(decoded, count)
    return images


def _check_memory(first: Picture, count: int, size: int) -> None:
    """Raise a DataError for more images of `size` bytes than this machine could hold."""
    claimed, memory = size * count, memory_of_this_machine()
    if claimed > memory:
        raise DataError(
            f"{count} images like {first} unpack to {claimed / 1e9:,.1f} GB, but this machine "
            f"has {memory / 1e9:,.1f} GB of memory; give fewer or smaller ones"
        )


def _read_image(picture: Picture, wanted: WantedImages, size: tuple[int, ...] | None) -> NDArray[np.uint8]:
    """`(height, width, channels)` with 1 or 3 channels; only the header is read where the size is wrong.

    Args:
        picture: not yet opened.
        wanted: what it is brought to.
        size: the height and width of the pictures before, which count where no size is wanted.
    """
    with open_picture(picture) as image:
        width, height = upright_size(image)
        if wanted.size is None and size and (height, width) != size:
            raise DataError(
                f"{picture} is {width}x{height}, but {size[1]}x{size[0]} is expected as in the images before "
                f"it; set dataset.image_size to one [height, width] for all, such as {_fitting(size)}"
            )
        return read_as_wanted(image, wanted)


def _fitting(size: tuple[int, ...]) -> list[int]:
    """A size of the same shape that a small network can be trained on."""
    scale = min(1.0, _LONGEST_SIDE / max(size))
    return [max(1, round(side * scale)) for side in size]
