"""What each method puts beside a student, and that nothing of it stays."""

from __future__ import annotations

from functools import cache
from math import prod
from typing import Any, get_args

import keras
import numpy as np
import pytest

from encodenet_core.competitors.distillation import DISTILLERS, DistillationLoss, Lesson, observe
from encodenet_core.competitors.taps import Tapped
from encodenet_core.config_conversion import DistillationConfig, Distiller
from encodenet_core.models.architectures import ARCHITECTURES
from encodenet_core.models.inference import predict
from encodenet_core.models.split import clone_with_weights

STATISTICS = [0.5] * 3, [0.2] * 3

MODULES = {
    ("fitnet", "resnet32", "resnet110"): 1_120,
    ("fitnet", "vgg8", "vgg16"): 66_304,
    ("ft", "resnet32", "resnet110"): 64_896,
    ("ft", "vgg8", "vgg16"): 4_131_840,
}
"""By method, student and teacher: the weights that are trained beside the student, in RepDistiller."""

PARAPHRASERS = {("resnet32", "resnet110"): 129_312, ("vgg8", "vgg16"): 8_259_840}


@cache
def build(name: str, shape: tuple[int, int, int] = (8, 8, 3), num_classes: int = 4) -> keras.Model:
    keras.utils.set_random_seed(len(name))
    return ARCHITECTURES[name](shape, num_classes, STATISTICS)  # type: ignore[index]


def pair(student: str, teacher: str) -> tuple[Tapped, Tapped]:
    pupil, master = (clone_with_weights(build(name)) for name in (student, teacher))
    return Tapped(pupil, None, None, "student"), Tapped(master, None, None, "teacher")


def untaught(model: keras.Model, loss: keras.losses.Loss, share: float) -> None:
    """Leaves a paraphraser as it is."""


def prepare(method: str, student: Tapped, teacher: Tapped) -> Lesson:
    return DISTILLERS[method](student, teacher, DistillationConfig(), untaught)  # type: ignore[index]


def count(weights: list[Any]) -> int:
    return sum(prod(weight.shape) for weight in weights)


def random_batch() -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    return rng.random((6, 8, 8, 3), np.float32), np.eye(4, dtype=np.float32)[np.arange(6) % 4]


def test_every_name_has_an_implementation_and_no_other() -> None:
    assert set(DISTILLERS) == set(get_args(Distiller))


@pytest.mark.parametrize("method", DISTILLERS)
def test_a_step_changes_the_student_and_what_was_put_beside_it_but_nothing_of_the_teacher(
    method: str,
) -> None:
    student, teacher = pair("small", "small" if method in ("ft", "ft_official") else "resnet9")
    structure = [weight.shape for weight in student.model.weights]
    before, of_teacher = student.model.get_weights(), teacher.model.get_weights()
    lesson = prepare(method, student, teacher)
    observed = observe(student, teacher, lesson)
    observed.compile(keras.optimizers.SGD(0.01), DistillationLoss(lesson))
    images, labels = random_batch()
    assert np.isfinite(observed.train_on_batch(images, labels))
    assert [weight.shape for weight in student.model.weights] == structure
    assert not all(np.array_equal(*each) for each in zip(student.model.get_weights(), before, strict=True))
    for after, earlier in zip(teacher.model.get_weights(), of_teacher, strict=True):
        np.testing.assert_array_equal(after, earlier)


@pytest.mark.parametrize("method", DISTILLERS)
def test_the_loss_is_the_labels_and_the_distance_as_they_are_weighted(method: str) -> None:
    student, teacher = pair("small", "small")
    lesson = prepare(method, student, teacher)
    images, labels = random_batch()
    received = predict(observe(student, teacher, lesson), images)
    logits = predict(student.model, images)
    sides = (
        keras.Model(student.model.inputs[0], lesson.student),
        keras.Model(teacher.model.inputs[0], lesson.teacher),
    )
    distance = keras.ops.mean(lesson.distance(*(predict(side, images) for side in sides)))
    entropy = keras.losses.CategoricalCrossentropy(from_logits=True)(labels, logits)
    expected = lesson.label_weight * float(entropy) + lesson.weight * float(distance)
    assert float(DistillationLoss(lesson)(labels, received)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("method", "student", "teacher"), MODULES)
def test_a_published_pair_has_exactly_the_modules_of_its_repository(
    method: str, student: str, teacher: str
) -> None:
    taught: list[int] = []
    with keras.StatelessScope(initialize_variables=False):
        networks = [
            Tapped(ARCHITECTURES[name]((32, 32, 3), 100, STATISTICS), None, None, role)  # type: ignore[index]
            for name, role in ((student, "student"), (teacher, "teacher"))
        ]
        lesson = DISTILLERS[method](  # type: ignore[index]
            *networks,
            DistillationConfig(),
            lambda model, loss, share: taught.append(count(model.trainable_weights)),
        )
        observed = observe(*networks, lesson)
    beside = count(observed.trainable_weights) - count(networks[0].model.trainable_weights)
    assert beside == MODULES[method, student, teacher]
    assert taught == ([PARAPHRASERS[student, teacher]] if method == "ft" else [])


def test_a_twin_is_nothing_to_learn_from_by_kd() -> None:
    student, _ = pair("small", "small")
    teacher = Tapped(clone_with_weights(student.model), None, None, "teacher")
    lesson = prepare("kd", student, teacher)
    images, _ = random_batch()
    logits = predict(student.model, images)
    assert float(keras.ops.max(lesson.distance(logits, predict(teacher.model, images)))) < 1e-6
    assert (lesson.label_weight, lesson.weight) == (pytest.approx(0.1), 0.9)


def test_maps_of_other_sizes_are_brought_together() -> None:
    student, teacher = pair("resnet20", "small")  # last maps of 2x2 and 4x4 or smaller ones
    lesson = prepare("fitnet", student, teacher)
    assert lesson.student.shape == lesson.teacher.shape
