from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from encodenet_core.errors import ConfigError
from encodenet_core.models.loading import load_model


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_model(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_model_comes_back_with_its_weights(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras")
    for received, expected in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(received, expected)


def test_code_in_a_model_is_never_run(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda x: x)])
    model.save(tmp_path / "model.keras")
    assert "cannot be loaded (layer 'lambda" in refusal(tmp_path / "model.keras")
    assert "needs the code of a Lambda, which no file may bring" in refusal(tmp_path / "model.keras")


class Unknown(keras.layers.Layer):
    def call(self, inputs: object) -> object:
        return inputs


class Subclassed(keras.Model):
    def call(self, inputs: object) -> object:
        return inputs


def build_subclassed() -> keras.Model:
    model = Subclassed(name="own")
    model.build((None, 3))
    return model


def scale(inputs: object) -> object:
    return inputs


def in_sequence(*layers: keras.layers.Layer) -> keras.Model:
    return keras.Sequential([keras.Input((3,)), *layers], name="whole")


@pytest.mark.parametrize(
    ("build", "part"),
    [
        (lambda: in_sequence(Unknown(name="own")), "layer 'own' needs the code of 'Unknown'"),
        (
            lambda: in_sequence(in_sequence(Unknown(name="inner"))),
            "layer 'inner' needs the code of 'Unknown'",
        ),
        (
            lambda: in_sequence(keras.layers.Dense(2, activation=scale, name="scaled")),
            "layer 'scaled' needs the code of 'scale'",
        ),
        (build_subclassed, "layer 'own' needs the code of 'Subclassed'"),
    ],
    ids=["layer", "layer of an inner model", "activation", "subclassed model"],
)
def test_code_that_nobody_brings_is_refused_by_its_name(
    build: Callable[[], keras.Model], part: str, tmp_path: Path
) -> None:
    build().save(tmp_path / "model.keras")
    assert f"cannot be loaded ({part}, which no file may bring); build it of Keras's own layers" in refusal(
        tmp_path / "model.keras"
    )


def test_weights_of_another_shape_are_refused_with_both_shapes(tmp_path: Path) -> None:
    for name, units in (("layers", 4), ("weights", 5)):
        in_sequence(keras.layers.Dense(units, name="dense")).save(tmp_path / f"{name}.keras")
    with (
        zipfile.ZipFile(tmp_path / "layers.keras") as layers,
        zipfile.ZipFile(tmp_path / "weights.keras") as weights,
        zipfile.ZipFile(tmp_path / "mixed.keras", "w") as mixed,
    ):
        for part in layers.namelist():
            mixed.writestr(part, (weights if part.endswith(".h5") else layers).read(part))
    message = refusal(tmp_path / "mixed.keras")
    assert (
        "(it holds weights (3, 5) for Dense 'dense', which has (3, 4)); save the model as a whole" in message
    )


def test_a_single_flipped_bit_of_the_weights_is_found(tmp_path: Path) -> None:
    model, path = in_sequence(keras.layers.Dense(2)), tmp_path / "model.keras"
    model.save(path)
    content = bytearray(path.read_bytes())
    position = content.index(model.get_weights()[0].tobytes())
    content[position] ^= 1
    path.write_bytes(content)
    assert "(model.weights.h5 in it is damaged); save or copy it again" in refusal(path)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_a_truncated_file_is_refused(share: float, tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    in_sequence(keras.layers.Dense(2)).save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    assert "it is truncated, damaged or no .keras file; save or copy it again" in refusal(path)


def test_an_archive_of_something_else_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "model.keras", "w") as archive:
        archive.writestr("notes.txt", "no model")
    assert "give a .keras file saved by Keras 3" in refusal(tmp_path / "model.keras")


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no file; give the path of a trained"):
        load_model(tmp_path)
