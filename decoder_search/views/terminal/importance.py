"""What mattered in a study, for people."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from decoder_search.analysis.rows import Row
from decoder_search.views.terminal.columns import Column
from decoder_search.views.terminal.sheets import Sheets
from encodenet_core.errors import one_line

if TYPE_CHECKING:
    from decoder_search.analysis.importance import Importances

BAR = 10
"""Characters of the bar of a key that alone decides everything."""


def build_importances(importances: Importances) -> Group:
    """A line for each searched key, the one that mattered most for accuracy first, and how to read them."""
    shares = importances.shares
    rows: list[Row] = [
        {"key": path, "trials": count, **{name: shares[name].get(path) for name in shares}}
        for path, count in importances.active.items()
    ]
    rows.sort(key=lambda row: [-(row[name] or 0.0) for name in shares])
    columns = [
        column
        for name in shares
        for column in (Column(f"{name}\n%", _percent(name)), Column("", _bar(name), is_number=False))
    ]
    table = Sheets(
        rows,
        [Column("key", lambda row: str(row["key"]), is_number=False)],
        [*columns, Column("in\ntrials", lambda row: str(row["trials"]))],
        [],
    )
    title = f"Study {one_line(importances.study)}: what mattered in {importances.n_trials} completed trials"
    notes = [Text(note, style="yellow") for note in importances.notes]
    reading = "%: share in which a key decides whether a trial is among the best (PED-ANOVA)."
    return Group(Text(title, style="bold"), Text(), table, Text(reading), *notes)


def _percent(name: str) -> Callable[[Row], str]:
    return lambda row: "–" if row[name] is None else f"{100 * row[name]:.0f}"


def _bar(name: str) -> Callable[[Row], str]:
    return lambda row: "█" * round(BAR * (row[name] or 0.0))
