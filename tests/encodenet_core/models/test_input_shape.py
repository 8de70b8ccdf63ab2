from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import keras
import pytest
from keras import layers

from encodenet_core.models.input_shape import input_shape_of


def sequential() -> keras.Model:
    return keras.Sequential([keras.Input((24, 16, 3)), layers.Flatten(), layers.Dense(2)])


def functional() -> keras.Model:
    images = keras.Input((24, 16, 3))
    return keras.Model(images, layers.Dense(2)(layers.GlobalAveragePooling2D()(images)))


def inner_model_first() -> keras.Model:
    return keras.Sequential([functional(), layers.Dense(2)])


def functional_around_another() -> keras.Model:
    images = keras.Input((24, 16, 3))
    return keras.Model(images, layers.Dense(2)(functional()(layers.Rescaling(2.0)(images))))


@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.parametrize(
    "build",
    [sequential, functional, inner_model_first, functional_around_another],
    ids=lambda each: each.__name__,
)
def test_the_shape_is_that_of_the_model(
    build: Callable[[], keras.Model], ending: str, tmp_path: Path
) -> None:
    model = build()
    keras.saving.save_model(model, tmp_path / f"model.{ending}", zipped=None)
    assert input_shape_of(tmp_path / f"model.{ending}") == (24, 16, 3) == model.input_shape[1:]


def test_a_side_that_is_left_open_is_none(tmp_path: Path) -> None:
    images = keras.Input((None, None, 1))
    keras.Model(images, layers.GlobalAveragePooling2D()(images)).save(tmp_path / "open.keras")
    assert input_shape_of(tmp_path / "open.keras") == (None, None, 1)


@pytest.mark.parametrize("as_a_list", [True, False])
def test_a_file_of_keras_2_says_it_in_its_first_layer(as_a_list: bool, tmp_path: Path) -> None:
    first = {"class_name": "Conv2D", "config": {"name": "conv", "batch_input_shape": [None, 28, 28, 1]}}
    settings = [first] if as_a_list else {"name": "sequential", "layers": [first]}
    with h5py.File(tmp_path / "old.h5", "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": settings})
    assert input_shape_of(tmp_path / "old.h5") == (28, 28, 1)


@pytest.mark.parametrize(
    "config",
    [
        '{"config": 3}',
        "[]",
        "{}",
        "no JSON",
        '{"config": {"layers": [3]}}',
        '{"config": {"batch_shape": [1]}}',
    ],
)
def test_a_file_that_does_not_say_is_none(config: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "odd.keras", "w") as archive:
        archive.writestr("config.json", config)
    assert input_shape_of(tmp_path / "odd.keras") is None
    with h5py.File(tmp_path / "odd.h5", "w") as file:
        file.attrs["model_config"] = config
    assert input_shape_of(tmp_path / "odd.h5") is None


def test_what_is_no_model_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "text.keras").write_text("hello")
    (tmp_path / "broken.keras").write_bytes(b"PK\x03\x04 broken")
    for name in ("text.keras", "broken.keras", "absent.keras", "."):
        assert input_shape_of(tmp_path / name) is None


def test_keras_is_not_loaded_for_it(tmp_path: Path) -> None:
    sequential().save(tmp_path / "model.keras")
    program = (
        "import sys; from pathlib import Path; from encodenet_core.models.input_shape import input_shape_of;"
        f"assert input_shape_of(Path({str(tmp_path / 'model.keras')!r})) == (24, 16, 3);"
        "assert not {'keras', 'tensorflow'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
