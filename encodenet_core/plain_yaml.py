"""YAML files that hold plain values and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from encodenet_core.errors import ConfigError


class NotPlainError(ValueError):
    """Text that is no YAML, or YAML of other than plain values; `line` counts from 1 and may be unknown."""

    def __init__(self, reason: str, line: int | None) -> None:
        super().__init__(reason)
        self.line = line


class _PlainLoader(yaml.SafeLoader):
    """A safe loader that also refuses keys given twice, and aliases: a few of them fill any memory."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias stands for another value")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping = super().construct_mapping(node, deep=deep)
        if len(mapping) < len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "a key is given twice", node.start_mark)
        return mapping


def parse_yaml(text: str) -> Any:
    """What the text describes: words, numbers, lists, mappings.

    Raises:
        NotPlainError: it describes anything else, or nothing.
    """
    try:
        return yaml.load(text, _PlainLoader)  # noqa: S506  it is a safe loader
    except (yaml.YAMLError, RecursionError, ValueError) as error:  # too deep, or such as a 13th month
        reason = " ".join(str(getattr(error, "problem", None) or error).split())
        mark = getattr(error, "problem_mark", None)
        raise NotPlainError(reason, mark.line + 1 if mark else None) from None


def format_yaml(value: object) -> str:
    """Text that `parse_yaml` reads back to an equal value; mappings keep their order."""
    return yaml.safe_dump(value, sort_keys=False)


def read_yaml(path: Path) -> Mapping[str, Any]:
    """The mapping in a YAML file, safely loaded: plain values only.

    Raises:
        ConfigError: the file cannot be read, is not YAML, holds other tags, or is no mapping.
    """
    try:
        loaded = parse_yaml(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}; give the path of a YAML file") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not text; give the path of a YAML file") from None
    except NotPlainError as error:
        place = f", line {error.line}" if error.line else ""
        raise ConfigError(f"{path}{place} is not plain YAML: {error}; only plain values are read") from None
    if loaded is None:
        return {}
    if not isinstance(loaded, Mapping) or not all(isinstance(key, str) for key in loaded):
        raise ConfigError(f"{path} holds a {type(loaded).__name__}, but expected are keys with values")
    return loaded
