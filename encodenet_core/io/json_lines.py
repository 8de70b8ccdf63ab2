"""Files of one JSON object a line, of which a killed writer may have left the last one torn."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from encodenet_core.io.plain_files import MOST_BYTES, read_plain_file
from encodenet_core.io.whole_files import sync_folder


class JsonLines:
    """A file of JSON lines, open for appending; it may have one writer at a time."""

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        """Open a file, or start one, and cut off what a killed writer left of its last line.

        Raises:
            OSError: it cannot be read or written, or is larger than `most_bytes`.
        """
        whole = read_whole_lines(path, most_bytes) if path.exists() else b""
        self._path = path
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            if os.fstat(self._handle).st_size > len(whole):
                os.ftruncate(self._handle, len(whole))
            sync_folder(path.parent)
        except BaseException:
            self.close()
            raise

    def append(self, value: Mapping[str, Any], *, lasting: bool = True) -> None:
        """Write one object; a `lasting` one stands even a power cut.

        Raises:
            OSError: the disk does not take it; then the file is as it was.
            ValueError: a number in it is not finite.
        """
        line = json_line(value)
        before = os.fstat(self._handle).st_size
        try:
            if os.write(self._handle, line) < len(line):
                raise OSError(errno.ENOSPC, "only a part of a line fits", str(self._path))
            if lasting:
                os.fsync(self._handle)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._handle, before)
            raise

    def close(self) -> None:
        """Let go of the file; a second call does nothing."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def json_line(value: Mapping[str, Any]) -> bytes:
    """An object as a line; a ValueError where a number in it is not finite."""
    return json.dumps(value, allow_nan=False).encode() + b"\n"


def read_whole_lines(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """The content of a file up to where a torn last line starts.

    Raises:
        OSError: there is no file, it cannot be read, or it is larger than `most_bytes`.
    """
    return whole_lines(read_plain_file(path, most_bytes))


def whole_lines(content: bytes) -> bytes:
    """The content up to where a torn last line starts: one without its end, or that is no JSON."""
    content = content[: content.rfind(b"\n") + 1]
    start = content[:-1].rfind(b"\n") + 1
    try:
        json.loads(content[start:])
    except (ValueError, RecursionError):  # a whole line of another kind is for its reader to refuse
        return content[:start]
    return content
