"""Rows drawn under columns: on one sheet, or on several below each other where the terminal is narrow.

A table of Rich's own takes seconds for a study of thousands of trials, because it wraps and measures each
cell in many ways; here every cell is one line that is never cut, so that its text is all there is to know.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.text import Text

from decoder_search.analysis.rows import Row
from decoder_search.views.terminal.columns import Column

GAPS = (2, 1)
"""The spaces between columns, the wider ones where there is room for them."""


@dataclass(frozen=True)
class Strip:
    """A column with what it shows of every row, and how wide that is on a terminal."""

    column: Column
    cells: Sequence[str]
    width: int

    @classmethod
    def of(cls, column: Column, rows: Sequence[Row]) -> Strip:
        """The column filled in."""
        cells = [column.show(row) for row in rows]
        width = max(cell_len(text) for text in (*column.header.split("\n"), *cells))
        return cls(column, cells, width)

    def padded(self, text: str) -> str:
        """The text at its side of the column."""
        spaces = " " * (self.width - cell_len(text))
        return spaces + text if self.column.is_number else text + spaces


@dataclass(frozen=True)
class Sheets:
    """What `rich` draws of rows: `identity` columns on every sheet, the others on as few as fit.

    Where not all fit on one sheet, `measured` and `params` are kept apart if that takes no more sheets. Rows
    with the key `group` have the name of their group above the first of them; those without a rank are dim.
    """

    rows: Sequence[Row]
    identity: Sequence[Column]
    measured: Sequence[Column]
    params: Sequence[Column]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lines of segments."""
        identity, measured, params = (
            [Strip.of(column, self.rows) for column in columns]
            for columns in (self.identity, self.measured, self.params)
        )
        sheets, gap = arrange(identity, [measured, params], options.max_width)
        for strips in sheets:
            yield from self._drawn(strips, gap, console)
            yield Text()

    def _drawn(self, strips: Sequence[Strip], gap: int, console: Console) -> Iterator[Segment | Text]:
        headers = [strip.column.header.split("\n") for strip in strips]
        height = max(len(header) for header in headers)
        for line in zip(*([""] * (height - len(header)) + header for header in headers), strict=True):
            texts = (strip.padded(text) for strip, text in zip(strips, line, strict=True))
            yield Segment((" " * gap).join(texts) + "\n", console.get_style("table.header"))
        yield Segment("─" * total_width(strips, gap) + "\n")
        last: object = ""
        for place, row in enumerate(self.rows):
            if "group" in row and row["group"] != last:
                last = row["group"]
                yield Text(str(last or "not ranked"), style="bold cyan" if last else "dim")
            yield from _line(strips, place, row, gap, console)


def _line(strips: Sequence[Strip], place: int, row: Row, gap: int, console: Console) -> Iterator[Segment]:
    """One row; neighbours without a style of their own are one segment."""
    row_style, plain = "dim" if row.get("rank", 0) is None else "", ""
    for strip in strips:
        words = (row_style, "bold" if strip.column.is_objective else "", strip.column.style(row))
        style, text = " ".join(filter(None, words)), strip.padded(strip.cells[place])
        if style != row_style:
            yield Segment(plain, console.get_style(row_style))
            yield Segment(text, console.get_style(style))
            plain = " " * gap
        else:
            plain += text + " " * gap
    yield Segment(plain.rstrip(" ") + "\n", console.get_style(row_style))


def arrange(
    identity: Sequence[Strip], parts: Sequence[Sequence[Strip]], room: int
) -> tuple[list[list[Strip]], int]:
    """The columns of every sheet, and the gap between columns, for `room` characters a line.

    One sheet if all fit on it, else one for each part, else as few as it takes; parts share a sheet only
    where that saves one.
    """
    kept = [part for part in parts if part]
    wide = [[strip for part in kept for strip in part]]
    for layout in (wide, kept):
        for gap in GAPS:
            sheets = [[*identity, *part] for part in layout]
            if all(total_width(sheet, gap) <= room for sheet in sheets):
                return sheets, gap
    gap = min(GAPS)
    apart = [sheet for part in kept for sheet in _packed(identity, part, gap, room)]
    together = _packed(identity, wide[0], gap, room)
    return (together if len(together) < len(apart) else apart), gap


def _packed(identity: Sequence[Strip], part: Sequence[Strip], gap: int, room: int) -> list[list[Strip]]:
    sheets: list[list[Strip]] = []
    for strip in part:
        if sheets and total_width([*sheets[-1], strip], gap) <= room:
            sheets[-1].append(strip)
        else:
            sheets.append([*identity, strip])
    return sheets


def total_width(strips: Sequence[Strip], gap: int) -> int:
    """The characters that the columns take beside each other."""
    return sum(strip.width + gap for strip in strips) - gap
