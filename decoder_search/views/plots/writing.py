"""A chart of a study as a file, whose suffix says what it becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from decoder_search.records.study_record import StudyRecord
from decoder_search.records.wording import counted
from decoder_search.views.plots.kinds import PLOTS, Kind, Plot
from decoder_search.views.plots.screen import save_chart
from decoder_search.views.plots.subject import Subject
from decoder_search.views.plots.words import DrawnMetric, own_names
from encodenet_core.errors import ConfigError
from encodenet_core.figures.look import house_style, save_page


def write_plot(study: StudyRecord, kind: Kind, path: Path, metric: DrawnMetric | None = None) -> None:
    """Draw a chart of a study into a file.

    Args:
        study: what is recorded.
        kind: of `PLOTS`.
        path: ends in `.png`, `.svg` or `.html`.
        metric: of history and slice; None takes the sole objective of the study, or the accuracy.

    Raises:
        ConfigError: the suffix is another, plotly is missing, or the study has too few trials.
        OSError: the file cannot be written.
    """
    write = WRITERS.get(path.suffix.lower())
    if write is None:
        raise ConfigError(
            f"--output {path.name!r} ends in {path.suffix!r}, but expected is {', '.join(WRITERS)}; rename it"
        )
    plot = PLOTS[kind]
    _check_trials(study, kind, plot.fewest)
    subject = Subject(study)
    sole = subject.objectives[study.settings.objective != "reconstruction"]
    if metric == "balanced_accuracy" and not any(metric in trial.metrics for trial in study.trials):
        raise ConfigError(f"study {study.settings.name!r} has even classes; give --metric accuracy instead")
    write(plot, replace(subject, metric=metric or sole), path)


def _check_trials(study: StudyRecord, kind: Kind, fewest: int) -> None:
    name, states = study.settings.name, [trial.state for trial in study.trials]
    if not states:
        raise ConfigError(f"study {name!r} has no trial to draw yet; go on with `decoder-search run`")
    n_completed = states.count("completed")
    if n_completed < fewest:
        wanted = "a completed trial" if fewest == 1 else f"{fewest} completed trials"
        raise ConfigError(
            f"study {name!r} has {counted(states)}, but --kind {kind} needs {wanted}; "
            "`decoder-search leaderboard` says why, `decoder-search run` goes on"
        )


def _on_paper(plot: Plot, subject: Subject, path: Path) -> None:
    with house_style(subject.colours, own_names(subject.study)):
        save_page(plot.draw(subject), path)


def _as_page(plot: Plot, subject: Subject, path: Path) -> None:
    save_chart(plot.draw_chart(subject), subject, path)


WRITERS: Mapping[str, Callable[[Plot, Subject, Path], None]] = {
    ".png": _on_paper,
    ".svg": _on_paper,
    ".html": _as_page,
}
