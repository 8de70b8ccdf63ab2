"""What is read from an `.npz` archive, and what is said of one that cannot be used."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from encodenet_core.data.image_archive import read_archive
from encodenet_core.errors import DataError

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 4, 5, 3), np.uint8)
LABELS = np.array([0, 1, 2, 0, 1, 2])
GOOD = {"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES[:3], "y_test": LABELS[:3]}


def write(path: Path, arrays: Mapping[str, Any]) -> Path:
    np.savez(path, **arrays)
    return path


def test_an_archive_is_read_as_it_was_written(tmp_path: Path) -> None:
    raw = read_archive(write(tmp_path / "a.npz", {**GOOD, "class_names": np.array(["ant", "bee", "cow"])}))
    assert np.array_equal(raw.x_train, IMAGES)
    assert raw.y_train.tolist() == LABELS.tolist()
    assert raw.x_test is not None and raw.y_test is not None
    assert np.array_equal(raw.x_test, IMAGES[:3])
    assert raw.y_test.tolist() == [0, 1, 2]
    assert raw.class_names == ("ant", "bee", "cow")


def test_test_set_and_class_names_can_be_left_out(tmp_path: Path) -> None:
    raw = read_archive(write(tmp_path / "a.npz", {"x_train": IMAGES, "y_train": LABELS[:, np.newaxis]}))
    assert raw.x_test is None and raw.y_test is None
    assert raw.class_names == ("0", "1", "2")


def test_class_names_can_be_bytes(tmp_path: Path) -> None:
    raw = read_archive(write(tmp_path / "a.npz", {**GOOD, "class_names": np.array([b"ant", b"bee", b"cow"])}))
    assert raw.class_names == ("ant", "bee", "cow")


def test_a_dark_test_set_is_scaled_as_the_training_set(tmp_path: Path) -> None:
    dark = np.full((3, 4, 5, 3), 1.0)
    raw = read_archive(write(tmp_path / "a.npz", {**GOOD, "x_train": IMAGES.astype(float), "x_test": dark}))
    assert raw.x_test is not None
    assert raw.x_test.max() == 1


def test_a_float_test_set_beside_an_integer_training_set_is_scaled_by_itself(tmp_path: Path) -> None:
    raw = read_archive(write(tmp_path / "a.npz", {**GOOD, "x_test": IMAGES[:3] / 255}))
    assert raw.x_test is not None
    assert np.array_equal(raw.x_test, IMAGES[:3])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x_train": None}, "no array x_train, only y_train"),
        ({"y_train": None}, "no array y_train"),
        ({"x_test": None}, "no array x_test"),
        ({"y_test": None}, "no array y_test"),
        ({"y_train": LABELS[:5]}, "x_train has 6 images, but y_train has 5 labels"),
        ({"y_test": LABELS}, "x_test has 3 images, but y_test has 6 labels"),
        ({"y_train": LABELS - 1}, "y_train reaches from -1 to 1"),
        ({"y_train": LABELS + 10**12}, "y_train reaches from 1000000000000"),
        ({"y_train": np.full(6, -1)}, "y_train reaches from -1 to -1"),
        ({"y_test": LABELS[:3] + 1}, "y_test reaches from 1 to 3, but 0 to 2 is expected"),
        ({"class_names": np.array(["ant", "bee"])}, "y_train reaches from 0 to 2, but 0 to 1 is expected"),
        ({"class_names": np.array([1, 2, 3])}, "class_names holds int64"),
        ({"class_names": np.array("ant")}, "class_names holds <U3 of the shape ()"),
        ({"class_names": np.array(["ant", "bee", None])}, "cannot read class_names"),
        (
            {"x_train": np.array([None] * 6)},
            "cannot read x_train: it holds object, but numbers or texts are expected",
        ),
        ({"x_train": np.full((6, 4, 5, 3), np.nan)}, "x_train holds NaN"),
        ({"x_test": IMAGES[:3, :3]}, "x_test are (3, 5, 3), but those of x_train (4, 5, 3)"),
        ({"x_test": IMAGES[:3, ..., 0]}, "x_test are (4, 5, 1)"),
        ({"x_test": IMAGES[:0], "y_test": LABELS[:0]}, "x_test holds no images"),
        ({"y_train": LABELS.astype(float)}, "y_train holds float64"),
    ],
)
def test_unusable_arrays_are_explained(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    arrays = {name: array for name, array in {**GOOD, **change}.items() if array is not None}
    path = write(tmp_path / "a.npz", arrays)
    with pytest.raises(DataError, match=re.escape(message)) as raised:
        read_archive(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flip_a_pixel(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[content.index(IMAGES.tobytes())] ^= 255
    path.write_bytes(content)


def replace_by_one_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, IMAGES)


def replace_by_other_files(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "no arrays here")


def replace_an_array_by_text(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x_train", "no array")
        archive.writestr("y_train", "no array")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (Path.unlink, "no .npz archive"),
        (lambda path: path.write_bytes(b""), "no .npz archive"),
        (lambda path: path.write_text("hello"), "no .npz archive"),
        (cut_short, "no .npz archive"),
        (flip_a_pixel, "cannot read x_train: Bad CRC-32"),
        (replace_by_one_array, "no .npz archive"),
        (replace_by_other_files, "no array x_train, only others"),
        (replace_an_array_by_text, "no array x_train, only others"),
    ],
)
def test_a_damaged_archive_is_explained(tmp_path: Path, damage: Any, message: str) -> None:
    path = write(tmp_path / "a.npz", GOOD)
    damage(path)
    with pytest.raises(DataError, match=re.escape(message)) as raised:
        read_archive(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)
