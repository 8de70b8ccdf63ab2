"""A fit reports every epoch, uses the batches of that epoch, and ends in one line where it cannot go on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from encodenet_core.config_training import TrainingConfig
from encodenet_core.errors import InfeasibleConfig, Stopped
from encodenet_core.training.batches import TrainingBatches
from encodenet_core.training.checkpoints import FitSummary
from encodenet_core.training.fitting import FitPlan, fit
from encodenet_core.training.optimizers import build_optimizer
from encodenet_core.training.watch import Report, keep_silent

RNG = np.random.default_rng(0)
INPUTS = RNG.normal(size=(40, 3)).astype(np.float32)
TARGETS = (INPUTS @ np.array([[1.0], [-2.0], [0.5]]) + 3.0).astype(np.float32)
TRAINING = TrainingConfig(recipe="fast", epochs=3, batch_size=8, learning_rate=0.02)


def build_model() -> keras.Model:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.set_weights([np.full((3, 1), 0.1), np.zeros(1)])
    return model


def make_batches(inputs: Any = INPUTS) -> TrainingBatches:
    return TrainingBatches(inputs, lambda indices: TARGETS[indices], batch_size=8, seed=1)


def run_fit(
    model: keras.Model,
    training: TrainingConfig = TRAINING,
    report: Report = keep_silent,
    inputs: Any = INPUTS,
) -> FitSummary:
    batches = make_batches(inputs)
    return fit(model, batches, keras.losses.MeanSquaredError(), FitPlan("classifier", training), report)


def test_every_epoch_is_reported_in_order_with_its_loss() -> None:
    reports: list[tuple[str, int, int, Mapping[str, float]]] = []

    def report(*arguments: Any) -> bool:
        reports.append(arguments)
        return True

    summary = run_fit(build_model(), report=report)
    losses = enumerate(summary.losses, start=1)
    assert reports == [("classifier", epoch, 3, {"loss": loss}) for epoch, loss in losses]
    assert len(reports) == 3
    assert summary.losses[0] > summary.losses[1] > summary.losses[2]
    assert summary.seconds > 0


def test_a_fit_is_a_walk_over_the_batches_of_every_epoch() -> None:
    fitted, walked = build_model(), build_model()
    run_fit(fitted)
    batches = make_batches()
    walked.compile(build_optimizer("classifier", TRAINING, len(batches)), keras.losses.MeanSquaredError())
    for epoch in range(3):
        batches.epoch = epoch
        for position in range(len(batches)):
            walked.train_on_batch(*batches[position])
    for received, expected in zip(fitted.get_weights(), walked.get_weights(), strict=True):
        np.testing.assert_allclose(received, expected, rtol=1e-5)


def test_weights_count_in_the_loss_and_in_its_gradients() -> None:
    weights = RNG.uniform(0, 2, 40).astype(np.float32)
    still = TRAINING.model_copy(update={"learning_rate": 1e-30, "epochs": 1})
    batches = TrainingBatches(INPUTS, lambda indices: TARGETS[indices], batch_size=8, seed=1, weights=weights)
    loss, model = keras.losses.MeanSquaredError(), build_model()
    summary = fit(model, batches, loss, FitPlan("classifier", still))
    errors = np.square(INPUTS @ np.full((3, 1), 0.1) - TARGETS)[:, 0]
    assert summary.losses[0] == pytest.approx(float(np.mean(weights * errors)), rel=1e-4)
    ones = TrainingBatches(
        INPUTS, lambda indices: TARGETS[indices], batch_size=8, seed=1, weights=np.ones(40, np.float32)
    )
    fit(model, ones, loss, FitPlan("classifier", TRAINING))
    plain = build_model()
    run_fit(plain)
    for received, expected in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(received, expected, rtol=1e-4)


def test_two_fits_of_one_seed_end_in_the_same_weights() -> None:
    one, other = build_model(), build_model()
    assert run_fit(one).losses == run_fit(other).losses
    np.testing.assert_array_equal(one.get_weights()[0], other.get_weights()[0])


def test_a_fit_ends_where_its_report_says_so() -> None:
    epochs: list[int] = []

    def report(stage: str, epoch: int, of: int, values: Mapping[str, float]) -> bool:
        epochs.append(epoch)
        return epoch < 2

    with pytest.raises(Stopped, match=r"^stopped after epoch 2 of 3 of the classifier stage$"):
        run_fit(build_model(), report=report)
    assert epochs == [1, 2]


def test_a_huge_learning_rate_is_infeasible_and_says_which_to_lower() -> None:
    training = TrainingConfig(recipe="fast", epochs=3, batch_size=8, learning_rate=100.0)
    reports: list[int] = []

    def report(stage: str, epoch: int, of: int, values: Mapping[str, float]) -> bool:
        reports.append(epoch)
        return True

    with pytest.raises(InfeasibleConfig) as caught:
        run_fit(build_model(), training, report, inputs=1000 * INPUTS)
    assert str(caught.value).startswith("the classifier loss became ")
    assert str(caught.value).endswith("lower classifier.training.learning_rate from 100")
    assert "in epoch 1 of 3" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert reports == [], "a loss that is no number is no progress"


def test_the_weights_of_the_last_epochs_are_averaged() -> None:
    averaged = TRAINING.model_copy(update={"averaged_epochs": 2})
    seen: list[Any] = []
    model = build_model()

    def report(*arguments: Any) -> bool:
        seen.append([np.array(weight) for weight in model.get_weights()])
        return True

    run_fit(model, averaged, report)
    for received, second, third in zip(model.get_weights(), seen[1], seen[2], strict=True):
        np.testing.assert_allclose(received, (second + third) / 2, rtol=1e-6)


def test_an_average_goes_on_after_a_stop(tmp_path: Path) -> None:
    averaged = TRAINING.model_copy(update={"averaged_epochs": 2})
    whole, stopped = build_model(), build_model()
    run_fit(whole, averaged)
    plan = FitPlan("classifier", averaged, checkpoint=tmp_path)
    loss = keras.losses.MeanSquaredError()
    with pytest.raises(Stopped):
        fit(stopped, make_batches(), loss, plan, lambda stage, epoch, of, values: epoch < 2)
    resumed = build_model()
    fit(resumed, make_batches(), loss, plan)
    for received, expected in zip(resumed.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(received, expected)
