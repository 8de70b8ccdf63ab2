"""The kinds of charts, and how many completed trials each needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from matplotlib.figure import Figure

from decoder_search.views.plots import curves, history, hypervolume, importance, parallel, pareto, slice
from decoder_search.views.plots.screen import Chart
from decoder_search.views.plots.subject import Subject

Kind = Literal["pareto", "history", "importance", "parallel", "slice", "curves", "hypervolume"]


@dataclass(frozen=True)
class Plot:
    """How a kind is drawn on paper and as a page, and the fewest completed trials for it."""

    draw: Callable[[Subject], Figure]
    draw_chart: Callable[[Subject], Chart]
    fewest: int = 1


PLOTS: Mapping[Kind, Plot] = {
    "pareto": Plot(pareto.draw, pareto.draw_chart),
    "history": Plot(history.draw, history.draw_chart),
    "importance": Plot(importance.draw, importance.draw_chart),
    "parallel": Plot(parallel.draw, parallel.draw_chart, fewest=2),
    "slice": Plot(slice.draw, slice.draw_chart),
    "curves": Plot(curves.draw, curves.draw_chart, fewest=0),
    "hypervolume": Plot(hypervolume.draw, hypervolume.draw_chart),
}
