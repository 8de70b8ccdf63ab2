"""Both readings of factor transfer: whose maps they take, and what a paraphraser learns."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from encodenet_core.competitors.factor_transfer import OFFICIAL, REPDISTILLER, ReconstructionLoss
from encodenet_core.competitors.taps import Tapped
from encodenet_core.errors import ConfigError
from encodenet_core.models.architectures import ARCHITECTURES

Taught = list[tuple[keras.Model, keras.losses.Loss, float]]


def tapped(name: str, role: str) -> Tapped:
    return Tapped(ARCHITECTURES[name]((8, 8, 1), 3, ([0.5], [0.2])), None, None, role)  # type: ignore[index]


def test_maps_of_other_sizes_are_refused() -> None:
    with pytest.raises(ConfigError, match="ft compares last maps of one size, but the student's has 2x2"):
        REPDISTILLER.factors(tapped("resnet20", "student"), tapped("small", "teacher"), lambda *told: None)


@pytest.mark.parametrize(("design", "share"), [(REPDISTILLER, 30 / 240), (OFFICIAL, 5 / 163)])
def test_a_factor_has_half_of_the_channels_and_its_paraphraser_is_trained_before_alone(
    design: object, share: float
) -> None:
    keras.utils.set_random_seed(0)
    taught: Taught = []
    teacher = tapped("small", "teacher")
    before = teacher.model.get_weights()
    factors = design.factors(  # type: ignore[attr-defined]
        tapped("small", "student"), teacher, lambda *told: taught.append(told)
    )
    assert {factor.shape for factor in factors} == {(None, 4, 4, 32)}
    ((model, loss, received),) = taught
    assert received == pytest.approx(share)
    images = np.random.default_rng(0).random((8, 8, 8, 1), np.float32)
    model.compile(keras.optimizers.Adam(0.003), loss)
    losses = [float(model.train_on_batch(images, np.zeros((8, 3), np.float32))) for _ in range(100)]
    assert losses[-1] < 0.8 * losses[0]
    for after, earlier in zip(teacher.model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(after, earlier)


@pytest.mark.parametrize(("power", "expected"), [(1, 2.0), (2, 5.0)])
def test_an_error_of_reconstruction_is_absolute_or_squared(power: int, expected: float) -> None:
    pair = np.float32([[0, 0, 1, -3]])
    assert float(ReconstructionLoss(power)(np.zeros((1, 3), np.float32), pair)) == pytest.approx(expected)
