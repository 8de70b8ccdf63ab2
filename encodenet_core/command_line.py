"""How a command ends when it cannot do what it was asked to."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable

from encodenet_core.errors import EncodeNetError

_FULL_OR_FORBIDDEN = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO)


def run_command_line(command: Callable[[], object]) -> None:
    """Run a command; an error that the user can act on is one line and exit code 2, any other a traceback."""
    try:
        command()
    except EncodeNetError as error:
        _refuse(str(error))
    except OSError as error:
        if error.errno not in _FULL_OR_FORBIDDEN:
            raise
        _refuse(f"{' '.join(str(error).split())}; make room there, or allow writing")


def _refuse(reason: str) -> None:
    sys.stderr.write(f"error: {reason}\n")
    sys.exit(2)
