"""Rows as text for other programs: JSON, CSV and Markdown."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from decoder_search.analysis.rows import COLUMNS, Row
from encodenet_core.errors import one_line

Format = Literal["json", "csv", "markdown"]


FORMULAS = ("=", "+", "-", "@")
"""How a cell begins that a spreadsheet takes for a formula."""


def format_rows(rows: Sequence[Row], format: Format) -> str:
    """The rows as a JSON list of objects, as CSV, or as a Markdown table."""
    return ROW_FORMATS[format](rows)


def _as_json(rows: Sequence[Row]) -> str:
    return json.dumps(rows, indent=2, allow_nan=False) + "\n"


def _as_csv(rows: Sequence[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    """A value for a spreadsheet: a text that one would compute is marked as a text."""
    if not isinstance(value, str):
        return value
    text = one_line(value)
    return f"'{text}" if text.startswith(FORMULAS) else text


def _as_markdown(rows: Sequence[Row]) -> str:
    names = (
        [name for name in rows[0] if any(row[name] not in (None, "") for row in rows)] if rows else COLUMNS
    )

    def line(values: Sequence[object]) -> str:
        return "| " + " | ".join(one_line(str(value)).replace("|", "\\|") for value in values) + " |"

    def shown(value: object) -> object:
        return "" if value is None else f"{value:.4g}" if isinstance(value, float) else value

    numeric = [
        rows and all(isinstance(row[name], (int, float, type(None))) for row in rows) for name in names
    ]
    ruler = ["---:" if is_number else "---" for is_number in numeric]
    return (
        "\n".join([line(names), line(ruler), *(line([shown(row[name]) for name in names]) for row in rows)])
        + "\n"
    )


ROW_FORMATS: Mapping[Format, Callable[[Sequence[Row]], str]] = {
    "json": _as_json,
    "csv": _as_csv,
    "markdown": _as_markdown,
}
