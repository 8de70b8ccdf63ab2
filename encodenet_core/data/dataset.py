"""A name, an archive, an image folder or a table becomes a Dataset: checked, limited and split by class."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from reprlib import repr as shortened

import numpy as np
from numpy.typing import NDArray

from encodenet_core.config import DatasetConfig
from encodenet_core.data.class_balance import ClassBalance, balance_of
from encodenet_core.data.raw_images import RawImages
from encodenet_core.data.resizing import WantedImages
from encodenet_core.data.sources import note_on, read_source
from encodenet_core.data.sources import source_identity as source_identity
from encodenet_core.errors import DataError
from encodenet_core.io.plain_arrays import open_array, save_array
from encodenet_core.io.plain_json import read_json
from encodenet_core.io.whole_files import write_json

UNMIRRORED = {"digits", "mnist"}  # a mirrored 2 is no 2
TEST_FRACTION = 0.2
LONGEST_NAME = 200
TEST_SEED = 0  # fixed, so that a source without a test set has the same one in every run

Indices = NDArray[np.int64]

_LOGGER = logging.getLogger("encodenet_core")


@dataclass(frozen=True, eq=False)
class Split:
    """Images `(n_samples, height, width, channels)` uint8 with 1 or 3 channels, and labels `(n_samples,)`."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def part(self, indices: Indices) -> Split:
        """A copy of the images of these indices `(n_indices,)`."""
        return Split(self.images[indices], self.labels[indices])


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled images, split once for a run.

    `flip` says whether a mirrored image keeps its class. `fingerprint` is 16 hexadecimal digits over the
    content of training and validation split, class names and `flip`: the same with and without `test`.
    """

    name: str
    train: Split
    validation: Split
    test: Split | None
    class_names: tuple[str, ...]
    flip: bool
    fingerprint: str

    @property
    def num_classes(self) -> int:
        """How many classes there are, at least 2."""
        return len(self.class_names)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """`(height, width, channels)` of every image."""
        height, width, channels = self.train.images.shape[1:]
        return height, width, channels

    @property
    def balance(self) -> ClassBalance:
        """How evenly the training images are shared out over the classes."""
        return balance_of(self.train.labels, self.class_names)

    def without_test(self) -> Dataset:
        """The dataset without its test split, for whoever must not see that."""
        return replace(self, test=None)


def load_dataset(config: DatasetConfig, seed: int) -> Dataset:
    """Read a source and split it, the validation split drawn with `seed`.

    A source without a test set gives up a fifth of every class for one, the same whatever the seed.

    Raises:
        DataError: the source is unknown or unusable, or has too few images for its classes.
    """
    if note := note_on(config.source):
        _LOGGER.warning("%s", note)
    return split_source(config, read_source(config.source, WantedImages.of(config)), seed)


def split_source(config: DatasetConfig, raw: RawImages, seed: int) -> Dataset:
    """What `load_dataset` makes of the images of a config's source.

    Raises:
        DataError: there are too few images for their classes, or a class has no name that can be printed.
    """
    _check_classes(config.source, raw)
    pool, test = _pool_and_test(raw)
    per_class = None if config.limit is None else _images_per_class(config.limit, len(raw.class_names))
    train, validation = _train_and_validation(raw, pool, config.validation_fraction, seed, per_class)
    flip = config.source not in UNMIRRORED if config.flip is None else config.flip
    return Dataset(
        name=re.sub(r"\.(npz|csv|parquet)$", "", Path(config.source).absolute().name),
        train=train,
        validation=validation,
        test=test,
        class_names=raw.class_names,
        flip=flip,
        fingerprint=_fingerprint(train, validation, raw.class_names, flip),
    )


def _train_and_validation(
    raw: RawImages, pool: Indices | None, fraction: float, seed: int, per_class: int | None
) -> tuple[Split, Split]:
    """The source's own validation split, or one held out of the training images of the pool."""
    train = Split(raw.x_train, raw.y_train)
    if raw.x_validation is None or raw.y_validation is None:
        labels = train.labels if pool is None else train.labels[pool]
        if per_class is not None:
            per_class = min(per_class, int(np.bincount(labels).min()))
        kept, held_out = split_by_class(labels, fraction, seed, per_class)
        if pool is not None:
            kept, held_out = pool[kept], pool[held_out]
        return train.part(kept), train.part(held_out)
    train = train if pool is None else train.part(pool)
    validation = Split(raw.x_validation, raw.y_validation)
    if per_class is None:
        return train, validation
    n_validation = min(max(round(fraction * per_class), 1), per_class - 1)
    return _limited(train, per_class - n_validation, seed), _limited(validation, n_validation, seed)


