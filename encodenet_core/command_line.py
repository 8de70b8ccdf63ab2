"""How a command ends when it cannot do what it was asked to."""

from __future__ import annotations

import sys
from collections.abc import Callable

from encodenet_core.disk_errors import remedy_for
from encodenet_core.errors import EncodeNetError


def run_command_line(command: Callable[[], object]) -> None:
    """Run a command; an error that the user can act on is one line and exit code 2, any other a traceback."""
    try:
        command()
    except EncodeNetError as error:
        _refuse(str(error))
    except OSError as error:
        remedy = remedy_for(error)
        if remedy is None:
            raise
        _refuse(f"{' '.join(str(error).split())}; {remedy}")


def _refuse(reason: str) -> None:
    sys.stderr.write(f"error: {printable(reason)}\n")
    sys.exit(2)


def printable(text: str) -> str:
    """A text that may repeat a name of somebody else's, without what would steer the terminal."""
    return "".join(character if character.isprintable() else " " for character in text)
