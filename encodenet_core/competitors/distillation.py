"""The methods of table 4: what each compares in student and teacher, and how much that counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any

import keras
from keras import ops

from encodenet_core.competitors.factor_transfer import OFFICIAL, REPDISTILLER, FactorTransfer, Teach
from encodenet_core.competitors.losses import map_distance, relational_distance
from encodenet_core.competitors.taps import Tapped
from encodenet_core.config_conversion import DistillationConfig, Distiller
from encodenet_core.errors import ConfigError
from encodenet_core.models.architectures.layers import normalize, rectify
from encodenet_core.models.teaching import Frozen, side_by_side
from encodenet_core.training.losses import TEACHER_SHARE, softened_divergence

Tensor = Any


@dataclass(frozen=True, eq=False)
class Lesson:
    """What a student learns beside its labels.

    Attributes:
        student: a tensor of the student, of modules behind it too, which the result does not keep.
        teacher: a tensor of the teacher.
        distance: of the two: of every image, `(batch,)`, or of the batch.
        weight: of that distance in the loss.
        label_weight: of the cross-entropy with the labels.
    """

    student: Tensor
    teacher: Tensor
    distance: Callable[[Tensor, Tensor], Tensor]
    weight: float
    label_weight: float = 1.0


Prepare = Callable[[Tapped, Tapped, DistillationConfig, Teach], Lesson]


def _predictions(student: Tapped, teacher: Tapped, section: DistillationConfig, teach: Teach) -> Lesson:
    distance = partial(softened_divergence, temperature=section.temperature)
    return Lesson(student.logits, teacher.logits, distance, TEACHER_SHARE, 1 - TEACHER_SHARE)


def _relations(student: Tapped, teacher: Tapped, section: DistillationConfig, teach: Teach) -> Lesson:
    return Lesson(student.pooled, teacher.pooled, relational_distance, 1.0)


def _hints(student: Tapped, teacher: Tapped, section: DistillationConfig, teach: Teach) -> Lesson:
    expected = teacher.hinted
    return Lesson(_regress(student.hinted, expected), expected, map_distance, 100.0)


def _factors(design: FactorTransfer) -> Prepare:
    def prepare(student: Tapped, teacher: Tapped, section: DistillationConfig, teach: Teach) -> Lesson:
        translated, paraphrased = design.factors(student, teacher, teach)
        return Lesson(translated, paraphrased, design.distance, design.weight)

    return prepare


DISTILLERS: dict[Distiller, Prepare] = {
    "kd": _predictions,
    "rkd": _relations,
    "fitnet": _hints,
    "ft": _factors(REPDISTILLER),
    "ft_official": _factors(OFFICIAL),
}


def _regress(hint: Tensor, expected: Tensor) -> Tensor:
    """The student's map in the shape of the teacher's, by one convolution, normalisation and ReLU.

    Raises:
        ConfigError: no such convolution leads from the one size to the other.
    """
    (height, width, _), (high, wide, channels) = hint.shape[1:], expected.shape[1:]
    if (height, width) == (high, wide):
        layer = keras.layers.Conv2D(channels, 1)
    elif (height, width) == (2 * high, 2 * wide):
        layer = keras.layers.Conv2D(channels, 3, 2, "same")
    elif (2 * height, 2 * width) == (high, wide):
        layer = keras.layers.Conv2DTranspose(channels, 4, 2, "same")
    elif height > high and width > wide:
        layer = keras.layers.Conv2D(channels, (1 + height - high, 1 + width - wide))
    else:
        raise ConfigError(
            f"fitnet compares maps of {height}x{width} (student) and {high}x{wide} pixels (teacher), but "
            "expected is a student's map at least as large, or half as large; name others with "
            "distillation.student_hint and teacher_hint"
        )
    return rectify(normalize(layer(hint)))


class DistillationLoss(keras.losses.Loss):
    """Cross-entropy with the labels, and the distance from the teacher.

    Predictions are what `observe` gives: logits, student's tensor and teacher's, flat and one after another.
    """

    def __init__(self, lesson: Lesson) -> None:
        """Take what is to be learnt."""
        super().__init__()
        self._lesson = lesson

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """The loss of every image, `(batch,)`."""
        lesson, num_classes = self._lesson, y_true.shape[-1]
        shapes = lesson.student.shape[1:], lesson.teacher.shape[1:]
        logits, *flat = ops.split(y_pred, [num_classes, num_classes + prod(shapes[0])], axis=-1)
        labels = keras.losses.categorical_crossentropy(y_true, logits, from_logits=True)
        tensors = (ops.reshape(each, (-1, *shape)) for each, shape in zip(flat, shapes, strict=True))
        return lesson.label_weight * labels + lesson.weight * lesson.distance(*tensors)


def observe(student: Tapped, teacher: Tapped, lesson: Lesson) -> keras.Model:
    """Images to all that `DistillationLoss` compares; the teacher is frozen, never in training mode."""
    images = student.model.inputs[0]
    seen = Frozen(keras.Model(teacher.model.inputs[0], lesson.teacher))(images)
    return keras.Model(images, side_by_side(student.logits, lesson.student, seen))
