"""All studies of a folder at a glance: how far each is, what it found, whether a process works on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from decoder_search.analysis.ranking import rank_study
from decoder_search.analysis.rows import Row
from decoder_search.records.lock import is_held
from decoder_search.records.study_record import TRIALS_FILE, StudyRecord, read_study
from decoder_search.views.terminal.columns import Column
from encodenet_core.errors import ConfigError, one_line

Standing = Literal["running", "done", "stopped", "empty", "unreadable", "reading"]
"""Where a study stands; `reading` is one that was not read yet."""

AGES = {"d": 86400, "h": 3600, "m": 60}
"""The units of an age, in seconds; what is younger than a minute is new."""


@dataclass(frozen=True)
class StudySummary:
    """One study; `modified` is when its file last changed, in seconds of the epoch.

    `best_mse` and `best_retrieval` are the best of all trials, `accuracy` that of rank 1; `problem` is why
    it cannot be read.
    """

    folder: Path
    modified: float
    standing: Standing = "reading"
    n_finished: int = 0
    n_trials: int = 0
    accuracy: float | None = None
    best: int | None = None
    best_mse: float | None = None
    best_retrieval: float | None = None
    n_front: int = 0
    problem: str = ""

    @property
    def row(self) -> Row:
        """The summary as a row of plain values."""
        return {**vars(self), "study": self.folder.name}


def glance(folder: Path) -> StudySummary:
    """What is known of a study before its file is read."""
    try:
        return StudySummary(folder, (folder / TRIALS_FILE).stat().st_mtime)
    except OSError as error:
        return StudySummary(folder, 0.0, "unreadable", problem=error.strerror or str(error))


def summarise(folder: Path) -> StudySummary:
    """One study in numbers; one that cannot be read says why, so that a list never ends on it."""
    seen = glance(folder)
    try:
        study = read_study(folder)
    except ConfigError as error:
        return replace(seen, standing="unreadable", problem=one_line(str(error)))
    return summary_of(study, seen)


def summary_of(study: StudyRecord, seen: StudySummary) -> StudySummary:
    """The numbers of a study that was read."""
    ranked = rank_study(study)
    metrics = [each.trial.metrics for each in ranked]
    finished = len(study.finished)
    numbers: dict[str, Any] = {}
    if ranked:
        numbers = {
            "accuracy": metrics[0]["accuracy"],
            "best": ranked[0].trial.number,
            "best_mse": min(each["mse"] for each in metrics),
            "best_retrieval": max(each["retrieval"] for each in metrics),
            "n_front": sum(each.layer == 1 for each in ranked),
        }
    return replace(
        seen,
        standing=_standing(study, finished),
        n_finished=finished,
        n_trials=max(study.n_trials or 0, len(study.trials)),
        **numbers,
    )


def _standing(study: StudyRecord, finished: int) -> Standing:
    if is_held(study.folder):
        return "running"
    if not study.trials:
        return "empty"
    return "done" if finished >= max(study.n_trials or 0, len(study.trials)) else "stopped"


def study_columns(now: float) -> Sequence[Column]:
    """How the rows of studies are written; `now` is what ages count from, in seconds of the epoch."""
    return (
        Column("study", lambda row: one_line(row["study"]), is_number=False, key="study"),
        Column("state", lambda row: str(row["standing"]), is_number=False, key="standing"),
        Column("trials", _trials, key="n_trials"),
        Column("changed", lambda row: age(now - row["modified"]), key="modified"),
        Column("best\n% ↑", _percent("accuracy"), is_objective=True, key="accuracy"),
        Column("by\ntrial", lambda row: "" if row["best"] is None else str(row["best"]), key="best"),
        Column("best\nmse ↓", _mse, key="best_mse"),
        Column("best\nretr. %", _percent("best_retrieval", 1), key="best_retrieval"),
        Column("front", lambda row: str(row["n_front"] or ""), key="n_front"),
    )


def age(seconds: float) -> str:
    """How long ago something was, as in `3h ago`."""
    for unit, size in AGES.items():
        if seconds >= size:
            return f"{seconds // size:.0f}{unit} ago"
    return "now"


def _trials(row: Row) -> str:
    if row["standing"] in ("reading", "unreadable"):
        return ""
    finished, wanted = row["n_finished"], row["n_trials"]
    return str(finished) if finished == wanted else f"{finished}/{wanted}"


def _percent(key: str, digits: int = 2) -> Any:
    return lambda row: "" if row[key] is None else f"{100 * row[key]:.{digits}f}"


def _mse(row: Row) -> str:
    return "" if row["best_mse"] is None else f"{row['best_mse']:.4f}"
