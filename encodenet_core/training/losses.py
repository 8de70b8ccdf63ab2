"""Losses of classifiers beyond plain cross-entropy: weighted, or with a teacher's predictions beside."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

Tensor = Any

TEACHER_SHARE = 0.9
"""Of the loss of a student, as in RepDistiller; the rest is the cross-entropy with the labels."""


def softened_divergence(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """KD (Hinton et al. 2015): divergence of the softened predictions, as strong at every temperature.

    Args:
        student: logits `(batch, num_classes)`.
        teacher: logits `(batch, num_classes)`.
        temperature: that both are divided by.

    Returns:
        Nats times the square of the temperature, `(batch,)`.
    """
    expected = ops.log_softmax(teacher / temperature)
    received = ops.log_softmax(student / temperature)
    return temperature**2 * ops.sum(ops.exp(expected) * (expected - received), axis=-1)


class Weighted(keras.losses.Loss):
    """Another loss, times a constant."""

    def __init__(self, loss: keras.losses.Loss, weight: float) -> None:
        """Take a loss and what it counts."""
        super().__init__()
        self._loss, self._weight = loss, weight

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """The loss of every sample."""
        return self._weight * self._loss.call(y_true, y_pred)


class TaughtCrossEntropy(keras.losses.Loss):
    """Cross-entropy with the labels, and most of it the divergence from a teacher's softened predictions.

    Predictions are the logits of student and teacher, side by side: `(batch, 2 * num_classes)`.
    """

    def __init__(self, temperature: float) -> None:
        """Take what both logits are divided by."""
        super().__init__()
        self._temperature = temperature

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """The loss of every image, `(batch,)`."""
        student, teacher = ops.split(y_pred, 2, axis=-1)
        labels = keras.losses.categorical_crossentropy(y_true, student, from_logits=True)
        divergence = softened_divergence(student, teacher, self._temperature)
        return (1 - TEACHER_SHARE) * labels + TEACHER_SHARE * divergence
