"""Numbers of bytes and of seconds as people write and read them."""

from __future__ import annotations

import re
from decimal import Decimal

from encodenet_core.errors import ConfigError

_DECIMAL = ("B", "kB", "MB", "GB", "TB")
_BINARY = ("KiB", "MiB", "GiB", "TiB")

_FACTORS = {
    "": 1,
    **{unit.lower(): 1000**power for power, unit in enumerate(_DECIMAL)},
    **{unit.lower(): 1024**power for power, unit in enumerate(_BINARY, start=1)},
}

SPEED_PERIOD = 3600.0
"""Seconds whose epochs tell how fast a stage is; Rich would take 30, in which a long one ends no epoch."""


def parse_size(text: str) -> int:
    """The bytes of `20GB`, `1.5GiB`, `500 MB` or `0`; parts of a byte are dropped.

    Raises:
        ConfigError: the text is no size.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?) ?([a-z]*)", text.strip().lower(), re.ASCII)
    if not match or match[2] not in _FACTORS:
        raise ConfigError(
            f"{text!r} is no size; give a number of bytes, or one with a unit of "
            f"{', '.join(_DECIMAL[1:] + _BINARY)}, such as 20GB"
        )
    return int(Decimal(match[1]) * _FACTORS[match[2]])


def format_size(n_bytes: int) -> str:
    """At most four digits and a decimal unit: `999 B`, `1.5 MB`, `20.0 GB`."""
    if n_bytes < 1000:
        return f"{n_bytes} B"
    size = float(n_bytes)
    for unit in _DECIMAL:
        if size < 999.95 or unit == _DECIMAL[-1]:
            break
        size /= 1000
    return f"{size:.1f} {unit}"


def duration(seconds: float) -> str:
    """`41s`, `2m 05s` or `3h 07m`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02}s"
    return f"{whole // 3600}h {whole % 3600 // 60:02}m"
