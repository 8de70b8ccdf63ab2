"""Paths as people write them: `~` and `$VARIABLES` stand for what a shell makes of them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeVar, overload

Given = TypeVar("Given")


def as_in_a_shell(path: str) -> str:
    """A path with `~` and `$VARIABLES` replaced; what is not set, or exists as it is written, stays."""
    return path if os.path.exists(path) else os.path.expandvars(os.path.expanduser(path))


@overload
def shell_paths(given: list[Path]) -> list[Path]: ...
@overload
def shell_paths(given: Given) -> Given: ...


def shell_paths(given: object) -> object:
    """What a command line was given for an option or argument that names files or folders, as in a shell.

    Args:
        given: a path as text or as a `Path`, a list of them, or None where it was left out.
    """
    if isinstance(given, list):
        return [shell_paths(each) for each in given]
    if isinstance(given, Path):
        return Path(as_in_a_shell(str(given)))
    return as_in_a_shell(given) if isinstance(given, str) else given
