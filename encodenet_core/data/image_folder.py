"""Labelled images in a folder: one subfolder a class, with or without `train` and `test` above them."""

from __future__ import annotations

import os
import struct
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from encodenet_core.data.raw_images import RawImages
from encodenet_core.errors import DataError, reason_of
from encodenet_core.io.plain_arrays import memory_of_this_machine

EXTENSIONS = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".ppm"}
IMAGE_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "PPM")  # no others, whatever a file says that it is
UNREADABLE = (
    OSError, SyntaxError, ValueError, IndexError, TypeError, EOFError, struct.error, zlib.error,
    Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip

ClassFiles = dict[str, list[Path]]
"""The image files of every class, by class name; both sorted."""


def list_images(root: Path) -> tuple[ClassFiles, ClassFiles | None]:
    """The image files to train on and to test on; None for the latter where one tree holds them all.

    Hidden files and other extensions are ignored.

    Raises:
        DataError: a link leads out of the folder, a class holds no images, `train` and `test` differ in
            their classes, or the folder cannot be listed.
    """
    root = Path(os.path.realpath(root))
    try:
        parts = [folder.name for folder in _subfolders(root, root)]
        if not {"train"} <= set(parts) <= {"train", "test"}:
            return _list_classes(root, root), None
        train = _list_classes(root / "train", root)
        test = _list_classes(root / "test", root) if "test" in parts else None
    except OSError as error:
        raise DataError(f"cannot list {error.filename}: {error.strerror}; make it readable") from None
    if test is not None and train.keys() != test.keys():
        odd = sorted(train.keys() ^ test.keys())[0]
        raise DataError(f"{root}: the class {odd!r} is in only one of train and test; add it to the other")
    return train, test


def read_folder(root: Path) -> RawImages:
    """The images under a folder: grey ones stay so if all are, else all become RGB.

    Raises:
        DataError: as `list_images`, or an image is unreadable or has another size than the first.
    """
    train, test = list_images(root)
    files = [file for part in (train, test or {}) for of_class in part.values() for file in of_class]
    images = _read_images(files)
    y_train = _labels(train)
    class_names = tuple(train)
    if test is None:
        return RawImages(images, y_train, None, None, class_names)
    count = len(y_train)
    return RawImages(images[:count], y_train, images[count:], _labels(test), class_names)


def _labels(classes: ClassFiles) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(classes)), [len(files) for files in classes.values()])


def _list_classes(folder: Path, root: Path) -> ClassFiles:
    classes = {of_class.name: list(_image_files(of_class, root)) for of_class in _subfolders(folder, root)}
    empty = [folder / name for name, files in classes.items() if not files] if classes else [folder]
    if empty:
        raise DataError(
            f"{empty[0]} holds no images; expected are {' '.join(sorted(EXTENSIONS))} files "
            f"in {root}/CLASS/, or in {root}/train/CLASS/ and {root}/test/CLASS/"
        )
    return classes


def _subfolders(folder: Path, root: Path) -> Iterator[Path]:
    return (entry for entry in _visible(folder) if entry.is_dir() and _stays_inside(entry, root))


def _image_files(folder: Path, root: Path) -> Iterator[Path]:
    candidates = (entry for entry in _visible(folder) if entry.suffix.lower() in EXTENSIONS)
    return (entry for entry in candidates if _stays_inside(entry, root) and entry.is_file())


def _visible(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))


def _stays_inside(entry: Path, root: Path) -> bool:
    """True, or a DataError for a link that is broken or would lead out of the dataset."""
    if entry.is_symlink():
        target = Path(os.path.realpath(entry))
        if not target.is_relative_to(root) or not target.exists():
            raise DataError(f"{entry} is a link that leads out of {root} or nowhere; put a copy in its place")
    return True


def _read_images(files: list[Path]) -> NDArray[np.uint8]:
    """`(n_samples, height, width, channels)`, in the order of the files."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
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
    try:
        with Image.open(file, formats=IMAGE_FORMATS) as image:
            if size and image.size != size:
                raise DataError(
                    f"{file} is {image.width}x{image.height}, but {size[0]}x{size[1]} is expected as in the "
                    f"images before it; resize them all to one size"
                )
            return pixels_of(image)
    except UNREADABLE as error:
        raise DataError(f"cannot read the image {file}: {reason_of(error)}; replace or remove it") from None


def pixels_of(image: Image.Image) -> NDArray[np.uint8]:
    """An opened picture as `(height, width, channels)`, 1 channel for grey and 3 for any other."""
    if image.mode.startswith("I"):  # 16 bits of grey, which Pillow would clip at 255
        return np.asarray(np.clip(np.asarray(image) // 257, 0, 255), np.uint8)[..., np.newaxis]
    if image.mode in ("1", "L"):
        return np.asarray(image.convert("L"), np.uint8)[..., np.newaxis]
    # By way of RGBA, because Pillow warns of palettes whose transparency would be lost.
    opaque = (image.convert("RGBA") if image.mode == "P" else image).convert("RGB")
    return np.asarray(opaque, np.uint8)
