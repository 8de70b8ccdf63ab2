"""Images of plain colours, and classifiers of them that are right by construction, in any form of pixels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from encodenet_core.models.pixel_forms import PixelForm

COLORS = np.array(
    [[51, 51, 153], [153, 51, 51], [51, 153, 51], [204, 204, 51], [153, 0, 153]]
    + [[level] * 3 for level in (77, 102, 128, 153)]
)
"""Red, green and blue of every class: reversed some become one, and the greys tell one range from another."""

NAMES = ("navy", "brown", "forest", "olive", "violet", "coal", "slate", "grey", "silver")


def color_images(per_class: int, side: int = 8) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Noisy images of every colour, and their classes."""
    labels = np.repeat(np.arange(len(COLORS)), per_class)
    noise = np.random.default_rng(1).integers(-20, 21, (len(labels), side, side, 3))
    return np.clip(COLORS[labels][:, None, None] + noise, 0, 255).astype(np.uint8), labels


def save_color_archive(path: Path, per_class: int = 20, *, blank_test: bool = False) -> Path:
    """The images as an `.npz` file; with `blank_test` those of its test split tell nothing."""
    images, labels = color_images(per_class)
    arrays = {"x_train": images, "y_train": labels, "class_names": np.array(NAMES)}
    if blank_test:
        arrays |= {"x_test": np.zeros_like(images), "y_test": labels}
    np.savez(path, **arrays)
    return path


def color_classifier(
    form: PixelForm, order: Sequence[int] | None = None, side: int | None = 8, closing: str | None = "softmax"
) -> keras.Model:
    """Answers with the nearest colour, for pixels in this form.

    Args:
        form: of the pixels.
        order: for each output the class that it stands for; None is that of `NAMES`.
        side: of the images; None leaves it open.
        closing: activation of the last layer.
    """
    prototypes = COLORS / 255
    weights, bias = 2 * prototypes.T, -np.square(prototypes).sum(axis=1)
    # Pixels in [0, 1] are (pixels in the form - offset) / scale, where both are read off black and white.
    black, white = (form.apply(np.full((1, 1, 1, 3), value, np.float32))[0, 0, 0] for value in (0, 1))
    if form.is_bgr:
        weights = weights[::-1]
    weights = weights / (white - black)[:, None]
    bias = bias - black @ weights
    chosen = list(range(len(COLORS))) if order is None else list(order)
    model = keras.Sequential(
        [
            keras.Input((side, side, 3)),
            keras.layers.Conv2D(3, 1, use_bias=False, name="map"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(len(COLORS), activation=closing, name="scores"),
        ]
    )
    model.set_weights([np.eye(3)[None, None], 20 * weights[:, chosen], 20 * bias[chosen]])
    return model


def save_color_classifier(path: Path, form: PixelForm, **options: object) -> Path:
    """The classifier in a file."""
    color_classifier(form, **options).save(path)  # type: ignore[arg-type]
    return path
