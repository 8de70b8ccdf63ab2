"""Whether the pictures of a source have one size, by their headers alone."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from encodenet_core.data.class_folders import list_images
from encodenet_core.data.csv_table import read_rows
from encodenet_core.data.parquet_table import find_shards, list_parquet
from encodenet_core.data.pictures import Picture, open_picture, quiet_pictures, upright_size


def have_size(source: Path, height: int, width: int) -> bool:
    """Whether all pictures of a folder or a table have this size; the search ends at the first other one.

    Raises:
        DataError: they cannot be listed or read.
    """
    with quiet_pictures():
        return all(_size_of(picture) == (width, height) for picture in _pictures(source))


def _pictures(source: Path) -> Iterable[Picture]:
    if shards := find_shards(source):
        return list_parquet(source, shards).pictures
    if source.is_dir():
        splits = list_images(source).splits
        return chain.from_iterable(files for split in splits for files in split.values())
    return (row.file for row in read_rows(source))


def _size_of(picture: Picture) -> tuple[int, int]:
    with open_picture(picture) as image:
        return upright_size(image)
