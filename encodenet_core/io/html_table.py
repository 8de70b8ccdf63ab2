"""A table for a notebook: HTML in which everything that was given is text."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from html import escape

CELL = "padding: 0.2em 0.7em; font-variant-numeric: tabular-nums; text-align:"
DIMMED = '<tr style="opacity: 0.6;">'

LONGEST_LINE = 60
"""Characters that a cell keeps on one line."""


def html_table(
    caption: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    notes: Iterable[str] = (),
    dimmed: Collection[int] = (),
) -> str:
    """A table with its caption above and notes below; colours are left to the page, be it light or dark.

    Columns of numbers stand at the right. None is an empty cell.

    Args:
        caption: what it shows.
        headers: of the columns; empty where there are none.
        rows: the cells of each row.
        notes: what must be known to read it, a line each.
        dimmed: the places of the rows that matter less, from 0.
    """
    texts = [["" if value is None else str(value) for value in row] for row in rows]
    sides = [_side(column) for column in zip(*texts, strict=True)] or ["left"] * len(headers)
    head = "".join(_cell("th", text, side) for text, side in zip(headers, sides, strict=False))
    body = "".join(
        f"{DIMMED if place in dimmed else '<tr>'}"
        f"{''.join(_cell('td', text, side) for text, side in zip(row, sides, strict=True))}</tr>"
        for place, row in enumerate(texts)
    )
    below = "".join(f"<div>{escape(note)}</div>" for note in notes)
    return (
        '<div style="overflow-x: auto;"><table>'
        '<caption style="text-align: left; caption-side: top; font-weight: bold; white-space: nowrap;">'
        f"{escape(caption)}</caption>{f'<thead><tr>{head}</tr></thead>' if head else ''}"
        f"<tbody>{body}</tbody></table></div>"
        + (f'<div style="font-size: smaller; white-space: pre-wrap;">{below}</div>' if below else "")
    )


def _side(column: Sequence[str]) -> str:
    filled = [text for text in column if text]
    numbers = [text for text in filled if text[0].isdigit() or text[0] in "+-–"]
    return "right" if 2 * len(numbers) > len(filled) else "left"


def _cell(tag: str, text: str, side: str) -> str:
    kept = " white-space: nowrap;" if len(text) <= LONGEST_LINE else ""
    return f'<{tag} style="{CELL} {side};{kept}">{escape(text)}</{tag}>'
