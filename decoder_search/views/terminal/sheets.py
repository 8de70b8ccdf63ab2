"""Rows drawn under columns: on one sheet, or on several below each other where the terminal is narrow.

A table of Rich's own takes seconds for a study of thousands of trials, because it wraps and measures each
cell in many ways; here every cell is one line that is never cut, so that its text is all there is to know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from decoder_search.analysis.rows import Row
from decoder_search.views.terminal.columns import Column

GAPS = (2, 1)
"""The spaces between columns, the wider ones where there is room for them."""


@dataclass(frozen=True)
class Strip:
    """A column with what it shows of every row, padded to its width on a terminal."""

    column: Column
    cells: Sequence[str]
    width: int

    @classmethod
    def of(cls, column: Column, rows: Sequence[Row]) -> Strip:
        """The column filled in."""
        cells = [column.show(row) for row in rows]
        widths = {text: cell_len(text) for text in {*column.header.split("\n"), *cells}}
        width = max(widths.values())
        blanks = {text: " " * (width - own) for text, own in widths.items()}
        if column.is_number:
            return cls(column, [blanks[text] + text for text in cells], width)
        return cls(column, [text + blanks[text] for text in cells], width)

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
        runs, style_of = list(_runs(strips, gap)), cache(console.get_style)
        for place, row in enumerate(self.rows):
            if "group" in row and row["group"] != last:
                last = row["group"]
                yield Text(str(last or "not ranked"), style="bold cyan" if last else "dim")
            yield from _line(runs, place, row, gap, style_of)


def _runs(strips: Sequence[Strip], gap: int) -> Iterator[Strip]:
    """The strips, neighbours whose cells never have a style of their own as one."""
    for is_plain, neighbours in groupby(strips, lambda strip: strip.column.is_plain):
        run = list(neighbours)
        if is_plain:
            cells = zip(*(strip.cells for strip in run), strict=True)
            yield replace(run[0], cells=[(" " * gap).join(each) for each in cells])
        else:
            yield from run


def _line(
    runs: Sequence[Strip], place: int, row: Row, gap: int, style_of: Callable[[str], Style]
) -> Iterator[Segment]:
    """One row; neighbours without a style of their own in it are one segment."""
    row_style, plain, space = "dim" if row.get("rank", 0) is None else "", "", " " * gap
    for strip in runs:
        own = " ".join(filter(None, ("bold" if strip.column.is_objective else "", strip.column.style(row))))
        if own:
            yield Segment(plain, style_of(row_style))
            yield Segment(strip.cells[place], style_of(f"{row_style} {own}".lstrip()))
            plain = space
        else:
            plain += strip.cells[place] + space
    yield Segment(plain.rstrip(" ") + "\n", style_of(row_style))


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
