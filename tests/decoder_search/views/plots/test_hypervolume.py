from __future__ import annotations

from dataclasses import replace

import pytest

from decoder_search.analysis.comparison import hypervolume_curve
from decoder_search.records.facts import StudyFacts
from decoder_search.views.plots.hypervolume import draw, draw_chart
from decoder_search.views.plots.subject import Subject
from encodenet_core import ConfigError
from encodenet_core.figures.look import house_style


def test_the_curve_is_that_of_compare_from_nothing_to_all_epochs_spent(subject: Subject) -> None:
    with house_style():
        axes = draw(subject).axes[0]
    epochs, volumes = axes.lines[0].get_xdata(), axes.lines[0].get_ydata()
    steps = hypervolume_curve(subject.study, "mse")
    assert list(epochs) == [0, *(step.epochs for step in steps), 9 * 2 + 3]
    assert list(volumes) == [0.0, *(step.hypervolume for step in steps), steps[-1].hypervolume]
    assert any("up to accuracy 10.0% and mse 0.14" in text.get_text() for text in axes.figure.texts)


def test_the_page_shows_the_same(subject: Subject) -> None:
    pytest.importorskip("plotly")
    line = draw_chart(subject).data[0]
    assert (line.x[0], line.x[-1], line.line.shape) == (0, 21, "hv")


def test_a_study_that_was_never_prepared_has_none(subject: Subject) -> None:
    with pytest.raises(ConfigError, match="recorded no reference point, so it has no hypervolume"):
        draw(replace(subject, study=replace(subject.study, facts=StudyFacts())))
