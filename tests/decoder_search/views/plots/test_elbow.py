from __future__ import annotations

from decoder_search.views.plots.elbow import Elbow, draw_elbow
from decoder_search.views.plots.subject import Subject
from encodenet_core.figures.look import house_style


def test_curves_median_elbow_and_the_count_of_the_trial_are_drawn(subject: Subject) -> None:
    elbow = Elbow([[4.0, 2.0, 1.5], [5.0, 2.5]], [4.5, 2.25, 1.5], 2, 3, "k-means on pixels")
    with house_style():
        figure = draw_elbow(subject, elbow)
    names = figure.axes[0].get_legend_handles_labels()[1]
    assert names == ["a class (2 of them)", "median", "elbow: 2", "of this trial: 3"]
    assert figure.axes[0].lines[-2].get_xydata().tolist() == [[2, 2.25]]
    assert any("k-means on pixels" in text.get_text() for text in figure.texts)


def test_a_count_beyond_the_curves_is_not_drawn(subject: Subject) -> None:
    elbow = Elbow([[4.0, 2.0]], [4.0, 2.0], 1, 50, "")
    with house_style():
        assert len(draw_elbow(subject, elbow).axes[0].lines) == 3
