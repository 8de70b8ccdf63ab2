"""Files that are either there, complete, or not there at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

_UNFINISHED = ".unfinished-"
"""What the name of a temporary file has after its stem."""


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then move it there in one step.

    The temporary file keeps the suffix of `path`, because writers such as `keras.Model.save` look at it.
    """
    make_folder(path.parent)
    prefix = f".{path.stem}{_UNFINISHED}"
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=prefix, suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        sync_file(temporary)
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        if error.errno and error.filename in (None, name):
            error.filename = str(path)  # of which the user knows
        raise
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def move_into_place(written: Path, path: Path) -> None:
    """Put a finished file or folder of the same disk in the place of an earlier one, to stand a power cut.

    A file takes the place of another in one step. A folder cannot: for a moment there is none.
    """
    for below in sorted(written.rglob("*")) if written.is_dir() else ():
        (sync_folder if below.is_dir() else sync_file)(below)
    (sync_folder if written.is_dir() else sync_file)(written)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    written.replace(path)
    sync_folder(path.parent)


def copy_whole(source: Path, path: Path) -> None:
    """Write a copy of a file in one step."""
    write_whole(path, lambda temporary: shutil.copyfile(source, temporary))


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, to stand a power cut."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for place in missing:
        sync_folder(place.parent)


def path_below(folder: Path, name: str) -> Path:
    """Where a file lies that somebody else has named by its path below a folder, with slashes.

    Raises:
        ValueError: the name leads out of the folder.
    """
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or parts[0] == "/" or "\0" in name:
        raise ValueError(f"{name!r} leads out of {folder}")
    return folder.joinpath(*parts)


def remove_unfinished(folder: Path) -> None:
    """Remove the temporary files that a killed `write_whole` left in a folder in which nobody writes now."""
    for left in folder.glob(f".*{_UNFINISHED}*"):
        left.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a whole text file in one step."""
    write_whole(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def write_json(path: Path, value: object) -> None:
    """Write a whole, indented JSON file in one step."""
    write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")


def sync_file(path: Path) -> None:
    """Make what was written to a file stand a power cut."""
    with path.open("rb") as written:
        os.fsync(written.fileno())


def sync_folder(folder: Path) -> None:
    """Make renames inside a folder stand a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
