"""The door through which Keras models come in from the disk."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras

from encodenet_core.errors import ConfigError

_LONGEST_REASON = 120
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
    refusal = _damage(path)
    if refusal is None:
        try:
            return keras.saving.load_model(path, compile=False, safe_mode=True)
        except Exception as error:  # a bad file may be any of h5py's and Keras's errors
            refusal = _foreign_code(path) or _other_weights(error) or _unknown(error)
    raise ConfigError(f"{str(path)!r} cannot be loaded {refusal}")


def _damage(path: Path) -> str | None:
    """What is wrong with the file as an archive; its checksums find a single flipped bit."""
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
    except Exception as error:  # what is no archive may be any of zipfile's and zlib's errors
        return f"({_first_line(error)}): it is truncated, damaged or no .keras file; save or copy it again"
    return f"({broken} in it is damaged); save or copy it again" if broken else None


def _foreign_code(path: Path) -> str | None:
    """The first part of the model that is not one of Keras's own, if there is one."""
    try:
        with zipfile.ZipFile(path) as archive:
            config = json.loads(archive.read("config.json"))
    except (KeyError, ValueError):
        return None
    for layer, kind in _parts_with_code(config, "the model"):
        return f"({layer} needs the code of {kind}, which no file may bring); build it of Keras's own layers"
    return None


def _parts_with_code(config: Any, layer: str) -> Iterator[tuple[str, str]]:
    """The layer and the name of every class or function in a model's config that Keras does not bring."""
    if isinstance(config, dict):
        kind, settings = config.get("class_name"), config.get("config")
        if isinstance(settings, dict) and "module" in config and "name" in settings:
            layer = f"layer {settings['name']!r}"
        if kind in ("Lambda", "__lambda__"):
            yield layer, "a Lambda"
        elif "module" in config and str(config["module"]).partition(".")[0] != "keras":
            yield layer, repr(settings if isinstance(settings, str) else kind)
        config = list(config.values())
    if isinstance(config, list):
        for part in config:
            yield from _parts_with_code(part, layer)


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
    return lines[0][:_LONGEST_REASON]
