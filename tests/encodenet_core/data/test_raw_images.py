"""Arrays of any common type become uint8 images and integer labels, or one line says why not."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from encodenet_core.data import raw_images
from encodenet_core.data.raw_images import RawImages, open_raw_images, save_raw_images, to_images, to_labels
from encodenet_core.errors import DataError

RAMP = np.arange(256, dtype=np.uint8).reshape(4, 8, 8)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_floats_up_to_1_become_the_pixels_they_came_from(kind: type) -> None:
    images = to_images((RAMP / 255).astype(kind), "x")
    assert images.dtype == np.uint8
    assert np.array_equal(images[..., 0], RAMP)


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int16, np.int64, np.uint16])
def test_numbers_up_to_255_become_the_pixels_they_came_from(kind: type) -> None:
    assert np.array_equal(to_images(RAMP.astype(kind), "x")[..., 0], RAMP)


def test_conversion_in_blocks_equals_conversion_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    floats = np.random.default_rng(0).random((10, 2, 2, 3))
    at_once = to_images(floats, "x")
    monkeypatch.setattr(raw_images, "BLOCK", 3)
    assert np.array_equal(to_images(floats, "x"), at_once)


def test_uint8_images_are_not_copied() -> None:
    images = RAMP[..., np.newaxis]
    assert to_images(images, "x") is images


def test_images_without_channels_get_one() -> None:
    assert to_images(RAMP, "x").shape == (4, 8, 8, 1)


@pytest.mark.parametrize("shape", [(4,), (4, 1)])
@pytest.mark.parametrize("kind", [np.uint8, np.int32, np.int64])
def test_labels_become_one_axis_of_int64(shape: tuple[int, ...], kind: type) -> None:
    labels = to_labels(np.array([0, 1, 2, 1], kind).reshape(shape), "y")
    assert labels.dtype == np.int64
    assert labels.tolist() == [0, 1, 2, 1]


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((4, 8)), "x has the shape (4, 8)"),
        (np.zeros((4, 8, 8, 2)), "x has the shape (4, 8, 8, 2)"),
        (np.zeros((4, 3, 8, 8)), "1 or 3 channels"),
        (np.zeros((2, 2, 8, 8, 3)), "x has the shape (2, 2, 8, 8, 3)"),
        (np.zeros((0, 8, 8, 3)), "x holds no images"),
        (np.zeros((4, 0, 8)), "x holds no images"),
        (np.full((2, 2, 2), "a"), "x holds <U1"),
        (np.zeros((2, 2, 2), bool), "x holds bool"),
        (np.full((2, 2, 2), np.nan), "NaN or infinite"),
        (np.full((2, 2, 2), np.inf), "NaN or infinite"),
        (np.full((2, 2, 2), -np.inf, np.float16), "NaN or infinite"),
        (np.full((2, 2, 2), -0.5), "reaches from -0.5 to -0.5, but 0 to 1 is expected"),
        (np.full((2, 2, 2), 1.0001), "reaches from 1.0001 to 1.0001, but 0 to 1 is expected"),
        (np.full((2, 2, 2), 256.0), "reaches from 256 to 256, but 0 to 255 is expected"),
        (np.full((2, 2, 2), -1), "reaches from -1 to -1, but 0 to 255 is expected"),
        (np.full((2, 2, 2), 300, np.uint16), "reaches from 300 to 300"),
    ],
)
def test_unusable_pixels_are_explained(array: np.ndarray, message: str) -> None:
    with pytest.raises(DataError, match=re.escape(message)) as raised:
        to_images(array, "x")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "array", [np.zeros(3), np.zeros((3, 2), int), np.zeros((), int), np.array(["cat"]), np.array([True])]
)
def test_unusable_labels_are_explained(array: np.ndarray) -> None:
    with pytest.raises(DataError, match="y holds .* of the shape .*; convert the labels") as raised:
        to_labels(array, "y")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("with_validation", [False, True])
def test_the_images_of_a_source_are_read_back_as_they_were_written(
    with_validation: bool, tmp_path: Path
) -> None:
    part = RAMP[..., np.newaxis], np.arange(4)
    given = dict(zip(("x_validation", "y_validation"), part, strict=True)) if with_validation else {}
    raw = RawImages(*part, None, None, ("a", "b"), **given)
    save_raw_images(raw, tmp_path)
    opened = open_raw_images(tmp_path)
    assert isinstance(opened.x_train, np.memmap) and not opened.x_train.flags.writeable
    for field in fields(raw):
        np.testing.assert_equal(getattr(opened, field.name), getattr(raw, field.name))
