"""What a file says of its training is read as numbers of Keras's own optimizers, and never as code."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import keras
import pytest

from encodenet_core.models.saved_optimizer import SavedOptimizer, read_saved_optimizer


def saved(optimizer: Any, path: Path) -> Path:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    if optimizer is not None:
        model.compile(optimizer, "mse")
    model.save(path)
    return path


def described(folder: Path, optimizer: object) -> Path:
    """An archive whose config says this of its optimizer."""
    path = folder / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps({"compile_config": {"optimizer": optimizer}}))
    return path


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5")
@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_the_optimizer_and_its_numbers_are_read(name: str, tmp_path: Path) -> None:
    path = saved(keras.optimizers.Adam(5e-4, beta_1=0.8, clipnorm=2.0, weight_decay=1e-3), tmp_path / name)
    found = read_saved_optimizer(path)
    assert found is not None
    assert (found.name, found.learning_rate) == ("Adam", 5e-4)
    expected = {"beta_1": 0.8, "beta_2": 0.999, "epsilon": 1e-7, "clipnorm": 2.0, "weight_decay": 1e-3}
    assert found.settings == {**expected, "amsgrad": False}
    assert SavedOptimizer(**json.loads(json.dumps(found.to_json()))) == found


@pytest.mark.parametrize(
    ("schedule", "rate"),
    [
        (keras.optimizers.schedules.ExponentialDecay(0.02, 10, 0.9), 0.02),
        (keras.optimizers.schedules.CosineDecay(0.0, 10, warmup_target=0.3, warmup_steps=5), 0.3),
        (keras.optimizers.schedules.PiecewiseConstantDecay([5], [0.4, 0.1]), 0.4),
    ],
)
def test_the_rate_of_a_schedule_is_its_highest(schedule: Any, rate: float, tmp_path: Path) -> None:
    found = read_saved_optimizer(
        saved(keras.optimizers.SGD(schedule, momentum=0.9), tmp_path / "model.keras")
    )
    assert found is not None
    assert found.learning_rate == rate
    built = found.build(0.25)
    assert (type(built).__name__, float(built.learning_rate), built.momentum) == ("SGD", 0.25, 0.9)


def test_a_clipping_of_ours_takes_the_place_of_the_files() -> None:
    found = SavedOptimizer("SGD", 0.1, {"clipvalue": 0.5, "momentum": 0.9})
    assert (found.build(0.1).clipvalue, found.build(0.1).global_clipnorm) == (0.5, None)
    clipped = found.build(0.1, global_clipnorm=1.0)
    assert (clipped.clipvalue, clipped.global_clipnorm, clipped.momentum) == (None, 1.0, 0.9)


def test_a_file_of_keras_2_says_lr(tmp_path: Path) -> None:
    path = tmp_path / "old.h5"
    with h5py.File(path, "w") as file:
        config = {"name": "RMSprop", "lr": 0.003, "decay": 0.0, "rho": 0.7}
        training = {"optimizer_config": {"class_name": "RMSprop", "config": config}}
        file.attrs["training_config"] = json.dumps(training)
    assert read_saved_optimizer(path) == SavedOptimizer("RMSprop", 0.003, {"rho": 0.7})


def test_a_model_that_was_not_compiled_names_none(tmp_path: Path) -> None:
    assert read_saved_optimizer(saved(None, tmp_path / "model.keras")) is None


@pytest.mark.parametrize(
    "optimizer",
    [
        None,
        "adam",
        ["Adam"],
        {"class_name": "Adam"},
        {"class_name": ["Adam"], "config": {}},
        {"class_name": "LossScaleOptimizer", "config": {"learning_rate": 0.1}},
        {"class_name": "Mine", "module": "os", "config": {"learning_rate": 0.1}},
        {"class_name": "SGD", "config": {"momentum": 7}},
        {"class_name": "SGD", "config": {"clipnorm": 1, "global_clipnorm": 1}},
    ],
)
def test_what_keras_does_not_have_or_take_is_passed_over(optimizer: object, tmp_path: Path) -> None:
    assert read_saved_optimizer(described(tmp_path, optimizer)) is None


@pytest.mark.parametrize("rate", ["0.1", -1, 0, 1e9, True, None, {"config": 3}, {"config": {"values": []}}])
def test_a_rate_that_is_none_leaves_it_open(rate: object, tmp_path: Path) -> None:
    described_as = {"class_name": "Adam", "config": {"learning_rate": rate, "beta_1": "0.8"}}
    assert read_saved_optimizer(described(tmp_path, described_as)) == SavedOptimizer("Adam")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x89HDF\r\n\x1a\n", b"{}"])
def test_a_damaged_file_names_none(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(content)
    assert read_saved_optimizer(path) is None
