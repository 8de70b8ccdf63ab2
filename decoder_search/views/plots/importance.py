"""Which searched keys mattered, for the accuracy and for the reconstruction.

Measured as `decoder-search importance` does. Optuna's own chart would take every objective of several for
one to be minimised.
"""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from decoder_search.analysis.importance import Importances, measure_importances
from decoder_search.records.wording import short_names
from decoder_search.views.plots import paper, screen
from decoder_search.views.plots.screen import Chart
from decoder_search.views.plots.subject import Subject

TITLE = "which params mattered"
AXIS = "share of what decided which trials were good (%)"
_HEIGHT = 0.38


def draw(subject: Subject) -> Figure:
    """The chart on paper."""
    measured, names = _measure(subject)
    figure, axes = paper.open_figure()
    colours = [subject.colours.blue, subject.colours.vermillion]
    for place, (metric, shares) in enumerate(measured.shares.items()):
        if not shares:
            continue
        heights = [row + (place - 0.5) * _HEIGHT for row in range(len(names))]
        widths = [shares[path] for path in names]
        hatch = "////" if place else None
        bars = axes.barh(
            heights, widths, height=_HEIGHT, color=colours[place], label=f"for {metric}", hatch=hatch,
            edgecolor=subject.colours.paper,
        )  # fmt: skip
        axes.bar_label(bars, [f"{width:.0%}" for width in widths], padding=3, size=7.5)
    axes.set_yticks(range(len(names)), [paper.words(name) for name in names.values()])
    axes.invert_yaxis()
    axes.set_xlabel(AXIS)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=""))
    axes.margins(x=0.1)
    axes.legend(loc="lower right", fontsize=8)
    return paper.head(figure, subject, TITLE, _note(measured))


def draw_chart(subject: Subject) -> Chart:
    """The chart as a page."""
    measured, names = _measure(subject)
    graphs = screen.plotly()
    colours = [subject.colours.blue, subject.colours.vermillion]
    bars = [
        graphs.Bar(
            y=[screen.words(name) for name in names.values()],
            x=[100 * shares[path] for path in names],
            name=f"for {metric}", orientation="h", marker={"color": colour}, texttemplate="%{x:.0f} %",
            textposition="outside",
        )
        for colour, (metric, shares) in zip(colours, measured.shares.items(), strict=True)
        if shares
    ]  # fmt: skip
    chart = graphs.Figure(bars)
    chart.update_layout(barmode="group", legend={"orientation": "h", "y": -0.16})
    chart.update_xaxes(title_text=AXIS)
    chart.update_yaxes(autorange="reversed", automargin=True)
    return screen.dress(chart, subject, TITLE, _note(measured))


def _measure(subject: Subject) -> tuple[Importances, dict[str, str]]:
    """The shares, and the paths of the params to their short names, those that mattered most first."""
    measured = measure_importances(subject.study)
    most = {
        path: max(shares.get(path, 0.0) for shares in measured.shares.values()) for path in measured.active
    }
    return measured, short_names(sorted(most, key=lambda path: -most[path]))


def _note(measured: Importances) -> str:
    """The first thing to know; `decoder-search importance` tells them all."""
    return measured.notes[0] if measured.notes else ""
