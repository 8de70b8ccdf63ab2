"""How good each trial was, and the best one so far."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from decoder_search.views.plots import paper, screen
from decoder_search.views.plots.screen import Chart
from decoder_search.views.plots.subject import Subject
from decoder_search.views.plots.words import AXES, TRIALS_AXIS

TITLE = "trial after trial"
EACH, BEST = "a completed trial", "the best so far"


def draw(subject: Subject) -> Figure:
    """The chart on paper."""
    figure = paper.drawn_by_optuna(subject, lambda optunas: _borrow(subject, optunas))
    figure.set_layout_engine("constrained")
    axes, colours = figure.axes[0], subject.colours
    dots, line = axes.collections[0], axes.lines[0]
    dots.set(label=EACH, facecolor=colours.blue, edgecolor=colours.paper, sizes=[24], zorder=3)
    dots.set_offsets([(trial.number, trial.metrics[subject.metric]) for trial in subject.completed])
    line.set(label=BEST, color=colours.vermillion, alpha=1, linewidth=1.8, drawstyle="steps-post")
    line.set_xdata([trial.number for trial in subject.completed])
    axes.relim()
    axes.autoscale_view()
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel=TRIALS_AXIS, ylabel=AXES[subject.metric])
    axes.legend(loc="best", fontsize=8)
    return paper.head(figure, subject, TITLE)


def draw_chart(subject: Subject) -> Chart:
    """The chart as a page."""
    chart = screen.drawn_by_optuna(lambda optunas: _borrow(subject, optunas))
    colours, numbers = subject.colours, [trial.number for trial in subject.completed]
    dots, line = chart.data[:2]
    dots.update(name=EACH, x=numbers, marker={"color": colours.blue, "size": 8})
    line.update(name=BEST, x=numbers, line={"color": colours.vermillion, "shape": "hv"})
    chart.update_xaxes(title_text=TRIALS_AXIS)
    chart.update_yaxes(title_text=AXES[subject.metric])
    chart.update_layout(legend={"orientation": "h", "y": -0.16})
    return screen.dress(chart, subject, TITLE)


def _borrow(subject: Subject, optunas: ModuleType) -> Any:
    return optunas.plot_optimization_history(subject.on_the_metric(), target_name=subject.metric)
