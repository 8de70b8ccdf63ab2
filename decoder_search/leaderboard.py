"""Rows as a table for people: what was measured, what it gains, and what must be known to read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from decoder_search.columns import Column, identity_columns, measured_columns, param_columns
from decoder_search.ranking import rank_trials, standard_error
from decoder_search.records import StudyRecord
from decoder_search.rows import CLUSTERING_PARAMS, Format, Row, format_rows, leaderboard_rows
from decoder_search.wording import one_line

__all__ = ["Format", "build_leaderboard", "build_table", "format_rows", "leaderboard_rows"]


def build_leaderboard(
    study: StudyRecord,
    *,
    sort: str | None = None,
    top: int | None = None,
    pareto: bool = False,
    by_clustering: bool = False,
) -> Group:
    """The whole leaderboard, for `rich` to print: a table, why trials have no rank, and how to read it.

    The params stand beside the measurements where the terminal is wide enough, else in a table below.

    Raises:
        ConfigError: no row has the key `sort`, or `top` is less than 1.
    """
    rows = leaderboard_rows(study, sort=sort, top=top, pareto=pareto, by_clustering=by_clustering)
    reasons = [_reason(row) for row in rows if row["reason"]]
    notes = [Text(note) for note in _notes(study, by_clustering)]
    return Group(Text(_title(study), style="bold"), Text(), _Fitting(study, rows), *reasons, Text(), *notes)


def build_table(study: StudyRecord, rows: Sequence[Row]) -> Table:
    """One table of the rows, measurements and params side by side, without the labels of groups."""
    measured = measured_columns(study.settings.reconstruction)
    return _table(rows, [*identity_columns(), *measured, *param_columns(rows)], gap=2)


@dataclass(frozen=True)
class _Fitting:
    """One wide table, or two narrow ones below each other where the terminal is too narrow for it."""

    study: StudyRecord
    rows: Sequence[Row]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        identity, params = identity_columns(), param_columns(self.rows)
        measured = measured_columns(self.study.settings.reconstruction)
        wide = [[*identity, *measured, *params]]
        stacked = [[*identity, *measured], [*identity, *params]] if params else wide
        layouts = [(wide, 2), (wide, 1), (stacked, 2), (stacked, 1)]
        widths = [max(_width(self.rows, columns, gap) for columns in sheets) for sheets, gap in layouts]
        fitting = [
            layout for layout, width in zip(layouts, widths, strict=True) if width <= options.max_width
        ]
        sheets, gap = fitting[0] if fitting else layouts[-1]
        for columns in sheets:
            lines = console.render_lines(_table(self.rows, columns, gap), options, pad=False)
            yield from self._with_labels(lines)
            yield Text()

    def _with_labels(self, lines: list[list[Segment]]) -> RenderResult:
        """The lines of a table, with the name of each group above its first row."""
        n_header_lines = len(lines) - len(self.rows)
        last: object = ""
        for place, line in enumerate(lines):
            row = self.rows[place - n_header_lines] if place >= n_header_lines else {}
            if "group" in row and row["group"] != last:
                last = row["group"]
                yield Text(str(last or "not ranked"), style="bold cyan" if last else "dim")
            yield from line
            yield Segment.line()


def _table(rows: Sequence[Row], columns: Sequence[Column], gap: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, gap - 1, 0, 0))
    for column in columns:
        table.add_column(
            column.header,
            justify="right" if column.is_number else "left",
            style="bold" if column.is_objective else "",
            width=_column_width(rows, column),
            no_wrap=True,
            vertical="bottom",
        )
    for row in rows:
        # A Text, since rich would read markup in a plain string.
        cells = (Text(column.show(row), style=column.style(row)) for column in columns)
        table.add_row(*cells, style="dim" if row["rank"] is None else "")
    return table


def _column_width(rows: Sequence[Row], column: Column) -> int:
    cells = (column.show(row) for row in rows)
    return max(cell_len(text) for text in (*column.header.split("\n"), *cells))


def _width(rows: Sequence[Row], columns: Sequence[Column], gap: int) -> int:
    return sum(_column_width(rows, column) + gap for column in columns) - gap


def _title(study: StudyRecord) -> str:
    states = sorted(trial.state for trial in study.trials)
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    return f"Study {one_line(study.settings.name)}: {counts or 'no trials yet'}"


def _reason(row: Row) -> Text:
    reason = f"trial {row['trial']} {row['state']}: {one_line(row['reason'])}"
    return Text(reason, style="dim", overflow="ellipsis", no_wrap=True)


def _notes(study: StudyRecord, by_clustering: bool) -> Iterator[str]:
    """What must be known to read the table, a line each."""
    facts, space = study.facts, study.settings.space
    if facts.get("n_validation"):
        baseline, training = (
            _percent(facts.get(name)) for name in ("baseline_accuracy", "control_training_accuracy")
        )
        yield f"★ Pareto front; ± standard error, {facts['n_validation']} images; Δ points of accuracy over"
        yield f"  base   the baseline ({baseline})"
        yield f"  train  the baseline trained on, for what the dearest trial costs ({training})"
        yield "  feat   the same classifier stage on the baseline's own features"
    tied = _tied(study)
    if tied > 1 and not by_clustering:
        yield f"Ranks 1 to {tied} do not differ by more than one standard error."
    if by_clustering:
        yield "Ranks and Pareto layers are inside each clustering."
    elif any(space.varies(path) for path in CLUSTERING_PARAMS):
        yield "mse compares rows of one clustering only; --by clustering ranks inside each."


def _percent(accuracy: float | None) -> str:
    return "not measured yet" if accuracy is None else f"{100 * accuracy:.2f} %"


def _tied(study: StudyRecord) -> int:
    """How many of the best ranked trials are within one standard error of the first."""
    n_validation = study.facts.get("n_validation")
    ranked = rank_trials(study.trials, study.settings.reconstruction)
    if not ranked or not n_validation:
        return 0
    accuracies = [each.trial.metrics["accuracy"] for each in ranked]
    error = standard_error(accuracies[0], n_validation)
    apart = (place for place, accuracy in enumerate(accuracies) if abs(accuracies[0] - accuracy) > error)
    return next(apart, len(accuracies))
