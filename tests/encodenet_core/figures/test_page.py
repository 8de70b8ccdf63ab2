from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from encodenet_core.figures.look import house_style, save_page
from encodenet_core.figures.mosaic import compose_mosaic
from encodenet_core.figures.page import (
    HEADER,
    MARGIN,
    frame,
    open_page,
    place_axes,
    place_mosaic,
    short_number,
)


def write(path: Path, width: int = 701, height: int = 503) -> Path:
    image = np.arange(64, dtype=np.uint8).reshape(8, 8, 1) * 3
    mosaic = compose_mosaic([[image, image]], [10], 0)
    with house_style():
        page = open_page(width, height, "Title", "and more")
        axes = place_mosaic(page, mosaic, 100, HEADER)
        frame(axes, mosaic.boxes[0, 1], "#FF0000", dashed=True)
        save_page(page, path)
    return path


def test_a_page_has_exactly_the_size_that_was_asked_for(tmp_path: Path) -> None:
    # 1107 / 200 * 200 is less than 1107 in floating point.
    for width, height in ((701, 503), (1107, 500)):
        with Image.open(write(tmp_path / "page.png", width, height)) as picture:
            assert picture.size == (width, height)
            assert picture.format == "PNG"


def test_images_are_shown_pixel_by_pixel(tmp_path: Path) -> None:
    with Image.open(write(tmp_path / "page.png")) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    # Inside the first tile, away from the hairline around it, each value fills its 16 x 16 square.
    tile = pixels[HEADER : HEADER + 128, 100:228]
    for row, column in ((1, 1), (3, 6), (6, 2)):
        square = tile[row * 16 : row * 16 + 16, column * 16 : column * 16 + 16]
        assert np.unique(square).tolist() == [3 * (8 * row + column)]


def test_the_title_stands_in_the_header(tmp_path: Path) -> None:
    with Image.open(write(tmp_path / "page.png")) as picture:
        pixels = np.asarray(picture.convert("L"))
    assert pixels[MARGIN : HEADER - 20, MARGIN:].min() < 60
    assert pixels[: MARGIN - 4].min() == pixels[:, : MARGIN - 4].min() == 255


def test_axes_lie_where_they_are_placed() -> None:
    page = open_page(800, 600, "", "")
    axes = place_axes(page, (80, 60, 400, 300))
    assert np.allclose(axes.get_position().bounds, (0.1, 0.4, 0.5, 0.5), atol=1e-5)


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (2.3026, "2.30"), (0.01, "0.01"), (0.0042, "4e-3"), (1.2e-12, "1e-12")]
)
def test_numbers_of_any_size_are_short(value: float, text: str) -> None:
    assert short_number(value) == text
