"""Files that anybody may have made: read if they are files, and no further than to a limit."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

MOST_BYTES = 64_000_000
"""Of a file of JSON: those of a long study take a few million."""


def read_plain_file(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """The whole content of a file.

    Raises:
        OSError: it cannot be read, is larger than `most_bytes`, or is a pipe or a device, which might never
            end or never even begin.
    """
    # Who opens a pipe waits for its other end, unless told not to.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "it is a pipe or a device, and no file", str(path))
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise OSError(errno.EFBIG, f"it is larger than {most_bytes:,} bytes", str(path))
    return content