def _limited(split: Split, per_class: int, seed: int) -> Split:
    """The same number of images of every class, at most so many, drawn with `seed`."""
    per_class = min(per_class, int(np.bincount(split.labels).min()))
    chosen = np.sort(np.concatenate(list(_shuffled_classes(split.labels, seed, per_class))))
    return split.part(chosen)


def save_dataset(dataset: Dataset, folder: Path) -> None:
    """Write a dataset as `.npy` files and `dataset.json` into a folder that nobody else reads yet."""
    for name in ("train", "validation", "test"):
        split: Split | None = getattr(dataset, name)
        if split is not None:
            save_array(folder, f"{name}_images", split.images)
            save_array(folder, f"{name}_labels", split.labels)
    fields = ("name", "class_names", "flip", "fingerprint")
    write_json(folder / "dataset.json", {field: getattr(dataset, field) for field in fields})


def open_dataset(folder: Path) -> Dataset:
    """The dataset that `save_dataset` wrote, its images memory-mapped and read-only."""
    saved = read_json(folder / "dataset.json")
    has_test = (folder / "test_images.npy").exists()
    return Dataset(
        name=saved["name"],
        train=_open_split(folder, "train"),
        validation=_open_split(folder, "validation"),
        test=_open_split(folder, "test") if has_test else None,
        class_names=tuple(saved["class_names"]),
        flip=saved["flip"],
        fingerprint=saved["fingerprint"],
    )


def split_by_class(
    labels: NDArray[np.int64], fraction: float, seed: int, per_class: int | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sorted indices of the images to keep and of those held out, each class shuffled by `seed`.

    Args:
        labels: `(n_samples,)`, at least two of every class that occurs.
        fraction: the share of every class to hold out; at least one image of it goes to each side.
        seed: equal seeds give equal splits.
        per_class: how many images of every class to use at all; None uses all of them.
    """
    kept, held_out = [], []
    for shuffled in _shuffled_classes(labels, seed, per_class):
        count = min(max(round(fraction * len(shuffled)), 1), len(shuffled) - 1)
        held_out.append(shuffled[:count])
        kept.append(shuffled[count:])
    return np.sort(np.concatenate(kept)), np.sort(np.concatenate(held_out))


def _shuffled_classes(
    labels: NDArray[np.int64], seed: int, per_class: int | None
) -> Iterator[NDArray[np.int64]]:
    """The indices of the images of each class in an order drawn with `seed`, at most so many."""
    generator = np.random.default_rng(seed)
    for label in np.unique(labels):
        yield generator.permutation(np.flatnonzero(labels == label))[:per_class]


def _check_classes(source: str, raw: RawImages) -> None:
    """Every split needs an image of every class, and every class a name that can be printed."""
    for label, name in enumerate(raw.class_names):
        if not name.isprintable() or not name.strip() or len(name) > LONGEST_NAME:
            raise DataError(
                f"{source}: the name of class {label} is {shortened(name)}, but expected are up to "
                f"{LONGEST_NAME} characters that can be printed; rename it"
            )
    if len(raw.class_names) < 2:
        raise DataError(f"{source} has only one class, {raw.class_names[0]!r}, but 2 are needed; add another")
    needed = 1 + (raw.x_test is None) + (raw.x_validation is None)
    counts = np.bincount(raw.y_train, minlength=len(raw.class_names))
    smallest = int(counts.argmin())
    class_name = raw.class_names[smallest]
    if counts[smallest] < needed:
        parts = ["training", *["validation"] * (raw.x_validation is None), *["test"] * (raw.x_test is None)]
        raise DataError(
            f"{source}: class {smallest} ({class_name!r}) has {counts[smallest]} training images, "
            f"but {_listed(parts)} need {needed}; add images or leave the class out"
        )


def _pool_and_test(raw: RawImages) -> tuple[Indices | None, Split]:
    """The training images that are left for training and validation, None for all; and the test split."""
    if raw.x_test is not None and raw.y_test is not None:
        return None, Split(raw.x_test, raw.y_test)
    kept, held_out = split_by_class(raw.y_train, TEST_FRACTION, TEST_SEED)
    return kept, Split(raw.x_train, raw.y_train).part(held_out)


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _images_per_class(limit: int, num_classes: int) -> int:
    if limit < 2 * num_classes:
        raise DataError(
            f"dataset.limit is {limit}, but {num_classes} classes need at least {2 * num_classes}, "
            f"one image each to train on and one to validate on; raise it"
        )
    return limit // num_classes


def _fingerprint(train: Split, validation: Split, class_names: tuple[str, ...], flip: bool) -> str:
    digest = hashlib.sha256(json.dumps([class_names, flip]).encode())
    for array in (train.images, train.labels, validation.images, validation.labels):
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:16]


def _open_split(folder: Path, name: str) -> Split:
    return Split(open_array(folder, f"{name}_images"), np.array(open_array(folder, f"{name}_labels")))
