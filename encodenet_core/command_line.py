"""How a command ends when it cannot do what it was asked to."""

from __future__ import annotations

import errno
import re
import sys
from collections.abc import Callable

from encodenet_core.errors import EncodeNetError

_FULL_OR_FORBIDDEN = (
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO,
)  # fmt: skip


def run_command_line(command: Callable[[], object]) -> None:
    """Run a command; an error that the user can act on is one line and exit code 2, any other a traceback."""
    try:
        command()
    except EncodeNetError as error:
        _refuse(str(error))
    except OSError as error:
        if not _is_full_or_forbidden(error):
            raise
        _refuse(f"{' '.join(str(error).split())}; make room there, or allow writing")


def _is_full_or_forbidden(error: OSError) -> bool:
    # NumPy tells in words alone that the disk took only a part of an array.
    cut_off = re.fullmatch(r"\d+ requested and \d+ written", str(error))
    return error.errno in _FULL_OR_FORBIDDEN or cut_off is not None


def _refuse(reason: str) -> None:
    sys.stderr.write(f"error: {reason}\n")
    sys.exit(2)
