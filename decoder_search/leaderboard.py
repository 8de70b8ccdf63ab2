"""Rows as a table for people: what was measured, what it gains, and what must be known to read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from decoder_search.ranking import rank_trials, standard_error
from decoder_search.records import StudyRecord
from decoder_search.rows import CLUSTERING_PARAMS, Format, Row, format_rows, leaderboard_rows, short_names
from decoder_search.wording import one_line

__all__ = ["Format", "build_leaderboard", "build_table", "format_rows", "leaderboard_rows"]


@dataclass(frozen=True)
class _Column:
    header: str
    show: Callable[[Row], str | Text]
    is_number: bool = True
    bold: bool = False


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
    reasons = [_reason(row) for row in rows if row["rank"] is None]
    notes = [Text(note) for note in _notes(study, by_clustering)]
    return Group(_Fitting(study, rows), *reasons, Text(), *notes)


def build_table(study: StudyRecord, rows: Sequence[Row]) -> Table:
    """One table of the rows, measurements and params side by side; stars mark the Pareto front."""
    return _table(study, rows, [*_identity_columns(rows), *_measured_columns(study), *_param_columns(rows)])


@dataclass(frozen=True)
class _Fitting:
    """One wide table, or two narrow ones where the terminal is too narrow for it."""

    study: StudyRecord
    rows: Sequence[Row]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        wide = build_table(self.study, self.rows)
        needed = Measurement.get(console, options.update_width(10_000), wide).maximum
        if needed <= options.max_width:
            yield wide
            return
        identity, params = _identity_columns(self.rows), _param_columns(self.rows)
        yield _table(self.study, self.rows, [*identity, *_measured_columns(self.study)])
        if params:
            below = _table(self.study, self.rows, [*identity, *params])
            below.title = None
            yield below


def _table(study: StudyRecord, rows: Sequence[Row], columns: Sequence[_Column]) -> Table:
    table = Table(title=_title(study), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    table.padding = (0, 1, 0, 0)
    for column in columns:
        style = "bold" if column.bold else None
        justify = "right" if column.is_number else "left"
        table.add_column(column.header, justify=justify, style=style, no_wrap=True, vertical="bottom")  # type: ignore[arg-type]
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        ends = following is not None and following.get("group") != row.get("group")
        style = "dim" if row["rank"] is None else None
        # A Text, since rich would read markup in a plain string.
        cells = (Text.assemble(column.show(row)) for column in columns)
        table.add_row(*cells, style=style, end_section=ends)
    return table


def _title(study: StudyRecord) -> Text:
    states = [trial.state for trial in study.trials]
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(sorted(states)))
    return Text(f"Study {study.settings.name}: {counts or 'no trials yet'}")


def _identity_columns(rows: Sequence[Row]) -> list[_Column]:
    grouped = bool(rows) and "group" in rows[0]
    group = [_Column("targets by", lambda row: row["group"] or "", is_number=False)] if grouped else []
    return [
        *group,
        _Column("#", lambda row: str(row["rank"] or "")),
        _Column("trial", lambda row: str(row["trial"])),
    ]


def _measured_columns(study: StudyRecord) -> list[_Column]:
    mse_counts = study.settings.reconstruction == "mse"
    return [
        _Column("Pareto\nlayer", _layer),
        _Column("mse\n↓", _number("mse", "{:.4f}"), bold=mse_counts),
        _Column("of n\ntargets", _number("n_targets", "{:.0f}")),
        _Column("expl.\nvar. %", _percent("explained_variance", 1)),
        _Column("retrieved\n% ↑", _percent("retrieval", 1), bold=not mse_counts),
        _Column("accuracy\n% ↑", _accuracy, bold=True),
        _Column("Δ\nbase", _gain("gain_baseline")),
        _Column("Δ\ntrain", _gain("gain_control_training")),
        _Column("Δ\nfeat", _gain("gain_control_features")),
        _Column("decoder\nparams", _decoder_parameters),
        _Column("time\ns", _number("seconds", "{:.0f}")),
    ]


def _param_columns(rows: Sequence[Row]) -> list[_Column]:
    if not rows:
        return []
    paths = [
        path for path in rows[0] if "." in path and not ("group" in rows[0] and path in CLUSTERING_PARAMS)
    ]
    names = short_names(paths)
    return [
        _Column(
            names[path].replace("_", "\n").replace(".", "\n"),
            _param(path),
            is_number=not any(isinstance(row[path], str) for row in rows),
        )
        for path in paths
    ]


def _layer(row: Row) -> str:
    return "" if row["layer"] is None else "★" if row["layer"] == 1 else str(row["layer"])


def _number(key: str, form: str) -> Callable[[Row], str]:
    return lambda row: "" if row[key] is None else form.format(row[key])


def _percent(key: str, decimals: int) -> Callable[[Row], str]:
    return lambda row: "" if row[key] is None else f"{100 * row[key]:.{decimals}f}"


def _accuracy(row: Row) -> str:
    if row["accuracy"] is None:
        return str(row["state"])
    spread = "" if row["standard_error"] is None else f" ±{100 * row['standard_error']:.2f}"
    return f"{100 * row['accuracy']:.2f}{spread}"


def _gain(key: str) -> Callable[[Row], Text]:
    """In points; coloured where it is more than one standard error."""

    def show(row: Row) -> Text:
        if row[key] is None:
            return Text()
        clear = abs(row[key]) > (row["standard_error"] or 0.0)
        return Text(f"{100 * row[key]:+.2f}", style=("green" if row[key] > 0 else "red") if clear else "")

    return show


def _decoder_parameters(row: Row) -> str:
    count = row["decoder_parameters"]
    if count is None:
        return ""
    return (
        f"{count / 1e6:.2f}M" if count >= 1e6 else f"{count / 1e3:.1f}k" if count >= 1e3 else f"{count:.0f}"
    )


def _param(path: str) -> Callable[[Row], str]:
    def show(row: Row) -> str:
        value: Any = row[path]
        return "" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)

    return show


def _reason(row: Row) -> Text:
    text = Text(f"trial {row['trial']} {row['state']}", style="dim", overflow="ellipsis", no_wrap=True)
    return text.append(f": {one_line(row['reason'])}") if row["reason"] else text


def _notes(study: StudyRecord, by_clustering: bool) -> Iterator[str]:
    """What must be known to read the table, a line each."""
    facts, space = study.facts, study.settings.space
    if facts.get("n_validation"):
        baseline, training = (
            _shown_accuracy(facts.get(name)) for name in ("baseline_accuracy", "control_training_accuracy")
        )
        yield f"★ Pareto front; ± one standard error on {facts['n_validation']} images; Δ points of accuracy over"
        yield f"  base   the baseline ({baseline})"
        yield f"  train  the baseline trained further, for as long as the dearest trial takes ({training})"
        yield "  feat   the same classifier stage on the baseline's own features"
    tied = _tied(study)
    if tied > 1 and not by_clustering:
        yield f"The top {tied} rows do not differ by more than one standard error."
    if by_clustering:
        yield "Ranks and Pareto layers are inside each clustering."
    elif space.varies("clustering.") or space.varies("autoencoder.target"):
        yield "mse compares rows of one clustering only; --by clustering ranks inside each."


def _shown_accuracy(accuracy: float | None) -> str:
    return "not measured yet" if accuracy is None else f"{100 * accuracy:.2f} %"


def _tied(study: StudyRecord) -> int:
    """How many of the best ranked trials are within one standard error of the most accurate of them."""
    n_validation = study.facts.get("n_validation")
    ranked = rank_trials(study.trials, study.settings.reconstruction)
    if not ranked or not n_validation:
        return 0
    accuracies = [each.trial.metrics["accuracy"] for each in ranked]
    error = standard_error(accuracies[0], n_validation)
    return next(
        (place for place, accuracy in enumerate(accuracies) if abs(accuracies[0] - accuracy) > error),
        len(accuracies),
    )
