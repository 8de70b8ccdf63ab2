"""Times, and amounts of memory and disk, as people write them."""

from __future__ import annotations

import re
from reprlib import repr as shortened

from encodenet_core.errors import ConfigError

SECONDS = {"s": 1, "m": 60, "h": 3600}
BYTES = {"MB": 10**6, "GB": 10**9}
NUMBER = r"(\d{1,7}(?:\.\d{1,9})?)"


def in_seconds(option: str, text: str) -> float:
    """`90s`, `30m` or `2h` in seconds.

    Raises:
        ConfigError: the text is no time, 0, or longer than anybody waits.
    """
    match = re.fullmatch(NUMBER + r"\s*(s|m|h)", text.strip(), re.ASCII)
    if not match or float(match[1]) == 0:
        raise ConfigError(f"{option} is {shortened(text)}, but expected is a time such as 90s, 30m or 2h")
    return float(match[1]) * SECONDS[match[2]]


def in_bytes(option: str, text: str) -> int:
    """`800MB` or `4GB` in bytes.

    Raises:
        ConfigError: the text is no such amount, or less than a megabyte.
    """
    match = re.fullmatch(NUMBER + r"\s*(MB|GB)", text.strip(), re.ASCII)
    if not match or float(match[1]) * BYTES[match[2]] < BYTES["MB"]:
        raise ConfigError(f"{option} is {shortened(text)}, but expected is an amount such as 800MB or 4GB")
    return round(float(match[1]) * BYTES[match[2]])
