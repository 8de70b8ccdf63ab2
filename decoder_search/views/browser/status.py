"""A study and one of its rows in a line each."""

from __future__ import annotations

from collections import Counter

from decoder_search.analysis.ranking import sole_objective
from decoder_search.analysis.rows import Row
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.wording import compact_params
from encodenet_core.errors import one_line


def describe_study(study: StudyRecord, *, running: bool, shown: int | None) -> str:
    """Its name, how many trials came to which end, and how many of them are shown where not all are."""
    counts = Counter(trial.state for trial in study.trials)
    words = [one_line(study.settings.name)]
    if shown is not None:
        words.append(f"{shown} of {len(study.trials)} shown")
    words += [f"{count} {state}" for state, count in sorted(counts.items()) if state != "running"]
    if running:
        words.append(f"running {counts['running']} of {max(study.n_trials or 0, len(study.trials))}")
    elif counts["running"]:
        words.append(f"{counts['running']} left unfinished")
    if sole := sole_objective(study.settings):
        words.append(f"for {sole}")
    return " · ".join(words)


def describe_row(row: Row | None, *, filtered: bool) -> str:
    """Why a trial has no rank, or else its params; without a row, why there is none."""
    if row is None:
        return "No trial passes the filter; esc clears it." if filtered else "No trials yet."
    name = f"trial {row['trial']}"
    if row["reason"]:
        return f"{name} {row['state']}: {one_line(row['reason'])}"
    params = {path: row[path] for path in row if "." in path and row[path] is not None}
    return f"{name}  {compact_params(params)}" if params else f"{name} {row['state']}"
