"""How the inertia of the classes falls with the number of clusters: figure 3 of the paper."""

from __future__ import annotations

from matplotlib.figure import Figure

from decoder_search.views.plots import paper
from decoder_search.views.plots.subject import Subject
from encodenet_core.figures.elbow_curves import ElbowCurves, draw_elbow_curves

TITLE = "how many clusters pay off"
X_AXIS = "number of clusters in a class"
Y_AXIS = "inertia (squared units of the embedding), lower is tighter"


def draw_elbow(subject: Subject, curves: ElbowCurves) -> Figure:
    """The chart on paper."""
    figure, axes = paper.open_figure()
    draw_elbow_curves(axes, curves, subject.colours)
    axes.set(xlabel=X_AXIS, ylabel=Y_AXIS)
    axes.legend(loc="upper right", fontsize=8)
    return paper.head(figure, subject, TITLE, f"k-means inside each class, on {curves.extractor} embeddings")
