"""The door for `.npz` and `.npy` files: plain numbers and texts, as large as the file says and no larger.

What a file claims is held against what it holds before any memory is asked for: the shape in an array's
header against the size of its member, and the sizes of the members against the memory of this machine.
"""

from __future__ import annotations

import math
import stat
import struct
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from encodenet_core.errors import reason_of
from encodenet_core.io.machine import memory_of_this_machine

MOST_MEMBERS = 10_000
"""Of an archive; a checkpoint of the deepest network has a thousand."""

_LONGEST_HEADER = 10_000
_LONGEST_REASON = 300
_PLAIN_KINDS = "biufcUSV"  # V is what NumPy makes of bfloat16
_BROKEN = (
    OSError, ValueError, EOFError, MemoryError, RuntimeError, LookupError, SyntaxError, TypeError,
    OverflowError, zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, tokenize.TokenError,
)  # fmt: skip


class BrokenArrays(Exception):
    """An archive that cannot be read as plain arrays; the message says why, without naming the file."""


class PlainArrays(Mapping[str, NDArray[Any]]):
    """The arrays of an open archive by name, each read when it is asked for."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        """Take over an open archive; `open_arrays` opens one."""
        self._archive = archive
        files = [info for info in archive.infolist() if info.filename.endswith(".npy")]
        self._members = {info.filename.removesuffix(".npy"): info for info in files}

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Read one array.

        Raises:
            KeyError: there is none of this name.
            BrokenArrays: it is broken, holds objects, or is larger than the file or this machine.
        """
        info = self._members[name]
        try:
            with warnings.catch_warnings(action="ignore"):  # of headers that Python 2 wrote
                with self._archive.open(info) as file:
                    _check_header(file, info.file_size)
                with self._archive.open(info) as file:
                    return np.asarray(npy.read_array(file, allow_pickle=False))
        except _BROKEN as error:
            raise BrokenArrays(f"{name}: {reason_of(error, _LONGEST_REASON)}") from None

    def __iter__(self) -> Iterator[str]:
        """The names, in the order of the file."""
        return iter(self._members)

    def __len__(self) -> int:
        """How many arrays there are."""
        return len(self._members)


@contextmanager
def open_arrays(path: Path) -> Iterator[PlainArrays]:
    """The arrays in an `.npz` file while the block runs.

    Raises:
        BrokenArrays: it is no such file, or claims to hold more than this machine can.
    """
    try:
        archive = _open_archive(path)
    except _BROKEN as error:
        raise BrokenArrays(reason_of(error, _LONGEST_REASON)) from None
    with archive:
        yield PlainArrays(archive)


def _open_archive(path: Path) -> zipfile.ZipFile:
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("it is no regular file")
    archive = zipfile.ZipFile(path)
    try:
        check_sizes(archive)
    except ValueError:
        archive.close()
        raise
    return archive


def check_sizes(archive: zipfile.ZipFile) -> None:
    """Raise a ValueError for an archive that unpacks to more than this machine could hold."""
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise ValueError(f"it has {len(members):,} members, but {MOST_MEMBERS:,} at most are expected")
    claimed, memory = sum(info.file_size for info in members), memory_of_this_machine()
    if claimed > memory:
        raise ValueError(
            f"it unpacks to {claimed / 1e9:,.1f} GB, but this machine has {memory / 1e9:,.1f} GB of memory"
        )


def _check_header(file: IO[bytes], size: int) -> None:
    """Raise a ValueError for an array that is of objects, or does not fill its member exactly."""
    version = npy.read_magic(file)
    if version != (1, 0):  # the later ones are for structures of many fields
        raise ValueError(f"its format {version[0]}.{version[1]} is not that of plain arrays")
    shape, _, dtype = npy.read_array_header_1_0(file, max_header_size=_LONGEST_HEADER)
    if dtype.hasobject or dtype.names is not None or dtype.kind not in _PLAIN_KINDS:
        raise ValueError(f"it holds {str(dtype)[:60]}, but numbers or texts are expected")
    if any(length < 0 for length in shape):
        raise ValueError("a side of it is shorter than nothing")
    count, held = math.prod(shape), size - file.tell()
    # A text of no letters takes no bytes, and a few bytes could claim any number of those.
    if count * dtype.itemsize != held or count > size:
        raise ValueError(f"it claims {count:,} times {dtype.itemsize:,} bytes, but holds {held:,}")


def save_array(folder: Path, name: str, array: np.ndarray[Any, Any]) -> None:
    """Write an array as `NAME.npy`."""
    np.save(folder / f"{name}.npy", array, allow_pickle=False)


def open_array(folder: Path, name: str) -> np.ndarray[Any, Any]:
    """The array of `NAME.npy`, memory-mapped."""
    array: np.ndarray[Any, Any] = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    return array
