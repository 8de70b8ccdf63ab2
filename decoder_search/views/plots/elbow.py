"""How the inertia of the classes falls with the number of clusters: figure 3 of the paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from decoder_search.views.plots import paper
from decoder_search.views.plots.subject import Subject

TITLE = "how many clusters pay off"
X_AXIS = "number of clusters in a class"
Y_AXIS = "inertia (squared units of the embedding), lower is tighter"


@dataclass(frozen=True)
class Elbow:
    """Curves of inertia for 1, 2, 3, ... clusters.

    Attributes:
        curves: of each class.
        median: of these.
        elbow: where more clusters stop paying off.
        configured: how many the trial has, `auto`, or None where its method counts itself.
        words: what was clustered how.
    """

    curves: Sequence[Sequence[float]]
    median: Sequence[float]
    elbow: int
    configured: int | str | None
    words: str


def draw_elbow(subject: Subject, elbow: Elbow) -> Figure:
    """The chart on paper."""
    figure, axes = paper.open_figure()
    colours = subject.colours
    for number, curve in enumerate(elbow.curves):
        label = f"a class ({len(elbow.curves)} of them)" if number == 0 else None
        axes.plot(range(1, len(curve) + 1), curve, color=colours.pale, linewidth=0.9, label=label)
    counts = range(1, len(elbow.median) + 1)
    axes.plot(
        counts, elbow.median, color=colours.blue, linewidth=2.2, marker="o", markersize=4, label="median"
    )
    axes.plot(
        [elbow.elbow], [elbow.median[elbow.elbow - 1]], "o", markersize=13, markerfacecolor="none",
        markeredgecolor=colours.vermillion, markeredgewidth=2, label=f"elbow: {elbow.elbow}",
    )  # fmt: skip
    if isinstance(elbow.configured, int) and elbow.configured <= len(elbow.median):
        axes.axvline(
            elbow.configured, color=colours.green, linewidth=1.6, linestyle=(0, (4, 2)), zorder=1.5,
            label=f"of this trial: {elbow.configured}",
        )  # fmt: skip
    axes.set(xlabel=X_AXIS, ylabel=Y_AXIS, xticks=list(counts), ylim=(0, None))
    axes.ticklabel_format(axis="y", useMathText=True, scilimits=(-2, 4))
    axes.legend(loc="upper right", fontsize=8)
    return paper.head(figure, subject, TITLE, elbow.words)
