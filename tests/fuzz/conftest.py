"""Prints how many examples were tried, which is what `make soak` is for."""

from __future__ import annotations

from typing import Any

from hostile import RAN


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if RAN:
        terminalreporter.write_line(f"fuzzing: {sum(RAN.values()):,} examples in {len(RAN)} tests")
        for name, count in sorted(RAN.items()):
            terminalreporter.write_line(f"  {count:7,}  {name}")
