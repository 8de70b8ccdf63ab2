from __future__ import annotations

import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from encodenet_core.errors import ConfigError
from encodenet_core.models.file_kinds import REMEDIES, kind_of
from encodenet_core.models.loading import load_model

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 84977953\n"


def archive_with(*names: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, "")

    return write


def holding(content: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content) and None


def saved_model(path: Path) -> None:
    path.mkdir()
    (path / "saved_model.pb").write_bytes(b"\x08\x01")


FILES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "git_lfs": ("model.h5", holding(LFS)),
    "saved_model": ("model", saved_model),
    "litert": ("model.tflite", holding(b"\x1c\0\0\0TFL3")),
    "onnx": ("model.onnx", holding(b"\x08\x08\x12\x07pytorch")),
    "pytorch": ("model.pt", archive_with("model/data.pkl", "model/version")),
    "pickle": ("model.pkl", holding(pickle.dumps([1]))),
    "safetensors": ("model.safetensors", holding(b'\x40\0\0\0\0\0\0\0{"a":{}}')),
    "tensorflow_1": ("frozen.pb", holding(b"\x0a\x10")),
}


def test_every_remedy_is_tried() -> None:
    assert FILES.keys() == REMEDIES.keys()


@pytest.mark.parametrize("kind", FILES)
def test_a_file_of_another_kind_is_named_with_its_remedy_in_one_line(kind: str, tmp_path: Path) -> None:
    name, write = FILES[kind]
    path = tmp_path / name
    write(path)
    assert kind_of(path) == kind
    with pytest.raises(ConfigError) as refusal:
        load_model(path)
    assert str(refusal.value) == f"{str(path)!r} {REMEDIES[kind].format(path=path)}"
    assert "\n" not in str(refusal.value)


def test_a_pickle_of_pytorch_is_told_from_another_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "model.pth"
    path.write_bytes(pickle.dumps([1]))
    assert kind_of(path) == "pytorch"


@pytest.mark.parametrize("before", [0, 512, 1024, 2048])
def test_an_hdf5_file_may_begin_with_a_block_of_the_users_own(before: int, tmp_path: Path) -> None:
    (tmp_path / "model").write_bytes(bytes(before) + b"\x89HDF\r\n\x1a\n")
    assert kind_of(tmp_path / "model") == "hdf5"


def test_what_nothing_is_known_of_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no model")
    assert kind_of(tmp_path / "notes.txt") == kind_of(tmp_path) == "unknown"
