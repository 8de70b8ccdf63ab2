"""Labelled image files that a `.csv` file names, a line each: `path,label`, perhaps `split`."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from reprlib import repr as shortened

from encodenet_core.data.class_folders import PARTS, lies_in
from encodenet_core.data.decoding import LabelledPictures, Part
from encodenet_core.data.table_labels import ORDER, index_labels
from encodenet_core.errors import DataError, reason_of
from encodenet_core.io.plain_files import read_plain_file

_MOST_BYTES = 1_000_000_000

_REMEDY = "save it as text in UTF-8 with the header path,label or path,label,split"


@dataclass(frozen=True)
class TableRow:
    """A line of the table: an existing image file, its label, and the split that it is in."""

    file: Path
    label: str
    part: Part


def list_csv(table: Path) -> LabelledPictures:
    """The pictures that a table names, training first; classes are sorted, numbers by their value.

    Raises:
        DataError: as `read_rows`, or a split lacks a class of another.
    """
    rows = read_rows(table)
    by_part = {part: [row for row in rows if row.part == part] for part in ORDER}
    labels = {part: [row.label for row in of_part] for part, of_part in by_part.items() if of_part}
    indices, names = index_labels(table, labels)
    return LabelledPictures([row.file for part in indices for row in by_part[part]], indices, names)


def read_rows(table: Path) -> list[TableRow]:
    """The lines of a table, in their order.

    Paths are relative to the table's folder and stay in it, links followed. Other columns are left out.

    Raises:
        DataError: the table is no such CSV; or a line names no label, no known split, or a file that is not
            there, lies elsewhere or was named before.
    """
    try:
        text = read_plain_file(table, _MOST_BYTES).decode("utf-8-sig")
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        columns = _columns(table, next(reader, []))
        return list(_rows(table, columns, reader))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"cannot read the table {table}: {reason_of(error)}; {_REMEDY}") from None


def _columns(table: Path, header: Sequence[str]) -> dict[str, int]:
    """Where the columns are that count."""
    names = [name.strip().lower() for name in header]
    known = [name for name in ("path", "label", "split") if name in names]
    if known[:2] != ["path", "label"] or any(names.count(name) > 1 for name in known):
        raise DataError(f"{table} has the header {shortened(','.join(header))}; {_REMEDY}")
    return {name: names.index(name) for name in known}


def _rows(table: Path, columns: dict[str, int], reader: Iterator[list[str]]) -> Iterator[TableRow]:
    root = Path(os.path.realpath(table.parent))
    seen: dict[Path, int] = {}
    for line, cells in enumerate(reader, 2):
        if not cells:
            continue
        place = f"{table}, row {line}"
        if len(cells) <= max(columns.values()):
            raise DataError(
                f"{place} has {len(cells)} columns, fewer than the header; write one line an image"
            )
        values = {name: cells[column].strip() for name, column in columns.items()}
        file = _file_inside(root, values["path"], place)
        if seen.setdefault(file, line) != line:
            raise DataError(f"{place} names {file} again, as row {seen[file]} does; leave one of them out")
        if not values["label"]:
            raise DataError(f"{place} has no label; name the class of {file}, or leave the row out")
        yield TableRow(file, values["label"], _part(values.get("split", "train"), place))


def _part(word: str, place: str) -> Part:
    if word.lower() not in PARTS:
        raise DataError(f"{place} has the split {shortened(word)}, but expected is one of {', '.join(PARTS)}")
    return PARTS[word.lower()]


def _file_inside(root: Path, path: str, place: str) -> Path:
    """The file that a path names, wherever links lead, which is inside the root."""
    if "\0" in path or os.path.isabs(path):
        raise DataError(f"{place} has the path {shortened(path)}; give it relative to {root}")
    target = Path(os.path.realpath(root / path))
    if not lies_in(target, root):
        raise DataError(f"{place}: {shortened(path)} leads out of {root}; put a copy of the file into it")
    if not os.path.isfile(target):
        raise DataError(f"{place}: there is no file {shortened(path)} in {root}; correct it or leave it out")
    return target
