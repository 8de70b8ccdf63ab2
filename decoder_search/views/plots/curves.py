"""How the trials learned: the training loss of their autoencoders, or what was measured at the rungs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from decoder_search.analysis.ranking import rank_study
from decoder_search.records.curves import read_reports
from decoder_search.views.plots import paper, screen
from decoder_search.views.plots.screen import Chart
from decoder_search.views.plots.subject import Subject
from decoder_search.views.plots.words import EPOCHS_AXIS
from encodenet_core.errors import ConfigError

TITLE = "learning curves"
AXIS = "training loss of the autoencoder, lower is better"
BEST, COMPLETED, STOPPED = "rank 1", "completed", "pruned, infeasible, failed or running"


@dataclass(frozen=True)
class LearningCurve:
    """The losses of a trial after each of some epochs, and which kind of trial it is."""

    number: int
    kind: str
    epochs: Sequence[int]
    losses: Sequence[float]


def draw(subject: Subject) -> Figure:
    """The chart on paper."""
    figure, axes = paper.open_figure()
    looks = _looks(subject)
    said: set[str] = set()
    for curve in learning_curves(subject):
        colour, dash, width, layer = looks[curve.kind]
        label = None if curve.kind in said else curve.kind
        said.add(curve.kind)
        axes.plot(
            curve.epochs, curve.losses, color=colour, linestyle=dash, linewidth=width, zorder=layer,
            label=label, marker="o", markersize=2.5 if len(curve.epochs) > 1 else 4,
        )  # fmt: skip
    axes.set(xlabel=EPOCHS_AXIS, ylabel=AXIS, yscale="log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="upper right", fontsize=8)
    return paper.head(figure, subject, TITLE)


def draw_chart(subject: Subject) -> Chart:
    """The chart as a page."""
    graphs, looks = screen.plotly(), _looks(subject)
    dashes = {"-": "solid", ":": "dot", "--": "dash"}
    said: set[str] = set()
    chart = graphs.Figure()
    for curve in learning_curves(subject):
        colour, dash, width, _ = looks[curve.kind]
        chart.add_scatter(
            x=curve.epochs, y=curve.losses, mode="lines+markers", marker={"size": 4}, name=curve.kind,
            line={"color": colour, "dash": dashes[dash], "width": width}, legendgroup=curve.kind,
            showlegend=curve.kind not in said,
            hovertemplate=f"trial {curve.number}, epoch %{{x}}: %{{y:.4g}}<extra></extra>",
        )  # fmt: skip
        said.add(curve.kind)
    longest = max(curve.epochs[-1] for curve in learning_curves(subject))
    chart.update_xaxes(title_text=EPOCHS_AXIS, tick0=0, dtick=math.ceil(longest / 10))
    chart.update_yaxes(title_text=AXIS, type="log")
    chart.update_layout(legend={"orientation": "h", "y": -0.16})
    return screen.dress(chart, subject, TITLE)


def learning_curves(subject: Subject) -> list[LearningCurve]:
    """The curve of every trial that reported a loss, the most important one last, on top of the others.

    Raises:
        ConfigError: no trial reported any.
    """
    study = subject.study
    ranked = rank_study(study)
    best = ranked[0].trial.number if ranked else None
    reports = read_reports(study.folder)
    curves = []
    for trial in study.trials:
        losses = {
            step: values["loss"]
            for step, values in sorted(reports.get(trial.number, {}).items())
            if "loss" in values
        }
        kind = BEST if trial.number == best else COMPLETED if trial.state == "completed" else STOPPED
        if losses:
            curves.append(LearningCurve(trial.number, kind, list(losses), list(losses.values())))
    if not curves:
        raise ConfigError(
            f"no trial of study {study.settings.name!r} has reported a loss; "
            "go on with `decoder-search run`, or draw another --kind"
        )
    return sorted(curves, key=lambda curve: [STOPPED, COMPLETED, BEST].index(curve.kind))


def _looks(subject: Subject) -> dict[str, tuple[str, str, float, int]]:
    """Colour, dash, width and layer of each kind of curve."""
    colours = subject.colours
    return {
        STOPPED: (colours.pale, ":", 1.0, 1),
        COMPLETED: (colours.blue, "-", 1.0, 2),
        BEST: (colours.vermillion, "-", 2.4, 3),
    }
