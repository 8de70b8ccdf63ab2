"""Models in HDF5, made here in the layouts of Keras 3 and of Keras 2, and files that only look like them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

from encodenet_core.errors import ConfigError
from encodenet_core.models.hdf5_files import hdf5_note, hdf5_refusal
from encodenet_core.models.loading import load_model

IMAGES = np.random.default_rng(0).random((5, 8, 8, 1), np.float32)


def sequential() -> keras.Model:
    inner = [keras.layers.Conv2D(4, 3, activation="relu"), keras.layers.Flatten()]
    return keras.Sequential([keras.Input((8, 8, 1)), *inner, keras.layers.Dense(3, activation="softmax")])


def functional() -> keras.Model:
    images = keras.Input((8, 8, 1))
    x = keras.layers.Conv2D(4, 3, padding="same")(images)
    x = keras.layers.Add()([keras.layers.BatchNormalization()(x), x])
    return keras.Model(images, keras.layers.Dense(3)(keras.layers.GlobalAveragePooling2D()(x)))


def nested() -> keras.Model:
    images = keras.Input((8, 8, 1))
    x = keras.layers.Concatenate()([images] * 3)
    x = keras.applications.MobileNetV2((32, 32, 3), 0.35, include_top=False, weights=None)(
        keras.layers.UpSampling2D(4)(x)
    )
    return keras.Model(images, keras.layers.Dense(3)(keras.layers.GlobalAveragePooling2D()(x)))


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[keras.Model, str], Path]:
    def save(model: keras.Model, name: str) -> Path:
        keras.saving.save_model(model, tmp_path / "model.h5", zipped=None)
        return (tmp_path / "model.h5").rename(tmp_path / name)

    return save


def write_as_keras_2(model: keras.Sequential, path: Path) -> None:
    """A sequential model as Keras 2.15 laid it out: no modules in the config, weights named after layers."""
    layers = []
    for layer in model.layers:
        own = layer.get_config()
        settings = {
            name: value for name, value in own.items() if name not in ("dtype", "quantization_config")
        }
        layers.append({"class_name": type(layer).__name__, "config": without_modules(settings)})
    shape = {
        "name": "first_input",
        "batch_input_shape": [None, *model.inputs[0].shape[1:]],
        "dtype": "float32",
    }
    layers.insert(0, {"class_name": "InputLayer", "config": shape})
    config = {"class_name": "Sequential", "config": {"name": "sequential", "layers": layers}}
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(config)
        file.attrs["keras_version"], file.attrs["backend"] = "2.15.0", "tensorflow"
        weights = file.create_group("model_weights")
        weights.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        weights.attrs["keras_version"], weights.attrs["backend"] = "2.15.0", "tensorflow"
        for layer in model.layers:
            group = weights.create_group(layer.name)
            names = [f"{layer.name}/{weight.name}:0" for weight in layer.weights]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, weight in zip(names, layer.get_weights(), strict=True):
                group.create_dataset(name, data=weight)


def without_modules(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: without_modules(part)
            for name, part in value.items()
            if name not in ("module", "registered_name")
        }
    return value


@pytest.mark.parametrize("build", [sequential, functional, nested])
@pytest.mark.parametrize("name", ["model.h5", "model.hdf5", "traffic_classifier", "misnamed.keras"])
def test_a_model_in_hdf5_predicts_what_it_predicted_whatever_the_file_is_called(
    build: Callable[[], keras.Model], name: str, saved: Callable[[keras.Model, str], Path]
) -> None:
    model = build()
    loaded = load_model(saved(model, name))
    np.testing.assert_array_equal(
        keras.ops.convert_to_numpy(loaded(IMAGES)), keras.ops.convert_to_numpy(model(IMAGES))
    )


def test_a_model_of_keras_2_predicts_what_it_predicted(tmp_path: Path) -> None:
    model = sequential()
    write_as_keras_2(model, tmp_path / "old.h5")
    assert hdf5_note(tmp_path / "old.h5", "keras_version") == "2.15.0"
    loaded = load_model(tmp_path / "old.h5")
    np.testing.assert_array_equal(
        keras.ops.convert_to_numpy(loaded(IMAGES)), keras.ops.convert_to_numpy(model(IMAGES))
    )


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_model(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_code_in_a_file_is_refused_before_anything_runs(tmp_path: Path) -> None:
    import base64
    import marshal

    marker, path = tmp_path / "marker", tmp_path / "model.h5"
    code = compile(f"open({str(marker)!r}, 'w')", "own", "eval")
    function = [base64.b64encode(marshal.dumps(code)).decode(), None, None]
    write_as_keras_2(sequential(), path)
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        settings = {"name": "own", "function": function, "function_type": "lambda"}
        config["config"]["layers"].insert(1, {"class_name": "Lambda", "config": settings})
        file.attrs["model_config"] = json.dumps(config)
    assert "(layer 'own' needs the code of a Lambda, which no file may bring)" in refusal(path)
    assert not marker.exists()


def test_a_layer_that_keras_does_not_know_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    write_as_keras_2(sequential(), path)
    with h5py.File(path, "r+") as file:
        file.attrs["model_config"] = file.attrs["model_config"].replace('"Flatten"', '"MyFlatten"')
    assert "(it needs the code of 'MyFlatten', which no file may bring)" in refusal(path)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.999])
def test_a_truncated_file_is_refused(share: float, tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    write_as_keras_2(sequential(), path)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    assert "truncated" in refusal(path)


def test_weights_alone_are_no_model(tmp_path: Path) -> None:
    sequential().save_weights(tmp_path / "mine.weights.h5")
    message = refusal(tmp_path / "mine.weights.h5")
    assert (
        "it holds weights alone, without layers; build the model in Python, then model.load_weights(PATH)"
        in message
    )


def leads_to_another_file(file: h5py.File, outside: Path) -> None:
    file["model_weights"]["conv"] = h5py.ExternalLink(str(outside), "secret")


def leads_around(file: h5py.File, outside: Path) -> None:
    file["model_weights"]["around"] = h5py.SoftLink("/model_weights")


def lies_in_another_file(file: h5py.File, outside: Path) -> None:
    file.create_dataset("raw", (4,), "u1", external=[(str(outside), 0, 4)])


def is_put_together_of_others(file: h5py.File, outside: Path) -> None:
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource(str(outside), "secret", (4,))
    file.create_virtual_dataset("virtual", layout)


def claims_more_than_it_holds(file: h5py.File, outside: Path) -> None:
    file.create_dataset("bomb", (1 << 34,), "f4", chunks=(1 << 20,), compression="gzip")


def turns_in_a_circle(file: h5py.File, outside: Path) -> None:
    file["model_weights"]["again"] = file["model_weights"]


def holds_references(file: h5py.File, outside: Path) -> None:
    file.create_dataset("pointers", data=[file["model_weights"].ref], dtype=h5py.ref_dtype)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (leads_to_another_file, "a part of it is a link to somewhere else"),
        (leads_around, "a part of it is a link to somewhere else"),
        (lies_in_another_file, "an array of it lies in another file"),
        (is_put_together_of_others, "an array of it lies in another file"),
        (claims_more_than_it_holds, "an array of it claims far more than the file holds"),
        (turns_in_a_circle, "it has more parts inside each other than any model"),
        (holds_references, "an array of it holds object, but numbers are expected"),
    ],
)
def test_a_file_that_leads_out_of_itself_or_claims_too_much_is_refused(
    spoil: Callable[[h5py.File, Path], None], reason: str, tmp_path: Path
) -> None:
    path, outside = tmp_path / "model.h5", tmp_path / "outside.h5"
    with h5py.File(outside, "w") as other:
        other["secret"] = np.arange(4, dtype=np.float32)
    write_as_keras_2(sequential(), path)
    with h5py.File(path, "r+") as file:
        spoil(file, outside)
    assert hdf5_refusal(path) == f"({reason}); save the model again"
    assert reason in refusal(path)


def test_a_version_that_is_none_has_no_say(tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    write_as_keras_2(sequential(), path)
    with h5py.File(path, "r+") as file:
        file.attrs["keras_version"] = 7
        del file["model_weights"]
    assert hdf5_note(path, "keras_version") == ""
    assert "cannot be loaded" in refusal(path)
