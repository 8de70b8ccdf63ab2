"""Which columns of a Parquet file hold pictures and labels, and what the classes are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from encodenet_core.errors import DataError
from encodenet_core.io.plain_json import parse_json

if TYPE_CHECKING:
    import pyarrow

_FEATURES = b"huggingface"
"""The key of a schema's metadata under which data sets of hubs describe their columns, as JSON."""

_REMEDY = "expected are image, a binary file or {bytes, path}, and label; rename them"


@dataclass(frozen=True)
class Columns:
    """The names of two columns; and of the classes that labels count up, where the file has them."""

    image: str
    label: str
    class_names: tuple[str, ...] | None


def find_columns(file: Path, schema: pyarrow.Schema) -> Columns:
    """The columns `image` and `label`, or the only ones that can be these.

    Raises:
        DataError: there is none, or several, none of which has that name.
        ValueError: what the schema says of its columns is no JSON.
    """
    features = _features(schema)
    classes = {name: feature["names"] for name, feature in features.items() if _names_classes(feature)}
    image = _only(file, schema, "image", [field.name for field in schema if _is_picture(field)])
    label = "label" if "label" in schema.names else _only(file, schema, "label", [*classes])
    return Columns(image, label, tuple(classes[label]) if label in classes else None)


def _only(file: Path, schema: pyarrow.Schema, name: str, candidates: Sequence[str]) -> str:
    found = name if name in candidates else candidates[0] if len(candidates) == 1 else None
    if found is None or schema.names.count(found) != 1:
        raise DataError(f"{file} has the columns {', '.join(schema.names)}, but {_REMEDY}")
    return found


def _is_picture(field: pyarrow.Field) -> bool:
    import pyarrow.types

    kind = field.type
    if pyarrow.types.is_struct(kind):
        kind = kind.field("bytes").type if kind.get_field_index("bytes") >= 0 else kind
    return bool(pyarrow.types.is_binary(kind) or pyarrow.types.is_large_binary(kind))


def _features(schema: pyarrow.Schema) -> Mapping[str, Any]:
    described = (schema.metadata or {}).get(_FEATURES)
    value = {} if described is None else parse_json(described)
    for key in ("info", "features"):
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _names_classes(feature: Any) -> bool:
    names = feature.get("names") if isinstance(feature, dict) else None
    return isinstance(names, list) and bool(names) and all(isinstance(name, str) for name in names)
