"""Images moved, mirrored, turned and partly blanked out: by NumPy, and so the same on every backend."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]


@dataclass(frozen=True)
class Augmentation:
    """How images are changed at random.

    Attributes:
        shift: the most pixels that an image moves, down and to the right or back.
        flip: whether half of the images are mirrored.
        black: whether black moves in at the border, and not the mirror image of the inside.
        rotation: the largest angle by which an image is turned, in degrees; its corners become black.
        cutout: the side of the square that is blanked out around a random pixel (DeVries and Taylor 2017);
            it may lie partly outside.
        mixup: of the distribution of the shares by which images are mixed (Zhang et al. 2018); 0 mixes none.
    """

    shift: int
    flip: bool
    black: bool = False
    rotation: float = 0.0
    cutout: int = 0
    mixup: float = 0.0

    def identity(self) -> dict[str, Any]:
        """The values that a fit's checkpoints are told by; what came later is left out at its default."""
        values = asdict(self)
        if not self.mixup:
            del values["mixup"]
        return values


def augment(images: Images, augmentation: Augmentation, rng: np.random.Generator) -> Images:
    """Every image of `(batch, height, width, channels)`, changed; the originals stay as they are."""
    changed = _move(images, augmentation, rng)
    if augmentation.rotation:
        changed = _turn(changed, rng.uniform(-augmentation.rotation, augmentation.rotation, len(images)))
    if augmentation.cutout:
        _blank_out(changed, augmentation.cutout, rng)
    return changed


def mix(batch: tuple[Any, ...], mixup: float, rng: np.random.Generator) -> tuple[Any, ...]:
    """Every sample of a batch with another one of it, by a share of its own.

    Args:
        batch: inputs, targets and whatever else there is of every sample, each `(batch, ...)` or a tuple of
            such.
        mixup: both parameters of the beta distribution that shares are drawn from.
        rng: draws partners and shares.
    """
    size = len(batch[0])
    partners = rng.permutation(size)
    shares = rng.beta(mixup, mixup, size).astype(np.float32)

    def mixed(values: Any) -> Any:
        if isinstance(values, tuple):
            return tuple(mixed(each) for each in values)
        share = shares.reshape(-1, *[1] * (values.ndim - 1))
        return share * values + (1 - share) * values[partners]

    return tuple(mixed(values) for values in batch)


def _move(images: Images, augmentation: Augmentation, rng: np.random.Generator) -> Images:
    batch, height, width, _ = images.shape
    shift = augmentation.shift
    borders = ((0, 0), (shift, shift), (shift, shift), (0, 0))
    padded = np.pad(images, borders, mode="constant" if augmentation.black else "reflect")
    down, right = rng.integers(0, 2 * shift + 1, (2, batch))
    rows = down[:, None] + np.arange(height)
    columns = right[:, None] + np.arange(width)
    if augmentation.flip:
        mirrored = rng.random(batch) < 0.5
        columns[mirrored] = columns[mirrored, ::-1]
    moved: Images = padded[np.arange(batch)[:, None, None], rows[:, :, None], columns[:, None, :]]
    return moved


def _turn(images: Images, degrees: NDArray[np.float64]) -> Images:
    """Turn every image around its centre; each pixel takes the nearest one of the original."""
    batch, height, width, _ = images.shape
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    down = (np.arange(height) - (height - 1) / 2)[None, :, None]
    right = (np.arange(width) - (width - 1) / 2)[None, None, :]
    cosine, sine = cosine[:, None, None], sine[:, None, None]
    rows = np.rint(cosine * down - sine * right + (height - 1) / 2).astype(np.int64)
    columns = np.rint(sine * down + cosine * right + (width - 1) / 2).astype(np.int64)
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    turned: Images = images[
        np.arange(batch)[:, None, None], rows.clip(0, height - 1), columns.clip(0, width - 1)
    ]
    turned[~inside] = 0
    return turned


def _blank_out(images: Images, side: int, rng: np.random.Generator) -> None:
    batch, height, width, _ = images.shape
    top = rng.integers(0, height, (batch, 1)) - side // 2
    left = rng.integers(0, width, (batch, 1)) - side // 2
    rows, columns = np.arange(height)[None, :], np.arange(width)[None, :]
    in_rows = (rows >= top) & (rows < top + side)
    in_columns = (columns >= left) & (columns < left + side)
    images[in_rows[:, :, None] & in_columns[:, None, :]] = 0
