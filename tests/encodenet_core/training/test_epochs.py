from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from encodenet_core.config import ComputeConfig
from encodenet_core.training import epochs
from encodenet_core.training.augmentation import Augmentation
from encodenet_core.training.batches import TrainingBatches
from encodenet_core.training.epochs import LOOPS, build_epoch, run_steps
from encodenet_core.training.fitting import compile_model
from encodenet_core.training.optimizers import CoupledDecaySGD

RNG = np.random.default_rng(0)
FEATURES = RNG.random((53, 12), np.float32)
LABELS = np.eye(4, dtype=np.float32)[RNG.integers(0, 4, 53)]
WEIGHTS = RNG.random(53, np.float32)

HAS_A_LOOP = keras.backend.backend() in LOOPS


def classifier() -> keras.Model:
    """Layers with weights, with statistics that move, and with random numbers."""
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(8), keras.layers.BatchNormalization(), keras.layers.Dropout(0.3)]
    model = keras.Sequential([keras.Input((12,)), *layers, keras.layers.Dense(4)])
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 21)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    compile_model(model, CoupledDecaySGD(schedule, 1e-3), ComputeConfig(), loss)
    return model


def batches_of(batch_size: int = 8, **arguments: Any) -> TrainingBatches:
    return TrainingBatches(
        FEATURES, lambda indices: LABELS[indices], batch_size=batch_size, seed=3, **arguments
    )


def walked(model: keras.Model, batches: TrainingBatches, run: Any) -> list[float]:
    losses = []
    for epoch in range(3):
        batches.epoch = epoch
        losses.append(run())
    return losses


@pytest.mark.skipif(not HAS_A_LOOP, reason="this backend goes step by step")
@pytest.mark.parametrize("batch_size", [8, 7, 53, 64])
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["even", "weighted"])
def test_a_loop_gives_weights_and_losses_of_single_steps_to_the_bit(
    weights: np.ndarray | None, batch_size: int
) -> None:
    looped, stepped = classifier(), classifier()
    batches = batches_of(batch_size, weights=weights)
    ours = walked(looped, batches, LOOPS[keras.backend.backend()](looped, batches))
    assert ours == walked(stepped, batches, lambda: run_steps(stepped, batches))
    for received, expected in zip(looped.variables, stepped.variables, strict=True):
        np.testing.assert_array_equal(received, expected)
    for received, expected in zip(looped.optimizer.variables, stepped.optimizer.variables, strict=True):
        np.testing.assert_array_equal(received, expected)


@pytest.mark.skipif(not HAS_A_LOOP, reason="this backend goes step by step")
def test_inputs_in_memory_are_looped_over_and_all_others_go_step_by_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looped: list[TrainingBatches] = []
    monkeypatch.setitem(LOOPS, keras.backend.backend(), lambda _, batches: looped.append(batches))
    model, plain = classifier(), batches_of()
    build_epoch(model, batches_of(augmentation=Augmentation(1, flip=False)), ComputeConfig())
    build_epoch(model, plain, ComputeConfig(jit_compile=True))
    assert not looped
    build_epoch(model, plain, ComputeConfig())
    assert looped == [plain]
    monkeypatch.setattr(epochs, "MOST_BYTES", FEATURES.nbytes - 1)
    build_epoch(model, plain, ComputeConfig())
    assert looped == [plain]


@pytest.mark.skipif(not HAS_A_LOOP, reason="this backend goes step by step")
def test_maps_are_looped_over_where_convolutions_lose_nothing_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    looped: list[TrainingBatches] = []
    monkeypatch.setitem(LOOPS, keras.backend.backend(), lambda _, batches: looped.append(batches))
    maps = TrainingBatches(FEATURES.reshape(53, 2, 2, 3), LABELS.take, batch_size=8, seed=3)
    build_epoch(classifier(), maps, ComputeConfig())
    assert bool(looped) == (keras.backend.backend() != "jax")


def test_the_loss_of_an_epoch_is_the_mean_over_its_samples() -> None:
    model, batches = classifier(), batches_of(batch_size=64)
    model.layers[2].rate = 0.0
    wanted = float(model.loss(LABELS, model(FEATURES, training=True)))
    assert build_epoch(model, batches, ComputeConfig())() == pytest.approx(wanted, rel=1e-5)
