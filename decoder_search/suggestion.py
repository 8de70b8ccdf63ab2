"""What to say about a name that nothing has."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from encodenet_core import ConfigError


def unknown_name(noun: str, received: object, known: Iterable[object]) -> ConfigError:
    """The error that names the nearest known name, if one is near, and all of them."""
    names = [str(name) for name in known]
    close = difflib.get_close_matches(str(received), names, n=1)
    question = f"did you mean {close[0]!r}? " if close else ""
    return ConfigError(f"unknown {noun} {received!r}; {question}known are {', '.join(names) or 'none'}")
