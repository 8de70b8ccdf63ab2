"""Whether what was read from a file has the types that its place says: who trusts it later need not ask."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from reprlib import repr as shortened
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError


def check_fields(value: Any) -> None:
    """Hold every field of a dataclass against its annotation.

    Raises:
        ValueError: one is of another type; a whole number is a real one too, a word is no number.
    """
    kind: Any = type(value)
    for name, adapter in _adapters(kind).items():
        _check(adapter, getattr(value, name), name)


def check_type(value: object, wanted: Any, name: str) -> None:
    """Hold a value against a type, such as a `TypedDict` or a `Literal`.

    Raises:
        ValueError: it is of another type; the message calls it `name`.
    """
    _check(_adapter(wanted), value, name)


def check_printable(text: str, name: str) -> None:
    """Raise a ValueError for a text that would do something to a terminal, or is none."""
    if not isinstance(text, str) or not text.isprintable():
        raise ValueError(f"{name} is {shortened(text)}, but expected are characters that can be printed")


def _check(adapter: TypeAdapter[Any], value: object, name: str) -> None:
    try:
        adapter.validate_python(value, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join([name, *map(str, first["loc"])])[:200]
        raise ValueError(f"{place} is {shortened(first['input'])}: {first['msg']}") from None


@cache
def _adapters(kind: Any) -> dict[str, TypeAdapter[Any]]:
    hints = get_type_hints(kind)
    return {field.name: _adapter(hints[field.name]) for field in fields(kind)}


@cache
def _adapter(wanted: Any) -> TypeAdapter[Any]:
    return TypeAdapter(wanted)
