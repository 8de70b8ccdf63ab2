from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from encodenet_core.errors import ConfigError
from encodenet_core.saved_models import load_model


def test_a_model_comes_back_with_its_weights(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras")
    for received, expected in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(received, expected)


def test_code_in_a_model_is_never_run(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda x: x)])
    model.save(tmp_path / "model.keras")
    with pytest.raises(ConfigError, match=r"model\.keras' cannot be loaded \(.*[lL]ambda"):
        load_model(tmp_path / "model.keras")


def test_a_layer_that_nobody_knows_is_refused_in_one_line(tmp_path: Path) -> None:
    class Unknown(keras.layers.Layer):
        def call(self, inputs: object) -> object:
            return inputs

    keras.Sequential([keras.Input((3,)), Unknown()]).save(tmp_path / "model.keras")
    with pytest.raises(ConfigError) as refusal:
        load_model(tmp_path / "model.keras")
    assert "could not be deserialized" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no file; give the path of a trained"):
        load_model(tmp_path)
