from __future__ import annotations

from decoder_search.views.plots.elbow import draw_elbow
from decoder_search.views.plots.subject import Subject
from encodenet_core.figures.elbow_curves import ElbowCurves
from encodenet_core.figures.look import house_style


def test_the_curves_come_with_what_was_clustered(subject: Subject) -> None:
    curves = ElbowCurves(
        inertias=[[4.0, 2.0, 1.5], [5.0, 2.5]], median=[4.5, 2.25, 1.5], elbow=2, configured=3,
        method="kmeans", extractor="pixels",
    )  # fmt: skip
    with house_style():
        figure = draw_elbow(subject, curves)
    names = figure.axes[0].get_legend_handles_labels()[1]
    assert names == ["a class (2 of them)", "median of the classes", "elbow: $k$ = 2", "configured: $k$ = 3"]
    assert any("on pixels embeddings" in text.get_text() for text in figure.texts)
