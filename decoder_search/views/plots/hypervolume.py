"""What the epochs of a study bought: the hypervolume of its front over epochs spent, pruned trials included.

Optuna's own chart counts trials, of which a pruned one costs a fraction of a completed one.
"""

from __future__ import annotations

from matplotlib.figure import Figure

from decoder_search.analysis.comparison import Step, epochs_spent, hypervolume_curve
from decoder_search.space.metrics import METRICS
from decoder_search.views.plots import paper, screen
from decoder_search.views.plots.screen import Chart
from decoder_search.views.plots.subject import Subject
from encodenet_core.errors import ConfigError

TITLE = "hypervolume"
X_AXIS = "epochs of the autoencoder, of all trials together"


def draw(subject: Subject) -> Figure:
    """The chart on paper."""
    note, (epochs, volumes) = _note(subject), _steps(subject)
    figure, axes = paper.open_figure()
    axes.step(epochs, volumes, where="post", color=subject.colours.blue, linewidth=2)
    axes.plot(epochs[1:-1], volumes[1:-1], "o", color=subject.colours.blue, markersize=4)
    axes.set(xlabel=X_AXIS, ylabel=_axis(subject), ylim=(0, None), xlim=(0, None))
    return paper.head(figure, subject, TITLE, note)


def draw_chart(subject: Subject) -> Chart:
    """The chart as a page."""
    graphs, note, (epochs, volumes) = screen.plotly(), _note(subject), _steps(subject)
    chart = graphs.Figure()
    chart.add_scatter(
        x=epochs, y=volumes, mode="lines+markers", line={"shape": "hv", "color": subject.colours.blue},
        hovertemplate="%{y:.4g} after %{x} epochs<extra></extra>",
    )  # fmt: skip
    chart.update_xaxes(title_text=X_AXIS, rangemode="tozero")
    chart.update_yaxes(title_text=_axis(subject), rangemode="tozero")
    return screen.dress(chart, subject, TITLE, note)


def _steps(subject: Subject) -> tuple[list[int], list[float]]:
    """Epochs and hypervolumes from nothing to the end of the study."""
    study = subject.study
    curve = (Step(0, 0.0), *hypervolume_curve(study, *subject.objectives))
    spent = max(sum(epochs_spent(study).values()), curve[-1].epochs)
    volumes = [*(step.hypervolume for step in curve), curve[-1].hypervolume]
    return [*(step.epochs for step in curve), spent], volumes


def _axis(subject: Subject) -> str:
    reconstruction, accuracy = subject.objectives
    return f"hypervolume (share of {METRICS[accuracy].words} × {reconstruction}), higher is better"


def _note(subject: Subject) -> str:
    point, settings = subject.study.facts.reference_point, subject.study.settings
    if point is None:
        raise ConfigError(
            f"study {settings.name!r} recorded no reference point, so it has no hypervolume; "
            "start a new study with `decoder-search run`"
        )
    return (
        f"the area that the front dominates, up to accuracy {point[settings.accuracy_metric]:.1%} "
        f"and {settings.reconstruction} {point[settings.reconstruction]:.4g}"
    )
