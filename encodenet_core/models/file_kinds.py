"""What kind of file a model came in, by its content, and what to do with a kind that cannot be taken."""

from __future__ import annotations

import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Literal

ModelFile = Literal["keras", "hdf5"]
"""The kinds of files that a model is loaded from."""

_BEGINNING = 4096
_BY_HAND = "build the same layers in Keras, transfer the weights and save that with model.save('model.keras')"

REMEDIES = {
    "git_lfs": (
        "is the pointer that Git LFS leaves in the place of a large file; "
        "fetch the file itself with `git lfs pull` in its repository"
    ),
    "saved_model": (
        "is a TensorFlow SavedModel, whose layers Keras 3 cannot take apart; convert it with Keras 2: "
        "pip install tf_keras; "
        "python -c \"import tf_keras; tf_keras.models.load_model('{path}').save('model.h5')\""
    ),
    "litert": "is a LiteRT model, which does not train; give the Keras model that it was converted from",
    "onnx": f"is an ONNX model, which does not train; {_BY_HAND}",
    "pytorch": f"is a PyTorch file, a pickle, which is never opened; {_BY_HAND}",
    "pickle": f"is a pickle, which is never opened; {_BY_HAND}",
    "safetensors": f"holds weights alone, without layers; {_BY_HAND}",
    "tensorflow_1": (
        "is a graph or checkpoint of TensorFlow 1, which holds no Keras layers; "
        "give the Keras model that it was made of, or " + _BY_HAND
    ),
}
"""Kinds that are refused: what they are, and how to come to a file that is taken."""


def kind_of(path: Path) -> str:
    """A `ModelFile`, a key of `REMEDIES`, or "unknown"; only the beginning of the file is read.

    Raises:
        OSError: it cannot be read.
    """
    if path.is_dir():
        return "saved_model" if (path / "saved_model.pb").is_file() else "unknown"
    with path.open("rb") as file:
        start = file.read(_BEGINNING)
    if start.startswith(b"version https://git-lfs"):
        return "git_lfs"
    # A block of the user's own may come before an HDF5 file, of 512 bytes or a power of two of them.
    if any(start[place : place + 8] == b"\x89HDF\r\n\x1a\n" for place in (0, 512, 1024, 2048)):
        return "hdf5"
    if start.startswith(b"PK"):
        return "pytorch" if _holds_a_pickle(path) else "keras"
    if start[4:8] == b"TFL3":
        return "litert"
    if start.startswith(b"\x80") and start[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "pytorch" if path.suffix.lower() in (".pt", ".pth") else "pickle"
    if start[8:10] == b'{"' and path.suffix.lower() == ".safetensors":
        return "safetensors"
    return _by_name(path)


def _holds_a_pickle(path: Path) -> bool:
    with suppress(OSError, zipfile.BadZipFile), zipfile.ZipFile(path) as archive:
        return any(name.rpartition("/")[2] == "data.pkl" for name in archive.namelist())
    return False


def _by_name(path: Path) -> str:
    """Protocol buffers begin with nothing of their own, so that their names must tell."""
    endings = {".onnx": "onnx", ".pb": "tensorflow_1", ".meta": "tensorflow_1", ".ckpt": "tensorflow_1"}
    return endings.get(path.suffix.lower(), "unknown")
