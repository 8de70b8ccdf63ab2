"""How each value of a leaderboard row is written, under which header."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from decoder_search.analysis.rows import CLUSTERING_PARAMS, Row
from decoder_search.records.settings import StudySettings
from decoder_search.records.wording import short_names
from encodenet_core.errors import one_line
from encodenet_core.references import REFERENCES

GAINS = {f"Δ\n{reference.short}": f"gain_{name}" for name, reference in REFERENCES.items()}
"""Headers of the gains in accuracy, over what each is one."""


def _plain(row: Row) -> str:
    return ""


@dataclass(frozen=True)
class Column:
    """A header of one or two lines, and what stands below it in a row, in which style.

    `key` is that of the rows whose value is shown, where there is one.
    """

    header: str
    show: Callable[[Row], str]
    is_number: bool = True
    is_objective: bool = False
    style: Callable[[Row], str] = _plain
    key: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether no row has a style of its own in this column."""
        return not self.is_objective and self.style is _plain


def identity_columns(rows: Sequence[Row]) -> list[Column]:
    """Which trial a row is about, and how good it was found to be where any was confirmed."""
    columns = [
        Column("#", lambda row: str(row["rank"] or ""), key="rank"),
        Column("trial", lambda row: str(row["trial"]), key="trial"),
    ]
    if any(row["confirmed_accuracy"] is not None for row in rows):
        columns.append(Column("con-\nfirmed", _confirmed, key="confirmed_accuracy"))
    return columns


def measured_columns(settings: StudySettings, rows: Sequence[Row]) -> list[Column]:
    """What a trial measured; an arrow says which direction is better, a star marks the Pareto front.

    How many epochs a trial trained is told where some were pruned.
    """
    optimised = {
        settings.accuracy_metric: settings.objective != "reconstruction",
        settings.reconstruction: settings.objective != "accuracy",
    }
    is_uneven = any(row.get("balanced_accuracy") is not None for row in rows)
    epochs = [Column("ep-\nochs", _count("epochs", 10_000), key="epochs")]
    return [
        Column("layer", _layer, key="layer"),
        Column("mse\n↓", _number("mse", "{:.4f}"), is_objective=optimised.get("mse", False), key="mse"),
        Column("tar-\ngets", _count("n_targets", 10_000), key="n_targets"),
        Column("expl.\nvar %", _percent("explained_variance"), key="explained_variance"),
        Column(
            "retr.\n% ↑",
            _percent("retrieval"),
            is_objective=optimised.get("retrieval", False),
            key="retrieval",
        ),
        Column("accuracy\n% ↑", _accuracy, is_objective=optimised.get("accuracy", False), key="accuracy"),
        *([_balanced(optimised.get("balanced_accuracy", False))] if is_uneven else []),
        *(_gain(header, key, settings.accuracy == "balanced") for header, key in GAINS.items()),
        Column("decoder\nparams", _count("decoder_parameters", 1_000), key="decoder_parameters"),
        *(epochs if any(row["state"] == "pruned" for row in rows) else []),
        Column("s", _number("seconds", "{:.0f}"), key="seconds"),
    ]


def param_columns(rows: Sequence[Row]) -> list[Column]:
    """The params that differ; where rows are grouped by clustering, without those of the clustering."""
    paths = [path for path in rows[0] if "." in path] if rows else []
    if rows and "group" in rows[0]:
        paths = [path for path in paths if path not in CLUSTERING_PARAMS]
    return [
        Column(
            name.replace("_", "\n").replace(".", "\n"),
            _param(path),
            is_number=not any(isinstance(row[path], str) for row in rows),
            key=path,
        )
        for path, name in short_names(paths).items()
    ]


def _gain(header: str, key: str, is_balanced: bool) -> Column:
    error = "balanced_error" if is_balanced else "standard_error"
    return Column(header, _points(key), style=_clear(key, error), key=key)


def _balanced(is_objective: bool) -> Column:
    """The mean of the accuracies of each class; with its error where the study goes by it."""

    def show(row: Row) -> str:
        value, error = row["balanced_accuracy"], row["balanced_error"]
        if value is None:
            return ""
        return f"{100 * value:.2f} ±{100 * error:.2f}" if is_objective and error else f"{100 * value:.2f}"

    return Column("balanced\n% ↑", show, is_objective=is_objective, key="balanced_accuracy")


def _confirmed(row: Row) -> str:
    if row["confirmed_accuracy"] is None:
        return ""
    return f"✓{100 * row['confirmed_accuracy']:.2f}"


def _layer(row: Row) -> str:
    return "" if row["layer"] is None else "★" if row["layer"] == 1 else str(row["layer"])


def _number(key: str, form: str) -> Callable[[Row], str]:
    return lambda row: "" if row[key] is None else form.format(row[key])


def _percent(key: str) -> Callable[[Row], str]:
    return lambda row: "" if row[key] is None else f"{100 * row[key]:.1f}"


def _points(key: str) -> Callable[[Row], str]:
    """Points of accuracy in at most five characters, so that the table fits 80 columns."""

    def show(row: Row) -> str:
        if row[key] is None:
            return ""
        points = 100 * row[key]
        return f"{points:+.2f}" if abs(points) < 9.995 else f"{points:+.1f}"

    return show


def _clear(key: str, error_key: str) -> Callable[[Row], str]:
    """A colour for a gain or a loss of more than one standard error."""

    def style(row: Row) -> str:
        gain, error = row[key], row.get(error_key)
        if gain is None or error is None or abs(gain) <= error:
            return ""
        return "green" if gain > 0 else "red"

    return style


def _accuracy(row: Row) -> str:
    if row["state"] == "pruned" and row["probe_accuracy"] is not None:
        return f"{100 * row['probe_accuracy']:.2f} probe"
    if row["accuracy"] is None:
        return str(row["state"])
    spread = "" if row["standard_error"] is None else f" ±{100 * row['standard_error']:.2f}"
    return f"{100 * row['accuracy']:.2f}{spread}"


def _count(key: str, exact_below: int) -> Callable[[Row], str]:
    """A count, in thousands or millions from `exact_below` on."""

    def show(row: Row) -> str:
        count = row[key]
        if count is None:
            return ""
        if count < exact_below:
            return f"{count:.0f}"
        return f"{count / 1e6:.2f}M" if count >= 1e6 else f"{count / 1e3:.1f}k"

    return show


def _param(path: str) -> Callable[[Row], str]:
    def show(row: Row) -> str:
        value: Any = row[path]
        if value is None:
            return ""
        return f"{value:.3g}" if isinstance(value, float) else one_line(str(value))

    return show
