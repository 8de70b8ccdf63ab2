"""Rows as a table for people: what was measured, what it gains, and what must be known to read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group
from rich.text import Text

from decoder_search.analysis.ranking import (
    accuracy_of,
    fallen_controls,
    rank_study,
    reference_accuracies,
    sole_objective,
)
from decoder_search.analysis.rows import (
    ALL_ROWS,
    CLUSTERING_PARAMS,
    LeaderboardOptions,
    Row,
    leaderboard_rows,
)
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.wording import counted
from decoder_search.space.metrics import METRICS
from decoder_search.views.terminal.columns import identity_columns, measured_columns, param_columns
from decoder_search.views.terminal.sheets import Sheets
from encodenet_core.errors import one_line
from encodenet_core.references import REFERENCES
from encodenet_core.yardsticks import unfit

_BALANCED = ("balanced", "balanced_accuracy")

OF_EACH_TRIAL = "control_features"
"""The reference whose accuracy is that of a trial, not of the study."""


def build_leaderboard(study: StudyRecord, options: LeaderboardOptions = ALL_ROWS) -> Group:
    """The whole leaderboard, for `rich` to print: a table, why trials have no rank, and how to read it.

    The params stand beside the measurements where the terminal is wide enough, else in a table below.

    Raises:
        ConfigError: no row has the key `sort`, or `top` is less than 1.
    """
    rows = leaderboard_rows(study, options)
    sheets = Sheets(rows, identity_columns(rows), measured_columns(study.settings, rows), param_columns(rows))
    reasons = [
        Text(line, style="dim", overflow="ellipsis", no_wrap=True)
        for row in rows
        if (line := reason_line(row))
    ]
    notes = [Text(note) for note in reading_notes(study, rows, options.by_clustering)]
    return Group(Text(leaderboard_title(study), style="bold"), Text(), sheets, *reasons, Text(), *notes)


def leaderboard_title(study: StudyRecord) -> str:
    """The study, what it optimises where that is one thing, and how its trials ended."""
    counts = counted(trial.state for trial in study.trials)
    sole = sole_objective(study.settings)
    alone = f" for {METRICS[sole].words}" if sole else ""
    return f"Study {one_line(study.settings.name)}{alone}: {counts or 'no trials yet'}"


def reason_line(row: Row) -> str:
    """Why a trial has no rank; empty for pruned ones, which are many, and for one reason."""
    if not row["reason"] or row["state"] == "pruned":
        return ""
    return f"trial {row['trial']} {row['state']}: {one_line(row['reason'])}"


def reading_notes(study: StudyRecord, rows: Sequence[Row], by_clustering: bool = False) -> Iterator[str]:
    """What must be known to read the table, a line each."""
    settings = study.settings
    other, other_metric = ("plain", "accuracy") if settings.accuracy == "balanced" else _BALANCED
    others = reference_accuracies(study, accuracy=other_metric)
    sole, accuracy = sole_objective(settings), METRICS[settings.accuracy_metric].words
    if study.facts.n_validation:
        star = "Pareto front" if sole is None else METRICS[sole].best
        yield f"★ {star}; ± standard error, {study.facts.n_validation} images; Δ points of {accuracy} over"
        for name, reference in REFERENCES.items():
            also = f", {other} {_percent(others[name])}" if name in others else ""
            measured = _of_trials(study, rows) if name == OF_EACH_TRIAL else _of_study(study, name, also)
            yield f"  {reference.short:5}  {reference.meaning('the dearest trial')}{measured}"
    if any(row.get("balanced_accuracy") is not None for row in rows):
        yield "balanced: the mean over classes of the shares classified correctly."
    if sole is not None:
        word = METRICS[sole].words
        yield f"Ranked by {word} alone, which this study optimises; a layer holds equal trials."
    if any(row["confirmed_accuracy"] is not None for row in rows):
        yield "✓ confirmed: mean validation accuracy over seeds at the final budget, not ranked on here."
    if any(row["state"] == "pruned" for row in rows):
        yield "probe: pruned, with the last values before; the accuracy of a quick classifier, not ranked."
    tied = 0 if sole not in (None, settings.accuracy_metric) else _tied(study)
    if tied > 1 and not by_clustering:
        yield f"Ranks 1 to {tied} do not differ by more than one standard error."
    if by_clustering:
        yield "Ranks and Pareto layers are inside each clustering."
    elif any(settings.space.varies(path) for path in CLUSTERING_PARAMS):
        yield "mse compares rows of one clustering only; --by clustering ranks inside each."


def _of_study(study: StudyRecord, name: str, also: str) -> str:
    """The accuracy of a reference, or why there is none to compare with; `also` is said of the other one."""
    why = fallen_controls(study).get(name)
    if why:
        return f" ({unfit(why)}{also})"
    accuracy = reference_accuracies(study).get(name)
    if accuracy is not None:
        return f" ({_percent(accuracy)}{also})"
    return f" ({'cannot be trained' if study.facts.control_training_failed else 'not measured yet'})"


def _percent(accuracy: float) -> str:
    return f"{100 * accuracy:.2f} %"


def _of_trials(study: StudyRecord, rows: Sequence[Row]) -> str:
    """In how many trials the control that each has of its own is no yardstick."""
    ranked = [row for row in rows if row["rank"] is not None]
    n_fallen = sum(row[f"gain_{OF_EACH_TRIAL}"] is None for row in ranked)
    is_told = n_fallen and study.facts.baseline_accuracy is not None
    return f" (no yardstick in {n_fallen} of {len(ranked)} trials)" if is_told else ""


def _tied(study: StudyRecord) -> int:
    """How many of the best ranked trials are within one standard error of the first."""
    ranked = rank_study(study)
    error = accuracy_of(study, ranked[0].trial)[1] if ranked else None
    if error is None:
        return 0
    accuracies = [accuracy_of(study, each.trial)[0] for each in ranked]
    apart = (place for place, accuracy in enumerate(accuracies) if abs(accuracies[0] - accuracy) > error)
    return next(apart, len(accuracies))
