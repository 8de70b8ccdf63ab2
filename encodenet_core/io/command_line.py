"""How a command ends when it cannot do what it was asked to."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable

from encodenet_core.errors import EncodeNetError, printable, with_remedy


def run_command_line(command: Callable[[], object]) -> None:
    """Run a command; an error that the user can act on is one line and exit code 2, any other a traceback."""
    _replace_what_cannot_be_encoded()
    try:
        command()
    except EncodeNetError as error:
        _refuse(str(error))
    except OSError as error:
        reason = with_remedy(error)
        if reason is None:
            raise
        _drop_output_that_does_not_fit()
        _refuse(reason)


def _replace_what_cannot_be_encoded() -> None:
    """A terminal or a file of Latin-1 shows a question mark for a star, and no command ends because of it."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def _drop_output_that_does_not_fit() -> None:
    """Python would try once more at its end, and complain in words and an exit code of its own."""
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _refuse(reason: str) -> None:
    sys.stderr.write(f"error: {printable(reason)}\n")
    sys.exit(2)
