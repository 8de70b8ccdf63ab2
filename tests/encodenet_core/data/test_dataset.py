"""Datasets are checked, limited and split by class, and come back from disk as they were."""

from __future__ import annotations

import json
import re
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from encodenet_core.config import DatasetConfig
from encodenet_core.data.dataset import (
    Dataset,
    Split,
    load_dataset,
    open_dataset,
    save_dataset,
    split_by_class,
)
from encodenet_core.errors import DataError


def write_archive(folder: Path, counts: list[int], n_test: int | None = None, **arrays: Any) -> Path:
    """An archive with so many images of every class; the pixels of every image are its index."""
    labels = np.repeat(np.arange(len(counts)), counts)
    images = np.arange(len(labels), dtype=np.uint8)[:, np.newaxis, np.newaxis] * np.ones((2, 3), np.uint8)
    test = {} if n_test is None else {"x_test": images[:n_test], "y_test": labels[:n_test]}
    path = folder / "numbers.npz"
    np.savez(path, x_train=images, y_train=labels, **test, **arrays)
    return path


def load(source: str | Path, seed: int = 0, **options: Any) -> Dataset:
    return load_dataset(DatasetConfig(source=str(source), **options), seed)


def same(one: Split, other: Split) -> bool:
    return np.array_equal(one.images, other.images) and np.array_equal(one.labels, other.labels)


def indices(split: Split) -> list[int]:
    """Which images of the archive a split holds."""
    return split.images[:, 0, 0, 0].tolist()


def counts(split: Split) -> list[int]:
    return np.bincount(split.labels).tolist()


def test_digits_are_split_by_class() -> None:
    digits = load("digits")
    assert digits.name == "digits"
    assert digits.image_shape == (8, 8, 1)
    assert digits.num_classes == 10
    assert digits.test is not None
    assert len(digits.train.labels) + len(digits.validation.labels) + len(digits.test.labels) == 1797
    assert all(abs(n - 36) <= 1 for n in counts(digits.test))


def test_real_images_keep_their_test_set(test_data: Path) -> None:
    dataset = load(test_data / "cifar10-mini.npz", limit=500)
    assert dataset.name == "cifar10-mini"
    assert counts(dataset.train) == [40] * 10
    assert counts(dataset.validation) == [10] * 10
    assert dataset.test is not None and counts(dataset.test) == [20] * 10
    assert dataset.class_names[0] == "airplane"


@given(
    class_counts=st.lists(st.integers(2, 30), min_size=2, max_size=6),
    fraction=st.floats(0.01, 0.89),
    seed=st.integers(0, 2**31 - 1),
    per_class=st.none() | st.integers(2, 40),
    order=st.randoms(use_true_random=False),
)
def test_a_split_is_balanced_disjoint_complete_and_seeded(
    class_counts: list[int], fraction: float, seed: int, per_class: int | None, order: Any
) -> None:
    shuffled = [label for label, count in enumerate(class_counts) for _ in range(count)]
    order.shuffle(shuffled)
    labels = np.array(shuffled)
    kept, held_out = split_by_class(labels, fraction, seed, per_class)
    used = [min(count, per_class or count) for count in class_counts]
    assert (np.bincount(labels[kept]) + np.bincount(labels[held_out])).tolist() == used
    assert not set(kept) & set(held_out)
    assert kept.tolist() == sorted(kept) and held_out.tolist() == sorted(held_out)
    for label, count in enumerate(used):
        n_held_out = np.count_nonzero(labels[held_out] == label)
        assert 1 <= n_held_out < count
        assert abs(n_held_out - fraction * count) <= 1
    again = split_by_class(labels, fraction, seed, per_class)
    assert np.array_equal(kept, again[0]) and np.array_equal(held_out, again[1])


def test_another_seed_draws_another_validation_split_but_the_same_test_split(tmp_path: Path) -> None:
    path = write_archive(tmp_path, [30, 30])
    first, second = load(path, seed=0), load(path, seed=1)
    assert indices(first.validation) != indices(second.validation)
    assert first.test is not None and second.test is not None
    assert same(first.test, second.test)
    assert first.fingerprint != second.fingerprint


