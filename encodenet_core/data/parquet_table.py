"""Labelled pictures in Parquet files as hubs have them: `image: {bytes, path}` and `label`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from encodenet_core.data.class_folders import PARTS, stays_inside
from encodenet_core.data.decoding import LabelledPictures, Part
from encodenet_core.data.parquet_columns import Columns, find_columns
from encodenet_core.data.pictures import PictureBytes
from encodenet_core.data.table_labels import ORDER, check_parts, index_labels
from encodenet_core.errors import DataError, reason_of

if TYPE_CHECKING:
    import pyarrow.parquet

Shards = Mapping[Part, Sequence[Path]]
"""The files of every split, in their order."""

_PICTURES_AT_ONCE = 64
_LABELS_AT_ONCE = 65_536

_MOST_ROWS = 50_000_000
"""Of a file: a few bytes can claim any number of equal labels."""


def find_shards(place: Path) -> Shards:
    """A Parquet file; or `train-*`, `test-*` and `validation-*.parquet` in a folder, or in its `data`.

    There are none where the path names neither.

    Raises:
        DataError: one of them is a link that leads out of the folder, or the folder cannot be listed.
    """
    if place.is_dir():
        return _in_folder(place)
    return {"train": [place]} if place.suffix == ".parquet" and place.is_file() else {}


def _in_folder(folder: Path) -> Shards:
    root = Path(os.path.realpath(folder))
    for place in (root, root / "data"):
        try:
            files = sorted(place.glob("*.parquet"))
            named = [(PARTS.get(_first_word(file)), file) for file in files if stays_inside(file, root)]
        except OSError as error:
            raise DataError(f"cannot list {place}: {error.strerror}; make it readable") from None
        shards = {part: [file for of, file in named if of == part and file.is_file()] for part in ORDER}
        if any(shards.values()):
            return {part: of_part for part, of_part in shards.items() if of_part}
    return {}


def _first_word(file: Path) -> str:
    found = re.match(r"[A-Za-z]+", file.name)
    return found.group().lower() if found else ""


def list_parquet(source: Path, shards: Shards) -> LabelledPictures:
    """The pictures in all files of a data set; they are read while they are taken, a few at a time.

    Classes have the names that the files give them, else those of the labels, sorted.

    Args:
        source: the file or the folder, as an error calls it.
        shards: its files.

    Raises:
        DataError: pyarrow is missing, or a file is broken, has other columns or classes than the first, or
            labels that name no class.
    """
    files = [(part, file) for part in ORDER for file in shards.get(part, ())]
    columns = {file: _columns(file) for _, file in files}
    names = columns[files[0][1]].class_names
    odd = [file for file in columns if columns[file].class_names != names]
    if odd:
        raise DataError(f"{odd[0]} names other classes than {files[0][1]}; put the files into two folders")
    labels: dict[Part, list[Any]] = {part: [] for part in ORDER if part in shards}
    counts = {}
    for part, file in files:
        of_file = list(_labels(file, columns[file]))
        labels[part] += of_file
        counts[file] = len(of_file)
    pictures = (picture for _, file in files for picture in _pictures(file, columns[file], counts[file]))
    if names is None:
        return LabelledPictures(pictures, *index_labels(source, labels))
    indices = {part: np.array(of_part, np.int64) for part, of_part in labels.items()}
    check_parts(source, indices, names)
    return LabelledPictures(pictures, indices, names)


@contextmanager
def _opened(file: Path) -> Iterator[pyarrow.parquet.ParquetFile]:
    """An open file; what is wrong with it inside the block is told in one line."""
    try:
        import pyarrow
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise DataError(
            f"reading {file} needs pyarrow, which is missing; pip install 'decoder-search[parquet]'"
        ) from None
    try:
        with ParquetFile(file, buffer_size=1 << 20) as opened:
            yield opened
    except (pyarrow.ArrowException, OSError, ValueError, KeyError) as error:
        reason = reason_of(error, 200)
        raise DataError(f"cannot read {file}: {reason}; write it again, or download it again") from None


def _columns(file: Path) -> Columns:
    with _opened(file) as opened:
        if opened.metadata.num_rows > _MOST_ROWS:
            raise DataError(
                f"{file} claims {opened.metadata.num_rows:,} rows; at most {_MOST_ROWS:,} are read"
            )
        return find_columns(file, opened.schema_arrow)


def _labels(file: Path, columns: Columns) -> Iterator[Any]:
    """Checked labels: indices where the file names its classes, else words."""
    names = columns.class_names
    for row, label in enumerate(_values(file, columns.label, _LABELS_AT_ONCE), 1):
        fits = isinstance(label, int) and not isinstance(label, bool) and label >= 0
        if names is not None and not (fits and label < len(names)):
            raise DataError(
                f"{file}, row {row}: the label is {label!r}, but 0 to {len(names) - 1} is expected, as there "
                f"are {len(names)} names of classes; leave out rows and files without labels"
            )
        if names is None and not (fits or (isinstance(label, str) and label.strip())):
            raise DataError(
                f"{file}, row {row}: the label is {label!r:.80}, but a word or a number from 0 is expected; "
                "correct it, or leave the row out"
            )
        yield label if names is not None else str(label).strip()


def _pictures(file: Path, columns: Columns, expected: int) -> Iterator[PictureBytes]:
    row = 0
    for row, value in enumerate(_values(file, columns.image, _PICTURES_AT_ONCE), 1):
        content = value.get("bytes") if isinstance(value, dict) else value
        if not isinstance(content, bytes):
            raise DataError(
                f"{file}, row {row}: {columns.image} holds no bytes, but the content of a picture is "
                "expected; write the pictures themselves into the file"
            )
        yield PictureBytes(f"{file}, row {row}", content)
    if row != expected:
        raise DataError(f"{file} has {expected} labels, but {row} pictures; write it again")


def _values(file: Path, column: str, at_once: int) -> Iterator[Any]:
    with _opened(file) as opened:
        for batch in opened.iter_batches(at_once, columns=[column]):
            yield from batch.column(column).to_pylist()
