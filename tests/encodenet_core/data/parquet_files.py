"""What tests make Parquet files of, as hubs publish them."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from PIL import Image


def encoded(grey: int) -> bytes:
    """A picture of one grey, as a file."""
    buffer = io.BytesIO()
    Image.fromarray(np.full((2, 3), grey, np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def described(names: Sequence[Any] | None, label: str = "label") -> dict[str, str]:
    """The metadata of a hub's schema."""
    features = {"image": {"_type": "Image"}, label: {"names": names, "_type": "ClassLabel"}}
    return {"huggingface": json.dumps({"info": {"features": features}})}


def write_table(path: Path, columns: dict[str, Any], metadata: dict[str, str] | None = None) -> Path:
    """A file of these columns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pa.table(columns).replace_schema_metadata(metadata), path)
    return path


def write_pictures(
    path: Path, greys: Sequence[int], labels: Sequence[Any], names: Sequence[Any] | None = ("cat", "dog")
) -> Path:
    """Pictures of one grey each, with the names of their classes where there are any."""
    pictures = [{"bytes": encoded(grey), "path": f"{grey}.png"} for grey in greys]
    metadata = None if names is None else described(names)
    return write_table(path, {"image": pictures, "label": list(labels)}, metadata)