def test_a_test_split_that_is_cut_off_is_a_fifth_and_shares_no_image(tmp_path: Path) -> None:
    dataset = load(write_archive(tmp_path, [30, 10]))
    assert dataset.test is not None
    assert counts(dataset.test) == [6, 2]
    parts = [indices(split) for split in (dataset.train, dataset.validation, dataset.test)]
    assert sorted(sum(parts, [])) == list(range(40))


@pytest.mark.parametrize(("limit", "kept"), [(20, [10, 10]), (21, [10, 10]), (4, [2, 2]), (1000, [12, 12])])
def test_a_limit_keeps_the_same_number_of_every_class(tmp_path: Path, limit: int, kept: list[int]) -> None:
    dataset = load(write_archive(tmp_path, [30, 12], n_test=40), limit=limit)
    assert np.add(counts(dataset.train), counts(dataset.validation)).tolist() == kept
    assert dataset.test is not None and len(dataset.test.labels) == 40


def test_splits_stay_stratified_down_to_two_images_a_class(tmp_path: Path) -> None:
    dataset = load(write_archive(tmp_path, [2, 50, 3], n_test=40))
    assert counts(dataset.train) == [1, 40, 2]
    assert counts(dataset.validation) == [1, 10, 1]
    assert dataset.balance.is_uneven
    cut = load(write_archive(tmp_path, [3, 50, 4]))
    assert cut.test is not None
    assert [counts(split) for split in (cut.train, cut.validation, cut.test)] == [
        [1, 32, 2], [1, 8, 1], [1, 10, 1]
    ]  # fmt: skip


def test_without_a_limit_every_image_is_used(tmp_path: Path) -> None:
    dataset = load(write_archive(tmp_path, [30, 12], n_test=40))
    assert sorted(indices(dataset.train) + indices(dataset.validation)) == list(range(42))


@pytest.mark.parametrize(
    ("counts", "n_test", "options", "message"),
    [
        ([5], 5, {}, "only one class, '0'"),
        ([5, 1], 5, {}, "class 1 ('1') has 1 training images, but training and validation need 2"),
        ([5, 2], None, {}, "class 1 ('1') has 2 training images, but training, validation and test need 3"),
        ([5, 0, 5], 5, {}, "class 1 ('1') has 0 training images"),
        ([5, 5], 5, {"class_names": ["a", "b", "c"]}, "class 2 ('c') has 0 training images"),
        ([5, 5], 5, {"limit": 3}, "dataset.limit is 3, but 2 classes need at least 4"),
    ],
)
def test_too_few_images_are_explained(
    tmp_path: Path, counts: list[int], n_test: int | None, options: dict[str, Any], message: str
) -> None:
    limit = options.pop("limit", None)
    path = write_archive(tmp_path, counts, n_test, **options)
    with pytest.raises(DataError, match=re.escape(message)) as raised:
        load(path, limit=limit)
    assert "\n" not in str(raised.value)


def test_mirroring_is_for_sources_whose_images_keep_their_class(tmp_path: Path) -> None:
    path = write_archive(tmp_path, [5, 5])
    assert not load("digits").flip
    assert load("digits", flip=True).flip
    assert load(path).flip
    assert not load(path, flip=False).flip


def test_the_fingerprint_covers_content_names_and_flip_but_not_the_test_split(tmp_path: Path) -> None:
    path = write_archive(tmp_path, [10, 10], n_test=4)
    whole = load(path)
    assert re.fullmatch("[0-9a-f]{16}", whole.fingerprint)
    assert load(path).fingerprint == whole.fingerprint
    assert load(path, flip=False).fingerprint != whole.fingerprint
    write_archive(tmp_path, [10, 10], n_test=8)
    assert load(path).fingerprint == whole.fingerprint
    write_archive(tmp_path, [10, 10], class_names=["ant", "bee"], n_test=4)
    assert load(path).fingerprint != whole.fingerprint


def test_a_dataset_without_test_is_otherwise_the_same() -> None:
    digits = load("digits")
    searched = digits.without_test()
    assert searched.test is None
    assert digits.test is not None
    assert searched.train is digits.train
    assert searched.fingerprint == digits.fingerprint


