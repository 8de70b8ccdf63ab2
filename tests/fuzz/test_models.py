"""Models, stages and checkpoints: every file is loaded, or refused in one line, and runs no code."""

from __future__ import annotations

import io
import json
import re
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from hostile import as_json, fuzzed, mutated, mutated_bytes, or_refused
from hypothesis import assume, example
from hypothesis import strategies as st

from encodenet_core.comparisons.measurements import MEASUREMENTS_FILE, Measurement, MeasurementFile
from encodenet_core.models.loading import load_model
from encodenet_core.models.weights import read_weights, save_weights
from encodenet_core.runs.folder import class_names_of
from encodenet_core.runs.representatives import Representatives, load_representatives, save_representatives
from encodenet_core.stages.layout import MANIFEST
from encodenet_core.stages.manifest import find_damage, write_manifest
from encodenet_core.training.checkpoints import Progress, load_checkpoint, save_checkpoint


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@cache
def model() -> keras.Model:
    layers = [keras.layers.Conv2D(2, 3, activation="relu"), keras.layers.Flatten(), keras.layers.Dense(2)]
    model = keras.Sequential([keras.Input((4, 4, 1)), *layers])
    model.compile("sgd", "mse")
    return model


@cache
def saved() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.keras")
        model().save(path)
        return path.read_bytes()


def with_config(content: bytes, path: Path) -> None:
    """The saved model with another `config.json`."""
    with zipfile.ZipFile(io.BytesIO(saved())) as good, zipfile.ZipFile(path, "w") as changed:
        for name in good.namelist():
            changed.writestr(name, content if name == "config.json" else good.read(name))


def config() -> Any:
    with zipfile.ZipFile(io.BytesIO(saved())) as good:
        config = json.loads(good.read("config.json"))
    return without_identities(config)


def without_identities(value: Any) -> Any:
    """A config without the numbers by which Keras tells shared parts."""
    if isinstance(value, dict):
        return {key: without_identities(part) for key, part in value.items() if key != "shared_object_id"}
    return [without_identities(part) for part in value] if isinstance(value, list) else value


@fuzzed(st.data(), share=0.5)
def test_a_model_of_a_changed_config_is_loaded_or_refused(place: Path, data: st.DataObject) -> None:
    content = as_json(data.draw(mutated([config()])))
    assume(not re.search(rb"(?<![.\d])\d{5,}", content))  # a layer of millions of units is a valid wish
    with_config(content, place / "model.keras")
    loaded = or_refused(load_model, place / "model.keras")
    assert loaded is None or isinstance(loaded, keras.Model)


@fuzzed(st.data(), share=0.5)
def test_a_model_of_torn_bytes_is_loaded_or_refused(place: Path, data: st.DataObject) -> None:
    (place / "torn.keras").write_bytes(data.draw(mutated_bytes([saved()])))
    or_refused(load_model, place / "torn.keras")


@cache
def saved_in_hdf5() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.h5")
        model().save(path)
        return path.read_bytes()


@fuzzed(st.data())
def test_a_model_in_hdf5_of_torn_bytes_is_loaded_or_refused(place: Path, data: st.DataObject) -> None:
    (place / "torn.h5").write_bytes(data.draw(mutated_bytes([saved_in_hdf5()])))
    or_refused(load_model, place / "torn.h5")


@fuzzed(st.data(), share=0.5)
def test_a_model_in_hdf5_of_a_changed_config_is_loaded_or_refused(place: Path, data: st.DataObject) -> None:
    path = place / "changed.h5"
    path.write_bytes(saved_in_hdf5())
    with h5py.File(path, "r+") as file:
        known = without_identities(json.loads(file.attrs["model_config"]))
        content = as_json(data.draw(mutated([known])))
        assume(not re.search(rb"(?<![.\d])\d{5,}", content))  # a layer of millions of units is a valid wish
        file.attrs["model_config"] = content
    or_refused(load_model, path)


@fuzzed(
    st.binary(max_size=64) | st.sampled_from([b"version https://git-lfs.github.com/spec/v1", b"PK\x03\x04"])
)
def test_a_file_of_any_kind_is_refused_as_a_model(place: Path, content: bytes) -> None:
    (place / "any").write_bytes(content)
    assert or_refused(load_model, place / "any") is None


@fuzzed(st.data())
def test_weights_and_representatives_are_read_or_refused(place: Path, data: st.DataObject) -> None:
    folder = place / "run"
    folder.mkdir(exist_ok=True)
    save_weights([np.zeros((2, 3)), np.ones(4)], folder / "good.npz")
    save_representatives(Representatives(np.zeros((1, 2, 2, 1), np.uint8), np.zeros(1, np.int64)), folder)
    (folder / "selected.npz").write_bytes(data.draw(mutated_bytes([(folder / "good.npz").read_bytes()])))
    or_refused(read_weights, folder / "selected.npz")
    content = (folder / "representatives.npz").read_bytes()
    (folder / "representatives.npz").write_bytes(data.draw(mutated_bytes([content])))
    or_refused(load_representatives, folder)


@fuzzed(st.data())
def test_a_checkpoint_is_gone_on_from_or_passed_over(place: Path, data: st.DataObject) -> None:
    folder = place / "checkpoint"
    save_checkpoint(folder, model(), Progress([0.5], [0.4], 1.0), "fit")
    path = folder / "checkpoint.npz"
    path.write_bytes(data.draw(mutated_bytes([path.read_bytes()])))
    assert load_checkpoint(folder, model(), "fit").epoch in (0, 1)


METRICS = {"dataset": {"class_names": ["ant", "bee"], "fingerprint": "x"}, "encodenet": {"accuracy": 0.5}}


@fuzzed(mutated([METRICS]).map(as_json) | mutated_bytes([json.dumps(METRICS).encode()]))
@example(b"[" * 50_000)
def test_class_names_of_a_run_are_words_or_refused(place: Path, content: bytes) -> None:
    (place / "metrics.json").write_bytes(content)
    names = or_refused(class_names_of, place)
    assert names is None or all(isinstance(name, str) for name in names)


MEASURED = {"seed": 1, "setup": "k3", "circumstances": {"a": 1}, "values": {"accuracy": 0.5}, "reason": ""}


@fuzzed(mutated([MEASURED]).map(as_json) | mutated_bytes([json.dumps(MEASURED).encode()]))
@example(b"[" * 50_000)
@example(b'"x"')
def test_measurements_are_read_or_refused(place: Path, content: bytes) -> None:
    folder = place / "measurements"
    folder.mkdir(exist_ok=True)
    (folder / MEASUREMENTS_FILE).write_bytes(content + b"\n")

    def read() -> None:
        with MeasurementFile(folder) as file:
            found = file.find({"a": 1})
            assert found is None or isinstance(found, Measurement)
            file.differences(1, "k3", {"a": 2})

    or_refused(read)


@fuzzed(st.data())
def test_a_stage_is_whole_or_damaged(place: Path, data: st.DataObject) -> None:
    folder = place / "stage"
    folder.mkdir(exist_ok=True)
    (folder / "facts.json").write_text("{}")
    write_manifest(folder, {"stage": "x", "inputs": {}}, besides="checkpoint")
    assert find_damage(folder) is None
    good = (folder / MANIFEST).read_bytes()
    changed = data.draw(mutated([json.loads(good)]).map(as_json) | mutated_bytes([good]))
    (folder / MANIFEST).write_bytes(changed)
    assert find_damage(folder) is None or isinstance(find_damage(folder), str)
