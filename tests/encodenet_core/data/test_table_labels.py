"""Labels of tables as indices: in which order, and what parts must have in common."""

from __future__ import annotations

import numpy as np
import pytest

from encodenet_core.data.table_labels import check_parts, index_labels
from encodenet_core.errors import DataError


def test_classes_are_sorted_numbers_by_their_value() -> None:
    indices, names = index_labels("t", {"train": ["10", "9", "bee", "Ant", "9"]})
    assert names == ("9", "10", "Ant", "bee")
    assert indices["train"].tolist() == [1, 0, 3, 2, 0]
    assert indices["train"].dtype == np.int64


def test_what_only_looks_like_another_number_stays_a_class_of_its_own() -> None:
    assert index_labels("t", {"train": ["7", "07", "٧", "-7"]})[1] == ("07", "7", "-7", "٧")


def test_a_part_without_a_class_of_another_is_refused() -> None:
    with pytest.raises(DataError, match="t: the class 'b' is in only one of train and validation; add it"):
        index_labels("t", {"train": ["a", "b"], "validation": ["a"]})
    with pytest.raises(DataError, match="t: the class 'b' is in only one of train and test"):
        index_labels("t", {"train": ["a"], "test": ["a", "b"]})


def test_nothing_to_train_on_is_refused() -> None:
    with pytest.raises(DataError, match="t has no images to train on; name the split of some of them train"):
        check_parts("t", {"test": np.zeros(3, np.int64)}, ["a"])
