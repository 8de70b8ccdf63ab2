"""A config as plain values: dotted paths, `--set` assignments, YAML files; and the way back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from reprlib import Repr
from typing import Any, get_args

from pydantic import ValidationError

from encodenet_core.config import Architecture, EncodeNetConfig, NamedSource
from encodenet_core.errors import ConfigError, did_you_mean
from encodenet_core.io.plain_yaml import NotPlainError, format_yaml, parse_yaml, read_yaml
from encodenet_core.io.shell_paths import as_in_a_shell


def flatten(nested: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested mappings as one mapping from dotted paths (`decoder.depth`) to plain values."""
    flat: dict[str, Any] = {}
    for key, value in nested.items():
        path = f"{prefix}{key}"
        flat.update(flatten(value, f"{path}.") if isinstance(value, Mapping) else {path: value})
    return flat


CONFIG_PATHS = tuple(flatten(EncodeNetConfig().model_dump()))
"""Every dotted path that a config, `--set` or a search space can name."""


TRUTH_PATHS = ("compute.jit_compile", "dataset.flip")
"""The paths whose value is true or false; everywhere else pydantic would read true as 1."""


def build_config(values: Mapping[str, Any]) -> EncodeNetConfig:
    """The checked config that these values describe; what they leave out has its default.

    Args:
        values: dotted paths to plain values, as `flatten` returns them.

    Raises:
        ConfigError: a path is unknown or a value is out of its range.
    """
    nested: dict[str, Any] = {}
    for path, value in values.items():
        check_path(path)
        if isinstance(value, bool) and path not in TRUTH_PATHS:
            raise ConfigError(f"{path} is {value}, but expected is a number, a word or a path")
        *sections, name = path.split(".")
        place = nested
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = value
    try:
        return EncodeNetConfig.model_validate(nested)
    except ValidationError as error:
        raise ConfigError(_one_line(error)) from None


def check_path(path: str) -> None:
    """Raise a ConfigError that names the nearest known path where this one is unknown."""
    if path in CONFIG_PATHS:
        return
    remedy = did_you_mean(path, CONFIG_PATHS).rstrip() or f"known are {', '.join(CONFIG_PATHS)}"
    raise ConfigError(f"unknown config key {path!r}; {remedy}")


_SHORTENED = Repr()
_SHORTENED.maxstring = 80


def _one_line(error: ValidationError) -> str:
    errors = error.errors()
    path = _known_path(errors[0]["loc"])
    alternatives = [other["msg"] for other in errors if _known_path(other["loc"]) == path]
    expected = " or ".join(
        message.removeprefix("Value error, ").removeprefix("Input should be ") for message in alternatives
    )
    return f"{path} is {_SHORTENED.repr(errors[0]['input'])}, but expected is: {expected}"


def _known_path(location: tuple[int | str, ...]) -> str:
    path = ".".join(str(part) for part in location)
    while path and not any(known == path or known.startswith(f"{path}.") for known in CONFIG_PATHS):
        path = path.rpartition(".")[0]
    return path


def change_config(config: EncodeNetConfig, changes: Mapping[str, Any]) -> EncodeNetConfig:
    """The config with the values at some dotted paths replaced.

    Raises:
        ConfigError: a path is unknown or a value is out of its range.
    """
    return build_config({**flatten(config.model_dump(mode="json")), **changes})


FILE_PATHS: dict[str, tuple[str, ...]] = {
    "dataset.source": get_args(NamedSource),
    "baseline.model": (),
    "embedding.weights": ("imagenet",),
    "distillation.teacher": ("baseline", *get_args(Architecture)),
}
"""Config keys that may hold the path of a file or folder, and the names that are none."""


def with_absolute_paths(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with the paths of existing files and folders made absolute, to hold in any folder.

    `~` and `$VARIABLES` in a path become what a shell makes of them. A name stays one, whatever lies about
    under that name.
    """
    absolute = dict(values)
    for key, names in FILE_PATHS.items():
        value = values.get(key)
        if isinstance(value, str) and value not in names:
            absolute[key] = as_in_a_shell(value)
            if os.path.exists(absolute[key]):
                absolute[key] = str(Path(absolute[key]).resolve())
    return absolute


def parse_assignment(text: str) -> tuple[str, Any]:
    """`decoder.depth=3` as ("decoder.depth", 3); the value is read as YAML."""
    path, separator, value = text.partition("=")
    if not separator:
        raise ConfigError(f"--set {text!r} has no '='; write it as --set decoder.depth=3")
    check_path(path.strip())
    try:
        return path.strip(), parse_yaml(value)
    except NotPlainError:
        raise ConfigError(
            f"--set {text!r}: the value is not plain YAML; write it as --set decoder.depth=3"
        ) from None


def load_config(path: Path, overrides: Mapping[str, Any] | None = None) -> EncodeNetConfig:
    """The config in a YAML file, nested or with dotted paths, with overrides applied."""
    return build_config(with_absolute_paths({**flatten(read_yaml(path)), **(overrides or {})}))


def dump_config(config: EncodeNetConfig) -> str:
    """The resolved config as YAML text that `load_config` reads back to an equal config."""
    return format_yaml(config.model_dump(mode="json"))
