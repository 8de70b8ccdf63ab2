"""Which columns of a Parquet schema are taken."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from parquet_files import described

from encodenet_core.data.parquet_columns import Columns, find_columns
from encodenet_core.errors import DataError

PICTURE = pa.struct({"bytes": pa.binary(), "path": pa.string()})
FILE = Path("pets.parquet")


def schema(metadata: dict[str, str] | None = None, **columns: pa.DataType) -> pa.Schema:
    return pa.schema(list(columns.items()), metadata)


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (schema(image=PICTURE, label=pa.int64()), Columns("image", "label", None)),
        (schema(image=pa.large_binary(), label=pa.string()), Columns("image", "label", None)),
        (schema(image=PICTURE, mask=PICTURE, label=pa.string()), Columns("image", "label", None)),
        (
            schema(described(["a", "b"]), image=PICTURE, label=pa.int64()),
            Columns("image", "label", ("a", "b")),
        ),
        (schema(described(["a"], "digit"), img=PICTURE, digit=pa.int64()), Columns("img", "digit", ("a",))),
        (schema(described(None), image=PICTURE, label=pa.int64()), Columns("image", "label", None)),
        (schema(described([1, 2]), image=PICTURE, label=pa.int64()), Columns("image", "label", None)),
        (schema({"huggingface": "[]"}, image=PICTURE, label=pa.int64()), Columns("image", "label", None)),
    ],
)
def test_the_columns_of_pictures_and_labels_are_found(of: pa.Schema, expected: Columns) -> None:
    assert find_columns(FILE, of) == expected


@pytest.mark.parametrize(
    "of",
    [
        schema(image=pa.string(), label=pa.int64()),
        schema(left=PICTURE, right=PICTURE, label=pa.int64()),
        schema(image=PICTURE, fine_label=pa.int64()),
        pa.schema([("image", PICTURE), ("image", PICTURE), ("label", pa.int64())]),
        schema(),
    ],
)
def test_columns_that_could_be_others_are_refused(of: pa.Schema) -> None:
    with pytest.raises(DataError, match="pets.parquet has the columns .*, but expected are image") as raised:
        find_columns(FILE, of)
    assert "rename them" in str(raised.value)


def test_several_classes_of_which_none_is_the_label_are_refused() -> None:
    names = {name: {"names": ["x", "y"], "_type": "ClassLabel"} for name in ("fine", "coarse")}
    metadata = {"huggingface": json.dumps({"info": {"features": names}})}
    with pytest.raises(DataError, match="pets.parquet has the columns image, fine, coarse"):
        find_columns(FILE, schema(metadata, image=PICTURE, fine=pa.int64(), coarse=pa.int64()))
