"""A name, or the path of an archive, of an image folder or of a table, becomes labelled images."""

from __future__ import annotations

import difflib
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from encodenet_core.config import DatasetConfig
from encodenet_core.data.class_folders import describe_others, list_images
from encodenet_core.data.csv_table import list_csv, read_rows
from encodenet_core.data.decoding import Progress, keep_quiet, read_pictures
from encodenet_core.data.image_archive import read_archive
from encodenet_core.data.image_folder import read_folder
from encodenet_core.data.parquet_table import find_shards, list_parquet
from encodenet_core.data.raw_images import RawImages, to_images, to_labels
from encodenet_core.data.resizing import AS_THEY_ARE, WantedImages
from encodenet_core.errors import DataError, reason_of
from encodenet_core.io.shell_paths import as_in_a_shell

CIFAR10_CLASSES = tuple("airplane automobile bird cat deer dog frog horse ship truck".split())
CIFAR100_CLASSES = tuple(
    """apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly
    camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup
    dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower
    leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid
    otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray
    road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar
    sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle
    wardrobe whale willow_tree wolf woman worm""".split()
)
FASHION_MNIST_CLASSES = (
    *"T-shirt/top Trouser Pullover Dress Coat Sandal Shirt Sneaker Bag".split(),
    "Ankle boot",
)
DIGITS = tuple("0123456789")

_PATHS = "the path of an image folder, or of an .npz, .csv or .parquet file"
_ENDINGS = (".npz", ".csv", ".parquet")


def _read_digits() -> RawImages:
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = to_images(digits.images / 16, "digits")
    return RawImages(images, to_labels(digits.target, "digits"), None, None, DIGITS)


def _download(name: str, class_names: tuple[str, ...]) -> RawImages:
    import keras

    try:
        (x_train, y_train), (x_test, y_test) = getattr(keras.datasets, name).load_data()
    except Exception as error:  # Keras reports a failed download as a plain Exception
        raise DataError(
            f"cannot download {name}: {reason_of(error)}; go online, or set dataset.source to {_PATHS}"
        ) from None
    return RawImages(
        to_images(x_train, "x_train"),
        to_labels(y_train, "y_train"),
        to_images(x_test, "x_test"),
        to_labels(y_test, "y_test"),
        class_names,
    )


SOURCES: dict[str, Callable[[], RawImages]] = {
    "digits": _read_digits,
    "cifar10": partial(_download, "cifar10", CIFAR10_CLASSES),
    "cifar100": partial(_download, "cifar100", CIFAR100_CLASSES),
    "mnist": partial(_download, "mnist", DIGITS),
    "fashion_mnist": partial(_download, "fashion_mnist", FASHION_MNIST_CLASSES),
}
"""Readers of the datasets that have a name."""


def read_source(
    source: str, wanted: WantedImages = AS_THEY_ARE, progress: Progress = keep_quiet
) -> RawImages:
    """All images of a source, by its name or its path, brought to what is wanted.

    Args:
        source: its name or path.
        wanted: what the images are brought to.
        progress: is told how many pictures are decoded, where the source holds such.

    Raises:
        DataError: the source is unknown or unusable.
    """
    if source in SOURCES:
        return _prepared(SOURCES[source](), wanted)
    path = _path(source)
    if shards := find_shards(path):
        return read_pictures(list_parquet(path, shards), wanted, progress)
    if path.is_dir():
        return read_folder(path, wanted, progress)
    if path.suffix == ".csv":
        return read_pictures(list_csv(path), wanted, progress)
    return _prepared(read_archive(path), wanted)


def _prepared(raw: RawImages, wanted: WantedImages) -> RawImages:
    x_test = None if raw.x_test is None else wanted.apply_to_all(raw.x_test)
    return replace(raw, x_train=wanted.apply_to_all(raw.x_train), x_test=x_test)


def holds_pictures(source: str) -> bool:
    """Whether what a source holds has to be decoded, picture by picture.

    Raises:
        DataError: the source is unknown.
    """
    return source not in SOURCES and ((path := _path(source)).is_dir() or path.suffix != ".npz")


def note_on(source: str) -> str:
    """What the user of a source should know of it, in one line; empty where there is nothing."""
    if source in SOURCES:
        return ""
    path = _path(source)
    return describe_others(path) if path.is_dir() and not find_shards(path) else ""


def source_identity(config: DatasetConfig) -> dict[str, Any]:
    """JSON that stays the same as long as the bytes behind the source do; they are not read.

    Raises:
        DataError: the source is unknown or missing, or its folder cannot be used.
    """
    if config.source in SOURCES:
        return {"name": config.source}
    path = _path(config.source)
    if path.suffix == ".npz" and path.is_file():
        status = path.stat()
        return {"path": str(path), "size": status.st_size, "mtime_ns": status.st_mtime_ns}
    digest = hashlib.sha256()
    prefix = os.path.join(os.path.realpath(path if path.is_dir() else path.parent), "")
    for file, fact in _files(path):
        status = file.stat()
        entry = f"{str(file).removeprefix(prefix)}\0{status.st_size}\0{status.st_mtime_ns}\0{fact}"
        digest.update(os.fsencode(entry))
    return {"path": str(path), "files": digest.hexdigest()[:16]}


def _files(path: Path) -> Iterator[tuple[Path, str]]:
    """The files of a folder or a table; and what else counts: what a table says of them."""
    if shards := find_shards(path):
        yield from (
            (Path(os.path.realpath(file.parent), file.name), part) for part in shards for file in shards[part]
        )
    elif path.is_dir():
        splits = list_images(path).splits
        yield from ((file, "") for split in splits for of_class in split.values() for file in of_class)
    else:
        yield from ((row.file, f"{row.label}\0{row.part}\0") for row in read_rows(path))


def _path(source: str) -> Path:
    """The absolute path of the folder or of the file that a source names."""
    path = Path(os.path.abspath(as_in_a_shell(source)))
    if os.path.isdir(path) or (path.suffix in _ENDINGS and os.path.isfile(path)):
        return path
    if path.suffix in _ENDINGS:
        raise DataError(f"there is no file {path}; give {_PATHS}")
    close = difflib.get_close_matches(source, SOURCES, n=1)
    suggestion = f"did you mean {close[0]!r}? " if close else ""
    raise DataError(
        f"unknown dataset {source!r}; {suggestion}known are {', '.join(SOURCES)}, or give {_PATHS}"
    )
