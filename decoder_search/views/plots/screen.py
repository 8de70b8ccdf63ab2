"""A chart as a page: figures of plotly, our own and those that Optuna draws, in the look of the house."""

from __future__ import annotations

import html
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from optuna.exceptions import ExperimentalWarning

from decoder_search.engines.optuna.study import without_scikit_learn
from decoder_search.views.plots.subject import Subject
from decoder_search.views.plots.words import study_name, subtitle
from encodenet_core.errors import ConfigError
from encodenet_core.io.whole_files import write_text

Chart = Any
"""A `plotly.graph_objects.Figure`; plotly is an extra, so its types may not be there."""


def plotly() -> ModuleType:
    """The module `plotly.graph_objects`.

    Raises:
        ConfigError: plotly is not installed.
    """
    try:
        import plotly.graph_objects
    except ImportError:
        raise ConfigError(
            "a chart as .html needs plotly, which is not installed; "
            "install it with `pip install 'decoder-search[plots]'`, or ask for .png or .svg"
        ) from None
    return plotly.graph_objects  # type: ignore[no-any-return]


def drawn_by_optuna(draw: Callable[[ModuleType], Chart]) -> Chart:
    """The figure that a function of Optuna's draws.

    Args:
        draw: is given `optuna.visualization`.

    Raises:
        ConfigError: plotly is not installed.
    """
    plotly()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        with without_scikit_learn():
            import optuna.visualization as optunas
        return draw(optunas)


def words(text: str) -> str:
    """Text in which nothing is markup: plotly takes some tags for what they say."""
    return html.escape(text, quote=False)


def dress(chart: Chart, subject: Subject, what: str, note: str = "") -> Chart:
    """Give a figure its title, the line below it and the look of the house."""
    colours = subject.colours
    below = words(subtitle(subject.study)) + (f"<br>{words(note)}" if note else "")
    title = f"<b>{words(study_name(subject.study))}: {words(what)}</b>"
    chart.update_layout(
        title={
            "text": f"{title}<br><span style='font-size:13px;color:{colours.grey}'>{below}</span>",
            "x": 0.02, "xanchor": "left", "y": 0.97, "yanchor": "top", "yref": "container",
        },
        template="plotly_white",
        font={"family": "DejaVu Sans, Verdana, sans-serif", "color": colours.ink, "size": 13},
        margin={"t": 120 if note else 100, "l": 80, "r": 40, "b": 70},
        colorway=[colours.blue, colours.vermillion, colours.green],
    )  # fmt: skip
    return chart


def save_chart(chart: Chart, subject: Subject, path: Path) -> None:
    """Write a figure as one page that needs nothing else, plotly's own script in it.

    Raises:
        OSError: it cannot be written.
    """
    page = chart.to_html(
        include_plotlyjs=True,
        full_html=True,
        default_height="94vh",
        div_id="chart",
        config={"displaylogo": False, "responsive": True},
    )
    title = f"<title>{html.escape(study_name(subject.study))}</title>"
    head = f'<head>{title}<meta name="viewport" content="width=device-width">'
    write_text(path, page.replace("<html>", '<html lang="en">', 1).replace("<head>", head, 1))
