"""The formats that a model can be handed over in, and what each needs: known before Keras is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal, cast

from encodenet_core.errors import ConfigError, unknown_name

ExportFormat = Literal["keras", "saved_model", "onnx", "litert"]


@dataclass(frozen=True)
class FormatFacts:
    """What a format needs, and what its files are called.

    Attributes:
        suffix: of the file; that of a folder is its whole second half.
        packages: that must be importable beside those which are always installed.
        extra: of this project, which installs them.
        any_backend: whether every backend of Keras writes it, or only TensorFlow.
    """

    suffix: str
    packages: tuple[str, ...] = ()
    extra: str = ""
    any_backend: bool = False


EXPORT_FORMATS: Mapping[ExportFormat, FormatFacts] = {
    "keras": FormatFacts(".keras", any_backend=True),
    "saved_model": FormatFacts("_saved_model"),
    "onnx": FormatFacts(".onnx", ("onnx", "onnxruntime", "tf2onnx"), "onnx"),
    "litert": FormatFacts(".tflite", ("ai_edge_litert",), "litert"),
}


def find_format(name: str) -> ExportFormat:
    """The format of this name.

    Raises:
        ConfigError: there is none; the message suggests the nearest.
    """
    if name in EXPORT_FORMATS:
        return cast(ExportFormat, name)
    raise unknown_name("format", name, EXPORT_FORMATS)


def check_format(name: ExportFormat, backend: str) -> None:
    """Refuse a format that cannot be written here.

    Args:
        name: of the format.
        backend: of Keras.

    Raises:
        ConfigError: a package is missing, and which extra brings it; or another backend is needed.
    """
    facts = EXPORT_FORMATS[name]
    if backend != "tensorflow" and not facts.any_backend:
        raise ConfigError(
            f"{name} is written by Keras on TensorFlow, but KERAS_BACKEND is {backend}; "
            "set it to tensorflow for the export, which reads the models of every backend"
        )
    missing = [package for package in facts.packages if find_spec(package) is None]
    if missing:
        raise ConfigError(
            f"the format {name} needs {', '.join(missing)}, which is not installed; "
            f"install it with: pip install 'decoder-search[{facts.extra}]'"
        )
