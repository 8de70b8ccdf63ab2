"""Whether the config of a saved model asks for code that Keras does not bring.

Looked for before Keras reads it, because Keras imports the modules that a config names, and layers like
`Lambda` carry code of their own.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from reprlib import repr as shortened
from typing import Any

MOST_BYTES_OF_A_CONFIG = 20_000_000
DEEPEST_CONFIG = 200
"""Models inside models are lists and objects inside each other."""

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


def foreign_code(config: Any) -> str | None:
    """Why a model of this config is refused: its first part that is not one of Keras's own, or None.

    Args:
        config: of the model, as parsed from JSON; how it was compiled is not looked at.
    """
    if isinstance(config, dict):
        config = {name: part for name, part in config.items() if name != "compile_config"}
    for layer, kind in _parts_with_code(config, "the model"):
        return f"({layer} needs {kind}, which no file may bring); build it of Keras's own layers"
    return None


def _parts_with_code(config: Any, layer: str) -> Iterator[tuple[str, str]]:
    """The layer and the name of every class or function in a model's config that Keras does not bring."""
    if isinstance(config, dict):
        kind, settings = config.get("class_name"), config.get("config")
        if isinstance(settings, dict) and isinstance(kind, str) and "name" in settings:
            layer = f"layer {shortened(settings['name'])}"
        code = _CODE.get(kind.rpartition(".")[2]) if isinstance(kind, str) else None
        if code is not None:
            yield layer, code
        elif "module" in config and not (_is_of_keras(config["module"]) or _is_here(config)):
            yield layer, f"the code of {shortened(settings if isinstance(settings, str) else kind)}"
        config = list(config.values())
    if isinstance(config, list):
        for part in config:
            yield from _parts_with_code(part, layer)


def _is_here(config: dict[str, Any]) -> bool:
    """Whether whoever calls us has registered the class or function with Keras, so that no file brings it."""
    name, keras = config.get("registered_name"), sys.modules.get("keras")  # who registers has loaded it
    return (
        isinstance(name, str) and keras is not None and keras.saving.get_registered_object(name) is not None
    )


def _is_of_keras(module: object) -> bool:
    """Whether a module is one of those that hold layers and what layers are made of; None is Keras's too."""
    return module is None or (isinstance(module, str) and bool(_MODULES.fullmatch(module)))
