"""Reconstruction against accuracy: all completed trials, and the front that no other trial beats on both."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from matplotlib.figure import Figure

from decoder_search.analysis.ranking import objective_losses, pareto_layers
from decoder_search.analysis.rows import CLUSTERING_PARAMS
from decoder_search.records.trial_record import TrialRecord
from decoder_search.space.metrics import METRICS
from decoder_search.views.plots import paper, screen
from decoder_search.views.plots.screen import Chart
from decoder_search.views.plots.subject import Subject
from decoder_search.views.plots.words import AXES, references

TITLE = "Pareto front"
FRONT, OTHERS = "on the Pareto front", "beaten by another trial"
MOST_NAMED = 12
"""More numbers of trials beside the front than this would lie on top of each other."""


def draw(subject: Subject) -> Figure:
    """The chart on paper."""
    figure = paper.drawn_by_optuna(subject, lambda optunas: _borrow(subject, optunas))
    axes, colours = figure.axes[0], subject.colours
    marks = {"Best Trial": (FRONT, colours.vermillion, 62), "Trial": (OTHERS, colours.blue, 22)}
    for dots in axes.collections:
        label, colour, size = marks[str(dots.get_label())]
        dots.set(label=label, facecolor=colour, edgecolor=colours.paper, sizes=[size], zorder=3)
    front = front_trials(subject)
    reconstruction, accuracy = subject.objectives
    for trial in front[:MOST_NAMED]:
        place = (trial.metrics[reconstruction], trial.metrics[accuracy])
        axes.annotate(
            str(trial.number), place, (5, 5), textcoords="offset points", size=8, color=colours.vermillion
        )
    for name, value in references(subject.study).items():
        axes.axhline(value, color=colours.grey, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
        axes.annotate(
            f"{name} {value:.1f}", (1, value), (3, 0), xycoords=("axes fraction", "data"),
            textcoords="offset points", va="center", size=7.5, color=colours.grey,
        )  # fmt: skip
    axes.set(xlabel=AXES[reconstruction], ylabel=AXES[accuracy])
    if legend := axes.get_legend():
        legend.remove()
    figure.legend(loc="outside lower left", ncols=2, fontsize=8)
    return paper.head(figure, subject, TITLE, note_on_mse(subject))


def draw_chart(subject: Subject) -> Chart:
    """The chart as a page."""
    chart = screen.drawn_by_optuna(lambda optunas: _borrow(subject, optunas))
    colours, (reconstruction, accuracy) = subject.colours, subject.objectives
    others, front = chart.data
    others.update(name=OTHERS, marker={"color": colours.blue, "size": 8, "showscale": False})
    front.update(
        name=FRONT, marker={"color": colours.vermillion, "size": 12, "symbol": "star", "showscale": False}
    )
    for dots in chart.data:
        dots.update(showlegend=True, hovertemplate="%{text}<extra></extra>")
    _name_points(chart, subject)
    for name, value in references(subject.study).items():
        chart.add_hline(
            y=value, line={"color": colours.grey, "width": 1, "dash": "dash"},
            annotation={"text": f"{name} {value:.1f}", "font": {"color": colours.grey, "size": 11}},
        )  # fmt: skip
    chart.update_xaxes(title_text=AXES[reconstruction])
    chart.update_yaxes(title_text=AXES[accuracy])
    chart.update_layout(legend={"orientation": "h", "y": -0.16})
    return screen.dress(chart, subject, TITLE, note_on_mse(subject))


def front_trials(subject: Subject) -> list[TrialRecord]:
    """The trials of the front, the most accurate first, accuracy and retrieval in percent."""
    raw = [trial for trial in subject.study.trials if trial.state == "completed"]
    reconstruction, accuracy = subject.objectives
    layers = pareto_layers([objective_losses(trial, reconstruction, accuracy) for trial in raw])
    front = [trial for trial, layer in zip(subject.completed, layers, strict=True) if layer == 1]
    return sorted(front, key=lambda trial: -trial.metrics[accuracy])


def note_on_mse(subject: Subject) -> str:
    """What must be known where errors of several clusterings stand side by side."""
    settings = subject.study.settings
    if settings.reconstruction == "mse" and any(settings.space.varies(path) for path in CLUSTERING_PARAMS):
        return "mse compares trials of one clustering only: fewer targets are easier to hit"
    return ""


def _borrow(subject: Subject, optunas: ModuleType) -> Any:
    return optunas.plot_pareto_front(subject.on_both())


def _name_points(chart: Chart, subject: Subject) -> None:
    """Say at each point which trial it is, in place of Optuna's own numbers and of all that it keeps."""
    reconstruction, accuracy = subject.objectives
    word = METRICS[accuracy].words
    names: dict[tuple[float, float], list[str]] = {}
    for trial in subject.completed:
        place = (trial.metrics[reconstruction], trial.metrics[accuracy])
        names.setdefault(place, []).append(str(trial.number))
    for dots in chart.data:
        at = zip(dots.x, dots.y, strict=True)
        dots.text = [
            f"trial {', '.join(names[x, y])}: {reconstruction} {x:.4g}, {word} {y:.2f} %" for x, y in at
        ]
