from __future__ import annotations

import pytest

from decoder_search.views.plots.slice import draw, draw_chart
from decoder_search.views.plots.subject import Subject
from encodenet_core.figures.look import house_style


def test_every_param_has_a_panel_and_choices_no_quotes(subject: Subject) -> None:
    with house_style():
        axes = draw(subject).axes
    assert [each.get_xlabel() for each in axes] == ["depth", "method", "n_clusters"]
    assert [label.get_text() for label in axes[1].get_xticklabels()] == ["kmeans", "hdbscan"]
    assert axes[0].get_position().x1 < axes[1].get_position().x0


def test_panels_of_the_page_stand_in_rows(subject: Subject) -> None:
    pytest.importorskip("plotly")
    chart = draw_chart(subject)
    assert list(chart.layout.xaxis2.categoryarray) == ["kmeans", "hdbscan"]
    assert {*chart.data[1].x} == {"kmeans", "hdbscan"}
    assert chart.layout.xaxis.domain[1] < chart.layout.xaxis2.domain[0]
    assert chart.layout.yaxis.domain == chart.layout.yaxis2.domain
