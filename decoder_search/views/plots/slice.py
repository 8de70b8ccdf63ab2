"""The metric against each param by itself."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from decoder_search.views.plots import paper, screen
from decoder_search.views.plots.screen import Chart
from decoder_search.views.plots.subject import Subject, varying_params
from decoder_search.views.plots.words import AXES, SHORT_AXES

TITLE = "one param at a time"
NOTE = "a dot is a completed trial, the darker the later; others than the param of a panel differ too"
ACROSS = 4
"""Panels in a row."""


def draw(subject: Subject) -> Figure:
    """The chart on paper."""
    figure = paper.drawn_by_optuna(subject, lambda optunas: _borrow(subject, optunas))
    colours = subject.colours
    *panels, bar = figure.axes
    bar.remove()
    paper.in_rows(panels, ACROSS)
    for place, axes in enumerate(panels):
        for dots in axes.collections:
            dots.set(edgecolor=colours.grey, linewidth=0.5, sizes=[24])
        axes.set_ylabel("")
        axes.tick_params(labelsize=7.5, labelleft=place % ACROSS == 0)
        if axes.get_xscale() == "log":
            low, high = axes.get_xlim()
            axes.set_xticks([low, high], [f"{low:.1g}", f"{high:.1g}"])
            axes.xaxis.set_minor_formatter(NullFormatter())
        labels = [label.get_text() for label in axes.get_xticklabels()]
        if any(label.startswith("'") for label in labels):
            axes.set_xticks(
                axes.get_xticks(), [_in_quotes_no_more(label) for label in labels], rotation=30, ha="right"
            )
    figure.supylabel(AXES[subject.metric], size=8.5)
    return paper.head(figure, subject, f"{SHORT_AXES[subject.metric]}, {TITLE}", NOTE)


def draw_chart(subject: Subject) -> Chart:
    """The chart as a page."""
    chart = screen.drawn_by_optuna(lambda optunas: _borrow(subject, optunas))
    chart.update_traces(marker={"colorscale": "Blues", "size": 9, "showscale": False})
    for trace in chart.data:
        trace.x = [value.strip("'") if isinstance(value, str) else value for value in trace.x]
    _lay_out(chart)
    chart.add_annotation(
        text=AXES[subject.metric],
        textangle=-90,
        x=0,
        y=0.5,
        xref="paper",
        yref="paper",
        xshift=-58,
        showarrow=False,
    )
    return screen.dress(chart, subject, f"{SHORT_AXES[subject.metric]}, {TITLE}", NOTE)


def _lay_out(chart: Chart) -> None:
    """Put the panels into rows, and take Optuna's quotes from the choices."""
    rows = math.ceil(len(chart.data) / ACROSS)
    for place, (x, y) in enumerate(zip(chart.select_xaxes(), chart.select_yaxes(), strict=True)):
        row, column = divmod(place, ACROSS)
        left, top = column / ACROSS, 1 - row / rows
        categories = [value.strip("'") for value in x.categoryarray or ()]
        x.update(domain=[left, left + 0.8 / ACROSS], title=screen.words(x.title.text))
        if categories:
            x.update(categoryarray=categories)
        y.update(domain=[top - 0.66 / rows, top], title="", showticklabels=column == 0)
    chart.update_layout(width=None, autosize=True, height=260 + 280 * rows)


def _borrow(subject: Subject, optunas: ModuleType) -> Any:
    study = subject.on_the_metric()
    return optunas.plot_slice(study, params=varying_params(study), target_name=subject.metric)


def _in_quotes_no_more(text: str) -> str:
    return paper.words(text.strip("'"))
