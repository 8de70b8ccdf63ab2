"""Which errors of the operating system a user can act on, and how."""

from __future__ import annotations

import errno
import re

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO)
_MISPLACED = (errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP)


def remedy_for(error: OSError) -> str | None:
    """What the user can do about an error; None where it is no user's affair."""
    if is_full(error) or error.errno in _FORBIDDEN:
        return "make room there, or allow writing"
    if error.errno in _MISPLACED:
        return "move away what is there, or give another path"
    return None


def with_remedy(error: OSError) -> str | None:
    """An error and what the user can do about it, in one line; None where it is no user's affair."""
    remedy = remedy_for(error)
    return None if remedy is None else f"{' '.join(str(error).split())}; {remedy}"


def is_full(error: OSError) -> bool:
    """Whether there is no room for what should be written."""
    # NumPy tells in words alone that the disk took only a part of an array.
    return error.errno in _FULL or bool(re.fullmatch(r"\d+ requested and \d+ written", str(error)))
