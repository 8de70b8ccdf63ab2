"""Files of somebody else's, given as a person would give them: refused in one line, their code not run."""

from __future__ import annotations

import io
import json
import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

from encodenet_core.config import DatasetConfig
from encodenet_core.data.dataset import load_dataset
from encodenet_core.data.image_folder import read_folder
from encodenet_core.data.new_images import list_pictures
from encodenet_core.errors import ConfigError, DataError, EncodeNetError
from encodenet_core.io.plain_yaml import read_yaml
from encodenet_core.models.loading import load_model


class Payload:
    """Leaves a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return Path.touch, (self.marker,)


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "harmed"


def test_the_payload_would_run_if_it_were_unpickled(marker: Path) -> None:
    pickle.loads(pickle.dumps(Payload(marker)))  # noqa: S301 - our own
    assert marker.exists()


def test_pickles_in_archives_of_images_do_not_run(tmp_path: Path, marker: Path) -> None:
    path = tmp_path / "images.npz"
    odd = np.array([Payload(marker)] * 6, dtype=object)
    for arrays in ({"x_train": odd, "y_train": odd}, {"x_train": np.zeros((6, 2, 2)), "y_train": odd}):
        np.savez(path, **arrays)
        with pytest.raises(DataError, match="cannot read"):
            load_dataset(DatasetConfig(source=str(path)), 0)
    path.write_bytes(pickle.dumps(Payload(marker)))
    with pytest.raises(DataError):
        load_dataset(DatasetConfig(source=str(path)), 0)
    np.save(tmp_path / "a.npy", odd)
    with pytest.raises(DataError):
        load_dataset(DatasetConfig(source=str(tmp_path / "a.npy")), 0)
    assert not marker.exists()


@pytest.mark.parametrize(
    "text",
    [
        "seed: !!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path [{marker}]]",
        "seed: !!python/object/new:os.system ['touch {marker}']",
        "seed: !!python/object/apply:subprocess.check_call [['touch', '{marker}']]",
        "!!python/object/apply:os.system ['touch {marker}']",
        "seed: !!python/name:os.system",
        "seed: !!binary aGVsbG8=",
    ],
)
def test_tags_in_a_config_do_not_run(text: str, tmp_path: Path, marker: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text.replace("{marker}", str(marker)))
    with pytest.raises(ConfigError, match=r"line 1 is not plain YAML: the tag .* only plain values are read"):
        read_yaml(path)
    assert not marker.exists()


def small_model(*layers: keras.layers.Layer) -> keras.Model:
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="dense"), *layers])


def rewritten(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """A saved model whose members `change` has changed."""
    small_model().save(path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def in_the_config(**changes: Any) -> Callable[[dict[str, bytes]], None]:
    """Changes to the second layer."""

    def change(members: dict[str, bytes]) -> None:
        config = json.loads(members["config.json"])
        config["config"]["layers"][1].update(changes)
        members["config.json"] = json.dumps(config).encode()

    return change


def external_weights(members: dict[str, bytes]) -> None:
    """Weights that lie in another file of the machine."""
    buffer = io.BytesIO(members["model.weights.h5"])
    with h5py.File(buffer, "r+") as file:
        group = file["layers/dense/vars"]
        del group["0"]
        group.create_dataset("0", (3, 2), "float32", external=[("/etc/passwd", 0, 24)])
    members["model.weights.h5"] = buffer.getvalue()


def linked_weights(members: dict[str, bytes]) -> None:
    buffer = io.BytesIO(members["model.weights.h5"])
    with h5py.File(buffer, "r+") as file:
        group = file["layers/dense/vars"]
        del group["0"]
        group["0"] = h5py.ExternalLink("/etc/passwd", "/")
    members["model.weights.h5"] = buffer.getvalue()


def huge_weights(members: dict[str, bytes]) -> None:
    """A few bytes that claim terabytes."""
    buffer = io.BytesIO(members["model.weights.h5"])
    with h5py.File(buffer, "r+") as file:
        group = file["layers/dense/vars"]
        del group["0"]
        group.create_dataset("0", (10**6, 10**6), "float32", chunks=(1000, 1000), compression="gzip")
    members["model.weights.h5"] = buffer.getvalue()


def deep_config(members: dict[str, bytes]) -> None:
    members["config.json"] = b'{"config":' * 100_000


def huge_config(members: dict[str, bytes]) -> None:
    members["config.json"] = b" " * 30_000_000


HOSTILE_MODELS = {
    "a module of somebody's": in_the_config(module="harmful", class_name="Layer", registered_name="x"),
    "a function of the system": in_the_config(module="os", class_name="system", config="touch harmed"),
    "a helper of Keras's that downloads": in_the_config(
        module="keras.utils", class_name="get_file", config={"fname": "x", "origin": "http://127.0.0.1"}
    ),
    "a switch of safe mode": in_the_config(
        module="keras.config", class_name="enable_unsafe_deserialization", config={}
    ),
    "a Lambda by another name": in_the_config(class_name="__lambda__", config={"value": "gANDAA=="}),
    "a module of PyTorch's": in_the_config(class_name="TorchModuleWrapper", config={"module": {}}),
    "a SavedModel": in_the_config(class_name="TFSMLayer", config={"filepath": "/tmp/x"}),  # noqa: S108
    "a list of words": in_the_config(class_name="StringLookup", config={"vocabulary": "/etc/passwd"}),
    "a module that is no name": in_the_config(module=["os"], class_name={"a": 1}),
    "weights in another file": external_weights,
    "weights behind a link": linked_weights,
    "weights of terabytes": huge_weights,
    "a config without a bottom": deep_config,
    "a config of spaces": huge_config,
}


@pytest.mark.parametrize("change", HOSTILE_MODELS.values(), ids=HOSTILE_MODELS)
def test_a_hostile_model_is_refused_and_runs_nothing(
    change: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "harmful.py").write_text(
        "import pathlib; pathlib.Path('harmed').touch()\nclass Layer: pass\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    path = rewritten(tmp_path / "model.keras", change)
    with pytest.raises(ConfigError) as refused:
        load_model(path)
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 600
    assert not (tmp_path / "harmed").exists()
    assert "harmful" not in sys.modules


def test_a_lambda_does_not_run(tmp_path: Path, marker: Path) -> None:
    place = str(marker)
    layer = keras.layers.Lambda(lambda x: (open(place, "w"), x)[1], output_shape=(2,), name="harm")  # noqa: SIM115
    model = small_model(layer)
    model.save(tmp_path / "model.keras")
    marker.unlink(missing_ok=True)
    with pytest.raises(ConfigError, match="layer 'harm' needs the code of a Lambda"):
        load_model(tmp_path / "model.keras")
    assert not marker.exists()


def test_a_bomb_of_a_model_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(40):
            archive.writestr(f"{number}", b"x")
        for info in archive.infolist():
            info.file_size = 2**40
    with pytest.raises(ConfigError, match="this machine has"):
        load_model(path)


@pytest.mark.timeout(60)
def test_pipes_and_devices_are_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "a.yaml"
    os.mkfifo(pipe)
    with pytest.raises(ConfigError, match="pipe or a device"):
        read_yaml(pipe)
    with pytest.raises(ConfigError, match="pipe or a device"):
        read_yaml(Path("/dev/zero"))
    for name in ("model.keras", "images.npz", "a.png"):
        os.mkfifo(tmp_path / name)
    with pytest.raises(ConfigError):
        load_model(tmp_path / "model.keras")
    with pytest.raises(DataError):
        load_dataset(DatasetConfig(source=str(tmp_path / "images.npz")), 0)
    (tmp_path / "tree" / "ant").mkdir(parents=True)
    os.mkfifo(tmp_path / "tree" / "ant" / "a.png")
    with pytest.raises(DataError, match="holds no images"):
        read_folder(tmp_path / "tree")
    with pytest.raises(DataError, match="holds no pictures"):
        list_pictures([tmp_path / "tree"])
    with pytest.raises(DataError, match="there is no file"):
        list_pictures([tmp_path / "a.png"])


def test_links_out_of_a_folder_of_images_are_refused_and_loops_end(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    (root / "ant").mkdir(parents=True)
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"x")
    for target in (secret, Path("/etc/passwd"), Path("../../secret.png"), tmp_path, Path("loop.png")):
        link = root / "ant" / "loop.png"
        link.symlink_to(target)
        with pytest.raises(DataError, match="leads out of|nowhere|holds no images"):
            read_folder(root)
        link.unlink()
    (root / "ant" / "round").symlink_to(root)
    with pytest.raises(EncodeNetError):
        read_folder(root)
    assert list(tmp_path.glob("**/secret.png")) == [secret]


def test_a_command_refuses_a_hostile_name_in_one_line_without_its_escapes(tmp_path: Path) -> None:
    name = "\x1b]0;title\x07\x1b[31m.yaml"
    (tmp_path / name).write_text("decoder.depth: 3\nwrong: 1\n")
    done = subprocess.run(
        [sys.executable, "-m", "decoder_search.cli", "run", name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert "\x1b" not in done.stderr and "\x07" not in done.stderr
