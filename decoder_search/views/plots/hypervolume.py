"""What the epochs of a study bought: the hypervolume of its front over epochs spent, pruned trials included.

Optuna's own chart counts trials, of which a pruned one costs a fraction of a completed one.
"""

from __future__ import annotations

from matplotlib.figure import Figure

from decoder_search.analysis.comparison import Step, epochs_spent, hypervolume_curve
from decoder_search.views.plots import paper, screen
from decoder_search.views.plots.screen import Chart
from decoder_search.views.plots.subject import Subject
from encodenet_core.errors import ConfigError

TITLE = "hypervolume"
X_AXIS = "epochs of the autoencoder, of all trials together"


def draw(subject: Subject) -> Figure:
    """The chart on paper."""
    epochs, volumes = _steps(subject)
    figure, axes = paper.open_figure()
    axes.step(epochs, volumes, where="post", color=subject.colours.blue, linewidth=2)
    axes.plot(epochs[1:-1], volumes[1:-1], "o", color=subject.colours.blue, markersize=4)
    axes.set(xlabel=X_AXIS, ylabel=_axis(subject), ylim=(0, None), xlim=(0, None))
    return paper.head(figure, subject, TITLE, _note(subject))


def draw_chart(subject: Subject) -> Chart:
    """The chart as a page."""
    graphs, (epochs, volumes) = screen.plotly(), _steps(subject)
    chart = graphs.Figure()
    chart.add_scatter(
        x=epochs, y=volumes, mode="lines+markers", line={"shape": "hv", "color": subject.colours.blue},
        hovertemplate="%{y:.4g} after %{x} epochs<extra></extra>",
    )  # fmt: skip
    chart.update_xaxes(title_text=X_AXIS, rangemode="tozero")
    chart.update_yaxes(title_text=_axis(subject), rangemode="tozero")
    return screen.dress(chart, subject, TITLE, _note(subject))


def _steps(subject: Subject) -> tuple[list[int], list[float]]:
    """Epochs and hypervolumes from nothing to the end of the study."""
    study = subject.study
    if "reference_point" not in study.facts:
        raise ConfigError(
            f"study {study.settings.name!r} recorded no reference point, so it has no hypervolume; "
            "start a new study with `decoder-search run`"
        )
    curve = (Step(0, 0.0), *hypervolume_curve(study, study.settings.reconstruction))
    spent = max(sum(epochs_spent(study).values()), curve[-1].epochs)
    return [*(step.epochs for step in curve), spent], [
        *(step.hypervolume for step in curve),
        curve[-1].hypervolume,
    ]


def _axis(subject: Subject) -> str:
    return f"hypervolume (share of accuracy × {subject.study.settings.reconstruction}), higher is better"


def _note(subject: Subject) -> str:
    point = subject.study.facts["reference_point"]
    reconstruction = subject.study.settings.reconstruction
    return (
        f"the area that the front dominates, up to accuracy {point['accuracy']:.1%} "
        f"and {reconstruction} {point[reconstruction]:.4g}"
    )
