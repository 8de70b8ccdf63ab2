"""One trial in full, and the search spaces that are there to choose from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from decoder_search.analysis.ranking import RankedTrial, rank_study
from decoder_search.records.layout import trial_folder, weights_folder
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord, trial_to_json
from encodenet_core.errors import ConfigError, one_line
from encodenet_core.io.quantities import duration


def trial_details(study: StudyRecord, number: int) -> dict[str, Any]:
    """A trial as plain JSON values: what is recorded of it, its rank, and where its files are.

    Raises:
        ConfigError: the study has no such trial.
    """
    trial = find_trial(study, number)
    place = _ranks(study).get(number)
    layer = {"rank": place.rank, "layer": place.layer} if place else {"rank": None, "layer": None}
    files = [str(file) for file in _files(study, number)]
    kept = weights_folder(study.folder, number)
    return {
        "study": study.settings.name,
        **trial_to_json(trial),
        **layer,
        "files": files,
        "weights": str(kept) if kept.is_dir() else None,
    }


def build_details(study: StudyRecord, number: int) -> RenderableType:
    """A trial's state, params, metrics and files.

    Raises:
        ConfigError: the study has no such trial.
    """
    trial, ranks = find_trial(study, number), _ranks(study)
    title = Text(f"trial {number} of study {study.settings.name}: {trial.state}", style="bold")
    if number in ranks:
        title.append(f", rank {ranks[number].rank}, Pareto layer {ranks[number].layer}", style="not bold")
    table = Table.grid(padding=(0, 2))
    for path, value in trial.params.items():
        table.add_row(path, Text(one_line(str(value))))
    table.add_row("", "")
    for name, value in trial.metrics.items():
        table.add_row(Text(one_line(name)), f"{value:,.0f}" if float(value).is_integer() else f"{value:.5g}")
    table.add_row("duration", duration(trial.seconds))
    if trial.reason:
        table.add_row("reason", Text(one_line(trial.reason), style="yellow"))
    if trial.state == "completed":
        kept = weights_folder(study.folder, number).is_dir()
        table.add_row("weights", Text("kept" if kept else "not kept", style="" if kept else "dim"))
    files = _files(study, number)
    gap = [""] if files else []
    return Group(title, "", table, *gap, *(Text(one_line(str(file))) for file in files))


def find_trial(study: StudyRecord, number: int) -> TrialRecord:
    """The trial of this number.

    Raises:
        ConfigError: the study has no such trial.
    """
    found = [trial for trial in study.trials if trial.number == number]
    if not found:
        raise ConfigError(
            f"study {study.settings.name!r} has no trial {number}; it has {len(study.trials)}, counted from 0"
        )
    return found[0]


def _ranks(study: StudyRecord) -> dict[int, RankedTrial]:
    ranked = rank_study(study)
    return {each.trial.number: each for each in ranked}


def _files(study: StudyRecord, number: int) -> list[Path]:
    return sorted(trial_folder(study.folder, number).glob("*"))
