"""Losses of classifiers against numbers worked out by hand."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import ops

from encodenet_core.training.losses import TEACHER_SHARE, TaughtCrossEntropy, Weighted, softened_divergence


def number(value: Any) -> Any:
    return ops.convert_to_numpy(value)


def vectors(seed: int, *shape: int) -> Any:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def test_the_divergence_of_softened_predictions_is_that_of_kullback_and_leibler() -> None:
    teacher, student = np.float32([[4 * np.log(3), 0]]), np.float32([[0, 0]])
    # At temperature 4: 3/4 and 1/4 beside two halves.
    expected = 16 * (0.75 * np.log(0.75 / 0.5) + 0.25 * np.log(0.25 / 0.5))
    assert number(softened_divergence(student, teacher, 4.0)) == pytest.approx([expected], rel=1e-5)


@pytest.mark.parametrize("temperature", [1.0, 4.0, 20.0])
def test_equal_predictions_do_not_diverge_nor_do_logits_that_are_moved(temperature: float) -> None:
    logits = vectors(0, 5, 10)
    assert number(softened_divergence(logits, logits, temperature)) == pytest.approx([0] * 5, abs=1e-5)
    assert number(softened_divergence(logits + 7, logits, temperature)) == pytest.approx([0] * 5, abs=1e-4)


def test_a_weighted_loss_is_a_multiple_of_the_other_one() -> None:
    expected, received = vectors(0, 4, 3), vectors(1, 4, 3)
    plain = number(keras.losses.MeanSquaredError()(expected, received))
    weighted = Weighted(keras.losses.MeanSquaredError(), 10.0)
    assert number(weighted(expected, received)) == pytest.approx(10 * plain, rel=1e-6)


def test_a_taught_student_hears_its_labels_a_little_and_its_teacher_much() -> None:
    labels, student = np.eye(3, dtype=np.float32), vectors(0, 3, 3)
    logits = student - np.log(np.exp(student).sum(axis=1, keepdims=True))
    surprise = -np.diag(logits).mean()
    loss = TaughtCrossEntropy(temperature=4.0)
    agreed = number(loss(labels, np.concatenate([student, student], axis=1)))
    assert agreed == pytest.approx((1 - TEACHER_SHARE) * surprise, rel=1e-4)
    teacher = vectors(1, 3, 3)
    apart = number(softened_divergence(student, teacher, 4.0)).mean()
    taught = number(loss(labels, np.concatenate([student, teacher], axis=1)))
    assert taught == pytest.approx(agreed + TEACHER_SHARE * apart, rel=1e-4)
