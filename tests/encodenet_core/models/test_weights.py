"""Weights come back as they were, and only into the structure that they are of."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from encodenet_core.errors import ConfigError
from encodenet_core.models.inference import predict
from encodenet_core.models.weights import load_weights, read_weights, save_weights


def build_model(units: int = 3, *more: keras.layers.Layer) -> keras.Model:
    normalization = keras.layers.Normalization()
    normalization.adapt(np.random.default_rng(0).normal(2.0, 3.0, (40, 5)))
    model = keras.Sequential([keras.Input((5,)), normalization, keras.layers.Dense(units), *more])
    model.name = "classifier"
    return model


def test_weights_are_read_back_to_the_bit_and_in_order(tmp_path: Path) -> None:
    weights = [np.random.default_rng(seed).normal(size=(seed + 1, 2)) for seed in range(12)]
    save_weights(weights, tmp_path / "weights.npz")
    for received, expected in zip(read_weights(tmp_path / "weights.npz"), weights, strict=True):
        np.testing.assert_array_equal(received, expected)


def test_a_model_with_loaded_weights_computes_what_the_other_computed(tmp_path: Path) -> None:
    model, other = build_model(), build_model()
    other.layers[0].adapt(np.zeros((4, 5)) + np.arange(4)[:, None])
    inputs = np.random.default_rng(1).normal(size=(6, 5)).astype(np.float32)
    save_weights(model.get_weights(), tmp_path / "weights.npz")
    load_weights(tmp_path / "weights.npz", other)
    np.testing.assert_array_equal(predict(other, inputs), predict(model, inputs))


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (lambda: build_model(4), r"holds a weight \(5, 3\), but 'classifier' expects \(5, 4\)"),
        (lambda: build_model(3, keras.layers.Dense(2)), "holds 5 weights, but 'classifier' expects 7"),
    ],
)
def test_weights_of_another_structure_are_refused_in_one_line(
    other: object, reason: str, tmp_path: Path
) -> None:
    save_weights(build_model().get_weights(), tmp_path / "weights.npz")
    with pytest.raises(ConfigError, match=f"^.*{reason}; give the weights of this model$"):
        load_weights(tmp_path / "weights.npz", other())  # type: ignore[operator]
