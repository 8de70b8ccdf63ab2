"""Tables of images: every one is read inside its folder, or refused in one line."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from hostile import ESCAPES, fuzzed, mutated_bytes, or_refused
from hypothesis import strategies as st
from PIL import Image

from encodenet_core.config import DatasetConfig
from encodenet_core.data.csv_table import read_rows
from encodenet_core.data.dataset import load_dataset
from encodenet_core.data.sources import read_source, source_identity


def encoded(grey: int, format: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (3, 2), grey).save(buffer, format)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a few pictures, and of what is none, beside a secret one."""
    outside = tmp_path_factory.mktemp("tables")
    (outside / "secret.png").write_bytes(encoded(1))
    root = outside / "root"
    (root / "photos").mkdir(parents=True)
    for name in "abcdef":
        (root / "photos" / f"{name}.png").write_bytes(encoded(ord(name)))
    (root / "broken.png").write_bytes(encoded(9)[:30])
    (root / "out.png").symlink_to(outside / "secret.png")
    (root / "out").symlink_to(outside)
    (root / "loop").symlink_to("loop")
    os.mkfifo(root / "pipe.png")
    return root


def loaded(path: Path) -> Any:
    config = DatasetConfig(source=str(path))
    or_refused(source_identity, config)
    return or_refused(load_dataset, config, 0)


PATHS = [
    *(f"photos/{name}.png" for name in "abcdef"), "photos/../photos/a.png", "../secret.png", "out.png",
    "out/secret.png", "/etc/passwd", "~/x.png", "loop", "loop/a.png", "pipe.png", "broken.png", "photos", ".",
    "", "a\0b", "x" * 5000, ESCAPES, "photos/a.png\n", "C:\\a.png", "http://example.com/a.png", "pets.csv",
]  # fmt: skip
LABELS = ["ant", "ant", "bee", "bee", "", "7", "07", ESCAPES, "x" * 300, "ant\n", "=1+1"]
SPLITS = ["train", "train", "train", "test", "val", "dev", "", "other", ESCAPES]
HEADERS = ["path,label", "path,label,split", "split,label,path", "path", "", "path,path,label", "label;path"]
CELLS = st.tuples(
    st.sampled_from(PATHS), st.sampled_from(LABELS), st.sampled_from(SPLITS), st.text(max_size=4)
)


@fuzzed(st.sampled_from(HEADERS), st.lists(CELLS, max_size=12), st.integers(1, 4), share=3)
def test_no_row_of_a_table_leaves_its_folder(place: Path, header: str, rows: Any, columns: int) -> None:
    path = place / "pets.csv"
    with open(path, "w", newline="", encoding="utf-8", errors="replace") as file:
        file.write(f"{header}\n")
        csv.writer(file).writerows(row[:columns] for row in rows)
    for row in or_refused(read_rows, path) or []:
        assert row.file.is_file() and row.file.is_relative_to(os.path.realpath(place))
    loaded(path)


WHOLE = "path,label\n" + "".join(
    f"photos/{name}.png,{label}\n" for name, label in zip("abcdef", "xyxyxy", strict=True)
)


@fuzzed(mutated_bytes([WHOLE.encode(), WHOLE.replace("\n", "\r\n").encode("utf-16")]), share=3)
def test_a_damaged_table_gives_images_or_is_refused(place: Path, content: bytes) -> None:
    (place / "pets.csv").write_bytes(content)
    dataset = loaded(place / "pets.csv")
    assert dataset is None or dataset.num_classes >= 2


def parquet(columns: dict[str, Any], names: str | None = None, **options: Any) -> bytes:
    buffer = io.BytesIO()
    metadata = None if names is None else {"huggingface": names}
    pa.parquet.write_table(pa.table(columns).replace_schema_metadata(metadata), buffer, **options)
    return buffer.getvalue()


NAMES = '{"info": {"features": {"label": {"names": ["ant", "bee"], "_type": "ClassLabel"}}}}'
PICTURES = [{"bytes": encoded(grey), "path": f"{grey}.png"} for grey in range(8)]
TABLES = [
    parquet({"image": PICTURES, "label": [0, 1] * 4}, NAMES),
    parquet({"image": PICTURES, "label": ["ant", "bee"] * 4}, compression="gzip", row_group_size=3),
    parquet(
        {"image": [encoded(1, "JPEG")] * 8, "label": [3, 4] * 4}, compression="none", use_dictionary=False
    ),
]


@fuzzed(mutated_bytes(TABLES), share=5)
def test_a_damaged_parquet_file_gives_images_or_is_refused(place: Path, content: bytes) -> None:
    path = place / "pets.parquet"
    path.write_bytes(content)
    dataset = loaded(path)
    assert dataset is None or len(dataset.train.images) == len(dataset.train.labels)


PIXELS = st.sampled_from([None, b"", b"no picture", encoded(5), encoded(6)[:30], encoded(7, "JPEG")])
IMAGES = st.one_of(
    st.lists(PIXELS, min_size=8, max_size=8),
    st.lists(st.none() | st.builds(dict, bytes=PIXELS, path=st.sampled_from(PATHS)), min_size=8, max_size=8),
    st.sampled_from(
        [[1] * 8, ["a.png"] * 8, [[b"x"]] * 8, [{"bytes": "x"}] * 8, [{"path": "/etc/passwd"}] * 8]
    ),
)
COLUMN = st.one_of(
    st.lists(st.integers(-1, 2) | st.none(), min_size=8, max_size=8),
    st.lists(st.sampled_from(LABELS) | st.none(), min_size=8, max_size=8),
    st.sampled_from(
        [[0.5] * 8, [True] * 8, [[1]] * 8, [{"a": 1}] * 8, [b"ant"] * 8, [None] * 8, [2**62] * 8]
    ),
)
DESCRIBED = st.none() | st.sampled_from(
    [NAMES, "", "{", "[]", "null", "[" * 10_000, '{"info": {"features": {"label": {"names": [1]}}}}',
     NAMES.replace("bee", "\\u001b[31m"), NAMES.replace('"label"', '"absent"'), NAMES.replace("bee", "ant")]
)  # fmt: skip


@fuzzed(IMAGES, COLUMN, DESCRIBED, st.sampled_from(["image", "img", "label", "x.y", ""]), share=3)
def test_columns_of_any_type_give_images_or_are_refused(
    place: Path, images: Any, labels: Any, names: str | None, name: str
) -> None:
    path = place / "train-0.parquet"
    path.write_bytes(parquet({name: images, "label": labels}, names))
    raw = or_refused(read_source, str(path))
    assert raw is None or (len(raw.x_train) == 8 and {*raw.y_train} <= {*range(len(raw.class_names))})
    loaded(path)
    path.unlink()


SHARDS = [
    "train-0.parquet",
    "train.parquet",
    "test-0.parquet",
    "validation-0.parquet",
    "dev.parquet",
    "x.parquet",
]


@fuzzed(st.dictionaries(st.sampled_from(SHARDS), st.sampled_from([*TABLES, b"", "link", "pipe"])), share=2)
def test_a_folder_of_shards_is_read_inside_it_or_is_refused(
    tmp_path_factory: pytest.TempPathFactory, shards: dict[str, Any]
) -> None:
    root = tmp_path_factory.mktemp("shards")
    for name, content in shards.items():
        match content:
            case "link":
                (root / name).symlink_to("/etc/passwd")
            case "pipe":
                os.mkfifo(root / name)
            case _:
                (root / name).write_bytes(content)
    dataset = loaded(root)
    assert dataset is None or len(dataset.train.images) == len(dataset.train.labels)
