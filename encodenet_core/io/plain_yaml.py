"""YAML files that hold plain values and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from reprlib import repr as shortened
from typing import Any

import yaml

from encodenet_core.errors import ConfigError
from encodenet_core.io.plain_files import read_plain_file

MOST_BYTES = 100_000
"""Of a file: the longest of ours takes 3,000."""

DEEPEST = 16
"""Lists and mappings inside each other; a search space needs five."""

MOST_DIGITS = 300
"""Of a whole number: a longer one is no `float` any more."""


class NotPlainError(ValueError):
    """Text that is no YAML, or YAML of other than plain values; `line` counts from 1 and may be unknown."""

    def __init__(self, reason: str, line: int | None) -> None:
        super().__init__(reason)
        self.line = line

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return "write it flatter" if "nests deeper" in str(self) else "only plain values are read"


class _PlainLoader(yaml.SafeLoader):
    """A safe loader that also refuses tags, keys given twice, and what lets few bytes fill a memory."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            raise _marked("an alias stands for another value", event.start_mark)
        if getattr(event, "tag", None) not in (None, "!"):
            raise _marked(f"the tag {shortened(event.tag)} says how to read a value", event.start_mark)
        if self._depth >= DEEPEST and not isinstance(event, yaml.ScalarEvent):
            raise _marked(f"it nests deeper than {DEEPEST} levels", event.start_mark)
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1

    def construct_scalar(self, node: yaml.ScalarNode | yaml.MappingNode) -> Any:
        text = super().construct_scalar(node)
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise _marked("half a character, which no file takes", node.start_mark)
        return text

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        if len(node.value) > MOST_DIGITS:
            raise _marked(f"a number has more than {MOST_DIGITS} digits", node.start_mark)
        return super().construct_yaml_int(node)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping = super().construct_mapping(node, deep=deep)
        if len(mapping) < len(node.value):
            raise _marked("a key is given twice", node.start_mark)
        return mapping


_PlainLoader.add_constructor("tag:yaml.org,2002:int", _PlainLoader.construct_yaml_int)


def _marked(problem: str, mark: Any) -> yaml.YAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, mark)


def parse_yaml(text: str) -> Any:
    """What the text describes: words, numbers, lists, mappings.

    Raises:
        NotPlainError: it describes anything else, or nothing, or is larger or deeper than any config.
    """
    if len(text) > MOST_BYTES:
        raise NotPlainError(f"it is longer than {MOST_BYTES:,} characters", None)
    try:
        return yaml.load(text, _PlainLoader)  # noqa: S506  it is a safe loader
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # the last two for such as a 13th month
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
        loaded = parse_yaml(read_plain_file(path, MOST_BYTES).decode("utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}; give the path of a YAML file") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not text; give the path of a YAML file") from None
    except NotPlainError as error:
        place = f", line {error.line}" if error.line else ""
        raise ConfigError(f"{path}{place} is not plain YAML: {error}; {error.remedy}") from None
    if loaded is None:
        return {}
    if not isinstance(loaded, Mapping) or not all(isinstance(key, str) for key in loaded):
        raise ConfigError(f"{path} holds a {type(loaded).__name__}, but expected are keys with values")
    return loaded
