"""Which form of pixels a classifier was trained on, and whether its classes are numbered as the data are.

Found by what it scores on labelled images, in every common form.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from encodenet_core.data.dataset import Split
from encodenet_core.data.pixels import evenly_spaced, to_unit_range
from encodenet_core.models.inference import evaluation_batches, infer
from encodenet_core.models.macs import count_macs
from encodenet_core.models.pixel_forms import PixelForm
from encodenet_core.references import chance_limit

FEWEST_IMAGES, MOST_IMAGES = 64, 1000
MOST_MACS = 2e12
"""Multiply-accumulates of all forms together: beyond them fewer images are tried."""

_SHUFFLES = 5

STANDARD_ERRORS = 3.0
"""By so many an order of classes must be better, which is the best of a great many orders."""


@dataclass(frozen=True)
class FormScore:
    """What a classifier scores in one form; shares in [0, 1], nats.

    Attributes:
        form: of the pixels.
        accuracy: with the classes in the order of the data.
        matched_accuracy: with them in the order that gives the most.
        cross_entropy: of the right class, in the order of the data.
        classes: for each output of the model, the class of the data that it stands for in that order.
        lucky_accuracy: the most that some order gives where there is nothing to find.
    """

    form: PixelForm
    accuracy: float
    matched_accuracy: float
    cross_entropy: float
    classes: tuple[int, ...]
    lucky_accuracy: float


@dataclass(frozen=True)
class FormScores:
    """The scores of every form that was tried, on the same images."""

    scores: tuple[FormScore, ...]
    n_images: int
    num_classes: int

    @property
    def best(self) -> FormScore:
        """The most accurate; or, where one stands out in an order of classes of its own, that one."""
        in_order = max(self.scores, key=lambda score: (score.accuracy, -score.cross_entropy))
        in_any = max(self.scores, key=lambda score: (score.matched_accuracy, -score.cross_entropy))
        return in_any if self._stands_out(in_any, in_order.matched_accuracy) else in_order

    @property
    def is_better_than_chance(self) -> bool:
        """Whether the best form is, in the order of the data or in its own."""
        limit = chance_limit(self.num_classes, self.n_images)
        return self.best.accuracy > limit or not self.orders_agree

    @property
    def orders_agree(self) -> bool:
        """Whether no other order of classes is better than the given one by more than luck."""
        return not self._stands_out(self.best, self.best.accuracy)

    def _stands_out(self, score: FormScore, accuracy: float) -> bool:
        """Whether a score in its best order is above an accuracy, and above what luck finds."""
        share = score.matched_accuracy
        spread = STANDARD_ERRORS * math.sqrt(share * (1 - share) / self.n_images)
        return share - max(accuracy, score.lucky_accuracy) > max(spread, 1 / self.n_images)


def sample_for(model: keras.Model, split: Split, n_forms: int) -> Split:
    """Images to try so many forms on: all, or evenly spaced ones where that would take long."""
    affordable = int(MOST_MACS / max(1, count_macs(model) * n_forms))
    chosen = evenly_spaced(len(split.labels), min(max(affordable, FEWEST_IMAGES), MOST_IMAGES))
    return Split(split.images[chosen], split.labels[chosen])


def score_forms(model: keras.Model, forms: Sequence[PixelForm], split: Split) -> FormScores:
    """Try a classifier on the same images in every form.

    Args:
        model: images in its own form to logits `(batch, num_classes)`.
        forms: to try, at least one.
        split: labelled images.
    """
    num_classes = model.outputs[0].shape[-1]
    scores = [_score(form, _logits(model, form, split.images), split.labels) for form in forms]
    return FormScores(tuple(scores), len(split.labels), num_classes)


def _logits(model: keras.Model, form: PixelForm, images: NDArray[np.uint8]) -> NDArray[np.float64]:
    batches = (images[batch] for batch in evaluation_batches(images))
    parts = [infer(model, form.apply(to_unit_range(batch))) for batch in batches]
    return np.concatenate(parts).astype(np.float64)


def _score(form: PixelForm, logits: NDArray[np.float64], labels: NDArray[np.int64]) -> FormScore:
    logits = np.nan_to_num(logits, posinf=1e30, neginf=-1e30)
    answers, num_classes = logits.argmax(axis=1), logits.shape[1]
    surprises = np.logaddexp.reduce(logits, axis=1) - logits[np.arange(len(labels)), labels]
    classes, matched = _best_order(answers, labels, num_classes)
    generator = np.random.default_rng(0)
    shuffled = (generator.permutation(labels) for _ in range(_SHUFFLES))
    return FormScore(
        form,
        float(np.mean(answers == labels)),
        matched,
        float(surprises.mean()),
        classes,
        max(_best_order(answers, others, num_classes)[1] for others in shuffled),
    )


def _best_order(
    answers: NDArray[np.int64], labels: NDArray[np.int64], num_classes: int
) -> tuple[tuple[int, ...], float]:
    """The class that each answer stands for so that the most answers are right, and how many are."""
    counts = np.zeros((num_classes, num_classes), np.int64)
    np.add.at(counts, (answers, labels), 1)
    outputs, classes = linear_sum_assignment(counts, maximize=True)
    return tuple(int(each) for each in classes), float(counts[outputs, classes].sum() / len(labels))
