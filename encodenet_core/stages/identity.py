"""What tells the content of a file from another's, for the stages that are made of it."""

from __future__ import annotations

import hashlib
from pathlib import Path


def modification_time(path: str | None) -> int:
    """When a file was last modified, in nanoseconds; 0 where none is named or there."""
    return Path(path).stat().st_mtime_ns if path and Path(path).exists() else 0


def content_hash(path: str | None) -> str | None:
    """Sixteen hexadecimal digits of what a file holds, none if it is unreadable; None where none is named."""
    if path is None:
        return None
    try:
        if not Path(path).is_file():  # such as a pipe, which would be waited for
            return ""
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16]
    except OSError:
        return ""
