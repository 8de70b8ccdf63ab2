"""JSON that means one thing: no key twice, no number beyond what numbers can be, no depth without end."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, NoReturn

from encodenet_core.io.plain_files import MOST_BYTES, read_plain_file

DEEPEST = 64
"""Lists and objects inside each other."""

MOST_DIGITS = 300
"""Of a whole number: a longer one is no `float` any more."""


def read_json(path: Path, most_bytes: int = MOST_BYTES) -> Any:
    """The value in a file.

    Raises:
        OSError: the file cannot be read, is larger than `most_bytes`, or is a pipe or a device.
        ValueError: it holds what `parse_json` refuses.
    """
    return parse_json(read_plain_file(path, most_bytes))


def parse_json(text: str | bytes, deepest: int = DEEPEST) -> Any:
    """The value that a text describes.

    Raises:
        ValueError: it is no JSON, names a key twice, holds a number that is not finite or has more than
            `MOST_DIGITS` digits or half a character, or nests deeper than `deepest` levels.
    """
    try:
        value = _DECODER.decode(text if isinstance(text, str) else text.decode("utf-8"))
        _check(value, deepest)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    return value


_TOO_DEEP = "it nests too deep"


def _check(value: Any, levels: int) -> None:
    """Refuse what `json` lets through and others choke on."""
    if isinstance(value, str):
        if not value.isascii():
            value.encode()  # a lone surrogate is no character, and no file takes it
    elif isinstance(value, (dict, list)):
        if levels == 0:
            raise ValueError(_TOO_DEEP)
        for part in value:
            _check(part, levels - 1)
        if isinstance(value, dict):
            for part in value.values():
                _check(part, levels - 1)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:60]!r} is given twice")
    return found


def _int(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"a number has more than {MOST_DIGITS} digits")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:60]} is beyond all numbers")
    return number


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_int, parse_float=_float, parse_constant=_refuse
)
