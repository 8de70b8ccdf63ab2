"""How the inertia of the classes falls with the number of clusters, and where its elbow is: figure 3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, PositiveInt, model_validator

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from encodenet_core.figures.look import Colours

MANY_CLASSES = 20
"""The curves of more classes than these are drawn fainter."""


class ElbowCurves(BaseModel):
    """The curves of figure 3.

    Attributes:
        inertias: of every class for 1, 2, 3, ... clusters; shorter where a class is too small.
        median: over the classes that have a value.
        elbow: the number of clusters that `auto` takes.
        configured: `clustering.n_clusters`, or None for a method that finds the number itself.
        method: `clustering.method`.
        extractor: of the embedding that was clustered.
    """

    model_config = ConfigDict(strict=True, frozen=True)
    inertias: list[list[FiniteFloat]]
    median: Annotated[list[FiniteFloat], Field(min_length=1)]
    elbow: PositiveInt
    configured: int | Literal["auto"] | None
    method: str
    extractor: str

    @model_validator(mode="after")
    def _on_the_curve(self) -> ElbowCurves:
        if self.elbow > len(self.median):
            raise ValueError("an elbow beyond the curve")
        return self


def draw_elbow_curves(axes: Axes, curves: ElbowCurves, colours: Colours) -> None:
    """Draw the curves, their median, its elbow and the configured number, with words for a legend."""
    num_classes, counts = len(curves.inertias), range(1, len(curves.median) + 1)
    faintness = 0.9 if num_classes <= MANY_CLASSES else 0.5
    for number, curve in enumerate(curves.inertias):
        axes.plot(
            range(1, len(curve) + 1), curve, color=colours.pale, linewidth=0.9, alpha=faintness, zorder=1,
            label=f"a class ({num_classes} of them)" if number == 0 else None,
        )  # fmt: skip
    axes.plot(
        counts, curves.median, color=colours.blue, linewidth=2.4, marker="o", markersize=4,
        label="median of the classes",
    )  # fmt: skip
    axes.plot(
        [curves.elbow], [curves.median[curves.elbow - 1]], linestyle="none", marker="o", markersize=13,
        markerfacecolor="none", markeredgecolor=colours.vermillion, markeredgewidth=2,
        label=f"elbow: $k$ = {curves.elbow}",
    )  # fmt: skip
    if curves.configured is not None:
        _mark_configured(axes, curves, curves.configured, colours)
    axes.set_xticks(counts)
    axes.set_ylim(bottom=0)
    axes.ticklabel_format(axis="y", useMathText=True, scilimits=(-2, 4))


def _mark_configured(
    axes: Axes, curves: ElbowCurves, configured: int | Literal["auto"], colours: Colours
) -> None:
    """A line at the configured number, or its mention where it lies beyond the curves."""
    used, said = (curves.elbow, "auto, so ") if configured == "auto" else (configured, "")
    label = f"configured: {said}$k$ = {used}"
    if used > len(curves.median):
        axes.plot([], [], linestyle="none", label=label)
    else:
        axes.axvline(used, color=colours.green, linewidth=1.6, linestyle=(0, (4, 2)), label=label, zorder=1.5)
