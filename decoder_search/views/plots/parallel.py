"""Each completed trial as a line through its objectives and its params."""

from __future__ import annotations

import re
from types import ModuleType
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from decoder_search.records.wording import short_names
from decoder_search.space.parameters import IntParameter
from decoder_search.views.plots import paper, screen
from decoder_search.views.plots.screen import Chart
from decoder_search.views.plots.subject import Subject, varying_params

TITLE = "params of good and bad trials"
NOTE = "a line is a trial, the darker the better; None: the param does not apply to it"
LAYER = "Pareto layer, 1 is the front"

_DARK_IS_GOOD = "viridis"
"""Of even steps to any eye, dark where the number is low: the front has the lowest."""


def draw(subject: Subject) -> Figure:
    """The chart on paper."""
    figure = paper.drawn_by_optuna(subject, lambda optunas: _borrow(subject, optunas))
    width, height = paper.SIZE
    axes = figure.axes[0]
    n_axes = len(axes.get_xticks())
    figure.set_size_inches(max(width, 1.15 * n_axes), height)
    lines = axes.collections[0]
    lines.set(cmap=_DARK_IS_GOOD, linewidth=1.3, alpha=0.8)
    if (bar := lines.colorbar) is not None:
        bar.set_label(LAYER)
        ticks = bar.get_ticks().tolist()
        bar.set_ticks(ticks, labels=[f"{tick + 1:.0f}" for tick in ticks])
    names = [label.get_text() for label in axes.get_xticklabels()]
    counting = _counting_params(subject)
    for name, each in zip(names[1:], figure.axes[2:], strict=False):
        each.tick_params(axis="y", labelsize=7)
        if name in counting:
            _mark_whole_numbers(each)
    axes.set_xticks(axes.get_xticks(), [_broken(name) for name in names])
    axes.tick_params(axis="x", rotation=0, labelsize=7.5)
    return paper.head(figure, subject, TITLE, NOTE)


def draw_chart(subject: Subject) -> Chart:
    """The chart as a page."""
    chart = screen.drawn_by_optuna(lambda optunas: _borrow(subject, optunas))
    for trace in chart.data:
        if trace.mode == "markers":
            bar = trace.marker.colorbar
            bar.update(title=LAYER, ticktext=[str(layer + 1) for layer in bar.tickvals or ()])
    chart.update_traces(opacity=0.9, line_width=2)
    chart.update_xaxes(tickangle=0)
    return screen.dress(chart, subject, TITLE, NOTE)


def _borrow(subject: Subject, optunas: ModuleType) -> Any:
    study = subject.on_both()
    return optunas.plot_parallel_coordinate(study, params=varying_params(study))


def _counting_params(subject: Subject) -> set[str]:
    """The short names of the params that are whole numbers."""
    parameters = subject.study.settings.space.parameters
    names = short_names([parameter.path for parameter in parameters])
    return {names[each.path] for each in parameters if isinstance(each, IntParameter)}


def _mark_whole_numbers(axes: Axes) -> None:
    """Leave no mark between the values of a param that counts; where it does not apply, Optuna says None."""
    axes.figure.draw_without_rendering()  # type: ignore[union-attr]
    marks = zip(axes.get_yticks(), [label.get_text() for label in axes.get_yticklabels()], strict=True)
    low, high = sorted(axes.get_ylim())
    kept = [
        (place, text) for place, text in marks if low <= place <= high and not re.search(r"\.\d*[1-9]", text)
    ]
    axes.set_yticks(
        [place for place, _ in kept], [text.removesuffix(".0").removesuffix(".00") for _, text in kept]
    )


def _broken(name: str) -> str:
    """A name on several lines, so that it is no wider than what lies between two axes."""
    return name.replace("_", "\n").replace(".", "\n")
