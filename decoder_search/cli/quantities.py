"""Times, and amounts of memory and disk, as people write them."""

from __future__ import annotations

import re

from encodenet_core import ConfigError

SECONDS = {"s": 1, "m": 60, "h": 3600}
BYTES = {"MB": 10**6, "GB": 10**9}


def in_seconds(option: str, text: str) -> float:
    """`90s`, `30m` or `2h` in seconds.

    Raises:
        ConfigError: the text is no time, or 0.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|m|h)", text.strip())
    if not match or float(match[1]) == 0:
        raise ConfigError(f"{option} is {text!r}, but expected is a time such as 90s, 30m or 2h")
    return float(match[1]) * SECONDS[match[2]]


def in_bytes(option: str, text: str) -> int:
    """`800MB` or `4GB` in bytes.

    Raises:
        ConfigError: the text is no such amount, or 0.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(MB|GB)", text.strip())
    if not match or float(match[1]) == 0:
        raise ConfigError(f"{option} is {text!r}, but expected is an amount such as 800MB or 4GB")
    return round(float(match[1]) * BYTES[match[2]])
