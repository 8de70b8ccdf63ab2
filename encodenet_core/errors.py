"""What a caller of the core can act on, and foreign errors and names in one safe line."""

import difflib
import errno
import re
from collections.abc import Iterable, Mapping


class EncodeNetError(Exception):
    """An error that its one line explains: what was received, what was expected, what to do.

    A message may repeat a name or a path of somebody else's: as text it is one line that steers no terminal.
    """

    def __str__(self) -> str:
        """The message."""
        return printable(super().__str__())


class ConfigError(EncodeNetError):
    """A configuration, a search space or an option that cannot be used as it is."""


class DataError(EncodeNetError):
    """A dataset that cannot be read or that cannot be trained on."""


class InfeasibleConfig(EncodeNetError):
    """A valid configuration that cannot run on this dataset or within the limits; others may.

    `metrics` holds what was measured of it nevertheless.
    """

    def __init__(self, message: str, metrics: Mapping[str, float] | None = None) -> None:
        super().__init__(message)
        self.metrics = dict(metrics or {})


class Diverged(InfeasibleConfig):
    """A training whose loss is no longer a finite number."""


class Stopped(EncodeNetError):
    """The caller answered a report with the wish not to go on."""


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
    return None if remedy is None else f"{one_line(str(error))}; {remedy}"


def is_full(error: OSError) -> bool:
    """Whether there is no room for what should be written."""
    # NumPy tells in words alone that the disk took only a part of an array.
    return error.errno in _FULL or bool(re.fullmatch(r"\d+ requested and \d+ written", str(error)))


def printable(text: str) -> str:
    """A text that may repeat a name of somebody else's, without what would steer a terminal.

    Line breaks and their like become spaces; what else cannot be printed is left out.
    """
    if text.isprintable():
        return text
    return "".join(" " if each.isspace() else each for each in text if each.isprintable() or each.isspace())


def one_line(text: str, longest: int | None = None) -> str:
    """A text that anybody may have written as one safe line, words one space apart.

    Args:
        text: any.
        longest: characters of the line; a longer one ends in `…`.
    """
    line = " ".join(printable(text).split())
    return line if longest is None or len(line) <= longest else f"{line[: longest - 1]}…"


def reason_of(error: BaseException, longest: int | None = None) -> str:
    """The message of a foreign exception as one safe line, or its type where it has none."""
    return one_line(str(error), longest) or type(error).__name__


def unknown_name(noun: str, received: object, known: Iterable[object]) -> ConfigError:
    """The error that names the nearest known name, if one is near, and all of them."""
    names = [str(name) for name in known]
    question = did_you_mean(str(received), names)
    return ConfigError(f"unknown {noun} {received!r}; {question}known are {', '.join(names) or 'none'}")


def did_you_mean(received: str, known: Iterable[str]) -> str:
    """The question after the nearest known name, with a space behind it; nothing where none is near."""
    close = difflib.get_close_matches(received, list(known), n=1)
    return f"did you mean {close[0]!r}? " if close else ""
