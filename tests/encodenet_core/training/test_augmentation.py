"""Every change of an image is one that can be worked out pixel by pixel, and the originals stay."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from encodenet_core.training.augmentation import Augmentation, augment, mix

# Wide enough that no moved image is its own mirror image; nowhere black.
NOISE = np.random.default_rng(0).integers(1, 256, (10, 6, 7, 2), np.uint8)


def reflected(index: int, length: int) -> int:
    """Where a position outside an image lies when its border is a mirror."""
    index = abs(index)
    return index if index < length else 2 * (length - 1) - index


def candidates(image: NDArray[np.uint8], shift: int, mirrored: bool) -> dict[bytes, tuple[int, int]]:
    """Every way to move an image by up to `shift` pixels, worked out pixel by pixel."""
    height, width, _ = image.shape
    ways = {}
    for down in range(-shift, shift + 1):
        for right in range(-shift, shift + 1):
            moved = np.array(
                [
                    [image[reflected(y + down, height), reflected(x + right, width)] for x in range(width)]
                    for y in range(height)
                ]
            )
            ways[(moved[:, ::-1] if mirrored else moved).tobytes()] = (down, right)
    return ways


@pytest.mark.parametrize("flip", [True, False])
def test_every_augmented_image_is_a_moved_and_perhaps_mirrored_original(flip: bool) -> None:
    seen, mirrored = set(), 0
    for epoch in range(8):
        changed = augment(NOISE, Augmentation(2, flip=flip), np.random.default_rng(epoch))
        for image, original in zip(changed, NOISE, strict=True):
            straight = candidates(original, 2, mirrored=False)
            turned = candidates(original, 2, mirrored=True)
            mirrored += image.tobytes() not in straight
            seen.add((straight | turned)[image.tobytes()])
    assert (25 < mirrored < 55) if flip else mirrored == 0
    assert len(seen) > 20, "of the 25 shifts nearly all should occur in 80 draws"


def test_augmentation_leaves_the_originals_alone() -> None:
    before = NOISE.copy()
    augment(NOISE, Augmentation(2, flip=True, rotation=15.0, cutout=3), np.random.default_rng(0))
    np.testing.assert_array_equal(NOISE, before)


def test_black_moves_in_where_the_border_is_no_mirror() -> None:
    ways = set()
    for seed in range(8):
        changed = augment(NOISE, Augmentation(1, flip=False, black=True), np.random.default_rng(seed))
        for image, original in zip(changed, NOISE, strict=True):
            padded = np.pad(original, ((1, 1), (1, 1), (0, 0)))
            windows = {
                padded[down : down + 6, right : right + 7].tobytes(): (down, right)
                for down in range(3)
                for right in range(3)
            }
            ways.add(windows[image.tobytes()])
    assert len(ways) == 9


def test_a_quarter_turn_is_a_quarter_turn_to_either_side() -> None:
    """With 90 degrees as the largest angle, an image turned by nearly that much is known by heart."""
    square = np.random.default_rng(1).integers(1, 256, (200, 5, 5, 1), np.uint8)
    turned = augment(square, Augmentation(0, flip=False, rotation=90.0), np.random.default_rng(0))
    sides = [
        tuple(np.array_equal(image, np.rot90(original, k)) for k in (1, 0, -1))
        for image, original in zip(turned, square, strict=True)
    ]
    assert {(True, False, False), (False, True, False), (False, False, True)} <= set(sides)


def test_a_small_turn_keeps_the_centre_and_blackens_corners() -> None:
    white = np.full((50, 33, 33, 1), 255, np.uint8)
    turned = augment(white, Augmentation(0, flip=False, rotation=15.0), np.random.default_rng(0))
    assert (turned[:, 8:25, 8:25] == 255).all()
    corners = turned[:, [0, 0, -1, -1], [0, -1, 0, -1], 0]
    assert (corners == 0).mean() > 0.9
    assert set(np.unique(turned)) == {0, 255}


@pytest.mark.parametrize("side", [1, 3, 4])
def test_a_square_is_blanked_out_around_a_random_pixel(side: int) -> None:
    changed = augment(NOISE.repeat(20, axis=0), Augmentation(0, False, cutout=side), np.random.default_rng(2))
    squares = set()
    for image in changed:
        rows, columns = np.nonzero((image == 0).all(axis=-1))
        top, left, bottom, right = rows.min(), columns.min(), rows.max() + 1, columns.max() + 1
        assert (image[top:bottom, left:right] == 0).all()
        assert len(rows) == (bottom - top) * (right - left), "one rectangle and nothing else"
        assert max(bottom - top, right - left) <= side
        squares.add((top, left, bottom, right))
    assert (0, 0, side, side) in squares or side == 4
    assert len(squares) > 25


def test_the_same_generator_state_gives_the_same_images() -> None:
    augmentation = Augmentation(2, flip=True, rotation=15.0, cutout=2)
    one, other = (augment(NOISE, augmentation, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_samples_are_mixed_with_their_targets_and_weights_by_one_share_each() -> None:
    inputs = np.arange(6, dtype=np.float32).reshape(6, 1, 1) * 10
    labels = np.eye(6, dtype=np.float32)
    batch = (inputs, (labels, inputs + 1), np.arange(6, dtype=np.float32))
    mixed, (mixed_labels, moved), weights = mix(batch, 1.0, np.random.default_rng(0))
    np.testing.assert_allclose(mixed_labels.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(mixed[:, 0, 0], mixed_labels @ inputs[:, 0, 0], rtol=1e-5)
    np.testing.assert_allclose(moved, mixed + 1, rtol=1e-5)
    np.testing.assert_allclose(weights, mixed_labels @ np.arange(6), rtol=1e-5)
    assert ((mixed_labels > 0.01) & (mixed_labels < 0.99)).any()


def test_what_mixes_nothing_is_told_by_the_values_of_earlier_versions() -> None:
    assert "mixup" not in Augmentation(2, flip=True).identity()
    assert Augmentation(2, flip=True, mixup=0.2).identity()["mixup"] == 0.2
