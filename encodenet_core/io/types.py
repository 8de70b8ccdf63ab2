"""What was read from a file becomes the value that its place says, whose types nobody need ask for again."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from reprlib import repr as shortened
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, StrictFloat, StrictInt, TypeAdapter, ValidationError

Value = TypeVar("Value")

Count = Annotated[StrictInt, Field(ge=0)]
Real = StrictInt | StrictFloat
"""A number that stays whole where it was written so."""


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("expected are characters that can be printed")
    return text


Printable = Annotated[str, AfterValidator(_printable)]
"""A text that does nothing to a terminal."""


def known_keys_only(kind: type[Value]) -> type[Value]:
    """Have a dataclass refuse to be read from what holds more than its fields."""
    kind.__pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[attr-defined]
    return kind


def read_as(wanted: type[Value], plain: object, name: str) -> Value:
    """The value of a type that plain values, such as those of a JSON file, describe.

    Args:
        wanted: a frozen dataclass; numbers and truth values should be of strict types.
        plain: what was read.
        name: what a message calls it.

    Raises:
        ValueError: it is of another type, in one line.
    """
    try:
        value: Value = _adapter(wanted).validate_python(plain)
    except ValidationError as refused:
        error = refused.errors(include_url=False)[-1]
        reason = error["ctx"]["error"] if error["type"] == "value_error" else error["msg"]
        place = ".".join(map(str, error["loc"] or [name]))[:200]
        raise ValueError(f"{place} is {shortened(error['input'])}: {reason}") from None
    return value


def as_plain(value: object) -> dict[str, Any]:
    """A dataclass as plain JSON values, in the order of its fields."""
    plain: dict[str, Any] = _adapter(type(value)).dump_python(value, mode="json", by_alias=True)
    return plain


_adapter: Callable[[Any], TypeAdapter[Any]] = cache(TypeAdapter)
