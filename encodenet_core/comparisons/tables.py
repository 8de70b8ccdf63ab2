"""The tables of a comparison as plain text cells, which the terminal and Markdown show alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from encodenet_core.comparisons.paired import Measured
from encodenet_core.comparisons.spread import BySeed, Spread, spread, subtract
from encodenet_core.errors import one_line

MISSING = "-"


@dataclass(frozen=True)
class Column:
    """A header of one or two lines; `wide` says that the column may be left out where there is no room."""

    header: str
    wide: bool = False


@dataclass(frozen=True)
class Table:
    """A title, columns, rows of as many cells, and what must be known to read them, a line each."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()

    def without_empty_columns(self) -> Table:
        """The table without the columns in which no row has anything."""
        kept = [place for place in range(len(self.columns)) if any(row[place] for row in self.rows)]
        return self.with_columns(kept)

    def with_columns(self, places: Sequence[int]) -> Table:
        """The table with the columns at these places alone."""
        columns = tuple(self.columns[place] for place in places)
        rows = tuple(tuple(row[place] for place in places) for row in self.rows)
        return replace(self, columns=columns, rows=rows)

    def with_notes(self, notes: Sequence[str]) -> Table:
        """The table with more notes below those it has."""
        return replace(self, notes=(*self.notes, *notes))

    def to_json(self) -> dict[str, Any]:
        """The table as JSON values, cells as they are shown."""
        headers = [one_line(column.header) for column in self.columns]
        rows = [dict(zip(headers, row, strict=True)) for row in self.rows]
        return {"title": self.title, "rows": rows, "notes": list(self.notes)}


def to_markdown(table: Table) -> str:
    """The table under a heading of the second level, then its notes as a list."""
    lines = [
        _markdown_row([one_line(column.header) for column in table.columns]),
        _markdown_row(["---", *["---:"] * (len(table.columns) - 1)]),
        *[_markdown_row(row) for row in table.rows],
    ]
    notes = [f"- {note}" for note in table.notes]
    parts = [f"## {table.title}", "\n".join(lines), "\n".join(notes)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _markdown_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def show_spread(numbers: Spread | None, form: str, scale: float = 1.0) -> str:
    """Mean and standard deviation as `75.92 ±0.49`; a dash for what is not there.

    The standard deviation is written like the mean, without a sign.
    """
    if numbers is None:
        return MISSING
    deviation = numbers.deviation
    spread_text = MISSING if deviation is None else format(scale * deviation, form.removeprefix("+"))
    return f"{format(scale * numbers.mean, form)} ±{spread_text}"


def percent(numbers: BySeed, digits: int = 2) -> str:
    """Shares in [0, 1] as percent."""
    return show_spread(spread(numbers), f".{digits}f", 100.0)


def points(first: BySeed, second: BySeed) -> str:
    """`first` minus `second`, shares in [0, 1], paired by seed, in points with their sign."""
    gain = spread(subtract(first, second))
    large = gain is not None and max(abs(gain.mean), gain.deviation or 0.0) >= 0.09995
    return show_spread(gain, "+.1f" if large else "+.2f", 100.0)


def number(numbers: BySeed, digits: int) -> str:
    """Numbers with so many digits after the point."""
    return show_spread(spread(numbers), f".{digits}f")


Labels = Mapping[str, str]
"""What each setup is called in a table, in the order of its rows."""


def seed_reasons(measured: Measured, labels: Labels) -> list[str]:
    """A line on every setup that cannot run with some seed."""
    lines: list[str] = []
    for setup, label in labels.items():
        by_reason: dict[str, list[int]] = {}
        for seed, reason in measured.reasons(setup).items():
            by_reason.setdefault(reason, []).append(seed)
        lines += [f"{label}, {name_seeds(seeds)}: {reason}" for reason, seeds in by_reason.items()]
    return lines


def name_seeds(seeds: Sequence[int]) -> str:
    """`seed 0`, or `seeds 0, 1, 2`."""
    return f"seed{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds))}"
