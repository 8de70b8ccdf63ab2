from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from encodenet_core.config import ComputeConfig
from encodenet_core.models.architectures import ARCHITECTURES
from encodenet_core.training.fitting import compile_model
from encodenet_core.training.tracing import trace_once

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="TensorFlow alone traces what is not compiled"
)

RNG = np.random.default_rng(0)
IMAGES = RNG.random((8, 16, 16, 3), np.float32)
LABELS = np.eye(4, dtype=np.float32)[RNG.integers(0, 4, 8)]
WEIGHTS = RNG.random(8, np.float32)


class Counted(keras.losses.CategoricalCrossentropy):
    """Cross-entropy that counts how often it is traced."""

    n_traces = 0

    def call(self, wanted: Any, given: Any) -> Any:
        self.n_traces += 1
        return super().call(wanted, given)


def trained(
    architecture: Any, *, once: bool, weighted: bool, full: int = 8
) -> tuple[keras.Model, list[float], Counted]:
    keras.utils.set_random_seed(0)
    model = ARCHITECTURES[architecture]((16, 16, 3), 4, ([0.5] * 3, [0.06] * 3))
    loss = Counted(from_logits=True)
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9), loss, jit_compile=False)
    if once:
        trace_once(model)
    losses = []
    for size in (full, full, 5, full, 5):
        weights = (WEIGHTS[:size],) if weighted else ()
        losses.append(float(model.train_on_batch(IMAGES[:size], LABELS[:size], *weights)))
    return model, losses, loss


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("architecture", ["small", "resnet9"])
def test_steps_of_any_size_are_those_of_keras_to_the_bit(architecture: str, weighted: bool) -> None:
    (ours, our_losses, _), (theirs, their_losses, _) = (
        trained(architecture, once=once, weighted=weighted) for once in (True, False)
    )
    assert our_losses == their_losses
    for received, expected in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(received, expected)


def test_steps_of_sizes_that_are_no_powers_of_two_are_those_of_keras_up_to_rounding() -> None:
    (ours, our_losses, _), (theirs, their_losses, _) = (
        trained("small", once=once, weighted=False, full=6) for once in (True, False)
    )
    np.testing.assert_allclose(our_losses, their_losses, rtol=1e-5)
    for received, expected in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(received, expected, rtol=1e-4, atol=1e-5)


def test_a_smaller_batch_is_not_traced_anew() -> None:
    (_, _, once), (_, _, twice) = (trained("small", once=each, weighted=False) for each in (True, False))
    # Keras calls the loss once more to build it, before any step.
    assert twice.n_traces - once.n_traces == 1


def test_what_is_compiled_by_xla_is_left_to_keras() -> None:
    model = ARCHITECTURES["small"]((16, 16, 3), 4, ([0.5] * 3, [0.06] * 3))
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    compile_model(model, keras.optimizers.SGD(), ComputeConfig(jit_compile=True), loss)
    assert model.train_function is None
    compile_model(model, keras.optimizers.SGD(), ComputeConfig(), loss)
    assert model.train_function is not None


def test_several_outputs_have_a_target_each() -> None:
    images = keras.Input((16, 16, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(images)
    model = keras.Model(images, [keras.layers.Dense(4)(pooled), keras.layers.Dense(4)(pooled)])
    model.compile("sgd", [keras.losses.MeanSquaredError()] * 2, jit_compile=False)
    trace_once(model)
    losses = [model.train_on_batch(IMAGES[:size], [LABELS[:size]] * 2)[0] for size in (8, 5)]
    assert np.isfinite(losses).all()
