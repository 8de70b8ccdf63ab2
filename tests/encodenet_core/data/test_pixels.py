from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest

from encodenet_core.data.pixels import channel_statistics, evenly_spaced, to_unit_range


def test_a_channel_half_black_and_half_white_has_mean_a_half_and_variance_a_quarter() -> None:
    images = np.zeros((2, 1, 2, 3), np.uint8)
    images[1, ..., 0] = 255
    images[:, :, 1, 2] = 51
    mean, variance = channel_statistics(images)
    np.testing.assert_allclose(mean, [0.5, 0.0, 0.1], rtol=1e-7)
    np.testing.assert_allclose(variance, [0.25, 0.0, 0.01], rtol=1e-7)


def test_statistics_are_those_of_the_float_pixels_to_a_few_units_in_the_last_place() -> None:
    images = np.random.default_rng(0).integers(0, 256, (1500, 5, 4, 3), np.uint8)
    images[..., 1] //= 9
    mean, variance = channel_statistics(images)
    for channel in range(3):
        pixels = (images[..., channel].astype(np.float32) / np.float32(255)).astype(np.float64).ravel()
        exact = math.fsum(pixels) / len(pixels)
        np.testing.assert_array_max_ulp(mean[channel], exact, 8)
        np.testing.assert_array_max_ulp(variance[channel], math.fsum((pixels - exact) ** 2) / len(pixels), 8)


def test_the_order_of_the_images_changes_nothing() -> None:
    images = np.random.default_rng(1).integers(0, 256, (1100, 3, 3, 1), np.uint8)
    for forwards, backwards in zip(channel_statistics(images), channel_statistics(images[::-1]), strict=True):
        assert forwards.tobytes() == backwards.tobytes()


def test_images_in_a_file_are_counted_a_block_at_a_time(tmp_path) -> None:
    np.save(tmp_path / "images.npy", np.full((8192, 16, 16, 3), 7, np.uint8))
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    tracemalloc.start()
    channel_statistics(mapped)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < mapped.size, "less than even a uint8 copy of the images"


@pytest.mark.parametrize(
    ("count", "most", "positions"),
    [(0, 3, []), (1, 3, [0]), (3, 3, [0, 1, 2]), (9, 3, [0, 4, 8]), (10, 4, [0, 3, 6, 9]), (5, 1, [0])],
)
def test_positions_are_spread_from_the_first_to_the_last(count: int, most: int, positions: list[int]) -> None:
    assert evenly_spaced(count, most).tolist() == positions


def test_pixels_are_scaled_and_floats_are_not() -> None:
    np.testing.assert_allclose(to_unit_range(np.array([0, 51, 255], np.uint8)), [0.0, 0.2, 1.0], rtol=1e-7)
    np.testing.assert_array_equal(to_unit_range(np.array([0.25, 3.0])), [0.25, 3.0])