def test_a_dataset_cannot_be_changed() -> None:
    digits = load("digits")
    with pytest.raises(FrozenInstanceError):
        digits.flip = True  # type: ignore[misc]


@pytest.mark.parametrize("with_test", [True, False])
def test_a_saved_dataset_comes_back_memory_mapped_and_equal(tmp_path: Path, with_test: bool) -> None:
    digits = load("digits") if with_test else load("digits").without_test()
    save_dataset(digits, tmp_path)
    opened = open_dataset(tmp_path)
    assert isinstance(opened.train.images, np.memmap) and not opened.train.images.flags.writeable
    assert same(opened.train, digits.train) and same(opened.validation, digits.validation)
    assert (opened.test is None) == (digits.test is None)
    if opened.test is not None and digits.test is not None:
        assert same(opened.test, digits.test)
    for field in ("name", "class_names", "flip", "fingerprint", "image_shape", "num_classes"):
        assert getattr(opened, field) == getattr(digits, field)


def test_a_saved_dataset_is_plain_files(tmp_path: Path) -> None:
    save_dataset(load("digits").without_test(), tmp_path)
    names = {f"{split}_{kind}.npy" for split in ("train", "validation") for kind in ("images", "labels")}
    assert {path.name for path in tmp_path.iterdir()} == {*names, "dataset.json"}
    assert json.loads((tmp_path / "dataset.json").read_text())["class_names"] == list("0123456789")


def write_splits(root: Path, counts: dict[str, int]) -> Path:
    """Two classes with so many images of 2 x 2 in each split; every image has a value of its own."""
    value = 0
    for part, count in counts.items():
        for name in ("cat", "dog"):
            (root / part / name).mkdir(parents=True)
            for number in range(count):
                pixels = np.full((2, 2), value, np.uint8)
                Image.fromarray(pixels).save(root / part / name / f"{number}.png")
                value += 1
    return root


def test_a_validation_split_of_the_source_is_used_as_it_is_whatever_the_seed(tmp_path: Path) -> None:
    root = write_splits(tmp_path / "pets", {"train": 5, "val": 3, "test": 2})
    datasets = [load(root, seed) for seed in (0, 1)]
    for dataset in datasets:
        assert dataset.train.images[:, 0, 0, 0].tolist() == list(range(10))
        assert dataset.validation.images[:, 0, 0, 0].tolist() == list(range(10, 16))
        assert dataset.test is not None and len(dataset.test.images) == 4
    assert datasets[0].fingerprint == datasets[1].fingerprint


def test_without_a_test_split_of_the_source_one_is_cut_off_its_training_images(tmp_path: Path) -> None:
    dataset = load(write_splits(tmp_path / "pets", {"train": 5, "dev": 3}))
    assert dataset.test is not None
    assert [len(split.images) for split in (dataset.train, dataset.validation, dataset.test)] == [8, 6, 2]


def test_a_limit_keeps_the_share_of_a_validation_split_of_the_source(tmp_path: Path) -> None:
    root = write_splits(tmp_path / "pets", {"train": 10, "val": 10, "test": 2})
    dataset = load(root, limit=10, validation_fraction=0.4)
    assert counts(dataset.train) == [3, 3]
    assert counts(dataset.validation) == [2, 2]


def test_files_that_are_not_read_are_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = write_splits(tmp_path / "pets", {"train": 5})
    (root / "train" / "cat" / "drawing.svg").touch()
    load(root)
    assert [record.getMessage() for record in caplog.records] == [f"not read as images in {root}: 1 .svg"]


def test_a_limit_above_everything_cuts_nothing_of_either_split(tmp_path: Path) -> None:
    root = write_splits(tmp_path / "pets", {"train": 10, "val": 4, "test": 2})
    dataset = load(root, limit=1000)
    assert (counts(dataset.train), counts(dataset.validation)) == ([10, 10], [4, 4])


def test_one_training_image_a_class_leaves_the_validation_split_as_it_is(tmp_path: Path) -> None:
    dataset = load(write_splits(tmp_path / "pets", {"train": 1, "val": 3, "test": 1}), limit=100)
    assert (counts(dataset.train), counts(dataset.validation)) == ([1, 1], [3, 3])
