"""How near an exported model is to the Keras model that it was made of."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from encodenet_core.data.dataset import Split
from encodenet_core.data.pixels import evenly_spaced, to_unit_range
from encodenet_core.evaluation import score_logits
from encodenet_core.export.running import Run
from encodenet_core.models.inference import evaluation_batches, predict

PARITY_IMAGES = 100


@dataclass(frozen=True)
class Parity:
    """What a comparison with Keras gave.

    Attributes:
        n_images: how many test images both were given.
        max_difference: the largest difference of a logit among these.
        agreement: share of these that get the same class.
        test_accuracy: of the exported model on the whole test set; None where it was not asked for.
        keras_test_accuracy: of the Keras model on the same images.
    """

    n_images: int
    max_difference: float
    agreement: float
    test_accuracy: float | None = None
    keras_test_accuracy: float | None = None


def compare_with_keras(model: keras.Model, run: Run, test: Split, *, whole: bool) -> Parity:
    """Give 100 test images to both, evenly spaced, or all where there are fewer.

    Args:
        model: images in [0, 1] to logits.
        run: the exported model.
        test: the test split.
        whole: whether to measure both accuracies on the whole split too.
    """
    images = np.asarray(test.images[evenly_spaced(len(test.images), PARITY_IMAGES)])
    expected, received = predict(model, images), run_over(run, images)
    difference = float(np.abs(expected - received).max())
    agreement = float(np.mean(expected.argmax(axis=1) == received.argmax(axis=1)))
    if not whole:
        return Parity(len(images), difference, agreement)
    exported, _ = score_logits(run_over(run, test.images), test.labels)
    original, _ = score_logits(predict(model, test.images), test.labels)
    return Parity(len(images), difference, agreement, exported, original)


def run_over(run: Run, images: NDArray[np.generic]) -> NDArray[np.float32]:
    """The logits of images in 0..255, computed batch by batch."""
    return np.concatenate([run(to_unit_range(images[batch])) for batch in evaluation_batches(images)])
