"""Labels as a table has them become indices of classes, the same classes in every split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from encodenet_core.data.decoding import Part
from encodenet_core.errors import DataError

ORDER: tuple[Part, ...] = ("train", "test", "validation")
"""The order in which pictures of several splits are listed."""


def index_labels(
    source: object, labels: Mapping[Part, Sequence[str]]
) -> tuple[dict[Part, NDArray[np.int64]], tuple[str, ...]]:
    """The labels of each part as indices, and the names of the classes: sorted, numbers by their value.

    Args:
        source: what an error calls the table.
        labels: of each part that there is.

    Raises:
        DataError: as `check_parts`.
    """
    names = tuple(sorted({*chain.from_iterable(labels.values())}, key=_order))
    number = {name: index for index, name in enumerate(names)}
    indices = {
        part: np.array([number[label] for label in of_part], np.int64) for part, of_part in labels.items()
    }
    check_parts(source, indices, names)
    return indices, names


def check_parts(source: object, labels: Mapping[Part, NDArray[np.int64]], names: Sequence[str]) -> None:
    """Raise a DataError where there is nothing to train on, or a part has no image of a class of another."""
    if not len(labels.get("train", ())):
        raise DataError(f"{source} has no images to train on; name the split of some of them train")
    in_train = {*labels["train"].tolist()}
    for part, of_part in labels.items():
        odd = sorted(in_train ^ {*of_part.tolist()})
        if odd:
            raise DataError(
                f"{source}: the class {names[odd[0]]!r} is in only one of train and {part}; "
                "add it to the other"
            )


def _order(name: str) -> tuple[bool, int, str]:
    is_number = name.isascii() and name.isdecimal() and len(name) < 20
    return (not is_number, int(name) if is_number else 0, name)
