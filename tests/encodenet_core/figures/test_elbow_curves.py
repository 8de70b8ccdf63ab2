from __future__ import annotations

from typing import Any

import pytest
from matplotlib.figure import Figure

from encodenet_core.figures.elbow_curves import ElbowCurves, draw_elbow_curves
from encodenet_core.figures.look import DARK


def curves(configured: Any, **changes: Any) -> ElbowCurves:
    fields = {"inertias": [[4.0, 2.0, 1.5], [5.0, 2.5]], "median": [4.5, 2.25, 1.5], "elbow": 2}
    fields |= {"configured": configured, "method": "kmeans", "extractor": "pixels"}
    return ElbowCurves(**fields | changes)


@pytest.mark.parametrize(
    ("configured", "words", "n_lines"),
    [(3, ["configured: $k$ = 3"], 5), ("auto", ["configured: auto, so $k$ = 2"], 5), (None, [], 4)],
)
def test_curves_median_elbow_and_the_configured_number_are_drawn(
    configured: Any, words: list[str], n_lines: int
) -> None:
    axes = Figure().add_subplot()
    draw_elbow_curves(axes, curves(configured), DARK)
    names = axes.get_legend_handles_labels()[1]
    assert names == ["a class (2 of them)", "median of the classes", "elbow: $k$ = 2", *words]
    assert len(axes.lines) == n_lines
    assert axes.lines[3].get_xydata().tolist() == [[2, 2.25]]
    assert axes.lines[2].get_color() == DARK.blue


def test_a_configured_number_beyond_the_curves_is_only_mentioned() -> None:
    axes = Figure().add_subplot()
    draw_elbow_curves(axes, curves(50), DARK)
    assert len(axes.lines[-1].get_xydata()) == 0
    assert axes.lines[-1].get_label() == "configured: $k$ = 50"


def test_an_elbow_lies_on_the_median() -> None:
    with pytest.raises(ValueError, match="beyond the curve"):
        curves(2, elbow=4)
