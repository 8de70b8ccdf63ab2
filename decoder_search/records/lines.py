"""What to say of a line of a study's files that cannot be read."""

from __future__ import annotations

from pathlib import Path

from encodenet_core.errors import one_line

UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What a line raises that is none of those that belong there."""


def in_words(error: Exception) -> str:
    """What is wrong with a line, from the error that it raised."""
    return one_line(f"{type(error).__name__}: {error}")


def broken_line(path: Path, number: int, problem: str) -> str:
    """Where a line is that cannot be read, why, and what to do about it.

    Args:
        path: the file, in the folder of a study.
        number: of the line, from 1.
        problem: such as "is no event of a study (...)".
    """
    remedy = f"`decoder-search repair {path.parent.name}` drops what is broken and keeps a backup"
    return f"{path}, line {number} {problem}; {remedy}"
