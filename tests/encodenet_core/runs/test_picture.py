"""The picture with rows of images opens anywhere and shows every image in its place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from encodenet_core.runs.picture import draw_rows

# An image of 8x8 is shown eight times larger: tiles of 64 with gaps of 4, after 110 for the names.
FIRST_TILE = (110, 4)


def tile_at(picture: Image.Image, row: int, column: int) -> tuple[int, int]:
    return FIRST_TILE[0] + column * 68, FIRST_TILE[1] + row * 68


@pytest.mark.parametrize("channels", [1, 3])
def test_the_picture_is_a_png_of_the_computed_size(channels: int, tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, 8, 8, channels), np.uint8)
    draw_rows({"input": images, "target": images}, tmp_path / "rows.png")
    with Image.open(tmp_path / "rows.png") as picture:
        picture.load()
        assert picture.format == "PNG"
        assert picture.mode == "RGB"
        assert picture.size == (110 + 5 * 68, 4 + 2 * 68)


def test_every_image_is_at_its_place(tmp_path: Path) -> None:
    first = np.full((2, 8, 8, 1), [[[[10]]], [[[200]]]], np.uint8)
    second = np.full((2, 8, 8, 1), [[[[0.2]]], [[[1.0]]]], np.float32)
    draw_rows({"input": first, "reconstruction": second}, tmp_path / "rows.png")
    with Image.open(tmp_path / "rows.png") as picture:
        values = [picture.getpixel(tile_at(picture, row, column)) for row in (0, 1) for column in (0, 1)]
    assert values == [(10,) * 3, (200,) * 3, (51,) * 3, (255,) * 3]


def test_colours_and_pixels_keep_their_order(tmp_path: Path) -> None:
    image = np.zeros((1, 2, 1, 3), np.uint8)
    image[0, 0, 0], image[0, 1, 0] = (255, 10, 20), (30, 255, 40)
    draw_rows({"input": image}, tmp_path / "rows.png")
    with Image.open(tmp_path / "rows.png") as picture:
        # Two pixels above each other, each shown as 32x32.
        assert picture.size == (110 + 36, 4 + 68)
        assert picture.getpixel((110 + 31, 4 + 31)) == (255, 10, 20)
        assert picture.getpixel((110, 4 + 32)) == (30, 255, 40)
        assert picture.getpixel((110 + 32, 4)) == (255, 255, 255)


def test_what_a_decoder_gives_beyond_the_range_is_clipped(tmp_path: Path) -> None:
    image = np.full((2, 8, 8, 1), [[[[-0.5]]], [[[1.5]]]], np.float32)
    draw_rows({"reconstruction": image}, tmp_path / "rows.png")
    with Image.open(tmp_path / "rows.png") as picture:
        assert picture.getpixel(tile_at(picture, 0, 0)) == (0, 0, 0)
        assert picture.getpixel(tile_at(picture, 0, 1)) == (255, 255, 255)


def test_large_images_are_shown_as_they_are(tmp_path: Path) -> None:
    draw_rows({"input": np.zeros((1, 100, 120, 3), np.uint8)}, tmp_path / "rows.png")
    with Image.open(tmp_path / "rows.png") as picture:
        assert picture.size == (110 + 124, 4 + 104)


def test_the_names_are_written_beside_the_rows(tmp_path: Path) -> None:
    white = np.full((1, 8, 8, 1), 255, np.uint8)
    for name in ("input", ""):
        draw_rows({name: white}, tmp_path / f"{name or 'none'}.png")
    with Image.open(tmp_path / "input.png") as named, Image.open(tmp_path / "none.png") as unnamed:
        assert np.asarray(named)[:, :110].min() < 100
        assert np.asarray(unnamed).min() == 255
