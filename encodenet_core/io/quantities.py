"""Numbers of bytes and of seconds as people write and read them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from encodenet_core.errors import ConfigError

_DECIMAL = ("B", "kB", "MB", "GB", "TB")
_BINARY = ("KiB", "MiB", "GiB", "TiB")

_BYTES = {
    "": 1,
    **{unit.lower(): 1000**power for power, unit in enumerate(_DECIMAL)},
    **{unit.lower(): 1024**power for power, unit in enumerate(_BINARY, start=1)},
}

SPEED_PERIOD = 3600.0
"""Seconds whose epochs tell how fast a stage is; Rich would take 30, in which a long one ends no epoch."""


_SECONDS = {"s": 1, "m": 60, "h": 3600}


def parse_size(text: str) -> int:
    """The bytes of `20GB`, `1.5GiB`, `500 MB` or `0`; parts of a byte are dropped.

    Raises:
        ConfigError: the text is no size.
    """
    size = _parse(text, _BYTES)
    if size is None:
        raise ConfigError(
            f"{text!r} is no size; give a number of bytes, or one with a unit of "
            f"{', '.join(_DECIMAL[1:] + _BINARY)}, such as 20GB"
        )
    return int(size)


def parse_duration(text: str) -> float:
    """The seconds of `90s`, `1.5 m` or `2h`; infinite beyond what a float holds.

    Raises:
        ConfigError: the text is no duration.
    """
    seconds = _parse(text, _SECONDS)
    if seconds is None:
        raise ConfigError(f"{text!r} is no duration; give a number and a unit of s, m and h, such as 90s")
    return float(seconds)


def _parse(text: str, factors: Mapping[str, int]) -> Decimal | None:
    """A number and a unit of `factors`, in small or capital letters; None where the text is none."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", text.strip().lower(), re.ASCII)
    return Decimal(match[1]) * factors[match[2]] if match and match[2] in factors else None


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
