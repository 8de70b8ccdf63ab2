"""The door through which Keras models come in from the disk."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from reprlib import repr as shortened
from typing import Any

import keras

from encodenet_core.errors import ConfigError, one_line
from encodenet_core.io.plain_arrays import check_sizes
from encodenet_core.io.plain_json import parse_json

_LONGEST_REASON = 120
_MOST_BYTES_OF_A_CONFIG = 20_000_000
_DEEPEST_CONFIG = 200  # models inside models are lists and objects inside each other

_MODULES = re.compile(
    r"keras(\.src)?(\.(layers|initializers|regularizers|constraints|activations|models|ops|dtype_policies|"
    r"backend|random|losses|metrics|optimizers|applications)(\.\w+)*)?"
)
"""Where Keras keeps what a model may be made of."""

_CODE = {
    "Lambda": "the code of a Lambda",
    "__lambda__": "the code of a Lambda",
    "TorchModuleWrapper": "the pickle of a PyTorch module",
    "JaxLayer": "the code of a JAX function",
    "FlaxLayer": "the code of a Flax module",
    "TFSMLayer": "a SavedModel beside it",
    "StringLookup": "a file of words",
    "IntegerLookup": "a file of numbers",
    "TextVectorization": "a file of words",
}
"""Layers of Keras's own that run code or read other files, and what they need."""
_OTHER_SHAPES = re.compile(
    r"object <(\w+) name=([^,>]+).*?variable\.shape=\((.*?)\), Received: value\.shape=[^(]*\(\[?(.*?)[\])]",
    re.DOTALL,
)


def load_model(path: Path) -> keras.Model:
    """The model in a `.keras` file, for inference, loaded without running code from the file.

    Raises:
        ConfigError: there is no such file, it is damaged, or Keras cannot load it.
    """
    if not path.is_file():
        raise ConfigError(f"{str(path)!r} is no file; give the path of a trained .keras classifier")
    refusal = _damage(path) or _foreign_code(path)
    if refusal is None:
        try:
            return keras.saving.load_model(path, compile=False, safe_mode=True)
        except Exception as error:  # a bad file may be any of h5py's and Keras's errors
            refusal = _other_weights(error) or _unknown(error)
    raise ConfigError(f"{str(path)!r} cannot be loaded {refusal}")


def _damage(path: Path) -> str | None:
    """What is wrong with the file as an archive; its checksums find a single flipped bit."""
    try:
        with zipfile.ZipFile(path) as archive:
            check_sizes(archive)
            broken = archive.testzip()
    except Exception as error:  # what is no archive may be any of zipfile's and zlib's errors
        return f"({_first_line(error)}): it is truncated, damaged or no .keras file; save or copy it again"
    return f"({broken} in it is damaged); save or copy it again" if broken else None


def _foreign_code(path: Path) -> str | None:
    """The first part of the model that is not one of Keras's own layers, if there is one.

    Looked for before Keras opens the file, because it imports the modules that a config names.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo("config.json").file_size > _MOST_BYTES_OF_A_CONFIG:
                return f"(its config.json has more than {_MOST_BYTES_OF_A_CONFIG:,} bytes); save it again"
            config = parse_json(archive.read("config.json"), _DEEPEST_CONFIG)
    except KeyError:
        return "(it holds no config.json); give a .keras file saved by Keras 3"
    except ValueError as error:
        return f"(its config.json is not what Keras writes: {_first_line(error)}); save it again"
    if isinstance(config, dict):
        config.pop("compile_config", None)  # how it was trained, which is not read
    for layer, kind in _parts_with_code(config, "the model"):
        return f"({layer} needs {kind}, which no file may bring); build it of Keras's own layers"
    return None


def _parts_with_code(config: Any, layer: str) -> Iterator[tuple[str, str]]:
    """The layer and the name of every class or function in a model's config that Keras does not bring."""
    if isinstance(config, dict):
        kind, settings = config.get("class_name"), config.get("config")
        if isinstance(settings, dict) and "module" in config and "name" in settings:
            layer = f"layer {shortened(settings['name'])}"
        if isinstance(kind, str) and kind in _CODE:
            yield layer, _CODE[kind]
        elif "module" in config and not (_is_of_keras(config["module"]) or _is_here(config)):
            yield layer, f"the code of {shortened(settings if isinstance(settings, str) else kind)}"
        config = list(config.values())
    if isinstance(config, list):
        for part in config:
            yield from _parts_with_code(part, layer)


def _is_here(config: dict[str, Any]) -> bool:
    """Whether whoever calls us has registered the class or function with Keras, so that no file brings it."""
    name = config.get("registered_name")
    return isinstance(name, str) and keras.saving.get_registered_object(name) is not None


def _is_of_keras(module: object) -> bool:
    """Whether a module is one of those that hold layers and what layers are made of; None is Keras's too."""
    return module is None or (isinstance(module, str) and bool(_MODULES.fullmatch(module)))


def _other_weights(error: Exception) -> str | None:
    """What Keras says of weights of another shape, in short."""
    found = _OTHER_SHAPES.search(str(error))
    if found is None:
        return None
    kind, name, expected, received = found.groups()
    return (
        f"(it holds weights ({received}) for {kind} {name!r}, which has ({expected})); "
        "save the model as a whole, layers and weights together"
    )


def _unknown(error: Exception) -> str:
    return f"({_first_line(error)}); give a .keras file saved by Keras 3"


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return one_line(lines[0], _LONGEST_REASON)
