"""What every part of a config is: frozen, strict about its keys, and named by values that stay the same."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A frozen part of the configuration that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    _later: ClassVar[frozenset[str]] = frozenset()
    """Options that came after configs were first hashed: at their defaults they change no key."""

    def identity(self) -> dict[str, Any]:
        """The plain values that keys and hashes are made of."""
        values = self.model_dump(mode="json")
        for name, field in type(self).model_fields.items():
            part = getattr(self, name)
            if name in self._later and part == field.default:
                del values[name]
            elif isinstance(part, Section):
                values[name] = part.identity()
        return values


def _printable(text: str) -> str:
    """Refuse what no terminal shows, no file takes, and no path of a person's has."""
    if not text.isprintable():
        raise ValueError("characters that can be printed")
    return text


Word = Annotated[str, Field(min_length=1, max_length=4096), AfterValidator(_printable)]
"""The name of a dataset or a layer, or a path."""
