"""Seconds in words, the same wherever a person reads them."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """`41s`, `2m 05s` or `3h 07m`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02}s"
    return f"{whole // 3600}h {whole % 3600 // 60:02}m"
