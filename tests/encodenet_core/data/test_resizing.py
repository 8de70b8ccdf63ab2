from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from encodenet_core.config import DatasetConfig, Resize
from encodenet_core.data.resizing import RESIZES, WantedImages

WIDE = np.zeros((4, 8, 3), np.uint8)
WIDE[:, :2], WIDE[:, 2:6], WIDE[:, 6:] = 50, 100, 200
"""Bands of three levels from left to right."""


def test_every_way_to_resize_is_there() -> None:
    assert set(RESIZES) == set(get_args(Resize))


def test_a_crop_is_the_middle_of_that_shape() -> None:
    np.testing.assert_array_equal(WantedImages((4, 4), "crop").apply(WIDE), np.full((4, 4, 3), 100))


def test_padding_keeps_the_whole_between_black_bars() -> None:
    padded = WantedImages((8, 8), "pad").apply(WIDE)
    np.testing.assert_array_equal(padded[2:6], WIDE)
    assert padded[:2].max() == padded[6:].max() == 0


def test_stretching_keeps_the_whole_and_not_its_shape() -> None:
    stretched = WantedImages((4, 4), "stretch").apply(WIDE)
    assert stretched.shape == (4, 4, 3)
    assert stretched[0, 0, 0] < 100 < stretched[0, -1, 0]


@pytest.mark.parametrize("how", get_args(Resize))
@pytest.mark.parametrize("channels", [1, 3])
def test_fine_stripes_become_their_mean_not_a_pattern(how: Resize, channels: int) -> None:
    stripes = np.zeros((64, 64, channels), np.uint8)
    stripes[:, ::2] = 255
    small = WantedImages((8, 8), how).apply(stripes)
    assert small.shape == (8, 8, channels)
    np.testing.assert_allclose(small, 127.5, atol=8)


@pytest.mark.parametrize("how", get_args(Resize))
def test_a_picture_of_that_size_stays_as_it_is(how: Resize) -> None:
    assert WantedImages((4, 8), how).apply(WIDE) is WIDE


def test_color_becomes_grey_and_grey_gets_three_channels() -> None:
    grey = WantedImages(color="grey").apply(WIDE)
    assert grey.shape == (4, 8, 1)
    np.testing.assert_array_equal(WantedImages(color="rgb").apply(grey), WIDE)
    assert WantedImages(color="rgb").apply(WIDE) is WIDE


def test_many_pictures_are_brought_to_it_like_each_of_them() -> None:
    wanted = WantedImages((2, 3), "crop", "grey")
    images = np.random.default_rng(0).integers(0, 256, (5, 4, 8, 3), np.uint8)
    np.testing.assert_array_equal(wanted.apply_to_all(images), [wanted.apply(image) for image in images])
    assert WantedImages().apply_to_all(images) is images


def test_a_config_says_what_is_wanted() -> None:
    config = DatasetConfig(image_size=(2, 3), resize="pad", color="rgb")
    assert WantedImages.of(config) == WantedImages((2, 3), "pad", "rgb")
    assert WantedImages.of(DatasetConfig()) == WantedImages()
