"""A chart on paper: figures of matplotlib, our own and those that Optuna draws, in the look of the house."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any, cast

import matplotlib.pyplot
import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from optuna.exceptions import ExperimentalWarning

from decoder_search.engines.optuna.study import without_scikit_learn
from decoder_search.views.plots.subject import Subject
from decoder_search.views.plots.words import own_names, study_name, subtitle
from encodenet_core.figures.lettering import lettered
from encodenet_core.figures.look import style_settings

SIZE = (7.2, 4.6)
"""Inches."""

DPI = 160


def open_figure() -> tuple[Figure, Axes]:
    """An empty figure with axes."""
    figure = Figure(figsize=SIZE, dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def head(figure: Figure, subject: Subject, what: str, note: str = "") -> Figure:
    """Put the title and the line below it on a figure."""
    line = subtitle(subject.study) + (f"\n{note}" if note else "")
    title = figure.suptitle(
        f"{words(study_name(subject.study))}: {what}\n", x=0.012, ha="left", weight="bold"
    )
    title.set_fontsize(11.5)
    room = "\n" * line.count("\n")
    title.set_text(f"{title.get_text()}{room}")
    _, height = figure.get_size_inches()
    figure.text(0.012, 1 - 0.3 / height, words(line), va="top", ha="left", size=8, color=subject.colours.grey)
    return figure


def words(text: str) -> str:
    """Text in which nothing is a formula, and no letter a box."""
    return lettered(text).replace("$", r"\$")


def drawn_by_optuna(subject: Subject, draw: Callable[[ModuleType], Any]) -> Figure:
    """The figure that a function of Optuna's draws, in the look of the house and out of pyplot's hands.

    Args:
        subject: what is drawn, in whose colours.
        draw: is given `optuna.visualization.matplotlib` and returns one `Axes` of the figure or more.
    """
    with _borrowed(subject), warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        warnings.filterwarnings("ignore", message="Attempting to set identical")
        with without_scikit_learn():
            import optuna.visualization.matplotlib as optunas
        drawn = draw(optunas)
        axes = drawn if isinstance(drawn, Axes) else drawn.flat[0]
        figure = cast(Figure, axes.figure)
        matplotlib.pyplot.close(figure)
    for each in figure.axes:
        each.set_title("")
    figure.suptitle("")
    figure.set_size_inches(SIZE)
    figure.set_dpi(DPI)
    return figure


@contextmanager
def _borrowed(subject: Subject) -> Iterator[None]:
    """Optuna asks matplotlib for the style `ggplot` and draws through pyplot: give it ours, and no window."""
    library, backend = matplotlib.style.library, matplotlib.pyplot.get_backend()
    ggplot = library["ggplot"]
    ours = style_settings(subject.colours, own_names(subject.study)) | {"figure.constrained_layout.use": True}
    matplotlib.pyplot.switch_backend("agg")
    try:
        library["ggplot"] = matplotlib.RcParams(ours)
        with matplotlib.style.context(ours, after_reset=True):
            yield
    finally:
        library["ggplot"] = ggplot
        matplotlib.pyplot.switch_backend(backend)


def in_rows(axes: Sequence[Axes], across: int) -> None:
    """Lay axes that stand in one row out anew, `across` of them in a row."""
    figure = cast(Figure, axes[0].figure)
    rows = math.ceil(len(axes) / across)
    grid = GridSpec(rows, min(across, len(axes)), figure=figure)
    for place, each in enumerate(axes):
        each.set_subplotspec(grid[place // across, place % across])
    width, height = SIZE
    figure.set_size_inches(width, max(height, 1.0 + 2.3 * rows))
