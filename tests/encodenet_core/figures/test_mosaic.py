from __future__ import annotations

import numpy as np
import pytest

from encodenet_core.figures.mosaic import TILE, compose_mosaic, enlarge, tile_size


def plain_image(value: int, height: int = 64, width: int = 64) -> np.ndarray:
    return np.full((height, width, 1), value, np.uint8)


def test_every_pixel_of_a_small_image_becomes_a_square() -> None:
    image = np.array([[[0], [255]], [[51], [102]]], np.uint8)
    tile = enlarge(image)
    assert tile.shape == (TILE, TILE, 3)
    half = TILE // 2
    corners = tile[:half, :half], tile[:half, half:], tile[half:, :half], tile[half:, half:]
    assert [np.unique(corner).tolist() for corner in corners] == [[0], [255], [51], [102]]


def test_what_a_decoder_gives_beyond_the_range_is_clipped_and_the_rest_is_rounded() -> None:
    image = np.array([[[-0.5, 0.2, 1.5]]], np.float32)
    assert np.unique(enlarge(image).reshape(-1, 3), axis=0).tolist() == [[0, 51, 255]]


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((8, 8, 1), (128, 128)),
        ((28, 28, 1), (112, 112)),
        ((32, 16, 3), (64, 128)),
        ((300, 600, 3), (128, 64)),
    ],
)
def test_the_longer_side_of_a_tile_is_at_most_the_limit(
    shape: tuple[int, int, int], size: tuple[int, int]
) -> None:
    assert tile_size(shape) == size


def test_tiles_stand_at_their_boxes_and_all_else_is_white() -> None:
    rows = [[plain_image(10), plain_image(20)], [plain_image(30)]]
    mosaic = compose_mosaic(rows, [5], row_gap=7)
    assert mosaic.canvas.shape == (2 * TILE + 7, 2 * TILE + 5, 3)
    assert dict(mosaic.boxes) == {
        (0, 0): (0, 0, TILE, TILE),
        (0, 1): (TILE + 5, 0, TILE, TILE),
        (1, 0): (0, TILE + 7, TILE, TILE),
    }
    rest = mosaic.canvas.copy()
    for place, value in {(0, 0): 10, (0, 1): 20, (1, 0): 30}.items():
        left, top, width, height = mosaic.boxes[place]
        assert np.unique(rest[top : top + height, left : left + width]).tolist() == [value]
        rest[top : top + height, left : left + width] = 255
    assert rest.min() == 255


def test_a_canvas_has_room_for_columns_that_no_row_fills() -> None:
    assert compose_mosaic([[plain_image(0)]], [8, 8], 0).canvas.shape == (TILE, 3 * TILE + 16, 3)
