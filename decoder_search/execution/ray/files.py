"""The files of a folder on their way between machines: plain bytes with their names, written whole."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from decoder_search.records.layout import CHECKPOINT
from encodenet_core.errors import EncodeNetError
from encodenet_core.io.whole_files import path_below, write_whole

Files = Mapping[str, NDArray[np.uint8]]
"""What each file holds, by its path below the folder, with slashes."""


def pack(folder: Path, *, besides: str = "") -> dict[str, NDArray[np.uint8]]:
    """All regular files of a folder; links are left behind. A folder that is not there is empty.

    Args:
        folder: where they lie.
        besides: name of a subfolder whose files stay.
    """
    names = sorted(path.relative_to(folder) for path in folder.rglob("*") if _is_plain(path, folder))
    return {
        name.as_posix(): np.frombuffer((folder / name).read_bytes(), np.uint8)
        for name in names
        if name.parts[0] != besides
    }


def packed_checkpoint(folder: Path) -> dict[str, NDArray[np.uint8]]:
    """The checkpoint in the folder of a trial, by its names in that folder."""
    return {f"{CHECKPOINT}/{name}": content for name, content in pack(folder / CHECKPOINT).items()}


def unpack(files: Files, folder: Path) -> None:
    """Write files into a folder; of a checkpoint, which may be lost, not through to the disk.

    Raises:
        EncodeNetError: a name leads out of the folder, or the disk does not take a file.
    """
    for name, content in files.items():
        path = _place(folder, name)
        try:
            if path.is_relative_to(folder / CHECKPOINT):
                _write_loosely(path, content)
            else:
                write_whole(path, content.tofile)
        except OSError as error:
            raise EncodeNetError(
                f"cannot write {path}: {error.strerror or error}; make room there and run the command again"
            ) from None


def _is_plain(path: Path, folder: Path) -> bool:
    inside = path.relative_to(folder).parents
    return path.is_file() and not any(each.is_symlink() for each in (path, *(folder / up for up in inside)))


def _place(folder: Path, name: str) -> Path:
    try:
        return path_below(folder, name)
    except ValueError:
        problem = f"a worker sent a file named {name!r}, which leads out of its trial's folder"
        raise EncodeNetError(problem) from None


def _write_loosely(path: Path, content: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{os.getpid()}-{path.name}")
    content.tofile(temporary)
    temporary.replace(path)
